//! Which types may stand beside which: checks an operator's two sides, and makes text beside an enum a member of it.

use super::Parsed;
use crate::facts::{Facts, Kind};
use crate::odata::filter::operator::Operator;
use crate::odata::filter::{Expression, Fault, Node};
use crate::odata::literal::{Scalar, members};

pub(super) fn needs_boolean(expression: &Expression) -> Result<(), Fault> {
    if matches!(expression.kind, None | Some(Kind::Boolean | Kind::Untyped)) {
        return Ok(());
    }
    let message = format!("a boolean is expected here, and this is '{}'", expression.type_name());
    Err(Fault {
        message,
        position: expression.position,
    })
}

pub(super) fn combine(
    facts: &Facts,
    operator: Operator,
    mut left: Expression,
    mut right: Expression,
    position: usize,
) -> Parsed {
    use Operator::{
        Add, And, Divide, DivideBy, Equal, Greater, GreaterOrEqual, Has, Less, LessOrEqual, Modulo, Multiply, NotEqual,
        Or, Subtract,
    };
    let kind = match operator {
        Or | And => {
            needs_boolean(&left)?;
            needs_boolean(&right)?;
            Kind::Boolean
        }
        Equal | NotEqual | Greater | GreaterOrEqual | Less | LessOrEqual | Has => {
            unify(facts, &mut left, &mut right, operator.name(), position)?;
            Kind::Boolean
        }
        Add | Subtract | Multiply | Divide | DivideBy | Modulo => {
            let incompatible = || incompatible(&left, &right, operator.name(), position);
            match (&left.kind, &right.kind) {
                (Some(Kind::DateTime), Some(Kind::Duration)) if matches!(operator, Add | Subtract) => Kind::DateTime,
                (Some(Kind::DateTime), Some(Kind::DateTime)) if operator == Subtract => Kind::Duration,
                (Some(Kind::Duration), Some(Kind::Duration)) if matches!(operator, Add | Subtract) => Kind::Duration,
                (left, right) => match (numeric(left.as_ref()), numeric(right.as_ref())) {
                    (Some(Kind::Integer(..)), Some(Kind::Integer(..))) if operator != DivideBy => {
                        Kind::Integer(i64::MIN, i64::MAX)
                    }
                    (Some(_), Some(_)) => Kind::Number,
                    _ => return Err(incompatible()),
                },
            }
        }
    };
    Ok(Expression::new(
        Node::Binary(operator, Box::new(left), Box::new(right)),
        Some(kind),
        position,
    ))
}

/// Makes text beside an enum a member of it, and refuses what can never be compared.
pub(super) fn unify(
    facts: &Facts,
    left: &mut Expression,
    right: &mut Expression,
    operator: &str,
    position: usize,
) -> Result<(), Fault> {
    to_member(facts, left, right.kind.as_ref())?;
    to_member(facts, right, left.kind.as_ref())?;
    let null = |expression: &Expression| matches!(expression.node, Node::Literal(Scalar::Null));
    let fits = match (&left.kind, &right.kind) {
        (None | Some(Kind::Untyped), _)
        | (_, None | Some(Kind::Untyped))
        | (Some(Kind::Text(_)), Some(Kind::Text(_))) => true,
        (Some(Kind::Structure(_) | Kind::Collection(_)), Some(_)) => null(left) || null(right),
        (one, other) if numeric(one.as_ref()).is_some() => numeric(other.as_ref()).is_some(),
        (one, other) => one == other,
    };
    let flags = |kind: Option<&Kind>| match kind {
        Some(Kind::Enumeration(name)) => facts.enumeration(name).is_some_and(|enumeration| enumeration.flags),
        _ => false,
    };
    if !fits || (operator == Operator::Has.name() && !flags(left.kind.as_ref())) {
        return Err(incompatible(left, right, operator, position));
    }
    Ok(())
}

fn to_member(facts: &Facts, expression: &mut Expression, other: Option<&Kind>) -> Result<(), Fault> {
    if let (Node::Literal(Scalar::Text(text)), Some(Kind::Enumeration(name))) = (&expression.node, other) {
        let members = members(text, name, facts).ok_or_else(|| Fault {
            message: format!("The string '{text}' is not a valid enumeration type constant of 'Pbx.{name}'"),
            position: expression.position,
        })?;
        expression.node = Node::Literal(Scalar::Members(members));
        expression.kind = Some(Kind::Enumeration(name));
    }
    Ok(())
}

fn numeric(kind: Option<&Kind>) -> Option<&Kind> {
    const ANY: Kind = Kind::Number;
    match kind {
        None | Some(Kind::Untyped) => Some(&ANY),
        Some(kind @ (Kind::Integer(..) | Kind::Number)) => Some(kind),
        Some(_) => None,
    }
}

fn incompatible(left: &Expression, right: &Expression, operator: &str, position: usize) -> Fault {
    let message = format!(
        "A binary operator with incompatible types was detected. Found operand types '{}' and '{}' for operator kind '{operator}'",
        left.type_name(),
        right.type_name()
    );
    Fault { message, position }
}
