//! What follows a value after `/`: properties, `$count`, and the lambdas `any` and `all`.

use super::operand::needs_boolean;
use super::{Parsed, Parser};
use crate::facts::Kind;
use crate::odata::filter::lexer::{Spanned, Token};
use crate::odata::filter::{Expression, Fault, Node};

impl Parser<'_> {
    /// What follows a value after `/`: properties, `$count`, `any` and `all`.
    pub(super) fn steps(&mut self, mut value: Expression) -> Parsed {
        while self.take('/') {
            let Spanned {
                token: Token::Word(word),
                start,
                ..
            } = self.tokens[self.at].clone()
            else {
                return Err(self.fault(format!(
                    "a property is expected after `/`, not {}",
                    self.peek().describe()
                )));
            };
            self.advance();
            value = match word.as_str() {
                "$count" => self.count(value, start)?,
                "any" | "all" => self.quantifier(value, word == "any", start)?,
                // A cast to the type that it already is.
                _ if word
                    .strip_prefix("Pbx.")
                    .is_some_and(|name| matches!(&value.kind, Some(Kind::Structure(kind)) if *kind == name)) =>
                {
                    value
                }
                _ => self.property(value, &word, start)?,
            };
        }
        Ok(value)
    }

    pub(super) fn property(&self, owner: Expression, name: &str, start: usize) -> Parsed {
        let kind = match &owner.kind {
            Some(Kind::Structure(type_name)) => type_name,
            Some(Kind::Collection(_)) => {
                let message = format!(
                    "`{name}` cannot follow a collection: use `any` or `all`, as in `/any(each: each/{name} eq …)`"
                );
                return Err(Fault {
                    message,
                    position: start,
                });
            }
            _ => {
                let message = format!(
                    "Could not find a property named '{name}': '{}' has no properties",
                    owner.type_name()
                );
                return Err(Fault {
                    message,
                    position: start,
                });
            }
        };
        match self.facts.property(kind, name) {
            Some(property) => {
                let kind = property.value.kind.clone();
                Ok(Expression::new(
                    Node::Property(Box::new(owner), property.name),
                    Some(kind),
                    start,
                ))
            }
            None => Err(Fault {
                message: format!("Could not find a property named '{name}' on type 'Pbx.{kind}'"),
                position: start,
            }),
        }
    }

    fn quantifier(&mut self, collection: Expression, any: bool, start: usize) -> Parsed {
        let name = if any { "any" } else { "all" };
        let Some(Kind::Collection(item)) = collection.kind.clone() else {
            let message = format!("`{name}` needs a collection, and this is '{}'", collection.type_name());
            return Err(Fault {
                message,
                position: start,
            });
        };
        self.expect('(')?;
        let condition = if any && *self.peek() == Token::Symbol(')') {
            None
        } else {
            let Spanned {
                token: Token::Word(variable),
                ..
            } = self.tokens[self.at].clone()
            else {
                return Err(self.fault(format!(
                    "the name of a variable is expected in `{name}`, as in `{name}(each: …)`"
                )));
            };
            self.advance();
            self.expect(':')?;
            self.variables.push((variable, Some(item.kind.clone())));
            let condition = self.binary(0)?;
            self.variables.pop();
            needs_boolean(&condition)?;
            Some(Box::new(condition))
        };
        self.expect(')')?;
        Ok(Expression::new(
            Node::Quantifier(any, Box::new(collection), condition),
            Some(Kind::Boolean),
            start,
        ))
    }

    /// `$count`, or `$count($filter=…)`, in which a name alone is a property of an element.
    fn count(&mut self, collection: Expression, start: usize) -> Parsed {
        let Some(Kind::Collection(item)) = collection.kind.clone() else {
            let message = format!("`$count` needs a collection, and this is '{}'", collection.type_name());
            return Err(Fault {
                message,
                position: start,
            });
        };
        let mut condition = None;
        if self.adjacent() && self.take('(') {
            if !matches!(self.peek(), Token::Word(word) if word == "$filter") {
                return Err(self.fault(format!(
                    "`$filter=` is expected in `$count(…)`, not {}",
                    self.peek().describe()
                )));
            }
            self.advance();
            self.expect('=')?;
            let outer = self.implicit;
            self.implicit = self.variables.len();
            self.variables.push((String::new(), Some(item.kind.clone())));
            let filter = self.binary(0)?;
            self.variables.pop();
            self.implicit = outer;
            needs_boolean(&filter)?;
            self.expect(')')?;
            condition = Some(Box::new(filter));
        }
        let kind = Kind::Integer(i64::MIN, i64::MAX);
        Ok(Expression::new(
            Node::Count(Box::new(collection), condition),
            Some(kind),
            start,
        ))
    }
}
