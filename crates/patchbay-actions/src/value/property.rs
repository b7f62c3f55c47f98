//! What holds of every value: what is sent is of its declared type, and sending it again as it was sent changes nothing.

use jiff::Timestamp;
use patchbay_model::Value;
use proptest::prelude::*;

use super::coerce;
use super::tests::parameter;
use crate::definition::{Kind, Place};
use crate::odata;

/// Values as workflows have them: mostly texts that look like something.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<f64>().prop_map(Value::Number),
        (-1_000_000_i64..1_000_000).prop_map(|number| Value::Number(number as f64)),
        "[ -~äß€]{0,12}".prop_map(Value::text),
        "-?[0-9]{1,18}(\\.[0-9]{1,3})?".prop_map(Value::text),
        "20[0-9]{2}-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][01][0-9]:00)?)?"
            .prop_map(Value::text),
        "P([0-9]D)?(T[0-9]{1,3}[HMS])?".prop_map(Value::text),
        "\\[\"[a-z, ]{0,6}\", [0-9]\\]".prop_map(Value::text),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop::collection::vec(inner, 0..3).prop_map(Value::array)
    })
}

fn kind() -> impl Strategy<Value = Kind> {
    let kinds: Vec<Kind> = Kind::ALL
        .iter()
        .map(|(_, kind)| *kind)
        .filter(|kind| !kind.is_file())
        .collect();
    prop::sample::select(kinds)
}

fn is_of(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::Integer | Kind::Int32 => value.as_number().is_some_and(|number| number.fract() == 0.0),
        Kind::Number => value.as_number().is_some_and(f64::is_finite),
        Kind::Boolean => matches!(value, Value::Bool(_)),
        Kind::DateTime => {
            let moment = value.as_str().filter(|text| text.ends_with('Z'));
            moment.is_some_and(|text| text.parse::<Timestamp>().is_ok())
        }
        Kind::Array => matches!(value, Value::Array(_) | Value::Null),
        Kind::Object => matches!(value, Value::Object(_) | Value::Null),
        Kind::Json | Kind::Any => true,
        _ => matches!(value, Value::Text(_)),
    }
}

proptest! {
    #[test]
    fn what_is_sent_is_of_its_type_and_stays_so(kind in kind(), value in value()) {
        let parameter = parameter(kind, Place::Query);
        if let Ok(Some(sent)) = coerce(&parameter, &value, "Europe/Berlin") {
            prop_assert!(is_of(kind, &sent), "{kind:?}: {} became {}", value.to_json(), sent.to_json());
            // Blank text says nothing, and JSON text in text is opened once, not twice.
            let other = sent.as_str().is_some_and(|text| text.trim().is_empty() || text.starts_with('['));
            if !other && kind != Kind::Json {
                prop_assert_eq!(coerce(&parameter, &sent, "UTC"), Ok(Some(sent)));
            }
        }
    }

    #[test]
    fn a_text_in_a_path_is_one_literal_of_one_segment(text in "[ -~äß€\n]{0,20}") {
        let literal = odata::literal(&text.clone().into());
        prop_assert!(!literal.contains(['/', '?', '#', ' ', '&', '\n']), "{literal}");
        let decoded = percent_encoding::percent_decode_str(&literal).decode_utf8().expect("UTF-8").into_owned();
        let inner = decoded.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).expect("quotes");
        prop_assert!(!inner.replace("''", "").contains('\''), "{literal}");
        // Text that already was a literal stays; any other comes back.
        prop_assert!(decoded == text || inner.replace("''", "'") == text);
    }

    #[test]
    fn a_list_is_the_same_as_text_and_as_array(parts in prop::collection::vec("[A-Z][a-z]{0,4}(\\(\\$select=[a-z]{1,3},[a-z]{1,3}\\))?", 1..5)) {
        let parameter = parameter(Kind::List, Place::Query);
        let as_text = coerce(&parameter, &Value::text(parts.join(" , ")), "UTC");
        let as_array = coerce(&parameter, &Value::array(parts.iter().map(|part| part.as_str().into()).collect::<Vec<Value>>()), "UTC");
        prop_assert_eq!(&as_text, &as_array);
        prop_assert_eq!(as_text, Ok(Some(Value::text(parts.join(",")))));
    }
}
