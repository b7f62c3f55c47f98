//! JavaScript's order of values, and sorting by it.

use std::cmp::Ordering;

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

/// Sorts as JavaScript engines do with an order that may contradict itself (undefined is neither less nor more than
/// anything): short lists by insertion, longer ones in runs that are merged. Equal elements keep their order.
pub fn sort_by<T: Clone>(values: &mut [T], order: &mut impl FnMut(&T, &T) -> Ordering) {
    const SHORT: usize = 32;
    if values.len() <= SHORT {
        return insertion_sort(values, order);
    }
    let (left, right) = values.split_at_mut(values.len() / 2);
    sort_by(left, order);
    sort_by(right, order);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut a, mut b) = (0, 0);
    while a < left.len() && b < right.len() {
        if order(&right[b], &left[a]) == Ordering::Less {
            merged.push(right[b].clone());
            b += 1;
        } else {
            merged.push(left[a].clone());
            a += 1;
        }
    }
    merged.extend_from_slice(&left[a..]);
    merged.extend_from_slice(&right[b..]);
    values.clone_from_slice(&merged);
}

/// The run at the start is taken as it is, or turned round; every other element is put in by halving.
fn insertion_sort<T>(values: &mut [T], order: &mut impl FnMut(&T, &T) -> Ordering) {
    if values.len() < 2 {
        return;
    }
    let descends = order(&values[1], &values[0]) == Ordering::Less;
    let mut run = 2;
    while run < values.len() && (order(&values[run], &values[run - 1]) == Ordering::Less) == descends {
        run += 1;
    }
    if descends {
        values[..run].reverse();
    }
    for next in run..values.len() {
        let (mut low, mut high) = (0, next);
        while low < high {
            let middle = low + (high - low) / 2;
            if order(&values[next], &values[middle]) == Ordering::Less {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        values[low..=next].rotate_right(1);
    }
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

    #[test]
    fn long_lists_are_sorted_and_stable() {
        let mut values: Vec<(usize, usize)> = (0..1000).map(|n| (n * 7919 % 10, n)).collect();
        let mut expected = values.clone();
        expected.sort_by_key(|(key, _)| *key);
        sort_by(&mut values, &mut |a, b| a.0.cmp(&b.0));
        assert_eq!(values, expected);
    }
}
