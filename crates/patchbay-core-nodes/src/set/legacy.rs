//! The first two versions of Edit Fields (Set): a list of fields for each type.

use patchbay_model::{Item, Items, Object, Value};
use patchbay_node::{Context, NodeError, Parameter};

use super::{is_overlooked, overlooks_failures};
use crate::path::Path;

/// The lists in the order in which their fields are set, each with the value of a field that has none.
const KINDS: [(&str, Value); 3] = [
    ("boolean", Value::Bool(false)),
    ("number", Value::Number(0.0)),
    ("string", Value::Text(patchbay_model::Text::new_static(""))),
];

pub fn run(context: &Context<'_>) -> Result<Items, NodeError> {
    let mut items = Vec::with_capacity(context.items().len());
    for (index, item) in context.items().iter().enumerate() {
        context.checkpoint()?;
        let dots = context
            .optional("options.dotNotation", index)?
            .is_none_or(|value| value.truthy());
        let keeps_only_set = context.boolean("keepOnlySet", index)?;
        let mut made = if keeps_only_set {
            Object::new()
        } else {
            (*item.json).clone()
        };
        for (kind, default) in &KINDS {
            let list = context.parameter("values").and_then(|values| values.part(kind));
            let fields = list.map_or(&[][..], Parameter::elements).iter().enumerate();
            let fields: Result<Vec<_>, NodeError> = fields
                .map(|(place, field)| {
                    let evaluate = |key: &str, default: Value| match field.part(key) {
                        Some(parameter) => context.resolve(parameter, &format!("values.{kind}.{place}.{key}"), index),
                        None => Ok(Some(default)),
                    };
                    let name = evaluate("name", Value::text("propertyName"))?.unwrap_or_default();
                    let value = convert(kind, evaluate("value", default.clone())?, context.version());
                    Ok((name.to_text(), value))
                })
                .collect();
            let fields = match fields {
                Err(error) if overlooks_failures(context) && is_overlooked(&error) => Vec::new(),
                fields => fields?,
            };
            for (name, value) in fields {
                Path::new(&name, dots).set(&mut made, value);
            }
        }
        let binary = if keeps_only_set { None } else { item.binary.clone() };
        items.push(Item {
            json: made.into(),
            binary,
            paired: index.into(),
            error: None,
        });
    }
    Ok(items.into())
}

/// Booleans always; numbers from the second version on, where text is one.
fn convert(kind: &str, value: Option<Value>, version: f64) -> Option<Value> {
    match (kind, value) {
        ("boolean", value) => Some(Value::Bool(value.is_some_and(|value| value.truthy()))),
        ("number", Some(value @ Value::Text(_))) if version >= 2.0 => {
            let number = value.to_number();
            Some(if number.is_nan() { value } else { Value::Number(number) })
        }
        (_, value) => value,
    }
}
