//! Reads the fact table. The form is described at the head of `xapi.facts`; what writes it is `generate.py`.

use std::collections::HashMap;

use crate::Version;

use super::{
    Arguments, Body, EntitySet, Enumeration, Facts, Kind, Operation, Outcome, PathTemplate, Property, SegmentTemplate,
    ValueType,
};

/// A line of the table, with its number.
struct Line {
    number: usize,
    text: &'static str,
    /// Whether the version has it.
    is_there: bool,
}

/// The lines that say something.
fn lines(text: &'static str, version: Version) -> impl Iterator<Item = Line> {
    let lines = (1..).zip(text.lines());
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#') && !line.starts_with("versions "));
    lines.map(move |(number, line)| match line.rsplit_once(" @") {
        Some((text, lives)) => Line {
            number,
            text,
            is_there: lives.split(',').any(|life| includes(life, version)),
        },
        None => Line {
            number,
            text: line,
            is_there: true,
        },
    })
}

/// Whether a version is within `20.0.5-20.0.7`, or is `20.0.5`.
fn includes(life: &str, version: Version) -> bool {
    let (first, last) = life.split_once('-').unwrap_or((life, life));
    let is_after = |text: &str| text.parse().is_ok_and(|first: Version| first <= version);
    let is_before = |text: &str| text.parse().is_ok_and(|last: Version| version <= last);
    is_after(first) && is_before(last)
}

/// Reads what a version has of the table, or says which line is not in the form.
pub(super) fn table(text: &'static str, version: Version) -> Result<Facts, String> {
    let mut facts = Facts {
        enumerations: HashMap::new(),
        types: HashMap::new(),
        operations: Vec::new(),
        shapes: HashMap::new(),
        sets: HashMap::new(),
    };
    // Types are told from enums by name, so the enums come first.
    for line in lines(text, version).filter(|line| line.is_there) {
        if let Some(rest) = line.text.strip_prefix("enum ") {
            let mut words = rest.split(' ').peekable();
            let name = words.next().unwrap_or_default();
            let flags = words.next_if_eq(&"flags").is_some();
            facts.enumerations.insert(
                name,
                Enumeration {
                    flags,
                    members: words.collect(),
                },
            );
        }
    }
    let mut current = None;
    for Line {
        number,
        text: line,
        is_there,
    } in lines(text, version)
    {
        let fault = || format!("line {number}: `{line}` is not in the form of the table");
        if let Some(name) = line.strip_prefix("type ") {
            current = is_there.then_some(name);
            facts.types.extend(current.map(|name| (name, Vec::new())));
        } else if !is_there || line.starts_with("enum ") || line.starts_with("  ") && current.is_none() {
        } else if let Some(rest) = line.strip_prefix("  ") {
            let (name, rest) = rest.split_once(' ').ok_or_else(fault)?;
            let (value, navigation) = rest.strip_suffix(" nav").map_or((rest, false), |value| (value, true));
            let property = Property {
                name,
                value: value_type(value, &facts.enumerations),
                navigation,
            };
            current
                .and_then(|name| facts.types.get_mut(name))
                .ok_or_else(fault)?
                .push(property);
        } else {
            let operation = operation(line, &facts.enumerations).ok_or_else(fault)?;
            facts
                .shapes
                .entry(operation.path.shape())
                .or_default()
                .push(facts.operations.len());
            facts.operations.push(operation);
        }
    }
    facts.sets = sets(&facts.operations);
    Ok(facts)
}

fn value_type(text: &'static str, enumerations: &HashMap<&'static str, Enumeration>) -> ValueType {
    let (name, nullable) = text.strip_suffix('?').map_or((text, false), |name| (name, true));
    let kind = match name {
        "string" => Kind::Text(None),
        "boolean" => Kind::Boolean,
        "int32" => Kind::Integer(i64::from(i32::MIN), i64::from(i32::MAX)),
        "int64" => Kind::Integer(i64::MIN, i64::MAX),
        "uint8" => Kind::Integer(0, i64::from(u8::MAX)),
        "decimal" | "float" => Kind::Number,
        "date-time" => Kind::DateTime,
        "duration" => Kind::Duration,
        "time" => Kind::TimeOfDay,
        "uuid" => Kind::Guid,
        "object" => Kind::Untyped,
        _ => {
            if let Some(item) = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                Kind::Collection(Box::new(value_type(item, enumerations)))
            } else if let Some(limit) = name.strip_prefix("string(").and_then(|rest| rest.strip_suffix(')')) {
                Kind::Text(limit.parse().ok())
            } else if enumerations.contains_key(name) {
                Kind::Enumeration(name)
            } else {
                Kind::Structure(name)
            }
        }
    };
    ValueType { kind, nullable }
}

