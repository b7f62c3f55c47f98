//! Expressions: operators by how strong they bind, then values, columns, calls and queries in parentheses.

use patchbay_model::{Text, Value};

use super::super::syntax::{Expression, Operator, QueryOf, Use};
use super::super::token::Token;
use super::{Parsed, Parser};

impl Parser<'_> {
    pub fn expression(&mut self) -> Parsed<Expression> {
        self.deeper(|parser| parser.binary(0))
    }

    /// Operators that bind as strong as the level, or stronger.
    fn binary(&mut self, level: usize) -> Parsed<Expression> {
        const NOT: usize = 2;
        if level == NOT && self.is_keyword(0, "NOT") && !self.is_keyword(1, "EXISTS") {
            self.place += 1;
            return Ok(Expression::Not(self.deeper(|parser| parser.binary(NOT))?.into()));
        }
        if level == LEVELS.len() {
            return self.unary();
        }
        let mut left = self.binary(level + 1)?;
        loop {
            if level == COMPARISONS
                && let Some(made) = self.predicate(&left)?
            {
                left = made;
                continue;
            }
            let found = LEVELS[level].iter().find(|(sign, _)| match self.peek() {
                Some(Token::Sign(next)) => next == sign,
                Some(Token::Word(word)) => word.eq_ignore_ascii_case(sign),
                _ => false,
            });
            let Some((_, operator)) = found else { return Ok(left) };
            self.place += 1;
            let right = self.binary(level + 1)?;
            left = Expression::Binary(*operator, left.into(), right.into());
        }
    }

    /// IS NULL, LIKE, IN, BETWEEN.
    fn predicate(&mut self, left: &Expression) -> Parsed<Option<Expression>> {
        let value = || Box::new(left.clone());
        if self.keyword("IS") {
            let negated = self.keyword("NOT");
            self.expect_keyword("NULL")?;
            return Ok(Some(Expression::IsNull {
                value: value(),
                negated,
            }));
        }
        let negated = self.is_keyword(0, "NOT");
        let ahead = usize::from(negated);
        if !["LIKE", "IN", "BETWEEN"]
            .iter()
            .any(|keyword| self.is_keyword(ahead, keyword))
        {
            return Ok(None);
        }
        self.place += ahead;
        if self.keyword("LIKE") {
            let pattern = self.binary(COMPARISONS + 1)?.into();
            return Ok(Some(Expression::Like {
                value: value(),
                pattern,
                negated,
            }));
        }
        if self.keyword("BETWEEN") {
            let from = self.binary(COMPARISONS + 1)?.into();
            self.expect_keyword("AND")?;
            let to = self.binary(COMPARISONS + 1)?.into();
            return Ok(Some(Expression::Between {
                value: value(),
                from,
                to,
                negated,
            }));
        }
        self.expect_keyword("IN")?;
        if !self.sign("(") {
            let list = vec![self.unary()?];
            return Ok(Some(Expression::In {
                value: value(),
                list,
                negated,
            }));
        }
        let list = if self.is_keyword(0, "SELECT") {
            vec![self.inner_query(Use::List)?]
        } else {
            self.list()?
        };
        self.expect(")")?;
        Ok(Some(Expression::In {
            value: value(),
            list,
            negated,
        }))
    }

    pub fn inner_query(&mut self, use_as: Use) -> Parsed<Expression> {
        let query = self.query()?;
        Ok(Expression::Query(Box::new(QueryOf { query, use_as })))
    }

    pub fn list(&mut self) -> Parsed<Vec<Expression>> {
        let mut list = vec![self.expression()?];
        while self.sign(",") {
            list.push(self.expression()?);
        }
        Ok(list)
    }

    fn unary(&mut self) -> Parsed<Expression> {
        if self.sign("-") {
            return Ok(match self.deeper(Self::unary)? {
                Expression::Literal(Value::Number(number)) => Expression::Literal(Value::Number(-number)),
                value => Expression::Negative(value.into()),
            });
        }
        if self.sign("+") {
            return self.deeper(Self::unary);
        }
        let mut value = self.primary()?;
        loop {
            if self.sign("->") {
                value = self.part(value)?;
            } else if self.sign("::") {
                let kind = self.any_name()?;
                value = Expression::Cast {
                    value: value.into(),
                    kind,
                };
            } else {
                return Ok(value);
            }
        }
    }

    /// What follows an arrow.
    fn part(&mut self, value: Expression) -> Parsed<Expression> {
        let key = match self.peek() {
            Some(Token::Number(number)) => Value::Number(*number).to_text(),
            Some(Token::Word(word) | Token::Name(word) | Token::Text(word)) => word.clone(),
            Some(Token::Sign("(")) => {
                self.place += 1;
                let key = self.expression()?;
                self.expect(")")?;
                return Ok(Expression::Part(value.into(), key.into()));
            }
            _ => return Err(self.unexpected()),
        };
        self.place += 1;
        if self.sign("(") {
            self.expect(")")?;
            return Ok(Expression::Method {
                value: value.into(),
                method: key,
            });
        }
        Ok(Expression::Part(
            value.into(),
            Expression::Literal(Value::Text(key)).into(),
        ))
    }

    fn primary(&mut self) -> Parsed<Expression> {
        match self.peek().cloned() {
            Some(Token::Number(number)) => {
                self.place += 1;
                Ok(Expression::Literal(Value::Number(number)))
            }
            Some(Token::Text(text)) => {
                self.place += 1;
                Ok(Expression::Literal(Value::Text(text)))
            }
            Some(Token::Sign("(")) => {
                self.place += 1;
                let inner = if self.is_keyword(0, "SELECT") {
                    self.inner_query(Use::Value)?
                } else {
                    self.expression()?
                };
                self.expect(")")?;
                Ok(inner)
            }
            Some(Token::Word(word)) => self.word(&word),
            Some(Token::Name(_)) => self.column_reference(),
            _ => Err(self.unexpected()),
        }
    }

    fn word(&mut self, word: &str) -> Parsed<Expression> {
        let upper = word.to_ascii_uppercase();
        let called = matches!(self.tokens.get(self.place + 1), Some(Token::Sign("(")));
        match upper.as_str() {
            "TRUE" | "FALSE" if !called => {
                self.place += 1;
                Ok(Expression::Literal(Value::Bool(upper == "TRUE")))
            }
            "NULL" => {
                self.place += 1;
                Ok(Expression::Literal(Value::Null))
            }
            "CASE" => {
                self.place += 1;
                self.case()
            }
            "EXISTS" | "NOT" if upper == "EXISTS" || self.is_keyword(1, "EXISTS") => {
                let negated = upper == "NOT";
                self.place += 1 + usize::from(negated);
                self.expect("(")?;
                let exists = self.inner_query(Use::Exists)?;
                self.expect(")")?;
                Ok(if negated {
                    Expression::Not(exists.into())
                } else {
                    exists
                })
            }
            "CAST" if called => {
                self.place += 2;
                let value = self.expression()?.into();
                self.expect_keyword("AS")?;
                let kind = self.any_name()?;
                if self.sign("(") {
                    self.list()?;
                    self.expect(")")?;
                }
                self.expect(")")?;
                Ok(Expression::Cast { value, kind })
            }
            "LEFT" | "RIGHT" => Err(self.unexpected()),
            _ if called => {
                self.place += 2;
                self.call(upper.into())
            }
            _ => self.column_reference(),
        }
    }

    fn call(&mut self, function: Text) -> Parsed<Expression> {
        let distinct = self.keyword("DISTINCT");
        let arguments = if self.sign("*") {
            vec![Expression::All]
        } else if matches!(self.peek(), Some(Token::Sign(")"))) {
            Vec::new()
        } else {
            self.list()?
        };
        self.expect(")")?;
        // `ROW_NUMBER() OVER (…)`: the window is read, and not looked at.
        if self.keyword("OVER") {
            self.expect("(")?;
            let mut open = 1;
            while open > 0 {
                match self.peek() {
                    Some(Token::Sign("(")) => open += 1,
                    Some(Token::Sign(")")) => open -= 1,
                    Some(_) => {}
                    None => return Err(self.unexpected()),
                }
                self.place += 1;
            }
        }
        Ok(Expression::Call {
            function,
            distinct,
            arguments,
        })
    }

    fn case(&mut self) -> Parsed<Expression> {
        let of = if self.is_keyword(0, "WHEN") {
            None
        } else {
            Some(Box::new(self.expression()?))
        };
        let mut cases = Vec::new();
        while self.keyword("WHEN") {
            let when = self.expression()?;
            self.expect_keyword("THEN")?;
            cases.push((when, self.expression()?));
        }
        let otherwise = if self.keyword("ELSE") {
            Some(Box::new(self.expression()?))
        } else {
            None
        };
        self.expect_keyword("END")?;
        Ok(Expression::Case { of, cases, otherwise })
    }

    fn column_reference(&mut self) -> Parsed<Expression> {
        let name = self.name()?;
        if self.sign(".") {
            let table = Some(name);
            return Ok(Expression::Column {
                table,
                name: self.any_name()?,
            });
        }
        Ok(Expression::Column { table: None, name })
    }
}

type Level = &'static [(&'static str, Operator)];

/// The place of the comparisons among the levels.
const COMPARISONS: usize = 3;

/// The operators, those that bind least first; NOT stands at the third level by itself.
const LEVELS: [Level; 6] = [
    &[("OR", Operator::Or)],
    &[("AND", Operator::And)],
    &[],
    &[
        ("=", Operator::Equal),
        ("==", Operator::Same),
        ("===", Operator::Same),
        ("<>", Operator::NotEqual),
        ("!=", Operator::NotEqual),
        ("!==", Operator::NotEqual),
        ("<", Operator::Less),
        ("<=", Operator::LessOrEqual),
        (">", Operator::Greater),
        (">=", Operator::GreaterOrEqual),
    ],
    &[
        ("+", Operator::Add),
        ("-", Operator::Subtract),
        ("||", Operator::Concatenate),
    ],
    &[
        ("*", Operator::Multiply),
        ("/", Operator::Divide),
        ("%", Operator::Remainder),
    ],
];
