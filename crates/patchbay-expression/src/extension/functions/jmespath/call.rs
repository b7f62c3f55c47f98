//! The functions of JMESPath.

use std::cmp::Ordering;

use super::failure;
use super::parse::Node;
use super::search::search;
use crate::extension::functions::{greatest, least};
use crate::js::compare_text;
use crate::{Error, Js, Missing};

/// Calls a function; references are applied by the function itself.
pub fn call(name: &str, arguments: &[Node], value: &Js) -> Result<Js, Error> {
    let expected = arity(name).ok_or_else(|| failure(format!("Unknown function: {name}()")))?;
    if arguments.len() < expected || (arguments.len() > expected && !matches!(name, "merge" | "not_null")) {
        return Err(failure(format!("ArgumentError: {name}() takes {expected} arguments")));
    }
    let wrong = || failure(format!("TypeError: {name}() got an argument of a wrong type"));
    match (name, arguments) {
        ("map", [Node::Reference(each), list]) => {
            let list = search(list, value)?.to_elements().ok_or_else(wrong)?;
            let mapped = list.iter().map(|element| search(each, element));
            Ok(Js::list(mapped.collect::<Result<_, _>>()?))
        }
        ("sort_by" | "max_by" | "min_by", [list, Node::Reference(key)]) => {
            let list = search(list, value)?.to_elements().ok_or_else(wrong)?;
            by_key(name, list, key)
        }
        _ => {
            let given = arguments.iter().map(|argument| search(argument, value));
            simple(name, &given.collect::<Result<Vec<_>, _>>()?).ok_or_else(wrong)
        }
    }
}

/// How many arguments a function takes, at least for those that take any number.
fn arity(name: &str) -> Option<usize> {
    Some(match name {
        "abs" | "avg" | "ceil" | "floor" | "keys" | "length" | "max" | "merge" | "min" | "not_null" | "reverse"
        | "sort" | "sum" | "to_array" | "to_number" | "to_string" | "type" | "values" => 1,
        "contains" | "ends_with" | "join" | "map" | "max_by" | "min_by" | "sort_by" | "starts_with" => 2,
        _ => return None,
    })
}

/// Functions of values; `None` for arguments of a wrong type.
fn simple(name: &str, arguments: &[Js]) -> Option<Js> {
    let first = arguments.first()?;
    let second = arguments.get(1).unwrap_or(&Js::NULL);
    Some(match name {
        "abs" => Js::number(first.as_number()?.abs()),
        "ceil" => Js::number(first.as_number()?.ceil()),
        "floor" => Js::number(first.as_number()?.floor()),
        "avg" => {
            let numbers = numbers(first)?;
            Js::number(numbers.iter().sum::<f64>() / numbers.len() as f64)
        }
        "sum" => Js::number(numbers(first)?.iter().fold(0.0, |sum, number| sum + number)),
        "contains" => Js::boolean(match first.as_str() {
            Some(text) => text.contains(second.to_text().as_str()),
            None => first.elements()?.any(|element| element.strict_equals(second)),
        }),
        "starts_with" => Js::boolean(first.as_str()?.starts_with(second.as_str()?)),
        "ends_with" => Js::boolean(first.as_str()?.ends_with(second.as_str()?)),
        "join" => Js::text(texts(second)?.join(first.as_str()?)),
        "keys" => Js::list(first.entries()?.map(|(key, _)| Js::text(key.clone())).collect()),
        "values" => Js::list(first.entries()?.map(|(_, value)| value).collect()),
        "length" => Js::count(match (first.as_str(), first.array_length()) {
            (Some(text), _) => text.encode_utf16().count(),
            (None, Some(length)) => length,
            (None, None) => first.entries()?.len(),
        }),
        "max" => extreme(first, Ordering::Greater, greatest)?,
        "min" => extreme(first, Ordering::Less, least)?,
        "merge" => {
            let mut merged = indexmap::IndexMap::new();
            for argument in arguments {
                merged.extend(argument.entries()?.map(|(key, value)| (key.clone(), value)));
            }
            Js::record(merged)
        }
        "not_null" => arguments
            .iter()
            .find(|value| !value.is_nullish())
            .cloned()
            .unwrap_or(Js::NULL),
        "reverse" => match first.as_str() {
            Some(text) => Js::text(text.chars().rev().collect::<String>()),
            None => Js::list(first.elements()?.rev().collect()),
        },
        "sort" => sort(first)?,
        "to_array" if first.is_array() => first.clone(),
        "to_array" => Js::list(vec![first.clone()]),
        "to_number" => match (first.as_number(), first.as_str()) {
            (None, Some(text)) => Some(patchbay_model::value::text_to_number(text))
                .filter(|number| !number.is_nan())
                .map_or(Js::NULL, Js::number),
            (Some(_), _) => first.clone(),
            (None, None) => Js::NULL,
        },
        "to_string" if first.as_str().is_some() => first.clone(),
        "to_string" => Js::text(first.to_value(Missing::Dropped)?.to_json()),
        "type" => Js::text(type_of(first)),
        _ => return None,
    })
}

