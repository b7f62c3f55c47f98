//! n8n's extension functions: the examples of their descriptions, and n8n's own answers to four thousand calls.

use std::fmt::Write as _;

use patchbay_expression::extension::{self, Gives};
use patchbay_expression::{Expression, Missing};
use patchbay_model::scope::{Denied, Environment, ExecutionInfo, NoContexts};
use patchbay_model::workflow::Node;
use patchbay_model::{Item, Object, RunData, Scope, Text, Value, Workflow};

struct Still;

impl Environment for Still {
    fn now(&self) -> f64 {
        1_772_600_767_000.0
    }

    fn random(&self) -> f64 {
        0.5
    }

    fn variable(&self, _name: &str) -> Result<Option<Text>, Denied> {
        Err(Denied)
    }
}

/// The value, null for undefined, or the error's text.
fn evaluate(expression: &str, json: &Object, timezone: &str) -> Result<Value, String> {
    let items = [Item::new(json.clone())];
    let execution = ExecutionInfo {
        timezone: timezone.into(),
        ..ExecutionInfo::default()
    };
    let scope = Scope {
        workflow: &Workflow::default(),
        run_data: &RunData::default(),
        execution: &execution,
        environment: &Still,
        node: &Node::default(),
        run_index: 0,
        items: &items,
        item_index: 0,
        sources: &[],
        input_index: 0,
        contexts: &NoContexts,
        extra: &[],
    };
    let expression = Expression::parse(expression).map_err(|error| error.message.to_string())?;
    match expression.evaluate_with(&scope, Missing::Null) {
        Ok((value, _)) => Ok(value.unwrap_or_default()),
        Err(error) => Err(error.message.to_string()),
    }
}

#[test]
fn examples_give_what_they_say() {
    let mut wrong = String::new();
    let functions = extension::descriptions().chain(extension::functions::ALL);
    for description in functions {
        for example in description.examples {
            let expected = match example.1 {
                Gives::Json(text) => Ok(Value::from_json(text).expect("JSON")),
                Gives::Undefined => Ok(Value::Null),
                Gives::Error(text) => Err(text.to_owned()),
            };
            let found = evaluate(&format!("={{{{ {} }}}}", example.0), &Object::new(), "UTC");
            if found != expected {
                writeln!(wrong, "{}\n  expected {expected:?}\n  found    {found:?}", example.0).expect("text");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn answers_are_n8ns() {
    let goldens = include_str!("goldens/extensions.ndjson");
    let mut wrong = String::new();
    for line in goldens.lines() {
        let case = Value::from_json(line).expect("JSON");
        let case = case.as_object().expect("an object");
        let text = |name| case.get(name).and_then(Value::as_str);
        let expression = text("expression").expect("an expression");
        let json = case.get("json").and_then(Value::as_object).cloned().unwrap_or_default();
        let expected = match text("error") {
            Some(error) => Err(error.to_owned()),
            None => Ok(case.get("value").cloned().unwrap_or_default()),
        };
        let found = evaluate(expression, &json, text("timezone").unwrap_or("UTC")).map(|value| finite(&value));
        if found != expected {
            writeln!(wrong, "{line}\n  found {found:?}").expect("text");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// NaN and the infinities as text, as the goldens have them.
fn finite(value: &Value) -> Value {
    match value {
        Value::Number(number) if !number.is_finite() => Value::Text(value.to_text()),
        Value::Array(values) => Value::array(values.iter().map(finite).collect()),
        Value::Object(object) => {
            Value::object(object.iter().map(|(key, value)| (key.clone(), finite(value))).collect())
        }
        other => other.clone(),
    }
}
