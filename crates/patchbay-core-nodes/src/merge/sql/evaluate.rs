//! Values of expressions, for a row or for a group of rows, as JavaScript has them: what is missing is undefined (`None`),
//! text and numbers compare as JavaScript compares them.

use std::cmp::Ordering;
use std::sync::Arc;

use patchbay_model::{Object, Text, Value};
use patchbay_node::NodeError;

use super::run::{Database, refused};
use super::syntax::{Expression, Operator, QueryOf, Use};
use super::{aggregate, function};
use crate::compare::compare;

/// A row of each table that a query reads, in the order of its sources; `None` where a join found no partner.
#[derive(Clone)]
pub struct Row {
    pub parts: Vec<Option<Arc<Object>>>,
    /// The place among the rows of the result, from 0.
    pub place: usize,
}

/// Rows that are one in the result.
pub struct Group<'a> {
    /// What they have in common.
    pub keys: Vec<(&'a Expression, Option<Value>)>,
    pub rows: Vec<&'a Row>,
}

/// What an expression can see.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub database: &'a Database<'a>,
    /// The names of the tables.
    pub tables: &'a [Text],
    pub row: Option<&'a Row>,
    pub group: Option<&'a Group<'a>>,
    /// The row of the query around this one.
    pub outer: Option<&'a Scope<'a>>,
}

type Evaluated = Result<Option<Value>, NodeError>;

impl<'a> Scope<'a> {
    pub fn for_row(&self, row: &'a Row) -> Self {
        Self {
            row: Some(row),
            group: None,
            ..*self
        }
    }

    pub fn evaluate(&self, expression: &Expression) -> Evaluated {
        if let Some(group) = self.group {
            if let Some((_, key)) = group.keys.iter().find(|(known, _)| same(known, expression)) {
                return Ok(key.clone());
            }
            if let Expression::Call {
                function,
                distinct,
                arguments,
            } = expression
                && expression.is_aggregate()
            {
                return aggregate::value(self, group, function, *distinct, arguments);
            }
        }
        match expression {
            Expression::Column { table, name } => self.column(table.as_ref(), name),
            Expression::Literal(Value::Null) | Expression::All => Ok(None),
            Expression::Literal(value) => Ok(Some(value.clone())),
            Expression::Not(value) => Ok(Some(Value::Bool(!self.holds(value)?))),
            Expression::Negative(value) => {
                let value = self.evaluate(value)?;
                Ok(value
                    .filter(|value| !value.is_null())
                    .and_then(|value| number(-value.to_number())))
            }
            Expression::Binary(operator, left, right) => self.binary(*operator, left, right),
            Expression::Like {
                value,
                pattern,
                negated,
            } => {
                let (Some(value), Some(pattern)) = (self.known(value)?, self.known(pattern)?) else {
                    return Ok(None);
                };
                Ok(Some(Value::Bool(
                    like(&value.to_text(), &pattern.to_text()) != *negated,
                )))
            }
            Expression::In { value, list, negated } => {
                let value = self.evaluate(value)?;
                let mut found = false;
                for element in list {
                    let element = self.evaluate(element)?;
                    found = found
                        || match &element {
                            Some(Value::Array(values)) => {
                                values.iter().any(|element| equal(value.as_ref(), Some(element)))
                            }
                            element => equal(value.as_ref(), element.as_ref()),
                        };
                }
                Ok(Some(Value::Bool(found != *negated)))
            }
            Expression::Between {
                value,
                from,
                to,
                negated,
            } => {
                let (value, from, to) = (self.known(value)?, self.known(from)?, self.known(to)?);
                let after = compare(value.as_ref(), from.as_ref()).is_some_and(Ordering::is_ge);
                let before = compare(value.as_ref(), to.as_ref()).is_some_and(Ordering::is_le);
                Ok(Some(Value::Bool((after && before) != *negated)))
            }
            Expression::IsNull { value, negated } => Ok(Some(Value::Bool(self.known(value)?.is_none() != *negated))),
            Expression::Case { of, cases, otherwise } => {
                let of = of.as_ref().map(|of| self.evaluate(of)).transpose()?;
                for (when, then) in cases {
                    let holds = match &of {
                        Some(of) => equal(of.as_ref(), self.evaluate(when)?.as_ref()),
                        None => self.holds(when)?,
                    };
                    if holds {
                        return self.evaluate(then);
                    }
                }
                otherwise
                    .as_ref()
                    .map_or(Ok(None), |otherwise| self.evaluate(otherwise))
            }
            Expression::Call {
                function, arguments, ..
            } => {
                if expression.is_aggregate() {
                    return Ok(None);
                }
                if matches!(function.as_str(), "ROW_NUMBER" | "ROWNUM") {
                    return Ok(self.row.map(|row| Value::Number((row.place + 1) as f64)));
                }
                let unit = match &arguments[..] {
                    [Expression::Column { table: None, name }, ..] if function == "DATEDIFF" => Some(name),
                    _ => None,
                };
                let arguments = arguments.iter().map(|argument| self.evaluate(argument));
                let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
                if let (Some(unit), [_, from, to]) = (unit, &arguments[..]) {
                    let context = self.database.context;
                    return Ok(function::date_difference(unit, from.as_ref(), to.as_ref(), context));
                }
                function::call(function, &arguments, self.database.context)
            }
            Expression::Cast { value, kind } => Ok(function::cast(self.evaluate(value)?, kind)),
            Expression::Part(value, key) => {
                let (value, key) = (self.known(value)?, self.evaluate(key)?);
                let key = key.unwrap_or_default().to_text();
                Ok(match value {
                    Some(Value::Text(text)) if key == "length" => Some(length(text.encode_utf16().count())),
                    Some(Value::Array(values)) if key == "length" => Some(length(values.len())),
                    value => value.and_then(|value| value.get(&key).cloned()),
                })
            }
            Expression::Method { value, method } => function::method(self.known(value)?, method),
            Expression::Query(inner) => self.query(inner),
        }
    }

