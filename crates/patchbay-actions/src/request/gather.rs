//! Finds the values of an operation's parameters in a workflow's node.
//!
//! A parameter is at the top level of the node's parameters under its own name. Query options, and what
//! patchbay adds to them, may also be in the collection `options`, and in both places with or without the `$`. An
//! operation with a parameter of its own called `options` keeps it.

use std::sync::Arc;

use patchbay_model::{Text, Value};
use patchbay_node::{Context, NodeError, Parameter as Compiled};

use super::Given;
use super::extras::EXTRAS;
use crate::definition::{Operation, Parameter, Place};
use crate::value::coerce;

const OPTIONS: &str = "options";

/// Where the parameters of one node are; found once for all items.
pub struct Plan<'run> {
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
    /// One expression gives all options; the names are those that it may have there.
    InOptions {
        compiled: &'run Compiled,
        names: [Text; 2],
    },
}

impl<'run> Plan<'run> {
    pub fn new(operation: &Operation, parameters: &'run Compiled) -> Self {
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
            None if parameter.shares_value(operation) => {
                let path = parameter.sent_name.clone();
                parameters
                    .part(&path)
                    .map_or(Source::Absent, |compiled| Source::At { compiled, path })
            }
            None => other_case(operation, parameters, &parameter.name),
        };
        let extra = |parameter: &Parameter| {
            if operation.parameter(&parameter.name).is_some() {
                Source::Absent
            } else {
                option(operation, parameters, &parameter.name)
            }
        };
        Self {
            sources: operation.parameters.iter().map(find).collect(),
            extras: Extras(EXTRAS.each_ref().map(extra)),
        }
    }

    /// The values for one item, in the order of the operation's parameters.
    pub fn values(&self, context: &Context, item: usize) -> Result<Vec<Option<Given>>, NodeError> {
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
    if operation.parameter(OPTIONS).is_some() {
        return Source::Absent;
    }
    match parameters.part(OPTIONS) {
        Some(compiled) if compiled.is_expression() => Source::InOptions {
            compiled,
            names: spellings,
        },
        Some(options) => {
            let found = spellings
                .iter()
                .find_map(|spelling| Some((spelling, options.part(spelling)?)));
            found.map_or(Source::Absent, |(spelling, compiled)| Source::At {
                compiled,
                path: format!("{OPTIONS}.{spelling}").into(),
            })
        }
        None => Source::Absent,
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
            Source::InOptions { compiled, names } => {
                let options = context.resolve(compiled, OPTIONS, item)?;
                let found = names.iter().find_map(|name| Some((name, options.as_ref()?.get(name)?)));
                Ok(found.map(|(name, value)| Given {
                    path: format!("{OPTIONS}.{name}").into(),
                    value: Some(value.clone()),
                }))
            }
        }
    }
}
