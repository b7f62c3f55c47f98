//! Computes an expression for one entity. Nothing fails here: what has no value is null, and null is not true.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Expression, Node, Operator};
use crate::facts::{Facts, Kind};
use crate::odata::literal::Scalar;

/// What an evaluation needs besides the entity.
#[derive(Clone, Copy)]
pub struct Evaluation<'a> {
    pub facts: &'a Facts,
    /// What `now()` gives.
    pub now: Timestamp,
}

impl<'a> Evaluation<'a> {
    /// Whether a condition is true of an entity.
    pub fn holds(&self, condition: &'a Expression, entity: &'a Value) -> bool {
        self.scalar(condition, &mut vec![entity]) == Scalar::Boolean(true)
    }

    /// An expression's value for an entity.
    pub fn value(&self, expression: &'a Expression, entity: &'a Value) -> Scalar<'a> {
        self.scalar(expression, &mut vec![entity])
    }

    fn scalar(&self, expression: &'a Expression, variables: &mut Vec<&'a Value>) -> Scalar<'a> {
        match &expression.node {
            Node::Literal(scalar) => scalar.clone(),
            Node::Variable(_) | Node::Property(..) => {
                let value = json(expression, variables);
                value.map_or(Scalar::Null, |value| {
                    Scalar::from_json(value, expression.kind.as_ref(), self.facts)
                })
            }
            Node::Count(collection, condition) => {
                let items = items(collection, variables);
                let count = match condition {
                    None => items.len(),
                    Some(condition) => {
                        let found = items.iter().filter(|item| self.holds_of(condition, item, variables));
                        found.count()
                    }
                };
                Scalar::Integer(count as i64)
            }
            Node::Not(inner) => match self.scalar(inner, variables) {
                Scalar::Boolean(boolean) => Scalar::Boolean(!boolean),
                _ => Scalar::Null,
            },
            Node::Negate(inner) => match self.scalar(inner, variables) {
                Scalar::Integer(integer) => integer.checked_neg().map_or(Scalar::Null, Scalar::Integer),
                Scalar::Number(number) => Scalar::Number(-number),
                Scalar::Duration(duration) => duration.checked_neg().map_or(Scalar::Null, Scalar::Duration),
                _ => Scalar::Null,
            },
            Node::Binary(operator, left, right) => self.binary(*operator, left, right, variables),
            Node::In(value, candidates) => {
                let value = self.scalar(value, variables);
                let found = candidates
                    .iter()
                    .any(|candidate| equal(&value, &self.scalar(candidate, variables)));
                Scalar::Boolean(found)
            }
            Node::InCollection(value, collection) => {
                let value = self.scalar(value, variables);
                let item_kind = match &collection.kind {
                    Some(Kind::Collection(item)) => Some(&item.kind),
                    _ => None,
                };
                let text = |item: &'a Value| Scalar::from_json(item, item_kind, self.facts);
                Scalar::Boolean(
                    items(collection, variables)
                        .iter()
                        .any(|item| equal(&value, &text(item))),
                )
            }
            Node::Quantifier(any, collection, condition) => {
                let items = items(collection, variables);
                let Some(condition) = condition else {
                    return Scalar::Boolean(!items.is_empty());
                };
                let mut is_true = |item: &'a Value| self.holds_of(condition, item, variables);
                Scalar::Boolean(if *any {
                    items.iter().any(&mut is_true)
                } else {
                    items.iter().all(&mut is_true)
                })
            }
            Node::Call(function, arguments) => {
                let arguments: Vec<Scalar> = arguments
                    .iter()
                    .map(|argument| self.scalar(argument, variables))
                    .collect();
                function.compute(&arguments, self.now)
            }
        }
    }

    /// Whether a condition is true of an item of a collection, which is its innermost variable.
    fn holds_of(&self, condition: &'a Expression, item: &'a Value, variables: &mut Vec<&'a Value>) -> bool {
        variables.push(item);
        let holds = self.scalar(condition, variables) == Scalar::Boolean(true);
        variables.pop();
        holds
    }

    fn binary(
        &self,
        operator: Operator,
        left: &'a Expression,
        right: &'a Expression,
        variables: &mut Vec<&'a Value>,
    ) -> Scalar<'a> {
        if let Some(answer) = against_null(operator, left, right, variables) {
            return answer;
        }
        let left = self.scalar(left, variables);
        // What decides alone is not computed further: `false and …`, `true or …`.
        match (operator, &left) {
            (Operator::And, Scalar::Boolean(false)) => return Scalar::Boolean(false),
            (Operator::Or, Scalar::Boolean(true)) => return Scalar::Boolean(true),
            _ => {}
        }
        let right = self.scalar(right, variables);
        let order = |accept: fn(Ordering) -> bool| Scalar::Boolean(left.compare(&right).is_some_and(accept));
        match operator {
            Operator::And | Operator::Or => logic(operator, &left, &right),
            Operator::Equal => Scalar::Boolean(equal(&left, &right)),
            Operator::NotEqual => Scalar::Boolean(!equal(&left, &right)),
            Operator::Greater => order(Ordering::is_gt),
            Operator::GreaterOrEqual => order(Ordering::is_ge),
            Operator::Less => order(Ordering::is_lt),
            Operator::LessOrEqual => order(Ordering::is_le),
            Operator::Has => match (&left, &right) {
                (Scalar::Members(left), Scalar::Members(right)) => {
                    Scalar::Boolean(right.iter().all(|member| left.contains(member)))
                }
                _ => Scalar::Null,
            },
            _ => arithmetic(operator, &left, &right).unwrap_or(Scalar::Null),
        }
    }
}

