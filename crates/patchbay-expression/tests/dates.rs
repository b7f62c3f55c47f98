//! Dates, compared with what n8n itself answered: `goldens/dates.ndjson`, one case a line.
//!
//! `CASES=FILE` compares the cases of another file and prints every difference.

use std::fs;

use patchbay_expression::Expression;
use patchbay_model::scope::{Denied, ExecutionInfo, NoContexts};
use patchbay_model::workflow::Node;
use patchbay_model::{Environment, RunData, Scope, Text, Value, Workflow};

/// 2026-03-04T05:06:07Z, when the goldens were made.
const NOW: f64 = 1_772_600_767_000.0;

struct Still;

impl Environment for Still {
    fn now(&self) -> f64 {
        NOW
    }

    fn random(&self) -> f64 {
        0.5
    }

    fn variable(&self, _name: &str) -> Result<Option<Text>, Denied> {
        Err(Denied)
    }
}

fn evaluate(expression: &str, timezone: &str) -> Option<Value> {
    let workflow = Workflow::default();
    let run_data = RunData::default();
    let execution = ExecutionInfo {
        timezone: timezone.into(),
        ..ExecutionInfo::default()
    };
    let node = Node::default();
    let scope = Scope {
        workflow: &workflow,
        run_data: &run_data,
        execution: &execution,
        environment: &Still,
        node: &node,
        run_index: 0,
        items: &[],
        item_index: 0,
        sources: &[],
        input_index: 0,
        contexts: &NoContexts,
        extra: &[],
    };
    Expression::parse(&format!("={{{{ {expression} }}}}"))
        .ok()?
        .evaluate(&scope)
        .ok()?
}

/// Equal, numbers but for the last digits of a division.
fn same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Number(one), Value::Number(two)) => {
            (one - two).abs() <= one.abs() * 1e-12 || one.to_bits() == two.to_bits()
        }
        (Value::Number(number), Value::Text(text)) => number.is_nan() && text == "NaN",
        (Value::Array(one), Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two.iter()).all(|(one, two)| same(one, two))
        }
        (Value::Object(one), Value::Object(two)) => {
            let equal = |key: &Text, value| two.get(key).is_some_and(|other| same(value, other));
            one.len() == two.len() && one.iter().all(|(key, value)| equal(key, value))
        }
        _ => one == two,
    }
}

#[test]
fn dates_are_n8ns() {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/dates.ndjson");
    let path = std::env::var("CASES").unwrap_or_else(|_| own.to_owned());
    let cases = fs::read_to_string(&path).expect("the file of the cases");
    let mut differences = Vec::new();
    let mut count = 0;
    for line in cases.lines() {
        let case = Value::from_json(line).expect("a case");
        let text = |name: &str| case.get(name).and_then(Value::as_str).unwrap_or_default();
        let timezone = if text("timezone").is_empty() {
            "UTC"
        } else {
            text("timezone")
        };
        let found = evaluate(text("expression"), timezone).unwrap_or_default();
        let expected = case.get("value").cloned().unwrap_or_default();
        count += 1;
        if !same(&found, &expected) {
            differences.push(format!(
                "{} [{timezone}]\n     n8n: {}\n    here: {}",
                text("expression"),
                expected.to_json(),
                found.to_json()
            ));
        }
    }
    assert!(count > 0, "{path} has no cases");
    assert!(
        differences.is_empty(),
        "{} of {count} differ\n{}",
        differences.len(),
        differences.join("\n")
    );
}
