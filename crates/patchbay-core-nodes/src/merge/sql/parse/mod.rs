//! Queries from their text: the part of SQL that reads, in the dialect that n8n's users write. Expressions are in
//! [`expression`].

mod expression;
mod source;

use patchbay_model::Text;

use super::syntax::{Column, Expression, Query, Select, SetOperation};
use super::token::{Token, tokens};

/// Deeper expressions are refused, so that no query can exhaust the stack.
const DEEPEST: usize = 64;

/// Words that neither name a column nor a table by themselves, in n8n's dialect.
const RESERVED: &[&str] = &[
    "ALL",
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CHECK",
    "CLASS",
    "CLOSE",
    "COLUMNS",
    "COUNT",
    "CREATE",
    "CROSS",
    "DEFAULT",
    "DELETE",
    "DESC",
    "DISTINCT",
    "DROP",
    "ELSE",
    "END",
    "ENUM",
    "EXCEPT",
    "EXISTS",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "IN",
    "INDEX",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTO",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NATURAL",
    "NOT",
    "NULL",
    "OFFSET",
    "ON",
    "OPEN",
    "OR",
    "ORDER",
    "OUTER",
    "PERCENT",
    "PLAN",
    "PRIMARY",
    "QUERY",
    "REPLACE",
    "RIGHT",
    "ROW",
    "SEARCH",
    "SELECT",
    "SET",
    "SHOW",
    "STORE",
    "SUM",
    "TABLE",
    "TARGET",
    "TEMP",
    "THEN",
    "TOP",
    "TOTAL",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VALUE",
    "VALUES",
    "WHEN",
    "WHERE",
    "WITH",
];

/// The queries of a text, parted by semicolons; the error says what is wrong.
pub fn parse(text: &str) -> Result<Vec<Query>, String> {
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        place: 0,
        depth: 0,
    };
    let mut queries = Vec::new();
    loop {
        while parser.sign(";") {}
        if parser.peek().is_none() {
            return if queries.is_empty() {
                Err("There is no query".to_owned())
            } else {
                Ok(queries)
            };
        }
        queries.push(parser.query()?);
        if parser.peek().is_some() && !parser.sign(";") {
            return Err(parser.unexpected());
        }
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    place: usize,
    depth: usize,
}