fn type_of(value: &Js) -> &'static str {
    match value {
        value if value.is_nullish() => "null",
        value if value.is_array() => "array",
        value => value.type_of(),
    }
}

fn numbers(list: &Js) -> Option<Vec<f64>> {
    list.elements()?.map(|element| element.as_number()).collect()
}

fn texts(list: &Js) -> Option<Vec<String>> {
    list.elements()?
        .map(|element| element.as_str().map(str::to_owned))
        .collect()
}

/// The greatest or the least of numbers or of texts; null for none.
fn extreme(list: &Js, wanted: Ordering, of_numbers: fn(&[f64]) -> f64) -> Option<Js> {
    if list.array_length()? == 0 {
        return Some(Js::NULL);
    }
    if let Some(numbers) = numbers(list) {
        return Some(Js::number(of_numbers(&numbers)));
    }
    let found = texts(list)?.into_iter().reduce(|best, text| {
        if compare_text(&text, &best) == wanted {
            text
        } else {
            best
        }
    });
    Some(Js::optional(found))
}

fn sort(list: &Js) -> Option<Js> {
    if let Some(mut numbers) = numbers(list) {
        numbers.sort_by(f64::total_cmp);
        return Some(Js::list(numbers.into_iter().map(Js::number).collect()));
    }
    let mut texts = texts(list)?;
    texts.sort_by(|left, right| compare_text(left, right));
    Some(Js::list(texts.into_iter().map(Js::text).collect()))
}

fn by_key(name: &str, list: Vec<Js>, key: &Node) -> Result<Js, Error> {
    let keyed = list.into_iter().map(|element| Ok((search(key, &element)?, element)));
    let mut keyed: Vec<(Js, Js)> = keyed.collect::<Result<_, Error>>()?;
    let is_allowed = |(key, _): &(Js, Js)| key.as_number().is_some() || key.as_str().is_some();
    if !keyed.iter().all(is_allowed) {
        return Err(failure(format!(
            "TypeError: {name}() expected a number or a string as key"
        )));
    }
    if name == "sort_by" {
        let is_number = keyed.first().is_some_and(|(key, _)| key.as_number().is_some());
        if keyed.iter().any(|(key, _)| key.as_number().is_some() != is_number) {
            return Err(failure("TypeError: sort_by() got keys of several types"));
        }
        keyed.sort_by(|(left, _), (right, _)| left.compare(right).unwrap_or(Ordering::Equal));
        return Ok(Js::list(keyed.into_iter().map(|(_, element)| element).collect()));
    }
    let (wanted, worst) = if name == "max_by" {
        (Ordering::Greater, f64::NEG_INFINITY)
    } else {
        (Ordering::Less, f64::INFINITY)
    };
    // The search begins with an infinity, which no text is beyond.
    let mut best = (Js::number(worst), Js::NULL);
    for candidate in keyed {
        if candidate.0.compare(&best.0) == Some(wanted) {
            best = candidate;
        }
    }
    Ok(best.1)
}
