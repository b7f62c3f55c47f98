//! JavaScript's order of values, and sorting by it.

use std::cmp::Ordering;
use std::convert::Infallible;

use patchbay_expression::js;
use patchbay_model::Value;

/// JavaScript's `left < right`; `None` is undefined.
pub fn less(left: Option<&Value>, right: Option<&Value>) -> bool {
    compare(left, right) == Some(Ordering::Less)
}

/// JavaScript's order; `None` where it has none.
pub fn compare(left: Option<&Value>, right: Option<&Value>) -> Option<Ordering> {
    let (left, right) = (left?, right?);
    if let (Value::Text(left), Value::Text(right)) = (left, right) {
        return Some(text(left, right));
    }
    let as_text = |value: &Value| matches!(value, Value::Text(_) | Value::Array(_) | Value::Object(_));
    if as_text(left) && as_text(right) {
        return Some(text(&left.to_text(), &right.to_text()));
    }
    left.to_number().partial_cmp(&right.to_number())
}

/// The order of texts by UTF-16 units, as JavaScript has it.
pub fn text(left: &str, right: &str) -> Ordering {
    if left.is_ascii() || right.is_ascii() {
        return left.cmp(right);
    }
    left.encode_utf16().cmp(right.encode_utf16())
}

/// Sorts as `Array.prototype.sort` does, by an order that may contradict itself (undefined is neither less nor more than
/// anything).
pub fn sort_by<T: Clone>(values: &mut [T], order: &mut impl FnMut(&T, &T) -> Ordering) {
    let Ok(()) = js::sort_by(values, |left, right| Ok::<_, Infallible>(order(left, right).is_lt()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_compare_as_in_javascript() {
        for (left, right, order) in [
            ("1", "\"2\"", Some(Ordering::Less)),
            ("null", "1", Some(Ordering::Less)),
            ("\"10\"", "\"9\"", Some(Ordering::Less)),
            ("\"a\"", "1", None),
            ("[2]", "1", Some(Ordering::Greater)),
        ] {
            let value = |text| Value::from_json(text).expect("JSON");
            assert_eq!(
                compare(Some(&value(left)), Some(&value(right))),
                order,
                "{left} {right}"
            );
        }
        assert_eq!(compare(None, Some(&Value::Null)), None);
    }
}
