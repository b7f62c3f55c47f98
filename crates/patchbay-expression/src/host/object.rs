//! The properties and methods of the scope's objects.

use patchbay_model::{Scope, Text, Value};

use super::node::{self, item_value, item_values, record};
use super::{Host, error, name};
use crate::{Error, Js};

const INPUT: [&str; 6] = ["all", "context", "first", "item", "last", "params"];
const INPUT_METHODS: [&str; 3] = ["all", "first", "last"];
const NODE_METHODS: [&str; 5] = ["all", "first", "last", "itemMatching", "pairedItem"];
const LEGACY_NODE: [&str; 3] = ["binary", "data", "json"];
const CUSTOM_DATA: [&str; 4] = ["set", "setAll", "get", "getAll"];

impl Host {
    /// A property; undefined where there is none. A method that is not called comes as a function.
    pub fn get(&self, name: &str, scope: &Scope<'_>) -> Result<Js, Error> {
        let method = |methods: &[&'static str]| {
            methods.iter().find(|known| **known == name).map(|name| {
                Js::Host(Self::Function {
                    of: Some(Box::new(self.clone())),
                    name,
                })
            })
        };
        Ok(match self {
            Self::Input => match name {
                "item" => Js::optional(scope.item().map(item_value)),
                "params" => match scope.sources.get(scope.input_index).and_then(Option::as_ref) {
                    Some(source) => node::parameters(&source.node, scope),
                    None => Js::Undefined,
                },
                "context" => node::context(&scope.node.name, scope),
                _ => method(&INPUT_METHODS).unwrap_or_default(),
            },
            Self::Nodes { index } => legacy(name, *index, scope)?,
            Self::Node(node) => match name {
                "item" => node::item(node, scope.item_index, "item", scope)?,
                "params" => node::parameters(node, scope),
                "context" => node::context(node, scope),
                "isExecuted" => Js::boolean(scope.run_data.has_run(node)),
                _ => method(&NODE_METHODS).unwrap_or_default(),
            },
            Self::LegacyNode { name: node, index } => match name {
                "json" | "data" => Js::Json(node::legacy_item(node, *index, scope)?.json_value()),
                "binary" => node::binary(Some(node::legacy_item(node, *index, scope)?)),
                "parameter" => node::parameters(node, scope),
                "context" => node::context(node, scope),
                "runIndex" => Js::count(scope.run_data.runs(node).len().saturating_sub(1)),
                _ => Js::Undefined,
            },
            Self::Environment => match scope.environment.variable(name) {
                Ok(value) => Js::optional(value.map(Value::Text)),
                Err(_) => {
                    return Err(Error::new("access to env vars denied")
                        .code("E0229")
                        .description("If you need access please contact the administrator to remove the environment variable ‘N8N_BLOCK_ENV_ACCESS_IN_NODE‘"));
                }
            },
            Self::ItemScope(index) => match name {
                "$node" => Js::Host(Self::Nodes { index: *index }),
                "$json" | "$binary" | "$data" | "$thisItem" => {
                    if *index >= scope.items.len() {
                        return Err(error::too_few_items(&scope.node.name, scope.items.len(), *index));
                    }
                    name::get(name, &scope.for_item(*index))?.unwrap_or_default()
                }
                _ if name.starts_with('$') => name::get(name, &scope.for_item(*index))?.unwrap_or_default(),
                _ => Js::Undefined,
            },
            Self::CustomData => method(&CUSTOM_DATA).unwrap_or_default(),
            Self::Function { .. } => Js::Undefined,
        })
    }

