//! Function: the first of n8n's nodes for JavaScript, which runs once with all items. New workflows use Code.
//!
//! n8n's own texts for what goes wrong here name lines of n8n's code, and where the script throws they say nothing of
//! it: the message is kept as n8n has it, and the description says what happened.

use async_trait::async_trait;
use patchbay_expression::script::{Failure, Flavour, Script, Thrown};
use patchbay_expression::{Js, Kind as ErrorKind};
use patchbay_model::{Item, Object, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::code::host::ContextHost;
use crate::code::limit_error;
use crate::code::returned::{files_of, json_of, origins_of};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.function",
    title: "Function",
    about: "Runs JavaScript once with all items",
    versions: &[1.0, 2.0],
    trigger: false,
    parameters: &[ParameterDescription::new(
        "functionCode",
        Kind::Text,
        "\"for (const item of items) { item.json.myNewField = 1; } return items;\"",
        "The body of an `async` function",
    )],
};

pub struct Function;

#[async_trait]
impl Node for Function {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let result = run(context).await;
        // A script that was stopped has failed only for that.
        context.checkpoint()?;
        let items = match result {
            Err(Fault { error, raw }) if context.continues_on_fail() && !error.is_cancelled() => {
                vec![failed(raw)]
            }
            Err(fault) => return Err(fault.error),
            Ok(items) => items,
        };
        Ok(Outcome::items(items))
    }
}

/// An error as n8n shows it, and the text that goes on where the node does.
pub(crate) struct Fault {
    pub error: NodeError,
    pub raw: String,
}

impl From<NodeError> for Fault {
    fn from(error: NodeError) -> Self {
        Self {
            raw: error.error.message.to_string(),
            error,
        }
    }
}

/// What goes on in place of what failed.
pub(crate) fn failed(raw: String) -> Item {
    let json: Object = [("error", raw)].into_iter().collect();
    Item::new(json)
}

async fn run(context: &Context<'_>) -> Result<Vec<Item>, Fault> {
    let code = context.text("functionCode", 0)?;
    let host = ContextHost::new(context);
    let mut script = Script::new(&code, Flavour::Legacy, &context.scope, &host)
        .map_err(|failure| unreadable(&failure, " [Line 135]"))?;
    let globals = [("items", host.items())];
    script
        .run(&context.scope, &globals, &host, |value| returned(&value, &host))
        .await
        .map_err(|failure| thrown(&failure))?
}

/// The code does not parse; `place` is where n8n says that it is.
pub(crate) fn unreadable(failure: &Failure, place: &str) -> Fault {
    let error = &failure.error;
    Fault {
        error: NodeError::new("E0393", format!("{}{place}", error.message)).parameter("functionCode"),
        raw: error.message.to_string(),
    }
}

/// What a script of one of the older nodes threw.
pub(crate) fn thrown(failure: &Failure) -> Fault {
    let error = &failure.error;
    if error.kind == ErrorKind::Limit {
        return limit_error(failure).into();
    }
    let raw = match failure.thrown {
        Thrown::Error => error.message.to_string(),
        _ => String::new(),
    };
    let line = failure.line.map(|line| format!(" [line {line}]")).unwrap_or_default();
    Fault {
        error: NodeError::new("E0394", "Cannot read properties of undefined (reading 'split')")
            .description(format!("The code failed: {}{line}", error.message))
            .hint("use a Code node: its errors say what failed and where")
            .parameter("functionCode"),
        raw,
    }
}

/// n8n's texts end in the line of n8n's own code that checks.
fn refused(text: &str, line: usize) -> Fault {
    let place = if line > 0 {
        format!(" [Line {line}]")
    } else {
        String::new()
    };
    Fault {
        error: NodeError::new("E0395", format!("{text}{place}"))
            .description("The code has to return an array of items: `[{ json: { … } }]`")
            .parameter("functionCode"),
        raw: text.to_owned(),
    }
}

fn returned(value: &Js, host: &ContextHost<'_, '_>) -> Result<Vec<Item>, Fault> {
    let elements = match value {
        Js::Undefined => return Err(refused("Cannot read properties of undefined (reading 'every')", 136)),
        Js::Json(Value::Null) => return Err(refused("Cannot read properties of null (reading 'json')", 136)),
        value if value.is_array() => value.to_elements().unwrap_or_default(),
        value if value.is_object() && !value.is_function() => vec![value.clone()],
        _ => return Err(refused("executionData.every is not a function", 136)),
    };
    if let Some(element) = elements.iter().find(|element| element.is_nullish()) {
        let text = format!("Cannot use 'in' operator to search for 'json' in {}", element.to_text());
        return Err(refused(&text, 136));
    }
    let wrapped = elements.iter().filter(|element| element.own("json").is_some()).count();
    if wrapped > 0 && wrapped < elements.len() {
        return Err(refused("Inconsistent item format", 136));
    }
    elements
        .iter()
        .map(|element| item(element, wrapped > 0, host))
        .collect()
}

fn item(element: &Js, wrapped: bool, host: &ContextHost<'_, '_>) -> Result<Item, Fault> {
    let json = if wrapped {
        element.own("json").unwrap_or_default()
    } else {
        element.clone()
    };
    if json.is_nullish() {
        return Err(refused("Cannot convert undefined or null to object", 0));
    }
    if !json.is_object() {
        return Err(refused("The json-property has to be an object!", 149));
    }
    let mut item = Item::new(json_of(&json));
    if !wrapped {
        return Ok(item);
    }
    item.paired = origins_of(element);
    let binary = element.own("binary").filter(|binary| !binary.is_undefined());
    if binary.as_ref().is_some_and(|binary| !binary.is_object()) {
        return Err(refused("The binary-property has to be an object!", 154));
    }
    item.binary = binary.and_then(|binary| files_of(&binary, host));
    Ok(item)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn items_come_back_and_faults_are_n8ns() {
        for (code, expected) in [
            ("items[0].json.n = 1; return items", Ok(r#"[[{"a":1,"n":1},{"a":2}]]"#)),
            ("return [{a: 1}]", Ok(r#"[[{"a":1}]]"#)),
            ("return {json: {a: 1}}", Ok(r#"[[{"a":1}]]"#)),
            (
                "return [{json: {}}, {b: 1}]",
                Err("Inconsistent item format [Line 136]"),
            ),
            ("return 5", Err("executionData.every is not a function [Line 136]")),
            (
                "return [{json: 5}]",
                Err("The json-property has to be an object! [Line 149]"),
            ),
            (
                "throw new Error('x')",
                Err("Cannot read properties of undefined (reading 'split')"),
            ),
            ("return {\n", Err("Unexpected end of input [Line 135]")),
        ] {
            let parameters = Value::object([("functionCode", code)].into_iter().collect::<Object>());
            let result = run(1.0, &parameters.to_json(), r#"[{"a": 1}, {"a": 2}]"#).of(&Function);
            assert_eq!(result.as_deref().map_err(String::as_str), expected, "{code}");
        }
    }
}
