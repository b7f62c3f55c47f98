//! Reads tokens to an expression, and checks each operator, function and property against the fact table on the way: the
//! message of a mistake can so say what stands where.
//!
//! Binding strength, from weak to strong: `or`, `and`, `eq ne`, `gt ge lt le has in`, `add sub`, `mul div divby mod`,
//! `not` and `-`.

mod operand;
mod step;

use std::borrow::Cow;

use jiff::civil::{Date, Time};

use super::function::{self, Class};
use super::lexer::{Spanned, Token, tokens};
use super::operator::Operator;
use super::{Expression, Fault, Node};
use crate::facts::{Facts, Kind};
use crate::odata::literal::{Scalar, duration, members};
use operand::{combine, unify};

/// Deeper nesting than this is refused, before the stack is at its end.
const GREATEST_DEPTH: usize = 60;

pub(super) fn parse(text: &str, kind: &Kind, facts: &Facts) -> Result<Expression, Fault> {
    let variables = vec![("$it".to_owned(), Some(kind.clone()))];
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        facts,
        variables,
        implicit: 0,
        depth: 0,
    };
    let expression = parser.binary(0)?;
    match parser.peek() {
        Token::End => Ok(expression),
        other => Err(parser.fault(format!(
            "an operator or the end is expected here, not {}",
            other.describe()
        ))),
    }
}

struct Parser<'a> {
    tokens: Vec<Spanned>,
    at: usize,
    facts: &'a Facts,
    /// The entity, then the variables of the lambdas around this place.
    variables: Vec<(String, Option<Kind>)>,
    /// The variable whose property a name alone is.
    implicit: usize,
    depth: usize,
}

type Parsed = Result<Expression, Fault>;

