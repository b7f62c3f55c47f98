//! What of an input item goes on into the item that Edit Fields makes: fields and binary data.

use std::borrow::Cow;
use std::sync::Arc;

use indexmap::IndexMap;
use patchbay_model::{Binary, Item, Object, Text};
use patchbay_node::{Context, NodeError, Parameter};

use crate::path::Path;

/// What goes on; compiled once, or for each item where it hangs on an expression.
pub struct Include {
    fixed: Option<Fields>,
    dots: bool,
}

/// Which fields go on.
enum Fields {
    All,
    None,
    /// Each with the key that it gets: the last part of its path.
    Selected(Vec<(Path, Path)>),
    Except(Vec<Path>),
}

impl Include {
    pub fn compile(context: &Context<'_>) -> Result<Self, NodeError> {
        let dots = context
            .optional("options.dotNotation", 0)?
            .is_none_or(|value| value.truthy());
        let names = ["includeOtherFields", "include", "includeFields", "excludeFields"];
        let varies = names
            .iter()
            .any(|name| context.parameter(name).is_some_and(Parameter::is_expression));
        let fixed = if varies {
            None
        } else {
            Some(Fields::of(context, 0, dots)?)
        };
        Ok(Self { fixed, dots })
    }

    /// Whether dots in names part keys.
    pub fn dots(&self) -> bool {
        self.dots
    }

    /// The fields that the new item starts with.
    pub fn start(&self, context: &Context<'_>, item: &Item, index: usize) -> Result<Object, NodeError> {
        let evaluated;
        let fields = if let Some(fields) = &self.fixed {
            fields
        } else {
            evaluated = Fields::of(context, index, self.dots)?;
            &evaluated
        };
        Ok(match fields {
            Fields::All => (*item.json).clone(),
            Fields::None => Object::new(),
            Fields::Selected(paths) => {
                let mut object = Object::with_capacity(paths.len());
                for (path, key) in paths {
                    key.set(&mut object, path.get(&item.json).map(Cow::into_owned));
                }
                object
            }
            Fields::Except(paths) => {
                let mut object = (*item.json).clone();
                for path in paths {
                    path.unset(&mut object);
                }
                object
            }
        })
    }

    /// The binary data that goes on.
    pub fn binary(
        context: &Context<'_>,
        item: &Item,
        index: usize,
    ) -> Result<Option<Arc<IndexMap<Text, Binary>>>, NodeError> {
        if item.binary.is_none() {
            return Ok(None);
        }
        let keeps = if context.version() >= 3.4 {
            context.boolean("includeOtherFields", index)? && !context.boolean("options.stripBinary", index)?
        } else {
            context.boolean("options.includeBinary", index)?
        };
        Ok(item.binary.clone().filter(|_| keeps))
    }
}

impl Fields {
    fn of(context: &Context<'_>, index: usize, dots: bool) -> Result<Self, NodeError> {
        if context.version() >= 3.3 && !context.boolean("includeOtherFields", index)? {
            return Ok(Self::None);
        }
        let paths = |name: &str| -> Result<Vec<Path>, NodeError> {
            let list = context.text(name, index)?;
            Ok(list.split(',').map(|name| Path::new(name.trim(), dots)).collect())
        };
        Ok(match context.text("include", index)?.as_str() {
            "none" => Self::None,
            "selected" => {
                let paths = paths("includeFields")?.into_iter();
                Self::Selected(paths.map(|path| (path.clone(), path.last_part(dots))).collect())
            }
            "except" => Self::Except(paths("excludeFields")?),
            _ => Self::All,
        })
    }
}
