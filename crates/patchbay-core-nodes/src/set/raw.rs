//! Edit Fields by JSON.

use std::sync::Arc;

use patchbay_model::workflow::Node as FileNode;
use patchbay_model::{Diagnostic, Item, Object, Value};
use patchbay_node::{Context, NodeError, Parameter};

use super::template::{Failure, Template};
use crate::conversion::Type;
use crate::issues;
use crate::path::Path;

/// JSON text of the parameter's default, which is JSON text itself.
pub const DEFAULT: &str = r#""{\n  \"my_field_1\": \"value\",\n  \"my_field_2\": 1\n}""#;

/// The fault of JSON that is no object; from version 3 on.
pub fn issue(node: &FileNode) -> Option<Diagnostic> {
    let json = node.parameters.get("jsonOutput").filter(|_| node.version >= 3.0)?;
    issues::wrong_type(json, Type::Object, "jsonOutput")
}

/// The parameter `jsonOutput`.
pub struct Raw<'run>(Template<'run>);

impl<'run> Raw<'run> {
    pub fn compile(context: &Context<'run>) -> Result<Self, NodeError> {
        let template = match context.parameter("jsonOutput") {
            // Only text is JSON here: an object that the file has as one makes n8n's node fail.
            Some(Parameter::Object(_) | Parameter::Array(_)) => {
                return Err(NodeError::new("E0324", "jsonOutput?.startsWith is not a function")
                    .parameter("jsonOutput")
                    .hint("Write the object as text"));
            }
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