fn operation(line: &'static str, enumerations: &HashMap<&'static str, Enumeration>) -> Option<Operation> {
    let (left, result) = line.split_once(" -> ")?;
    let (method, left) = left.split_once(' ')?;
    let (path, left) = left.split_once(' ')?;
    let (id, left) = left.split_once(' ').unwrap_or((left, ""));
    let left = left.strip_prefix("query").map_or(left, str::trim_start);
    let body = if left.is_empty() {
        Body::Nothing
    } else if let Some(list) = left.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        let parameters = list.split(", ").map(|parameter| {
            let (name, value) = parameter.split_once(':')?;
            Some((name, value_type(value, enumerations)))
        });
        Body::Parameters(parameters.collect::<Option<_>>()?)
    } else {
        Body::Entity(left)
    };
    let outcome = if result == "nothing" {
        Outcome::Nothing
    } else if let Some(item) = result.strip_prefix("list ") {
        Outcome::List(value_type(item, enumerations))
    } else if let Some(value) = result.strip_prefix("value ") {
        Outcome::Value(value_type(value, enumerations))
    } else {
        Outcome::Single(value_type(result, enumerations))
    };
    let segments = path
        .strip_prefix('/')?
        .split('/')
        .map(|text| segment(text, enumerations))
        .collect::<Option<_>>()?;
    Some(Operation {
        method,
        path: PathTemplate { segments },
        id,
        body,
        outcome,
    })
}

fn segment(text: &'static str, enumerations: &HashMap<&'static str, Enumeration>) -> Option<SegmentTemplate> {
    let Some((name, rest)) = text.split_once('(') else {
        return Some(SegmentTemplate {
            name: text,
            arguments: Arguments::None,
        });
    };
    let list = rest.strip_suffix(')')?;
    let typed = |text: &'static str| {
        let (name, value) = text.strip_prefix('{')?.strip_suffix('}')?.split_once(':')?;
        Some((name, value_type(value, enumerations)))
    };
    let arguments = if list.starts_with('{') {
        let (name, value) = typed(list)?;
        Arguments::Key(name, value)
    } else {
        let parts = list.split(',').filter(|part| !part.is_empty());
        Arguments::Named(
            parts
                .map(|part| typed(part.split_once('=')?.1))
                .collect::<Option<_>>()?,
        )
    };
    Some(SegmentTemplate { name, arguments })
}

/// The entity sets and singletons, from what `GET` gives at the top: a list, or one entity; and by a key.
fn sets(operations: &[Operation]) -> HashMap<&'static str, EntitySet> {
    let mut sets: HashMap<&'static str, EntitySet> = HashMap::new();
    for operation in operations {
        let [segment] = operation.path.segments.as_slice() else {
            continue;
        };
        let (Outcome::List(item) | Outcome::Single(item)) = &operation.outcome else {
            continue;
        };
        let (Kind::Structure(type_name), "GET") = (&item.kind, operation.method) else {
            continue;
        };
        let set = |singleton| EntitySet {
            name: segment.name,
            type_name,
            key: None,
            singleton,
        };
        match &segment.arguments {
            Arguments::None => {
                let singleton = matches!(operation.outcome, Outcome::Single(_));
                sets.entry(segment.name).or_insert_with(|| set(singleton));
            }
            Arguments::Key(name, value) => {
                sets.entry(segment.name).or_insert_with(|| set(false)).key = Some((name, value.clone()));
            }
            Arguments::Named(_) => {}
        }
    }
    // Sets that are listed and changed by key, but not read by it.
    for operation in operations {
        if let Some(SegmentTemplate {
            name,
            arguments: Arguments::Key(key, value),
        }) = operation.path.segments.first()
            && let Some(set) = sets.get_mut(name)
            && set.key.is_none()
        {
            set.key = Some((key, value.clone()));
        }
    }
    sets
}