    /// The value, where it is neither null nor undefined.
    fn known(&self, expression: &Expression) -> Evaluated {
        Ok(self.evaluate(expression)?.filter(|value| !value.is_null()))
    }

    /// Whether a condition holds: its value is what JavaScript takes for true.
    pub fn holds(&self, expression: &Expression) -> Result<bool, NodeError> {
        Ok(self.evaluate(expression)?.is_some_and(|value| value.truthy()))
    }

    /// A column without a table is of the first one; columns of groups that are not what groups them have no value.
    fn column(&self, table: Option<&Text>, name: &Text) -> Evaluated {
        let place = match table {
            None if self.tables.is_empty() => None,
            None => Some(0),
            Some(table) => self.tables.iter().position(|known| known == table),
        };
        match (place, self.outer) {
            (Some(_), _) if self.group.is_some() => Ok(None),
            (Some(place), _) => {
                let part = self.row.and_then(|row| row.parts.get(place)?.as_ref());
                Ok(part.and_then(|part| part.get(name)).cloned())
            }
            (None, Some(outer)) => outer.column(table, name),
            (None, None) => match table {
                Some(table) => Err(refused(format!("The query has no table `{table}`"))
                    .hint("Write `->` between a field and its part: `customer->name`")),
                None => Ok(None),
            },
        }
    }