impl Parser<'_> {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].token
    }

    fn position(&self) -> usize {
        self.tokens[self.at].start
    }

    /// Steps over a token; the end is never left behind.
    fn advance(&mut self) -> Spanned {
        let token = self.tokens[self.at].clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn fault(&self, message: impl Into<String>) -> Fault {
        Fault {
            message: message.into(),
            position: self.position(),
        }
    }

    fn take(&mut self, symbol: char) -> bool {
        let found = *self.peek() == Token::Symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, symbol: char) -> Result<(), Fault> {
        if self.take(symbol) {
            return Ok(());
        }
        Err(self.fault(format!("`{symbol}` is expected here, not {}", self.peek().describe())))
    }

    /// Whether the next token follows the last one without a space.
    fn adjacent(&self) -> bool {
        self.at > 0 && self.tokens[self.at - 1].end == self.tokens[self.at].start
    }

    fn binary(&mut self, least: u8) -> Parsed {
        self.depth += 1;
        if self.depth > GREATEST_DEPTH {
            return Err(self.fault(format!("the expression is nested deeper than {GREATEST_DEPTH} levels")));
        }
        let mut left = self.unary()?;
        while let Token::Word(word) = self.peek() {
            if word == "in" && least <= 3 {
                left = self.membership(left)?;
                continue;
            }
            let Some((operator, strength)) = Operator::of_word(word) else {
                break;
            };
            if strength < least {
                break;
            }
            let position = self.position();
            self.advance();
            let right = self.binary(strength + 1)?;
            left = combine(self.facts, operator, left, right, position)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn unary(&mut self) -> Parsed {
        let position = self.position();
        if matches!(self.peek(), Token::Word(word) if word == "not") {
            self.advance();
            let inner = self.nested_unary()?;
            if !matches!(inner.kind, None | Some(Kind::Boolean | Kind::Untyped)) {
                let message = format!("`not` needs a boolean, and this is '{}'", inner.type_name());
                return Err(Fault {
                    message,
                    position: inner.position,
                });
            }
            return Ok(Expression::new(
                Node::Not(Box::new(inner)),
                Some(Kind::Boolean),
                position,
            ));
        }
        if self.take('-') {
            if self.adjacent()
                && let Token::Word(word) = self.peek()
                && word == "INF"
            {
                self.advance();
                return Ok(literal(Scalar::Number(f64::NEG_INFINITY), Kind::Number, position));
            }
            let inner = self.nested_unary()?;
            if !matches!(
                inner.kind,
                None | Some(Kind::Integer(..) | Kind::Number | Kind::Duration | Kind::Untyped)
            ) {
                let message = format!("`-` needs a number, and this is '{}'", inner.type_name());
                return Err(Fault {
                    message,
                    position: inner.position,
                });
            }
            let kind = inner.kind.clone();
            return Ok(Expression::new(Node::Negate(Box::new(inner)), kind, position));
        }
        let primary = self.primary()?;
        self.steps(primary)
    }

    fn nested_unary(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > GREATEST_DEPTH {
            return Err(self.fault(format!("the expression is nested deeper than {GREATEST_DEPTH} levels")));
        }
        let inner = self.unary();
        self.depth -= 1;
        inner
    }

    fn primary(&mut self) -> Parsed {
        let Spanned { token, start, .. } = self.tokens[self.at].clone();
        match token {
            Token::Symbol('(') => {
                self.advance();
                let inner = self.binary(0)?;
                self.expect(')')?;
                Ok(inner)
            }
            Token::Text(text) => {
                self.advance();
                Ok(literal(Scalar::Text(Cow::Owned(text)), Kind::Text(None), start))
            }
            Token::Integer(integer) => {
                self.advance();
                Ok(literal(
                    Scalar::Integer(integer),
                    Kind::Integer(i64::MIN, i64::MAX),
                    start,
                ))
            }
            Token::Number(number) => {
                self.advance();
                Ok(literal(Scalar::Number(number), Kind::Number, start))
            }
            Token::Guid(guid) => {
                self.advance();
                Ok(literal(Scalar::Guid(guid.to_ascii_lowercase()), Kind::Guid, start))
            }
            Token::Moment(text) => {
                let (scalar, kind) = moment(&text).ok_or_else(|| {
                    self.fault(format!(
                        "`{text}` is not a date, a time of day, or a date and time with its offset or `Z`"
                    ))
                })?;
                self.advance();
                Ok(literal(scalar, kind, start))
            }
            Token::Word(word) => self.word(&word, start),
            other => Err(self.fault(format!(
                "a value, a property or a function is expected here, not {}",
                other.describe()
            ))),
        }
    }

    fn word(&mut self, word: &str, start: usize) -> Parsed {
        if let Some(value) = constant(word, start) {
            self.advance();
            return Ok(value);
        }
        if Operator::of_word(word).is_some() || word == "in" {
            return Err(self.fault(format!(
                "a value, a property or a function is expected here, not the operator `{word}`"
            )));
        }
        self.advance();
        if self.adjacent() {
            match self.peek().clone() {
                Token::Text(text) => return self.typed_literal(word, &text, start),
                Token::Symbol('(') => return self.call(word, start),
                _ => {}
            }
        }
        if let Some(index) = self.variables.iter().rposition(|(name, _)| name == word) {
            let kind = self.variables[index].1.clone();
            return Ok(Expression::new(Node::Variable(index), kind, start));
        }
        let kind = self.variables[self.implicit].1.clone();
        let owner = Expression::new(Node::Variable(self.implicit), kind, start);
        self.property(owner, word, start)
    }

    /// `duration'PT1M'` or an enum's member as `Pbx.PeerType'Extension'`.
    fn typed_literal(&mut self, word: &str, text: &str, start: usize) -> Parsed {
        let bad = || Fault {
            message: format!("`'{text}'` is not a value of '{word}'"),
            position: start,
        };
        if word == "duration" {
            self.advance();
            let scalar = duration(text).map(Scalar::Duration).ok_or_else(bad)?;
            return Ok(literal(scalar, Kind::Duration, start));
        }
        let name = word.strip_prefix("Pbx.").unwrap_or(word);
        let Some(name) = self.facts.enumeration_name(name) else {
            return Err(Fault {
                message: format!("there is no enum type named '{word}'"),
                position: start,
            });
        };
        self.advance();
        let scalar = members(text, name, self.facts).map(Scalar::Members).ok_or_else(bad)?;
        Ok(literal(scalar, Kind::Enumeration(name), start))
    }

    fn call(&mut self, name: &str, start: usize) -> Parsed {
        let Some((name, function, classes, optional, result)) = function::signature(name) else {
            return Err(Fault {
                message: format!("An unknown function with name '{name}' was found"),
                position: start,
            });
        };
        self.expect('(')?;
        let mut arguments = Vec::new();
        if !self.take(')') {
            loop {
                arguments.push(self.binary(0)?);
                if !self.take(',') {
                    break;
                }
            }
            self.expect(')')?;
        }
        if arguments.len() > classes.len() || arguments.len() + optional < classes.len() {
            let message = format!(
                "the function `{name}` takes {} arguments, and here are {}",
                classes.len(),
                arguments.len()
            );
            return Err(Fault {
                message,
                position: start,
            });
        }
        for (argument, class) in arguments.iter().zip(*classes) {
            if !Class::takes(*class, argument.kind.as_ref()) {
                let message = format!(
                    "the function `{name}` takes {} here, not '{}'",
                    class.name(),
                    argument.type_name()
                );
                return Err(Fault {
                    message,
                    position: argument.position,
                });
            }
        }
        Ok(Expression::new(
            Node::Call(*function, arguments),
            Some(result.clone()),
            start,
        ))
    }

    fn membership(&mut self, value: Expression) -> Parsed {
        let position = self.position();
        self.advance();
        if *self.peek() != Token::Symbol('(') {
            let unary = self.unary()?;
            let Some(Kind::Collection(_)) = unary.kind else {
                return Err(Fault {
                    message: format!("`in` needs a list or a collection, not '{}'", unary.type_name()),
                    position: unary.position,
                });
            };
            return Ok(Expression::new(
                Node::InCollection(Box::new(value), Box::new(unary)),
                Some(Kind::Boolean),
                position,
            ));
        }
        self.expect('(')?;
        let mut candidates = Vec::new();
        let mut value = value;
        while !self.take(')') {
            if !candidates.is_empty() {
                self.expect(',')?;
            }
            let mut candidate = self.binary(0)?;
            unify(self.facts, &mut value, &mut candidate, "In", position)?;
            candidates.push(candidate);
        }
        Ok(Expression::new(
            Node::In(Box::new(value), candidates),
            Some(Kind::Boolean),
            position,
        ))
    }
}

fn literal(scalar: Scalar<'static>, kind: Kind, position: usize) -> Expression {
    Expression::new(Node::Literal(scalar), Some(kind), position)
}

fn constant(word: &str, position: usize) -> Option<Expression> {
    Some(match word {
        "null" => Expression::new(Node::Literal(Scalar::Null), None, position),
        "true" | "false" => literal(Scalar::Boolean(word == "true"), Kind::Boolean, position),
        "NaN" => literal(Scalar::Number(f64::NAN), Kind::Number, position),
        "INF" => literal(Scalar::Number(f64::INFINITY), Kind::Number, position),
        _ => return None,
    })
}

fn moment(text: &str) -> Option<(Scalar<'static>, Kind)> {
    if let Ok(timestamp) = text.parse() {
        return Some((Scalar::DateTime(timestamp), Kind::DateTime));
    }
    if text.contains(['T', 't', 'Z', 'z', '+']) {
        return None;
    }
    if let Ok(date) = text.parse::<Date>() {
        return Some((Scalar::Date(date), Kind::DateTime));
    }
    text.parse::<Time>()
        .ok()
        .map(|time| (Scalar::Time(time), Kind::TimeOfDay))
}
