//! Execution Data: marks the execution with values that executions can be searched by, and passes its items on. There is
//! nothing to search where a workflow runs from the command line: the values are checked and logged.

use async_trait::async_trait;
use patchbay_model::{Item, Object, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.executionData",
    title: "Execution Data",
    about: "Marks the execution with values to search by",
    versions: &[1.0, 1.1],
    trigger: false,
    parameters: &[
        ParameterDescription::new("operation", Kind::Options(&["save"]), "\"save\"", "What is done"),
        ParameterDescription::new("dataToSave.values", Kind::Collection, "[]", "Keys and values"),
    ],
};

pub struct ExecutionData;

#[async_trait]
impl Node for ExecutionData {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let mut items = Vec::with_capacity(context.items().len());
        for (index, item) in context.items().iter().enumerate() {
            items.push(match checked(context, index) {
                Err(error) if context.continues_on_fail() && !error.is_cancelled() => {
                    let json: Object = [("error", error.error.message)].into_iter().collect();
                    Item::new(json).paired_with(index)
                }
                checked => {
                    checked.map_err(|error| error.parameter("dataToSave.values").item(index))?;
                    item.clone().paired_with(index)
                }
            });
        }
        Ok(Outcome::items(items))
    }
}

/// Checks and logs the values of one item.
fn checked(context: &Context<'_>, index: usize) -> Result<(), NodeError> {
    let list = context.value("dataToSave.values", index)?;
    list.as_array()
        .into_iter()
        .flatten()
        .try_for_each(|entry| check(context, entry))
}

/// A key is letters, digits and `_`; a value is text, or what is plainly written as text.
fn check(context: &Context<'_>, entry: &Value) -> Result<(), NodeError> {
    let key = entry.get("key").map(Value::to_text).unwrap_or_default();
    let value = entry.get("value").cloned().unwrap_or_else(|| Value::text(""));
    let is_plain = match &value {
        Value::Object(_) | Value::Array(_) | Value::Bool(_) => false,
        Value::Null => context.version() >= 1.1,
        _ => true,
    };
    if !is_plain {
        return Err(NodeError::new(
            "E0329",
            format!("Custom data values must be a string (key \"{key}\")"),
        ));
    }
    if !key
        .chars()
        .all(|symbol| symbol.is_ascii_alphanumeric() || symbol == '_')
    {
        // The slip of the pen is n8n's.
        let message = format!("Custom date key can only contain characters \"A-Za-z0-9_\" (key \"{key}\")");
        return Err(NodeError::new("E0329", message));
    }
    (context.log)(format!("execution data: {key} = {}", value.to_text()).into());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn items_pass_and_values_are_checked() {
        for (version, key, value, expected) in [
            (1.0, "k", r#""v""#, Ok(())),
            (1.0, "k", "5", Ok(())),
            (1.1, "k", "null", Ok(())),
            (1.0, "k", "null", Err("Custom data values must be a string (key \"k\")")),
            (1.1, "o", "{}", Err("Custom data values must be a string (key \"o\")")),
            (
                1.0,
                "k.1",
                r#""v""#,
                Err("Custom date key can only contain characters \"A-Za-z0-9_\" (key \"k.1\")"),
            ),
        ] {
            let parameters = format!(r#"{{"dataToSave": {{"values": [{{"key": "{key}", "value": {value}}}]}}}}"#);
            let result = run(version, &parameters, r#"[{"a":1}]"#).of(&ExecutionData);
            let expected = expected.map(|()| r#"[[{"a":1}]]"#.to_owned()).map_err(str::to_owned);
            assert_eq!(result, expected, "{key} {value}");
        }
    }
}
