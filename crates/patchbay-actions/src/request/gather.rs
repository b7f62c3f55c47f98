//! Finds the values of an operation's parameters in a workflow's node.
//!
//! A parameter is at the top level of the node's parameters under its own name. Query options, and what
//! patchbay adds to them, may also be in the collection `options`, and in both places with or without the `$`. An
//! operation with a parameter of its own called `options` keeps it.

use std::sync::Arc;

use patchbay_model::{Text, Value};
use patchbay_node::{Context, NodeError, Parameter as Compiled};

use super::Given;
use crate::definition::{Operation, Parameter, Place};

const OPTIONS: &str = "options";

/// Where the parameters of one node are; found once for all items.
pub struct Plan<'run> {
    sources: Vec<Source<'run>>,
    pub extras: Extras<'run>,
}

/// What patchbay adds to an operation; each is asked for.
pub struct Extras<'run> {
    split: Source<'run>,
    all: Source<'run>,
    limit: Source<'run>,
    simplify: Source<'run>,
}

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
            None if parameter.place == Place::Query => option(operation, parameters, &parameter.name),
            // What has its name with others gets its value with them, as in n8n.
            None if parameter.shares_value(operation) => {
                let path = parameter.sent_name.clone();
                parameters
                    .part(&path)
                    .map_or(Source::Absent, |compiled| Source::At { compiled, path })
            }
            None if parameter.place == Place::Path => other_case(operation, parameters, &parameter.name),
            None => Source::Absent,
        };
        let extra = |name: &str| {
            if operation.parameter(name).is_some() {
                Source::Absent
            } else {
                option(operation, parameters, name)
            }
        };
        Self {
            sources: operation.parameters.iter().map(find).collect(),
            extras: Extras {
                split: extra("splitItems"),
                all: extra("fetchAll"),
                limit: extra("limit"),
                simplify: extra("simplify"),
            },
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
        let flag = |source: &Source| {
            Ok::<_, NodeError>(
                source
                    .value(context, item)?
                    .and_then(|given| given.value)
                    .is_some_and(|value| is_true(&value)),
            )
        };
        let given = self.limit.value(context, item)?;
        let limit = match given.and_then(|given| Some((given.path, given.value.filter(|value| !value.is_null())?))) {
            None => None,
            Some((path, value)) => match value.to_number() {
                number if number >= 1.0 => Some(number as usize),
                _ => {
                    let message = format!("`{path}` wants a number from 1 on, not {}", value.to_json());
                    let error = NodeError::new("E0413", message).parameter(path).item(item);
                    return Err(error.hint("for everything, leave it out and turn on `fetchAll`"));
                }
            },
        };
        Ok(ListWishes {
            split: flag(&self.split)?,
            all: flag(&self.all)?,
            limit,
            simplify: flag(&self.simplify)?,
        })
    }
}

/// Texts come from expressions: `"false"` is not meant as true.
fn is_true(value: &Value) -> bool {
    value.truthy() && value.as_str().is_none_or(|text| !text.eq_ignore_ascii_case("false"))
}

/// A path parameter whose name changed its case between versions of a service: `number` and `Number`.
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