    /// Calls a method, or a function itself by the empty name; a `TypeError` where there is none.
    pub fn call(&self, name: &str, arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
        let index = |place: usize| {
            let argument = arguments.get(place).filter(|argument| !argument.is_nullish());
            argument.map(|argument| argument.to_integer().max(0.0) as usize)
        };
        match (self, name) {
            (Self::Input, "all") => Ok(item_values(scope.items)),
            (Self::Input, "first" | "last") => {
                if !arguments.is_empty() {
                    return Err(Error::new(format!("$input.{name}() should have no arguments")));
                }
                let item = if name == "first" {
                    scope.items.first()
                } else {
                    scope.items.last()
                };
                Ok(Js::optional(item.map(item_value)))
            }
            (Self::Node(node), "all") => node::output(node, index(0), index(1), scope).map(item_values),
            (Self::Node(node), "first" | "last") => {
                let items = node::output(node, index(0), index(1), scope)?;
                let item = if name == "first" { items.first() } else { items.last() };
                Ok(Js::optional(item.map(item_value)))
            }
            (Self::Node(node), "itemMatching") => match arguments.first() {
                None => Err(Error::new("Missing item index for .itemMatching()")),
                Some(_) => node::item(node, index(0).unwrap_or(0), name, scope),
            },
            (Self::Node(node), "pairedItem") => node::item(node, index(0).unwrap_or(scope.item_index), name, scope),
            (Self::ItemScope(item), _) if name.starts_with('$') => {
                name::call(name, arguments, &scope.for_item(*item))?.ok_or_else(|| not_a_function(name))
            }
            (Self::CustomData, "set" | "setAll" | "get") => Ok(Js::Undefined),
            (Self::CustomData, "getAll") => Ok(Js::from(patchbay_model::Object::new())),
            // The function itself.
            (Self::Function { of: Some(host), name }, "") => host.call(name, arguments, scope),
            (Self::Function { of: None, name }, "") => {
                name::call(name, arguments, scope)?.ok_or_else(|| not_a_function(name))
            }
            (_, "toString") => Ok(Js::text("[object Object]")),
            (_, "hasOwnProperty") => {
                let sought = arguments.first().map(Js::to_text).unwrap_or_default();
                Ok(Js::boolean(self.has(&sought, scope)))
            }
            _ => Err(not_a_function(name)),
        }
    }

    /// What `in` says.
    pub fn has(&self, name: &str, scope: &Scope<'_>) -> bool {
        match self {
            Self::Nodes { .. } => scope.workflow.node(name).is_some(),
            _ => self.get(name, scope).is_ok_and(|value| !value.is_undefined()),
        }
    }

    /// The names that `Object.keys` lists.
    pub fn keys(&self, _scope: &Scope<'_>) -> Vec<Text> {
        let names: &[&str] = match self {
            Self::Input => &INPUT,
            Self::LegacyNode { .. } => &LEGACY_NODE,
            _ => &[],
        };
        names.iter().map(|name| Text::from(*name)).collect()
    }

    /// The properties that `JSON.stringify` writes, as an object that holds them.
    pub fn to_object(&self, scope: &Scope<'_>) -> Result<Js, Error> {
        Ok(match self {
            Self::Input => record([
                ("context", self.get("context", scope)?),
                ("item", self.get("item", scope)?),
                ("params", self.get("params", scope)?),
            ]),
            Self::LegacyNode { .. } => record([
                ("binary", self.get("binary", scope)?),
                ("data", self.get("data", scope)?),
                ("json", self.get("json", scope)?),
            ]),
            Self::Function { .. } => Js::Undefined,
            // n8n's answer when it lists the nodes of what is no node.
            Self::Nodes { .. } => return Err(error::no_such_node("toJSON", std::iter::empty::<&str>())),
            _ => Js::from(patchbay_model::Object::new()),
        })
    }

    /// Whether `typeof` says `function`.
    pub fn is_callable(&self) -> bool {
        matches!(self, Self::Function { .. })
    }
}

/// `$node["Name"]`.
pub(super) fn legacy(name: &str, index: usize, scope: &Scope<'_>) -> Result<Js, Error> {
    node::check_exists(name, scope)?;
    Ok(Js::Host(Host::LegacyNode {
        name: name.into(),
        index,
    }))
}

fn not_a_function(name: &str) -> Error {
    Error::type_error(format!("{name} is not a function"))
}