type Parsed<T> = Result<T, String>;

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.place)
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(next)) if *next == sign);
        self.place += usize::from(found);
        found
    }

    fn is_keyword(&self, ahead: usize, keyword: &str) -> bool {
        matches!(self.tokens.get(self.place + ahead), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword))
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found = self.is_keyword(0, keyword);
        self.place += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.sign(sign) {
            Ok(())
        } else {
            Err(format!("{}, where `{sign}` should be", self.unexpected()))
        }
    }

    fn expect_keyword(&mut self, keyword: &str) -> Parsed<()> {
        if self.keyword(keyword) {
            Ok(())
        } else {
            Err(format!("{}, where {keyword} should be", self.unexpected()))
        }
    }

    fn unexpected(&self) -> String {
        match self.peek() {
            None => "Unexpected end of the query".to_owned(),
            Some(Token::Word(word) | Token::Name(word)) => format!("Unexpected `{word}`"),
            Some(Token::Text(text)) => format!("Unexpected '{text}'"),
            Some(Token::Number(number)) => format!("Unexpected {number}"),
            Some(Token::Sign(sign)) => format!("Unexpected `{sign}`"),
        }
    }

    /// A name that is no keyword.
    fn name(&mut self) -> Parsed<Text> {
        match self.peek() {
            Some(Token::Name(name)) => {
                let name = name.clone();
                self.place += 1;
                Ok(name)
            }
            Some(Token::Word(word)) if !is_reserved(word) => {
                let word = word.clone();
                self.place += 1;
                Ok(word)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// A name behind a dot, where keywords are names too.
    fn any_name(&mut self) -> Parsed<Text> {
        match self.peek() {
            Some(Token::Name(name) | Token::Word(name)) if !name.eq_ignore_ascii_case("total") => {
                let name = name.clone();
                self.place += 1;
                Ok(name)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn query(&mut self) -> Parsed<Query> {
        self.deeper(Self::query_here)
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEEPEST {
            return Err(format!("The query is nested deeper than {DEEPEST} levels"));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn query_here(&mut self) -> Parsed<Query> {
        let mut named = Vec::new();
        if self.keyword("WITH") {
            loop {
                let name = self.name()?;
                self.expect_keyword("AS")?;
                self.expect("(")?;
                named.push((name, self.query()?));
                self.expect(")")?;
                if !self.sign(",") {
                    break;
                }
            }
        }
        let (first, mut limit) = self.select()?;
        let mut more = Vec::new();
        loop {
            let operation = if self.keyword("UNION") {
                if self.keyword("ALL") {
                    SetOperation::UnionAll
                } else {
                    SetOperation::Union
                }
            } else if self.keyword("EXCEPT") {
                SetOperation::Except
            } else if self.keyword("INTERSECT") {
                SetOperation::Intersect
            } else {
                break;
            };
            more.push((operation, self.select()?.0));
        }
        let mut order = Vec::new();
        if self.keyword("ORDER") {
            self.expect_keyword("BY")?;
            loop {
                let mut value = self.expression()?;
                if self.keyword("COLLATE") && self.name()?.eq_ignore_ascii_case("NOCASE") {
                    value = Expression::Call {
                        function: "LOWER".into(),
                        distinct: false,
                        arguments: vec![value],
                    };
                }
                let descending = self.keyword("DESC");
                if !descending {
                    self.keyword("ASC");
                }
                order.push((value, descending));
                if !self.sign(",") {
                    break;
                }
            }
        }
        let mut offset = 0;
        if self.keyword("LIMIT") {
            limit = Some(self.count()?);
            if self.keyword("OFFSET") {
                offset = self.count()?;
            }
        }
        Ok(Query {
            named,
            first,
            more,
            order,
            limit,
            offset,
        })
    }

    fn count(&mut self) -> Parsed<usize> {
        match self.peek() {
            Some(Token::Number(number)) => {
                let number = *number as usize;
                self.place += 1;
                Ok(number)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// One SELECT, and its TOP.
    fn select(&mut self) -> Parsed<(Select, Option<usize>)> {
        self.expect_keyword("SELECT")?;
        let distinct = self.keyword("DISTINCT");
        if !distinct {
            self.keyword("ALL");
        }
        let top = if self.keyword("TOP") { Some(self.count()?) } else { None };
        let mut columns = vec![self.column()?];
        while self.sign(",") {
            columns.push(self.column()?);
        }
        let sources = if self.keyword("FROM") {
            self.sources()?
        } else {
            Vec::new()
        };
        let condition = if self.keyword("WHERE") {
            Some(self.expression()?)
        } else {
            None
        };
        let mut groups = Vec::new();
        if self.keyword("GROUP") {
            self.expect_keyword("BY")?;
            groups.push(self.expression()?);
            while self.sign(",") {
                groups.push(self.expression()?);
            }
        }
        let having = if self.keyword("HAVING") {
            Some(self.expression()?)
        } else {
            None
        };
        let select = Select {
            distinct,
            columns,
            sources,
            condition,
            groups,
            having,
        };
        Ok((select, top))
    }

    fn column(&mut self) -> Parsed<Column> {
        if self.sign("*") {
            return Ok(Column::All(None));
        }
        if let [
            Token::Word(table) | Token::Name(table),
            Token::Sign("."),
            Token::Sign("*"),
            ..,
        ] = &self.tokens[self.place..]
        {
            let table = table.clone();
            self.place += 3;
            return Ok(Column::All(Some(table)));
        }
        let value = self.expression()?;
        let name = match self.alias()? {
            Some(alias) => alias,
            None => value.name(),
        };
        Ok(Column::Value { name, value })
    }

    fn alias(&mut self) -> Parsed<Option<Text>> {
        if self.keyword("AS") {
            if let Some(Token::Text(text)) = self.peek() {
                let text = text.clone();
                self.place += 1;
                return Ok(Some(text));
            }
            return self.name().map(Some);
        }
        match self.peek() {
            Some(Token::Name(_)) => self.name().map(Some),
            Some(Token::Word(word)) if !is_reserved(word) && !word.eq_ignore_ascii_case("FETCH") => {
                self.name().map(Some)
            }
            _ => Ok(None),
        }
    }
}

fn is_reserved(word: &str) -> bool {
    RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(word))
}
