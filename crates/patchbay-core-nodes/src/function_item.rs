//! Function Item: as [`crate::function`], once for each item, with the item's JSON as `item`.

use std::sync::Arc;

use async_trait::async_trait;
use patchbay_expression::Js;
use patchbay_expression::script::{Flavour, Script};
use patchbay_model::{Item, Text, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::code::host::ContextHost;
use crate::code::returned::json_of;
use crate::function::{Fault, failed, thrown, unreadable};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.functionItem",
    title: "Function Item",
    about: "Runs JavaScript once for each item",
    versions: &[1.0],
    trigger: false,
    parameters: &[ParameterDescription::new(
        "functionCode",
        Kind::Text,
        "\"item.myNewField = 1; return item;\"",
        "The body of an `async` function that gets the item's JSON as `item` and returns the new one",
    )],
};

pub struct FunctionItem;

#[async_trait]
impl Node for FunctionItem {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let host = ContextHost::new(context);
        let mut items = Vec::with_capacity(context.items().len());
        let mut kept = None;
        for (index, item) in context.items().iter().enumerate() {
            let result = run_for_item(context, &host, &mut kept, index).await;
            context.checkpoint()?;
            match result {
                Ok(made) => items.push(Item {
                    binary: match host.take_set_files() {
                        Some(files) => (!files.is_empty()).then(|| Arc::new(files)),
                        None => item.binary.clone(),
                    },
                    ..made.paired_with(index)
                }),
                Err(Fault { error, raw }) if context.continues_on_fail() && !error.is_cancelled() => {
                    // It does not say which item failed: n8n tells that, too, only where the engine can.
                    items.push(failed(raw));
                }
                Err(fault) => return Err(fault.error.item(index)),
            }
            (context.progress)(index + 1);
        }
        Ok(Outcome::items(items))
    }
}

async fn run_for_item(
    context: &Context<'_>,
    host: &ContextHost<'_, '_>,
    kept: &mut Option<(Text, Script)>,
    index: usize,
) -> Result<Item, Fault> {
    let code = context.text("functionCode", index)?;
    let scope = context.scope_for(index);
    let script = match kept.take() {
        Some((known, script)) if known == code => script,
        _ => Script::new(&code, Flavour::Legacy, &scope, host)
            .map_err(|failure| unreadable(&failure, &format!(" [Line 144 | Item Index: {index}]")))?,
    };
    let (_, script) = kept.insert((code, script));
    let json = host.item(index).get("json").cloned().unwrap_or_default();
    let globals = [("item", json)];
    script
        .run(&scope, &globals, host, |value| returned(&value))
        .await
        .map_err(|failure| thrown(&failure))?
}

fn returned(value: &Js) -> Result<Item, Fault> {
    match value {
        Js::Undefined => Err(
            NodeError::new("E0396", "No data got returned. Always an object has to be returned!")
                .parameter("functionCode")
                .into(),
        ),
        Js::Json(Value::Null) => Err(NodeError::new("E0397", "Cannot convert undefined or null to object")
            .description("The code returned null: it has to return an object")
            .parameter("functionCode")
            .into()),
        value => Ok(Item::new(json_of(value))),
    }
}

#[cfg(test)]
mod tests {
    use patchbay_model::Object;

    use super::*;
    use crate::testing::run;

    #[test]
    fn each_item_is_made_anew() {
        for (code, expected) in [
            ("item.n = 1; return item", Ok(r#"[[{"a":1,"n":1},{"a":2,"n":1}]]"#)),
            ("return {a: item.a * 2}", Ok(r#"[[{"a":2},{"a":4}]]"#)),
            ("", Err("No data got returned. Always an object has to be returned!")),
            ("return {\n", Err("Unexpected end of input [Line 144 | Item Index: 0]")),
        ] {
            let parameters = Value::object([("functionCode", code)].into_iter().collect::<Object>());
            let result = run(1.0, &parameters.to_json(), r#"[{"a": 1}, {"a": 2}]"#).of(&FunctionItem);
            assert_eq!(result.as_deref().map_err(String::as_str), expected, "{code}");
        }
    }
}