    fn binary(&self, operator: Operator, left: &Expression, right: &Expression) -> Evaluated {
        match operator {
            Operator::And => return Ok(Some(Value::Bool(self.holds(left)? && self.holds(right)?))),
            Operator::Or => return Ok(Some(Value::Bool(self.holds(left)? || self.holds(right)?))),
            _ => {}
        }
        let (left, right) = (self.known(left)?, self.known(right)?);
        if operator == Operator::Concatenate {
            let text = |value: &Option<Value>| value.as_ref().map(Value::to_text).unwrap_or_default();
            return Ok(Some(Value::text(format!("{}{}", text(&left), text(&right)))));
        }
        // Nothing is known of what is compared or counted with nothing.
        let (Some(left), Some(right)) = (left, right) else {
            return Ok(None);
        };
        let ordered = |holds: fn(Ordering) -> bool| {
            let order = compare(Some(&left), Some(&right));
            Some(Value::Bool(order.is_some_and(holds)))
        };
        Ok(match operator {
            Operator::Equal | Operator::Same => Some(Value::Bool(equal(Some(&left), Some(&right)))),
            Operator::NotEqual => Some(Value::Bool(!equal(Some(&left), Some(&right)))),
            Operator::Less => ordered(Ordering::is_lt),
            Operator::LessOrEqual => ordered(Ordering::is_le),
            Operator::Greater => ordered(Ordering::is_gt),
            Operator::GreaterOrEqual => ordered(Ordering::is_ge),
            Operator::Add => add(&left, &right),
            Operator::Subtract => number(left.to_number() - right.to_number()),
            Operator::Multiply => number(left.to_number() * right.to_number()),
            Operator::Divide => number(left.to_number() / right.to_number()),
            Operator::Remainder => number(left.to_number() % right.to_number()),
            Operator::And | Operator::Or | Operator::Concatenate => None,
        })
    }

    fn query(&self, inner: &QueryOf) -> Evaluated {
        let rows = self.database.rows_of(&inner.query, Some(self))?;
        let mut values = rows.into_iter().map(|row| row.values.values().next().cloned());
        Ok(match inner.use_as {
            Use::Exists => Some(Value::Bool(values.next().is_some())),
            Use::List => Some(Value::array(values.flatten().collect())),
            Use::Value => values.next().flatten(),
        })
    }
}

/// Whether an expression is what rows are grouped by; a table may be named in but one of both.
fn same(known: &Expression, expression: &Expression) -> bool {
    match (known, expression) {
        (
            Expression::Column { table: left, name },
            Expression::Column {
                table: right,
                name: other,
            },
        ) => name == other && (left == right || left.is_none() || right.is_none()),
        (known, expression) => known == expression,
    }
}

/// JavaScript's `===`, where nothing equals nothing.
pub fn equal(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(Value::Null | Value::Array(_) | Value::Object(_)) | None, _) => false,
        (left, right) => left == right,
    }
}

/// JavaScript's `+`.
pub fn add(left: &Value, right: &Value) -> Option<Value> {
    let text = |value: &Value| matches!(value, Value::Text(_) | Value::Array(_) | Value::Object(_));
    if text(left) || text(right) {
        return Some(Value::text(format!("{}{}", left.to_text(), right.to_text())));
    }
    number(left.to_number() + right.to_number())
}

/// What is no number is left out of results.
pub fn number(value: f64) -> Option<Value> {
    (!value.is_nan()).then_some(Value::Number(value))
}

pub fn length(length: usize) -> Value {
    Value::Number(length as f64)
}

/// SQL's LIKE without regard to case: `%` stands for any text, `_` for one character.
fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let (mut place, mut at) = (0, 0);
    // Where to go on when a `%` has to take one character more.
    let mut last: Option<(usize, usize)> = None;
    while place < text.len() {
        if at < pattern.len() && pattern[at] == '%' {
            last = Some((at + 1, place));
            at += 1;
        } else if at < pattern.len() && (pattern[at] == '_' || pattern[at] == text[place]) {
            at += 1;
            place += 1;
        } else if let Some((after, taken)) = last {
            last = Some((after, taken + 1));
            (at, place) = (after, taken + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|c| *c == '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match() {
        for (text, pattern, expected) in [
            ("Ann", "a%", true),
            ("Ann", "%n", true),
            ("Ann", "_n_", true),
            ("Ann", "n%", false),
            ("abcabd", "%ab_", true),
            ("", "%", true),
            ("a", "", false),
        ] {
            assert_eq!(like(text, pattern), expected, "{text} {pattern}");
        }
    }
}