/// The JSON value of a variable or a property.
fn json<'a>(expression: &'a Expression, variables: &[&'a Value]) -> Option<&'a Value> {
    match &expression.node {
        Node::Variable(index) => variables.get(*index).copied(),
        Node::Property(owner, name) => json(owner, variables)?.get(name),
        _ => None,
    }
}

fn items<'a>(expression: &'a Expression, variables: &[&'a Value]) -> &'a [Value] {
    json(expression, variables)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A structure compared with null, which has no scalar value of its own.
fn against_null<'a>(
    operator: Operator,
    left: &'a Expression,
    right: &'a Expression,
    variables: &[&'a Value],
) -> Option<Scalar<'a>> {
    let structured =
        |expression: &Expression| matches!(expression.kind, Some(Kind::Structure(_) | Kind::Collection(_)));
    let structure = if structured(left) {
        left
    } else {
        Some(right).filter(|right| structured(right))?
    };
    let null = json(structure, variables).is_none_or(Value::is_null);
    match operator {
        Operator::Equal => Some(Scalar::Boolean(null)),
        Operator::NotEqual => Some(Scalar::Boolean(!null)),
        _ => None,
    }
}

fn equal(left: &Scalar, right: &Scalar) -> bool {
    match (left, right) {
        (Scalar::Null, Scalar::Null) => true,
        _ => left.compare(right) == Some(Ordering::Equal),
    }
}

/// `and` and `or` of three values: true, false and null.
fn logic(operator: Operator, left: &Scalar, right: &Scalar) -> Scalar<'static> {
    let truth = |scalar: &Scalar| match scalar {
        Scalar::Boolean(boolean) => Some(*boolean),
        _ => None,
    };
    let decisive = operator == Operator::Or;
    match (truth(left), truth(right)) {
        (Some(value), _) | (_, Some(value)) if value == decisive => Scalar::Boolean(decisive),
        (Some(_), Some(_)) => Scalar::Boolean(!decisive),
        _ => Scalar::Null,
    }
}

fn arithmetic(operator: Operator, left: &Scalar, right: &Scalar) -> Option<Scalar<'static>> {
    match (left, right) {
        (Scalar::Integer(left), Scalar::Integer(right)) => {
            let result = match operator {
                Operator::Add => left.checked_add(*right),
                Operator::Subtract => left.checked_sub(*right),
                Operator::Multiply => left.checked_mul(*right),
                Operator::Divide => left.checked_div(*right),
                Operator::Modulo => left.checked_rem(*right),
                _ => return Some(Scalar::Number(*left as f64 / *right as f64)),
            };
            result.map(Scalar::Integer)
        }
        (Scalar::DateTime(timestamp), Scalar::Duration(duration)) => {
            let result = if operator == Operator::Add {
                timestamp.checked_add(*duration)
            } else {
                timestamp.checked_sub(*duration)
            };
            result.ok().map(Scalar::DateTime)
        }
        (Scalar::DateTime(left), Scalar::DateTime(right)) => Some(Scalar::Duration(left.duration_since(*right))),
        (Scalar::Duration(left), Scalar::Duration(right)) => durations(operator, *left, *right).map(Scalar::Duration),
        _ => {
            let (left, right) = (left.number()?, right.number()?);
            Some(Scalar::Number(match operator {
                Operator::Add => left + right,
                Operator::Subtract => left - right,
                Operator::Multiply => left * right,
                Operator::Divide | Operator::DivideBy => left / right,
                _ => left % right,
            }))
        }
    }
}

fn durations(operator: Operator, left: SignedDuration, right: SignedDuration) -> Option<SignedDuration> {
    if operator == Operator::Add {
        left.checked_add(right)
    } else {
        left.checked_sub(right)
    }
}
