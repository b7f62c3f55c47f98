//! Finds the values of an operation's parameters in a workflow's node.
//!
//! A parameter is at the top level of the node's parameters under its own name. Query options, and what
//! patchbay adds to them, may also be in the collection `options`, and in both places with or without the `$`. An
//! operation with a parameter of its own called `options` keeps it.

use std::sync::Arc;

use patchbay_model::{Object, Text, Value};
use patchbay_node::{Context, NodeError, Parameter as Compiled};

use super::Given;
use super::extras::EXTRAS;
use super::options::{self, OPTIONS};
use crate::definition::{Operation, Parameter, Place};
use crate::value::coerce;

/// Where the parameters of one node are; found once for all items.
pub struct Plan<'run> {
    operation: &'run Operation,
    /// One expression that gives all options.
    options: Option<&'run Compiled>,
    sources: Vec<Source<'run>>,
    pub extras: Extras<'run>,
}

/// Where what patchbay adds to an operation is, in the order of [`EXTRAS`].
pub struct Extras<'run>([Source<'run>; 4]);

/// What a node asks for on top, for one item.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ListWishes {
    /// Each element becomes an item.
    pub split: bool,
    /// Page after page is fetched.
    pub all: bool,
    /// At most so many elements.
    pub limit: Option<usize>,
    /// Without the protocol's own fields.
    pub simplify: bool,
}

enum Source<'run> {
    Absent,
    At {
        compiled: &'run Compiled,
        path: Text,
    },
    /// One expression gives all options.
    InOptions {
        compiled: &'run Compiled,
        name: Text,
    },
}

impl<'run> Plan<'run> {
    pub fn new(operation: &'run Operation, parameters: &'run Compiled) -> Self {
        let find = |parameter: &Arc<Parameter>| match parameters.part(&parameter.name) {
            Some(compiled) => Source::At {
                compiled,
                path: parameter.name.clone(),
            },
            None if parameter.place == Place::Query => match option(operation, parameters, &parameter.name) {
                Source::Absent => other_case(operation, parameters, &parameter.name),
                found => found,
            },
            // What has its name with others gets its value with them, as in n8n.
            None => match parameter.shared_name(operation) {
                Some(name) => parameters.part(&name).map_or(Source::Absent, |compiled| Source::At {
                    compiled,
                    path: name.into(),
                }),
                None => other_case(operation, parameters, &parameter.name),
            },
        };
        let extra = |parameter: &Parameter| {
            if operation.parameter(&parameter.name).is_some() {
                Source::Absent
            } else {
                option(operation, parameters, &parameter.name)
            }
        };
        let options = parameters.part(OPTIONS).filter(|compiled| compiled.is_expression());
        Self {
            operation,
            options: options.filter(|_| options::has_collection(operation)),
            sources: operation.parameters.iter().map(find).collect(),
            extras: Extras(EXTRAS.each_ref().map(extra)),
        }
    }

    /// The values for one item, in the order of the operation's parameters.
    pub fn values(&self, context: &Context, item: usize) -> Result<Vec<Option<Given>>, NodeError> {
        if let Some(compiled) = self.options {
            let options = given_options(context, compiled, item)?;
            let mut unknown = options::unknown(self.operation, &options);
            if let Some((key, _)) = unknown.find(|(_, value)| options::says_something(value)) {
                return Err(options::not_known(self.operation, key).into_error(&format!("{OPTIONS}.{key}")));
            }
        }
        self.sources.iter().map(|source| source.value(context, item)).collect()
    }
}

impl Extras<'_> {
    /// What the node asks for, for one item.
    pub fn wishes(&self, context: &Context, item: usize) -> Result<ListWishes, NodeError> {
        let mut wishes = [const { None }; 4];
        for ((wish, source), extra) in wishes.iter_mut().zip(&self.0).zip(&*EXTRAS) {
            if let Some(Given {
                path,
                value: Some(value),
            }) = source.value(context, item)?
            {
                *wish = coerce(extra, &value, "UTC").map_err(|refusal| refusal.into_error(&path))?;
            }
        }
        let [split, all, limit, simplify] = wishes;
        let is_on = |wish: Option<Value>| wish == Some(Value::Bool(true));
        Ok(ListWishes {
            split: is_on(split),
            all: is_on(all),
            limit: limit.and_then(|limit| limit.as_number()).map(|limit| limit as usize),
            simplify: is_on(simplify),
        })
    }
}

/// A parameter whose name is written in another case, as it may be between versions of a service: `number`, `Number`.
fn other_case<'run>(operation: &Operation, parameters: &'run Compiled, name: &str) -> Source<'run> {
    let Compiled::Object(parts) = parameters else {
        return Source::Absent;
    };
    let is_it = |key: &Text| key.eq_ignore_ascii_case(name) && operation.parameter(key).is_none();
    let found = parts.iter().find(|(key, _)| is_it(key));
    found.map_or(Source::Absent, |(key, compiled)| Source::At {
        compiled,
        path: key.clone(),
    })
}

/// A query option: at the top level or in `options`, with or without its `$`.
fn option<'run>(operation: &Operation, parameters: &'run Compiled, name: &str) -> Source<'run> {
    let bare = name.trim_start_matches('$');
    let spellings: [Text; 2] = [
        name.into(),
        if bare == name {
            format!("${name}").into()
        } else {
            bare.into()
        },
    ];
    for spelling in &spellings {
        // Another parameter of that very name is itself.
        let taken = spelling != name && operation.parameter(spelling).is_some();
        if let Some(compiled) = parameters.part(spelling).filter(|_| !taken) {
            let path = spelling.clone();
            return Source::At { compiled, path };
        }
    }
    if !options::has_collection(operation) {
        return Source::Absent;
    }
    match parameters.part(OPTIONS) {
        Some(compiled) if compiled.is_expression() => Source::InOptions {
            compiled,
            name: name.into(),
        },
        Some(Compiled::Object(parts)) => {
            let exactly = parts.iter().find(|(key, _)| *key == name);
            let found = exactly.or_else(|| parts.iter().find(|(key, _)| options::means(key, name)));
            found.map_or(Source::Absent, |(key, compiled)| Source::At {
                compiled,
                path: format!("{OPTIONS}.{key}").into(),
            })
        }
        Some(_) | None => Source::Absent,
    }
}

impl Source<'_> {
    fn value(&self, context: &Context, item: usize) -> Result<Option<Given>, NodeError> {
        match self {
            Source::Absent => Ok(None),
            Source::At { compiled, path } => {
                let value = context.resolve(compiled, path, item)?;
                Ok(Some(Given {
                    path: path.clone(),
                    value,
                }))
            }
            Source::InOptions { compiled, name } => {
                let options = given_options(context, compiled, item)?;
                Ok(options::find(&options, name).map(|(key, value)| Given {
                    path: format!("{OPTIONS}.{key}").into(),
                    value: Some(value.clone()),
                }))
            }
        }
    }
}

/// The options that an expression gives.
fn given_options(context: &Context, compiled: &Compiled, item: usize) -> Result<Object, NodeError> {
    let value = context.resolve(compiled, OPTIONS, item)?.unwrap_or_default();
    let collection = options::collection(&value).map_err(|refusal| refusal.into_error(OPTIONS))?;
    Ok(collection.unwrap_or_default())
}
