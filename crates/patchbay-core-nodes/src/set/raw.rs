//! Edit Fields by JSON.

use std::sync::Arc;

use patchbay_model::{Item, Object, Value};
use patchbay_node::{Context, NodeError};

use super::template::{Failure, Template};
use crate::path::Path;

/// JSON text of the parameter's default, which is JSON text itself.
pub const DEFAULT: &str = r#""{\n  \"my_field_1\": \"value\",\n  \"my_field_2\": 1\n}""#;

/// The parameter `jsonOutput`.
pub struct Raw<'run>(Template<'run>);

impl<'run> Raw<'run> {
    pub fn compile(context: &Context<'run>) -> Result<Self, NodeError> {
        let template = match context.parameter("jsonOutput") {
            Some(parameter) => Template::compile(parameter, "jsonOutput")?,
            None => Template::Fixed(context.value("jsonOutput", 0)?),
        };
        Ok(Self(template))
    }

    /// Sets each field of the JSON for one item.
    pub fn fill(&self, context: &Context<'_>, item: usize, dots: bool, target: &mut Object) -> Result<(), NodeError> {
        let subject = format!("The 'JSON Output' in item {item}");
        let failed = |failure: Failure| failure.into_error(&subject, "jsonOutput", item);
        match self.0.object(context, "jsonOutput", item).map_err(failed)? {
            Value::Object(fields)
                if target.is_empty() && (!dots || fields.keys().all(|key| !key.contains(['.', '[']))) =>
            {
                *target = Arc::unwrap_or_clone(fields);
                Ok(())
            }
            Value::Object(fields) => {
                for (key, value) in fields.iter() {
                    Path::new(key, dots).set(target, Some(value.clone()));
                }
                Ok(())
            }
            _ => Err(NodeError::new("E0324", "Cannot convert undefined or null to object")
                .parameter("jsonOutput")
                .item(item)
                .hint("The expression gave nothing: it must give an object")),
        }
    }
}

/// The item that goes on where one failed.
pub fn failed(error: &NodeError, item: usize) -> Item {
    let json: Object = [("error", error.error.message.clone())].into_iter().collect();
    Item::new(json).paired_with(item)
}
