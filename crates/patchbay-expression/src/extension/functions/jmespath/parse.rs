//! JMESPath's tokens as a tree, by operator precedence.

use patchbay_model::{Text, Value};

use super::failure;
use super::token::{Comparison, Token, tokens};
use crate::Error;

#[derive(Clone, Debug)]
pub enum Node {
    Current,
    Field(Text),
    Literal(Value),
    /// The right one applied to what the left one finds.
    Chain(Box<Node>, Box<Node>),
    Index(i64),
    Slice([Option<i64>; 3]),
    /// The right one applied to each element that the left one finds; null goes.
    Projection(Box<Node>, Box<Node>),
    /// To each value of an object.
    ValueProjection(Box<Node>, Box<Node>),
    /// To each element for which the condition holds.
    FilterProjection {
        list: Box<Node>,
        each: Box<Node>,
        condition: Box<Node>,
    },
    Flatten(Box<Node>),
    Comparison(Comparison, Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
    List(Vec<Node>),
    Hash(Vec<(Text, Node)>),
    Call(Text, Vec<Node>),
    /// `&…`, what a function applies itself.
    Reference(Box<Node>),
}

/// How deep brackets and operators may nest.
const DEPTH: usize = 200;

pub fn parse(text: &str) -> Result<Node, Error> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
    };
    let node = parser.expression(0)?;
    parser.expect(&Token::End)?;
    Ok(node)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

/// How strongly a token binds what stands to its left.
fn binding(token: &Token) -> u8 {
    match token {
        Token::Pipe => 1,
        Token::Or => 2,
        Token::And => 3,
        Token::Comparison(_) => 5,
        Token::Flatten => 9,
        Token::Star => 20,
        Token::Filter => 21,
        Token::Dot => 40,
        Token::Not => 45,
        Token::OpenBrace => 50,
        Token::OpenBracket => 55,
        Token::OpenParenthesis => 60,
        _ => 0,
    }
}

impl Parser {
    fn peek(&self, ahead: usize) -> &Token {
        self.tokens.get(self.at + ahead).unwrap_or(&Token::End)
    }

    fn next(&mut self) -> Token {
        let token = self.peek(0).clone();
        self.at += 1;
        token
    }

    fn take(&mut self, token: &Token) -> bool {
        let is_next = self.peek(0) == token;
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, token: &Token) -> Result<(), Error> {
        if self.take(token) {
            return Ok(());
        }
        Err(unexpected(self.peek(0)))
    }

