//! `$select` and `$expand`: which properties of an entity are answered, and of what it leads to.

use serde_json::{Map, Value};

use super::Error;
use super::filter::Evaluation;
use super::query::{self, Limits, Options};
use crate::facts::{Facts, Kind, Property};

/// The properties to answer.
#[derive(Debug, Default)]
pub enum Select {
    /// All that are not behind navigation.
    #[default]
    All,
    /// Paths of names, one deep or more for what is inside a structure.
    Paths(Vec<Vec<&'static str>>),
}

/// A navigation property to answer with its entity, and the options for what is behind it.
#[derive(Debug)]
pub struct Expand {
    property: &'static str,
    /// Whether only the number of entities is asked for: `Groups/$count`.
    only_count: bool,
    options: Options,
}

/// Reads `$select`.
pub fn select(text: &str, kind: &Kind, facts: &Facts) -> Result<Select, Error> {
    let mut paths = Vec::new();
    let mut all = false;
    for part in text.split(',').map(str::trim) {
        if part == "*" {
            all = true;
            continue;
        }
        let mut kind = kind;
        let mut path = Vec::new();
        for name in part.split('/') {
            let property = property("$select", name, kind, facts)?;
            path.push(property.name);
            kind = item_kind(&property.value.kind);
        }
        paths.push(path);
    }
    Ok(if all { Select::All } else { Select::Paths(paths) })
}

/// Reads `$expand`, with the options in parentheses behind each name.
pub fn expand(text: &str, kind: &Kind, facts: &Facts) -> Result<Vec<Expand>, Error> {
    let mut expands = Vec::new();
    for part in split(text, ',') {
        let part = part.trim();
        let (name, nested) = match part.split_once('(') {
            Some((name, rest)) => {
                let inner = rest.strip_suffix(')');
                (
                    name,
                    inner
                        .ok_or_else(|| Error::bad_option("$expand", format!("'{part}' has no closing parenthesis.")))?,
                )
            }
            None => (part, ""),
        };
        if name == "*" {
            let Kind::Structure(type_name) = kind else { continue };
            let navigation = facts
                .properties(type_name)
                .iter()
                .filter(|property| property.navigation);
            expands.extend(navigation.map(|property| Expand {
                property: property.name,
                only_count: false,
                options: Options::default(),
            }));
            continue;
        }
        let (name, only_count) = name
            .strip_suffix("/$count")
            .map_or((name, false), |collection| (collection, true));
        let property = property("$expand", name, kind, facts)?;
        if !property.navigation {
            let message = format!(
                "Property '{name}' on type '{}' is not a navigation property or complex property. Only navigation properties can be expanded.",
                kind.name()
            );
            return Err(Error::bad_option("$expand", message));
        }
        let pairs = nested.split_once('=').map(|_| split(nested, ';')).unwrap_or_default();
        let pairs: Vec<(String, String)> = pairs
            .into_iter()
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) => Ok((name.trim().to_owned(), value.to_owned())),
                None => Err(Error::bad_option(
                    "$expand",
                    format!("'{pair}' in '{part}' is not an option of the form $name=value."),
                )),
            })
            .collect::<Result<_, _>>()?;
        let list = matches!(property.value.kind, Kind::Collection(_));
        let options = query::parse(
            &pairs,
            item_kind(&property.value.kind),
            Limits {
                list,
                greatest_top: None,
            },
            facts,
        )?;
        if only_count && !list {
            let message = format!("'{name}' leads to one entity, which `$count` does not count.");
            return Err(Error::bad_option("$expand", message));
        }
        expands.push(Expand {
            property: property.name,
            only_count,
            options,
        });
    }
    Ok(expands)
}

fn property<'a>(option: &str, name: &str, kind: &Kind, facts: &'a Facts) -> Result<&'a Property, Error> {
    let found = match kind {
        Kind::Structure(type_name) => facts.property(type_name, name),
        _ => None,
    };
    found.ok_or_else(|| {
        Error::bad_option(
            option,
            format!("Could not find a property named '{name}' on type '{}'.", kind.name()),
        )
    })
}

