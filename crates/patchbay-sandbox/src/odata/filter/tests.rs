//! What must hold for any text: reading it ends in an expression or in a fault with a place in the text, and never in a panic.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Evaluation, parse, parse_value};
use crate::Version;
use crate::facts::{Facts, Kind};

const USER: Kind = Kind::Structure("User");

/// Reads a text, and evaluates what could be read on entities that lack much.
fn read(text: &str) -> Result<(), TestCaseError> {
    let facts = Facts::of(Version::default());
    let evaluation = Evaluation {
        facts,
        now: Timestamp::UNIX_EPOCH,
    };
    let entities = [
        Value::Null,
        json!({}),
        json!({"Id": i64::MAX, "Number": "1", "Groups": [{"GroupId": 1}, null], "Hours": 5, "Enabled": "no"}),
    ];
    match parse_value(text, &USER, facts) {
        Ok(expression) => {
            for entity in &entities {
                evaluation.holds(&expression, entity);
            }
        }
        Err(fault) => {
            prop_assert!(
                fault.position <= text.chars().count(),
                "position {} in `{text}`",
                fault.position
            );
            prop_assert!(!fault.message.is_empty());
        }
    }
    Ok(())
}

/// Pieces of expressions, so that texts get past the first token.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "Id",
        "Number",
        "Enabled",
        "Groups",
        "Hours",
        "QueueStatus",
        "g",
        "$it",
        "null",
        "true",
        "1",
        "-",
        "2.5",
        "'a'",
        "''",
        "(",
        ")",
        ",",
        "/",
        ":",
        "eq",
        "ne",
        "gt",
        "and",
        "or",
        "not",
        "in",
        "has",
        "add",
        "div",
        "mod",
        "any(",
        "all(g:",
        "$count",
        "contains(",
        "substring(",
        "length(",
        "year(",
        "now()",
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        "12:30",
        "duration'P1D'",
        "Pbx.PeerType'Queue'",
        "Name",
        "9223372036854775807",
    ])
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_a_position(text in "\\PC*") {
        read(&text)?;
    }

    #[test]
    fn any_row_of_pieces_is_read_or_refused_with_a_position(pieces in prop::collection::vec(piece(), 0..24)) {
        read(&pieces.join(" "))?;
        read(&pieces.concat())?;
    }

    #[test]
    fn any_text_can_be_quoted(text in "\\PC*") {
        let filter = format!("Number eq '{}'", text.replace('\'', "''"));
        let expression = parse(&filter, &USER, Facts::of(Version::default())).map_err(|fault| TestCaseError::fail(fault.message))?;
        let entity = json!({ "Number": text });
        let evaluation = Evaluation { facts: Facts::of(Version::default()), now: Timestamp::UNIX_EPOCH };
        prop_assert!(evaluation.holds(&expression, &entity));
    }

    #[test]
    fn a_number_is_found_by_what_it_is(id in any::<i32>(), other in any::<i32>()) {
        let entity = json!({ "Id": id });
        let evaluation = Evaluation { facts: Facts::of(Version::default()), now: Timestamp::UNIX_EPOCH };
        for (operator, expected) in [("eq", id == other), ("ne", id != other), ("lt", id < other), ("ge", id >= other)] {
            let filter = format!("Id {operator} {other}");
            let expression = parse(&filter, &USER, Facts::of(Version::default())).map_err(|fault| TestCaseError::fail(fault.message))?;
            prop_assert_eq!(evaluation.holds(&expression, &entity), expected, "{}", filter);
        }
    }
}

#[test]
fn deep_nesting_is_refused_before_the_stack_ends() {
    for (open, close) in [
        ("(", ")"),
        ("not ", ""),
        ("-", ""),
        ("tolower(", ")"),
        ("Groups/any(g: ", ")"),
    ] {
        let text = format!("{}Id{}", open.repeat(100_000), close.repeat(100_000));
        let fault = parse(&text, &USER, Facts::of(Version::default())).err();
        assert!(
            fault.is_some_and(|fault| fault.message.contains("nested deeper")),
            "{open}"
        );
    }
}
