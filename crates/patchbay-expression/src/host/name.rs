//! The names of the scope.

use patchbay_model::{Object, Scope, Value};

use super::node::{self, item_value, item_values, record};
use super::{Host, error, function};
use crate::{Error, Expression, Js, date, extension};

/// Every name that [`get`] or [`call`] knows.
pub const NAMES: [&str; 49] = [
    "$",
    "$average",
    "$binary",
    "$data",
    "$env",
    "$evaluateExpression",
    "$execution",
    "$executionId",
    "$fromAI",
    "$fromAi",
    "$fromai",
    "$getPairedItem",
    "$if",
    "$ifEmpty",
    "$input",
    "$item",
    "$itemIndex",
    "$items",
    "$jmesPath",
    "$jmespath",
    "$json",
    "$max",
    "$min",
    "$mode",
    "$node",
    "$nodeId",
    "$nodeVersion",
    "$not",
    "$now",
    "$parameter",
    "$position",
    "$prevNode",
    "$rawParameter",
    "$resumeWebhookUrl",
    "$runIndex",
    "$self",
    "$thisItem",
    "$thisItemIndex",
    "$thisRunIndex",
    "$today",
    "$vars",
    "$webhookId",
    "$workflow",
    "average",
    "max",
    "min",
    "not",
    "numberList",
    "zip",
];

/// Those that are functions.
const FUNCTIONS: [&str; 21] = [
    "$",
    "$average",
    "$evaluateExpression",
    "$fromAI",
    "$fromAi",
    "$fromai",
    "$getPairedItem",
    "$ifEmpty",
    "$item",
    "$items",
    "$jmesPath",
    "$jmespath",
    "$max",
    "$min",
    "$not",
    "average",
    "max",
    "min",
    "not",
    "numberList",
    "zip",
];

/// The value of a name of the scope (`$json`, `$now`); `None` where n8n has none of this name.
pub fn get(name: &str, scope: &Scope<'_>) -> Result<Option<Js>, Error> {
    let extra = scope.extra.iter().find(|(known, _)| *known == name);
    if let Some((_, value)) = extra {
        return Ok(Some(Js::Json(value.clone())));
    }
    let function = FUNCTIONS.iter().find(|known| **known == name);
    if let Some(name) = function {
        return Ok(Some(Js::Host(Host::Function { of: None, name })));
    }
    Ok(Some(match name {
        "$json" | "$data" => Js::optional(scope.item().map(|item| Js::Json(item.json_value()))),
        "$binary" => node::binary(scope.item()),
        "$thisItem" => Js::optional(scope.item().map(item_value)),
        "$input" => Js::Host(Host::Input),
        "$node" => Js::Host(Host::Nodes {
            index: scope.item_index,
        }),
        "$env" => Js::Host(Host::Environment),
        "$now" => date::call_static("DateTime", "now", &[], scope)?,
        "$today" => {
            let now = date::call_static("DateTime", "now", &[], scope)?;
            date::call(&now, "startOf", &[Js::text("day")], scope)?
        }
        "$itemIndex" | "$position" | "$thisItemIndex" => Js::count(scope.item_index),
        "$runIndex" | "$thisRunIndex" => Js::count(scope.run_index),
        "$vars" => Js::from(scope.execution.variables.clone()),
        "$parameter" | "$rawParameter" => node::parameters(&scope.node.name, scope),
        "$self" => node::context(&scope.node.name, scope),
        "$nodeId" => Js::text(scope.node.id.clone()),
        "$nodeVersion" => Js::number(scope.node.version),
        "$webhookId" => Js::optional(scope.node.webhook_id.clone()),
        "$mode" => Js::text(if scope.execution.mode == "test" {
            "manual"
        } else {
            "trigger"
        }),
        "$executionId" => Js::text(scope.execution.id.clone()),
        "$resumeWebhookUrl" => Js::text(scope.execution.resume_url.clone()),
        "$execution" => execution(scope),
        "$workflow" => Js::from(workflow(scope)),
        "$prevNode" => previous_node(scope),
        _ => return Ok(None),
    }))
}

/// Calls a function of the scope (`$`, `$items`, `$if`); `None` where n8n has none of this name.
pub fn call(name: &str, arguments: &[Js], scope: &Scope<'_>) -> Result<Option<Js>, Error> {
    let argument = |place: usize| arguments.get(place).unwrap_or(&Js::Undefined);
    let index = |place: usize| {
        let argument = arguments.get(place).filter(|argument| !argument.is_nullish());
        argument.map(|argument| argument.to_integer().max(0.0) as usize)
    };
    if let Some(result) = extension::functions::call(name, arguments, scope) {
        return result.map(Some);
    }
    Ok(Some(match name {
        "$" => {
            let node = argument(0);
            if !node.truthy() {
                return Err(error::no_name());
            }
            let node = node.to_text();
            node::check_exists(&node, scope)?;
            Js::Host(Host::Node(node))
        }
        "$items" if argument(0).is_undefined() => item_values(scope.items),
        "$items" => {
            let node = argument(0).to_text();
            item_values(node::output(&node, Some(index(1).unwrap_or(0)), index(2), scope)?)
        }
        "$item" => Js::Host(Host::ItemScope(index(0).unwrap_or(0))),
        "$getPairedItem" => function::paired_item(arguments, scope)?,
        "$fromAI" | "$fromAi" | "$fromai" => function::from_ai(arguments, scope)?,
        "$evaluateExpression" => {
            let expression = Expression::parse(&format!("={}", argument(0).to_text()))?;
            let scope = index(1).map_or(*scope, |index| scope.for_item(index));
            expression.evaluate_js(&scope)?
        }
        "$if" if argument(0).truthy() => argument(1).clone(),
        "$if" => arguments.get(2).cloned().unwrap_or(Js::FALSE),
        _ => match get(name, scope)? {
            Some(value) => {
                return Err(Error::type_error(format!(
                    "{name} is not a function, it is {}",
                    value.type_of()
                )));
            }
            None => return Ok(None),
        },
    }))
}

fn execution(scope: &Scope<'_>) -> Js {
    let mut execution = Object::with_capacity(4);
    execution.insert("id", scope.execution.id.clone());
    execution.insert("mode", scope.execution.mode.clone());
    if !scope.execution.resume_url.is_empty() {
        execution.insert("resumeUrl", scope.execution.resume_url.clone());
        execution.insert("resumeFormUrl", scope.execution.resume_form_url.clone());
    }
    Js::from(execution)
}

fn workflow(scope: &Scope<'_>) -> Object {
    let mut workflow = Object::with_capacity(3);
    workflow.insert("active", scope.workflow.active);
    workflow.insert("id", Value::from(scope.workflow.id.clone()));
    workflow.insert("name", scope.workflow.name.clone());
    workflow
}

fn previous_node(scope: &Scope<'_>) -> Js {
    match scope.sources.get(scope.input_index).and_then(Option::as_ref) {
        Some(source) => record([
            ("name", Js::text(source.node.clone())),
            ("outputIndex", Js::count(source.output)),
            ("runIndex", Js::count(source.run)),
        ]),
        None => record([
            ("name", Js::Undefined),
            ("outputIndex", Js::number(0)),
            ("runIndex", Js::number(0)),
        ]),
    }
}