/// The type of a collection's items, or the type itself.
pub fn item_kind(kind: &Kind) -> &Kind {
    match kind {
        Kind::Collection(item) => &item.kind,
        _ => kind,
    }
}

/// What is left of an entity.
pub fn project(entity: &Value, kind: &Kind, select: &Select, expands: &[Expand], evaluation: Evaluation) -> Value {
    let (Value::Object(properties), Kind::Structure(type_name)) = (entity, kind) else {
        return entity.clone();
    };
    let mut left = Map::new();
    for (name, value) in properties {
        let Some(property) = evaluation.facts.property(type_name, name) else {
            // An annotation, such as the entity's ETag.
            left.insert(name.clone(), value.clone());
            continue;
        };
        if property.navigation {
            continue;
        }
        match select {
            Select::All => {
                left.insert(
                    name.clone(),
                    without_navigation(value, &property.value.kind, evaluation.facts),
                );
            }
            Select::Paths(paths) => {
                let deeper: Vec<&[&'static str]> = paths
                    .iter()
                    .filter(|path| path.first() == Some(&property.name))
                    .map(|path| &path[1..])
                    .collect();
                if !deeper.is_empty() {
                    left.insert(name.clone(), only(value, &deeper));
                }
            }
        }
    }
    for expand in expands {
        let Some(property) = evaluation.facts.property(type_name, expand.property) else {
            continue;
        };
        let kind = item_kind(&property.value.kind);
        let value = match properties.get(expand.property) {
            Some(Value::Array(items)) => {
                let page = expand.options.apply(items, kind, evaluation);
                if expand.options.count || expand.only_count {
                    left.insert(format!("{}@odata.count", expand.property), Value::from(page.count));
                }
                if expand.only_count {
                    continue;
                }
                Value::Array(page.items)
            }
            Some(single) => expand.options.project(single, kind, evaluation),
            None => Value::Null,
        };
        left.insert(expand.property.to_owned(), value);
    }
    Value::Object(left)
}

/// A structure that is answered whole, without what its own navigation leads to.
fn without_navigation(value: &Value, kind: &Kind, facts: &Facts) -> Value {
    let Kind::Structure(type_name) = item_kind(kind) else {
        return value.clone();
    };
    match value {
        Value::Array(items) => items
            .iter()
            .map(|item| without_navigation(item, item_kind(kind), facts))
            .collect(),
        Value::Object(properties) => {
            let kept = properties
                .iter()
                .filter_map(|(name, value)| match facts.property(type_name, name) {
                    Some(property) if property.navigation => None,
                    Some(property) => Some((name.clone(), without_navigation(value, &property.value.kind, facts))),
                    None => Some((name.clone(), value.clone())),
                });
            Value::Object(kept.collect())
        }
        _ => value.clone(),
    }
}

/// The parts of a value that paths lead to; an empty path leads to all of it.
fn only(value: &Value, paths: &[&[&'static str]]) -> Value {
    if paths.iter().any(|path| path.is_empty()) {
        return value.clone();
    }
    match value {
        Value::Array(items) => items.iter().map(|item| only(item, paths)).collect(),
        Value::Object(properties) => {
            let mut left = Map::new();
            for (name, value) in properties {
                let deeper: Vec<&[&'static str]> = paths
                    .iter()
                    .filter(|path| path.first() == Some(&name.as_str()))
                    .map(|path| &path[1..])
                    .collect();
                if !deeper.is_empty() {
                    left.insert(name.clone(), only(value, &deeper));
                }
            }
            Value::Object(left)
        }
        _ => value.clone(),
    }
}

/// Cuts text at a separator that is neither inside quotes nor inside parentheses.
pub fn split(text: &str, separator: char) -> Vec<&str> {
    let mut quote = None;
    let mut depth = 0_usize;
    text.split(|character: char| {
        match character {
            '\'' | '"' if quote.is_none() => quote = Some(character),
            _ if quote == Some(character) => quote = None,
            '(' if quote.is_none() => depth += 1,
            ')' if quote.is_none() => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == separator && quote.is_none() && depth == 0
    })
    .collect()
}