    fn expression(&mut self, power: u8) -> Result<Node, Error> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(failure("the expression is nested too deeply"));
        }
        let mut left = self.prefix()?;
        while power < binding(self.peek(0)) {
            left = self.infix(left)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn boxed(&mut self, power: u8) -> Result<Box<Node>, Error> {
        Ok(Box::new(self.expression(power)?))
    }

    fn prefix(&mut self) -> Result<Node, Error> {
        Ok(match self.next() {
            Token::Literal(value) => Node::Literal(value),
            Token::QuotedName(_) if *self.peek(0) == Token::OpenParenthesis => {
                return Err(failure("Quoted identifier not allowed for function names."));
            }
            Token::Name(name) | Token::QuotedName(name) => Node::Field(name),
            Token::Not => Node::Not(self.boxed(45)?),
            Token::Star if *self.peek(0) == Token::CloseBracket => {
                Node::ValueProjection(Box::new(Node::Current), Box::new(Node::Current))
            }
            Token::Star => {
                let each = self.projected(20)?;
                Node::ValueProjection(Box::new(Node::Current), each)
            }
            Token::Filter => self.filter(Node::Current)?,
            Token::OpenBrace => self.hash()?,
            Token::Flatten => {
                let each = self.projected(9)?;
                Node::Projection(Box::new(Node::Flatten(Box::new(Node::Current))), each)
            }
            Token::OpenBracket => match (self.peek(0), self.peek(1)) {
                (Token::Number(_) | Token::Colon, _) => self.index(Node::Current)?,
                (Token::Star, Token::CloseBracket) => {
                    self.at += 2;
                    let each = self.projected(20)?;
                    Node::Projection(Box::new(Node::Current), each)
                }
                _ => self.list()?,
            },
            Token::Current => Node::Current,
            Token::Reference => Node::Reference(self.boxed(0)?),
            Token::OpenParenthesis => {
                let inner = self.expression(0)?;
                self.expect(&Token::CloseParenthesis)?;
                inner
            }
            token => return Err(unexpected(&token)),
        })
    }

    fn infix(&mut self, left: Node) -> Result<Node, Error> {
        let left = Box::new(left);
        Ok(match self.next() {
            Token::Dot if self.take(&Token::Star) => Node::ValueProjection(left, self.projected(20)?),
            Token::Dot => Node::Chain(left, Box::new(self.after_dot(40)?)),
            Token::Pipe => Node::Chain(left, self.boxed(1)?),
            Token::Or => Node::Or(left, self.boxed(2)?),
            Token::And => Node::And(left, self.boxed(3)?),
            Token::Comparison(comparison) => Node::Comparison(comparison, left, self.boxed(5)?),
            Token::Flatten => Node::Projection(Box::new(Node::Flatten(left)), self.projected(9)?),
            Token::Filter => self.filter(*left)?,
            Token::OpenParenthesis => {
                let Node::Field(name) = *left else {
                    return Err(unexpected(&Token::OpenParenthesis));
                };
                let mut arguments = Vec::new();
                while !self.take(&Token::CloseParenthesis) {
                    arguments.push(self.expression(0)?);
                    self.take(&Token::Comma);
                }
                Node::Call(name, arguments)
            }
            Token::OpenBracket if matches!(self.peek(0), Token::Number(_) | Token::Colon) => self.index(*left)?,
            Token::OpenBracket => {
                self.expect(&Token::Star)?;
                self.expect(&Token::CloseBracket)?;
                Node::Projection(left, self.projected(20)?)
            }
            token => return Err(unexpected(&token)),
        })
    }

    /// What is applied to each of many.
    fn projected(&mut self, power: u8) -> Result<Box<Node>, Error> {
        Ok(Box::new(match self.peek(0) {
            token if binding(token) < 10 => Node::Current,
            Token::OpenBracket | Token::Filter => self.expression(power)?,
            Token::Dot => {
                self.at += 1;
                self.after_dot(power)?
            }
            token => return Err(unexpected(token)),
        }))
    }

    fn after_dot(&mut self, power: u8) -> Result<Node, Error> {
        match self.peek(0) {
            Token::Name(_) | Token::QuotedName(_) | Token::Star => self.expression(power),
            Token::OpenBracket => {
                self.at += 1;
                self.list()
            }
            Token::OpenBrace => {
                self.at += 1;
                self.hash()
            }
            token => Err(unexpected(token)),
        }
    }

    fn filter(&mut self, list: Node) -> Result<Node, Error> {
        let condition = self.boxed(0)?;
        self.expect(&Token::CloseBracket)?;
        let each = if *self.peek(0) == Token::Flatten {
            Box::new(Node::Current)
        } else {
            self.projected(21)?
        };
        Ok(Node::FilterProjection {
            list: Box::new(list),
            each,
            condition,
        })
    }

    /// `[1]` or `[1:2:3]`; the bracket is open.
    fn index(&mut self, list: Node) -> Result<Node, Error> {
        let mut parts = [None; 3];
        let mut part = 0;
        while !self.take(&Token::CloseBracket) {
            match self.next() {
                Token::Colon if part < 2 => part += 1,
                Token::Number(number) if parts[part].is_none() => parts[part] = Some(number),
                token => return Err(unexpected(&token)),
            }
        }
        let list = Box::new(list);
        if part == 0 {
            let index = parts[0].ok_or_else(|| unexpected(&Token::CloseBracket))?;
            return Ok(Node::Chain(list, Box::new(Node::Index(index))));
        }
        let slice = Node::Chain(list, Box::new(Node::Slice(parts)));
        Ok(Node::Projection(Box::new(slice), self.projected(20)?))
    }

    fn list(&mut self) -> Result<Node, Error> {
        let mut nodes = Vec::new();
        loop {
            nodes.push(self.expression(0)?);
            if self.take(&Token::CloseBracket) {
                return Ok(Node::List(nodes));
            }
            self.expect(&Token::Comma)?;
        }
    }

    fn hash(&mut self) -> Result<Node, Error> {
        let mut entries = Vec::new();
        loop {
            let (Token::Name(name) | Token::QuotedName(name)) = self.next() else {
                return Err(failure("Expecting an identifier token"));
            };
            self.expect(&Token::Colon)?;
            entries.push((name, self.expression(0)?));
            if self.take(&Token::CloseBrace) {
                return Ok(Node::Hash(entries));
            }
            self.expect(&Token::Comma)?;
        }
    }
}

fn unexpected(token: &Token) -> Error {
    failure(format!("Invalid token: {token:?}"))
}
