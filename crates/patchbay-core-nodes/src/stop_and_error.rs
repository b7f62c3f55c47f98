//! Stop and Error: fails with a message of the workflow's own.

use async_trait::async_trait;
use patchbay_model::{Text, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.stopAndError",
    title: "Stop and Error",
    about: "Fails with a message of your own",
    versions: &[1.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "errorType",
            Kind::Options(&["errorMessage", "errorObject"]),
            "\"errorMessage\"",
            "A message, or an object with one",
        ),
        ParameterDescription::new("errorMessage", Kind::Text, "\"\"", "The message")
            .required_where("errorType", &["errorMessage"]),
        ParameterDescription::new(
            "errorObject",
            Kind::Json,
            "\"\"",
            "JSON: `message`, `description`, `error`",
        ),
    ],
};

pub struct StopAndError;

#[async_trait]
impl Node for StopAndError {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        if context.text("errorType", 0)? == "errorMessage" {
            return Err(match context.optional("errorMessage", 0)? {
                Some(Value::Text(message)) => NodeError::new("E0330", message),
                // n8n looks for parts of an error in whatever it gets, and fails where there can be none.
                Some(object @ (Value::Array(_) | Value::Object(_))) => of_no_text(&object),
                other => {
                    let shown = other.map_or(Text::new_static("undefined"), |value| value.to_text());
                    let message = format!("Cannot use 'in' operator to search for 'description' in {shown}");
                    NodeError::new("E0331", message)
                        .parameter("errorMessage")
                        .hint("The message is not text: check the expression")
                }
            });
        }
        let text = context.text("errorObject", 0)?;
        if let Some(fault) = patchbay_expression::script::json_error(&text) {
            return Err(NodeError::new("E0332", fault).parameter("errorObject"));
        }
        let object = Value::from_json(&text)
            .map_err(|error| NodeError::new("E0332", error.to_string()).parameter("errorObject"))?;
        Err(with_parts(&object))
    }
}

/// The error where the message is not text: n8n finds none in it, whatever it holds.
fn of_no_text(object: &Value) -> NodeError {
    let is_object = |key: &str| matches!(object.get(key), Some(Value::Object(_)));
    let message = if is_object("message") || is_object("error") {
        "[object Object]"
    } else {
        ""
    };
    NodeError::new("E0330", message)
        .details(object.clone())
        .parameter("errorMessage")
        .hint("The message is not text: check the expression")
}

/// The error that an object describes.
fn with_parts(object: &Value) -> NodeError {
    if object.is_null() {
        return NodeError::new("E0332", "Cannot read properties of null (reading 'message')").parameter("errorObject");
    }
    let part = |key: &str| {
        let value = object.get(key).filter(|value| value.truthy())?;
        (!matches!(value, Value::Object(_) | Value::Array(_))).then(|| value.to_text())
    };
    let message = part("message")
        .or_else(|| part("description"))
        .or_else(|| part("error"));
    let message = message.unwrap_or_else(|| format!("Error: {}", object.to_json()).into());
    let mut error = NodeError::new("E0330", message);
    error.error.description = part("description");
    error.details(object.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn the_message_is_the_error() {
        for (parameters, message) in [
            (r#"{"errorMessage": "boom"}"#, "boom"),
            (
                r#"{"errorType": "errorObject", "errorObject": "{\"message\": \"m\", \"code\": 5}"}"#,
                "m",
            ),
            (
                r#"{"errorType": "errorObject", "errorObject": "nope"}"#,
                "Unexpected token 'o', \"nope\" is not valid JSON",
            ),
            (r#"{"errorType": "errorObject"}"#, "Unexpected end of JSON input"),
            (
                r#"{"errorType": "errorObject", "errorObject": "null"}"#,
                "Cannot read properties of null (reading 'message')",
            ),
            (
                r#"{"errorType": "errorObject", "errorObject": "{\"message\": {\"a\": 1}}"}"#,
                r#"Error: {"message":{"a":1}}"#,
            ),
            (r#"{"errorMessage": {"message": "m"}}"#, ""),
            (r#"{"errorMessage": {"error": {"message": "m"}}}"#, "[object Object]"),
        ] {
            assert_eq!(
                run(1.0, parameters, "[{}]").of(&StopAndError),
                Err(message.to_owned()),
                "{parameters}"
            );
        }
    }
}
