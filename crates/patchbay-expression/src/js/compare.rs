//! ECMAScript's four ways to compare.

use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;

use patchbay_model::Value;
use patchbay_model::value::text_to_number;

use super::Js;

impl Js {
    /// `===`. Arrays and objects are equal only to themselves.
    pub fn strict_equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Undefined, Self::Undefined) => true,
            (Self::Json(left), Self::Json(right)) => match (left, right) {
                (Value::Array(left), Value::Array(right)) => Arc::ptr_eq(left, right),
                (Value::Object(left), Value::Object(right)) => Arc::ptr_eq(left, right),
                (left, right) => left == right,
            },
            (Self::List(left), Self::List(right)) => Rc::ptr_eq(left, right),
            (Self::Record(left), Self::Record(right)) => Rc::ptr_eq(left, right),
            (Self::Function(left), Self::Function(right)) => Rc::ptr_eq(left, right) || left.same_global(right),
            (Self::RegularExpression(left), Self::RegularExpression(right)) => Rc::ptr_eq(left, right),
            (Self::Map(left), Self::Map(right)) | (Self::Set(left), Self::Set(right)) => Rc::ptr_eq(left, right),
            (Self::Error(left), Self::Error(right)) => Rc::ptr_eq(left, right),
            (Self::Temporal(left), Self::Temporal(right)) => left.is_same(right),
            _ => false,
        }
    }

    /// `==`.
    pub fn loose_equals(&self, other: &Self) -> bool {
        if self.is_nullish() || other.is_nullish() {
            return self.is_nullish() && other.is_nullish();
        }
        match (self.is_object(), other.is_object()) {
            (true, true) => self.strict_equals(other),
            (true, false) => self.to_primitive().loose_equals(other),
            (false, true) => self.loose_equals(&other.to_primitive()),
            (false, false) => match (self.as_str(), other.as_str()) {
                (Some(left), Some(right)) => left == right,
                _ => self.to_number() == other.to_number(),
            },
        }
    }

    /// `SameValueZero`: `===`, but NaN is itself. What `includes`, `Map` and `Set` go by.
    pub fn same_value_zero(&self, other: &Self) -> bool {
        match (self.as_number(), other.as_number()) {
            (Some(left), Some(right)) if left.is_nan() && right.is_nan() => true,
            _ => self.strict_equals(other),
        }
    }

    /// `<`, `<=` and so on; `None` where there is no order (NaN). Texts go by their UTF-16 units.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        let left = self.to_primitive_number();
        let right = other.to_primitive_number();
        match (left.as_str(), right.as_str()) {
            (Some(left), Some(right)) => Some(compare_text(left, right)),
            (Some(left), None) => text_to_number(left).partial_cmp(&right.to_number()),
            _ => left.to_number().partial_cmp(&right.to_number()),
        }
    }

    /// `ToPrimitive` with a wish for a number.
    fn to_primitive_number(&self) -> Self {
        match self {
            Self::Temporal(temporal) => Self::number(temporal.to_number()),
            other => other.to_primitive(),
        }
    }
}

/// The order of two texts by their UTF-16 units, as `<` and `sort()` have it.
pub fn compare_text(left: &str, right: &str) -> Ordering {
    if left.is_ascii() || right.is_ascii() {
        // Only surrogates sort otherwise in UTF-8, and they need two texts beyond ASCII.
        return left.cmp(right);
    }
    left.encode_utf16().cmp(right.encode_utf16())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loose_equality_is_javascripts() {
        let list = Js::list(vec![Js::number(1)]);
        for (left, right, equal) in [
            (Js::NULL, Js::Undefined, true),
            (Js::NULL, Js::number(0), false),
            (Js::text("1"), Js::number(1), true),
            (Js::TRUE, Js::text("1"), true),
            (list.clone(), Js::number(1), true),
            (list.clone(), Js::text("1"), true),
            (Js::number(f64::NAN), Js::number(f64::NAN), false),
            (Js::text(""), Js::number(0), true),
        ] {
            assert_eq!(left.loose_equals(&right), equal, "{left:?} == {right:?}");
        }
        assert!(list.strict_equals(&list.clone()));
        assert!(!list.strict_equals(&Js::list(vec![Js::number(1)])));
    }

    #[test]
    fn texts_and_numbers_have_an_order() {
        assert_eq!(Js::text("10").compare(&Js::text("9")), Some(Ordering::Less));
        assert_eq!(Js::text("10").compare(&Js::number(9)), Some(Ordering::Greater));
        assert_eq!(Js::Undefined.compare(&Js::number(0)), None);
        assert_eq!(Js::NULL.compare(&Js::number(0)), Some(Ordering::Equal));
    }
}
