//! The first two versions of Switch: one value, compared with that of each rule.

use patchbay_model::{Items, Value};
use patchbay_node::{Context, NodeError, Parameter};

use super::Outputs;
use crate::conditions::legacy::{Comparison, OF_SWITCH, evaluate};
use crate::conditions::{RegularExpressions, check_lists};

pub fn run(context: &Context<'_>, count: usize) -> Result<Vec<Items>, NodeError> {
    check_lists(context.parameter("rules"), "rules", &["rules"])?;
    let mut outputs = Outputs::new(count)?;
    let expressions = RegularExpressions::default();
    for (index, item) in context.items().iter().enumerate() {
        context.checkpoint()?;
        match output(context, index, count, &expressions) {
            Ok(Some(output)) => outputs.0[output].push(item.clone().paired_with(index)),
            Ok(None) => {}
            Err(error) => outputs.fail(context, error)?,
        }
    }
    Ok(outputs.finish())
}

/// The output of an item, if it has one.
fn output(
    context: &Context<'_>,
    item: usize,
    count: usize,
    expressions: &RegularExpressions,
) -> Result<Option<usize>, NodeError> {
    if context.text("mode", item)? == "expression" {
        return checked(&context.value("output", item)?, count, "output", item).map(Some);
    }
    let kind = context.text("dataType", item)?;
    let left = evaluate(context.parameter("value1"), &kind, context, "value1", item)?;
    let rules = context.parameter("rules").and_then(|rules| rules.part("rules"));
    for (index, rule) in rules.map_or(&[][..], Parameter::elements).iter().enumerate() {
        let path = format!("rules.rules.{index}");
        let right = evaluate(rule.part("value2"), &kind, context, &format!("{path}.value2"), item)?;
        let operation = rule
            .part("operation")
            .and_then(Parameter::literal)
            .and_then(Value::as_str);
        let default_operation = match kind.as_str() {
            "dateTime" => "after",
            "number" => "smaller",
            _ => "equal",
        };
        let comparison = Comparison {
            kind: &kind,
            operation: operation.unwrap_or(default_operation),
            left: left.as_ref(),
            right: right.as_ref(),
            functions: OF_SWITCH,
        };
        let holds = comparison
            .holds(expressions)
            .map_err(|message| NodeError::new("E0344", message).parameter(path.as_str()).item(item))?;
        if holds {
            if context.version() >= 2.0 {
                return Ok(Some(index));
            }
            let output = match rule.part("output") {
                Some(parameter) => context
                    .resolve(parameter, &format!("{path}.output"), item)?
                    .unwrap_or_default(),
                None => Value::Number(0.0),
            };
            return checked(&output, count, "rules", item).map(Some);
        }
    }
    let fallback = context.value("fallbackOutput", item)?;
    if fallback == Value::Number(-1.0) {
        return Ok(None);
    }
    checked(&fallback, count, "fallbackOutput", item).map(Some)
}

fn checked(value: &Value, count: usize, parameter: &str, item: usize) -> Result<usize, NodeError> {
    let number = value.to_number();
    let (code, message) = if number < 0.0 || number >= count as f64 {
        let last = count as f64 - 1.0;
        let message = format!(
            "The ouput {} is not allowed. It has to be between 0 and {last}!",
            value.to_text()
        );
        ("E0345", message)
    } else {
        // Only what is written as a number is the key of an output: neither `true` nor nothing is.
        match value.to_text().parse() {
            Ok(output) => return Ok(output),
            Err(_) => (
                "E0346",
                "Cannot read properties of undefined (reading 'push')".to_owned(),
            ),
        }
    };
    Err(NodeError::new(code, message).parameter(parameter).item(item))
}
