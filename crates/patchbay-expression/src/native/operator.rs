//! JavaScript's binary operators.

use std::cmp::Ordering;

use patchbay_model::{Scope, Value};

use super::check_length;
use crate::js::Function;
use crate::syntax::BinaryOperator;
use crate::{Error, Js, Kind};

pub(super) fn binary(operator: BinaryOperator, left: &Js, right: &Js, scope: &Scope<'_>) -> Result<Js, Error> {
    use BinaryOperator as O;
    let order = |wanted: fn(Ordering) -> bool| Js::boolean(left.compare(right).is_some_and(wanted));
    let number = |operation: fn(f64, f64) -> f64| Js::number(operation(left.to_number(), right.to_number()));
    let integer = |operation: fn(i32, u32) -> i32| Js::number(operation(left.to_int32(), right.to_int32() as u32));
    Ok(match operator {
        O::Addition => add(left, right)?,
        O::Subtraction => number(|left, right| left - right),
        O::Multiplication => number(|left, right| left * right),
        O::Division => number(|left, right| left / right),
        O::Remainder => number(|left, right| left % right),
        O::Exponential => number(power),
        O::StrictEquality => Js::boolean(left.strict_equals(right)),
        O::StrictInequality => Js::boolean(!left.strict_equals(right)),
        O::Equality => Js::boolean(left.loose_equals(right)),
        O::Inequality => Js::boolean(!left.loose_equals(right)),
        O::LessThan => order(Ordering::is_lt),
        O::LessEqualThan => order(Ordering::is_le),
        O::GreaterThan => order(Ordering::is_gt),
        O::GreaterEqualThan => order(Ordering::is_ge),
        O::ShiftLeft => integer(i32::wrapping_shl),
        O::ShiftRight => integer(i32::wrapping_shr),
        O::ShiftRightZeroFill => Js::number((left.to_int32() as u32).wrapping_shr(right.to_int32() as u32)),
        O::BitwiseAnd => integer(|left, right| left & right as i32),
        O::BitwiseOR => integer(|left, right| left | right as i32),
        O::BitwiseXOR => integer(|left, right| left ^ right as i32),
        O::In => {
            if !right.is_object() {
                return Err(Error::type_error(format!(
                    "Cannot use 'in' operator to search for '{}' in {}",
                    left.to_text(),
                    right.to_text()
                )));
            }
            let name = left.to_property_key();
            let there = match right {
                Js::Host(host) => host.has(&name, scope),
                other => other.own(&name).is_some() || !super::get_property(other, &name, scope)?.is_undefined(),
            };
            Js::boolean(there)
        }
        O::Instanceof => match right {
            Js::Function(function) => match **function {
                Function::Global(class) => Js::boolean(is_instance(left, class)),
                _ => return Err(Error::unsupported("instanceof a function")),
            },
            _ => return Err(Error::type_error("Right-hand side of 'instanceof' is not callable")),
        },
    })
}

/// `+`.
fn add(left: &Js, right: &Js) -> Result<Js, Error> {
    if let (Some(left), Some(right)) = (left.as_number(), right.as_number()) {
        return Ok(Js::number(left + right));
    }
    let left = left.to_primitive();
    let right = right.to_primitive();
    if left.as_str().is_none() && right.as_str().is_none() {
        return Ok(Js::number(left.to_number() + right.to_number()));
    }
    let (left, right) = (left.to_text(), right.to_text());
    check_length(left.len() + right.len())?;
    let mut text = String::with_capacity(left.len() + right.len());
    text.push_str(&left);
    text.push_str(&right);
    Ok(Js::text(text))
}

/// `**`, which differs from IEEE's power for a base of one.
pub(super) fn power(base: f64, exponent: f64) -> f64 {
    if exponent.is_nan() || (base.abs() == 1.0 && exponent.is_infinite()) {
        f64::NAN
    } else {
        base.powf(exponent)
    }
}

fn is_instance(value: &Js, class: &str) -> bool {
    match value {
        Js::Temporal(temporal) => class == temporal.class() || class == "Object",
        Js::Json(Value::Array(_)) | Js::List(_) => matches!(class, "Array" | "Object"),
        Js::Json(Value::Object(_)) | Js::Record(_) | Js::Host(_) => class == "Object",
        Js::Function(_) => matches!(class, "Function" | "Object"),
        Js::RegularExpression(_) => matches!(class, "RegExp" | "Object"),
        Js::Map(_) => matches!(class, "Map" | "Object"),
        Js::Set(_) => matches!(class, "Set" | "Object"),
        Js::Error(error) => {
            class == error.name() || matches!(class, "Error" | "Object") && error.kind != Kind::Unsupported
        }
        Js::Undefined | Js::Json(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_javascripts() {
        assert!(power(1.0, f64::INFINITY).is_nan());
        assert!(power(1.0, f64::NAN).is_nan());
        assert_eq!(power(f64::NAN, 0.0), 1.0);
        assert_eq!(power(2.0, 10.0), 1024.0);
    }
}
