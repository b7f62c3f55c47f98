//! Methods of arrays that leave them as they are.

use patchbay_model::{Scope, Value};

use super::{argument, relative};
use crate::js::{compare_text, sort_by};
use crate::native::call::invoke;
use crate::native::check_length;
use crate::{Error, Js};

pub(super) const NAMES: [&str; 37] = [
    "at",
    "concat",
    "copyWithin",
    "entries",
    "every",
    "fill",
    "filter",
    "find",
    "findIndex",
    "findLast",
    "findLastIndex",
    "flat",
    "flatMap",
    "forEach",
    "includes",
    "indexOf",
    "join",
    "keys",
    "lastIndexOf",
    "map",
    "pop",
    "push",
    "reduce",
    "reduceRight",
    "reverse",
    "shift",
    "slice",
    "some",
    "sort",
    "splice",
    "toReversed",
    "toSorted",
    "toSpliced",
    "unshift",
    "values",
    "with",
    "toLocaleString",
];

pub(super) fn call(array: &Js, name: &str, arguments: &[Js], scope: &Scope<'_>) -> Option<Result<Js, Error>> {
    let first = argument(arguments, 0);
    let length = array.array_length()?;
    Some(match name {
        "map" | "filter" | "find" | "findIndex" | "findLast" | "findLastIndex" | "some" | "every" | "forEach"
        | "flatMap" => each(array, name, first, scope),
        "reduce" | "reduceRight" => reduce(array, name == "reduceRight", arguments, scope),
        "join" => {
            let separator = if first.is_undefined() {
                ",".into()
            } else {
                first.to_text()
            };
            join(array, &separator)
        }
        "includes" => {
            let from = relative(argument(arguments, 1), length, 0);
            Ok(Js::boolean(array.elements().is_some_and(|mut elements| {
                elements.by_ref().skip(from).any(|value| value.same_value_zero(first))
            })))
        }
        "indexOf" => {
            let from = relative(argument(arguments, 1), length, 0);
            let found = array.elements().and_then(|elements| {
                elements
                    .enumerate()
                    .skip(from)
                    .find(|(_, value)| value.strict_equals(first))
            });
            Ok(Js::number(found.map_or(-1.0, |(index, _)| index as f64)))
        }
        "lastIndexOf" => {
            let found = array
                .elements()
                .and_then(|elements| elements.enumerate().rfind(|(_, value)| value.strict_equals(first)));
            Ok(Js::number(found.map_or(-1.0, |(index, _)| index as f64)))
        }
        "slice" => {
            let start = relative(first, length, 0);
            let end = relative(argument(arguments, 1), length, length);
            let elements = array.elements().into_iter().flatten();
            Ok(Js::list(elements.skip(start).take(end.saturating_sub(start)).collect()))
        }
        "concat" => {
            let mut elements = array.to_elements().unwrap_or_default();
            for argument in arguments {
                match argument.elements() {
                    Some(more) => elements.extend(more),
                    None => elements.push(argument.clone()),
                }
            }
            check_length(elements.len()).map(|()| Js::list(elements))
        }
        "at" => {
            let place = first.to_integer();
            let place = if place < 0.0 { place + length as f64 } else { place };
            Ok(if place < 0.0 {
                Js::Undefined
            } else {
                array.element(place as usize).unwrap_or_default()
            })
        }
        "flat" => {
            let depth = if first.is_undefined() { 1.0 } else { first.to_integer() };
            let mut flat = Vec::new();
            flatten(array, depth, &mut flat);
            Ok(Js::list(flat))
        }
        "toReversed" => Ok(Js::list(array.elements().into_iter().flatten().rev().collect())),
        "toSorted" => {
            let mut elements = array.to_elements().unwrap_or_default();
            sort(&mut elements, first, scope).map(|()| Js::list(elements))
        }
        "toSpliced" => {
            let mut elements = array.to_elements().unwrap_or_default();
            super::change::splice(&mut elements, arguments);
            Ok(Js::list(elements))
        }
        "with" => {
            let mut elements = array.to_elements().unwrap_or_default();
            let place = first.to_integer();
            let place = if place < 0.0 { place + length as f64 } else { place };
            match elements.get_mut(place.max(-1.0) as usize) {
                Some(element) if place >= 0.0 => {
                    *element = argument(arguments, 1).clone();
                    Ok(Js::list(elements))
                }
                _ => Err(Error::range(format!("Invalid index : {}", first.to_text()))),
            }
        }
        "push" | "pop" | "shift" | "unshift" | "splice" | "sort" | "reverse" | "fill" | "copyWithin" => {
            Err(Error::unsupported("a change of what others see"))
        }
        _ => return None,
    })
}

/// The methods that call a function for each element.
fn each(array: &Js, name: &str, function: &Js, scope: &Scope<'_>) -> Result<Js, Error> {
    if !function.is_function() {
        return Err(Error::type_error(format!("{} is not a function", function.to_text())));
    }
    let elements = array.elements().into_iter().flatten().enumerate();
    let call = |index: usize, element: Js| invoke(function, vec![element, Js::count(index), array.clone()], scope);
    match name {
        "map" => {
            let mut mapped = Vec::with_capacity(array.array_length().unwrap_or(0));
            for (index, element) in elements {
                mapped.push(call(index, element)?);
            }
            Ok(Js::list(mapped))
        }
        "filter" => {
            let mut kept = Vec::new();
            for (index, element) in elements {
                if call(index, element.clone())?.truthy() {
                    kept.push(element);
                }
            }
            Ok(Js::list(kept))
        }
        "flatMap" => {
            let mut mapped = Vec::new();
            for (index, element) in elements {
                let value = call(index, element)?;
                match value.elements() {
                    Some(more) => mapped.extend(more),
                    None => mapped.push(value),
                }
            }
            Ok(Js::list(mapped))
        }
        "forEach" => {
            for (index, element) in elements {
                call(index, element)?;
            }
            Ok(Js::Undefined)
        }
        "some" | "every" => {
            for (index, element) in elements {
                if call(index, element)?.truthy() == (name == "some") {
                    return Ok(Js::boolean(name == "some"));
                }
            }
            Ok(Js::boolean(name == "every"))
        }
        _ => {
            let backwards = name.starts_with("findLast");
            let mut elements: Vec<(usize, Js)> = elements.collect();
            if backwards {
                elements.reverse();
            }
            let wants_index = name.ends_with("Index");
            for (index, element) in elements {
                if call(index, element.clone())?.truthy() {
                    return Ok(if wants_index { Js::count(index) } else { element });
                }
            }
            Ok(if wants_index { Js::number(-1) } else { Js::Undefined })
        }
    }
}

fn reduce(array: &Js, backwards: bool, arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
    let function = argument(arguments, 0);
    if !function.is_function() {
        return Err(Error::type_error(format!("{} is not a function", function.to_text())));
    }
    let mut elements: Vec<(usize, Js)> = array.elements().into_iter().flatten().enumerate().collect();
    if backwards {
        elements.reverse();
    }
    let mut elements = elements.into_iter();
    let mut result = match arguments.get(1) {
        Some(start) => start.clone(),
        None => match elements.next() {
            Some((_, element)) => element,
            None => return Err(Error::type_error("Reduce of empty array with no initial value")),
        },
    };
    for (index, element) in elements {
        result = invoke(function, vec![result, element, Js::count(index), array.clone()], scope)?;
    }
    Ok(result)
}

fn join(array: &Js, separator: &str) -> Result<Js, Error> {
    let mut text = String::new();
    for (index, element) in array.elements().into_iter().flatten().enumerate() {
        if index > 0 {
            text.push_str(separator);
        }
        if !element.is_nullish() {
            text.push_str(&element.to_text());
        }
        check_length(text.len())?;
    }
    Ok(Js::text(text))
}

fn flatten(array: &Js, depth: f64, flat: &mut Vec<Js>) {
    for element in array.elements().into_iter().flatten() {
        if depth >= 1.0 && element.is_array() {
            flatten(&element, depth - 1.0, flat);
        } else {
            flat.push(element);
        }
    }
}

/// Sorts as JavaScript does: by text, or by what a function says; undefined comes last. Stable.
pub(super) fn sort(elements: &mut Vec<Js>, compare: &Js, scope: &Scope<'_>) -> Result<(), Error> {
    let all = elements.len();
    elements.retain(|element| !element.is_undefined());
    let undefined = all - elements.len();
    if compare.is_undefined() {
        let mut keyed: Vec<_> = elements.drain(..).map(|element| (element.to_text(), element)).collect();
        keyed.sort_by(|(left, _), (right, _)| compare_text(left, right));
        elements.extend(keyed.into_iter().map(|(_, element)| element));
    } else {
        sort_by(elements, |left, right| {
            let order = invoke(compare, vec![left.clone(), right.clone()], scope)?;
            Ok::<_, Error>(order.to_number() < 0.0)
        })?;
    }
    elements.resize(all.max(elements.len() + undefined), Js::Undefined);
    Ok(())
}

/// What `keys()`, `values()` or `entries()` goes over.
pub(in crate::native) fn iterator(array: &Js, name: &str) -> Option<Vec<Js>> {
    let elements = array.elements()?;
    Some(match name {
        "keys" => (0..elements.len()).map(Js::count).collect(),
        "values" => elements.collect(),
        _ => elements
            .enumerate()
            .map(|(index, element)| Js::list(vec![Js::Json(Value::from(index)), element]))
            .collect(),
    })
}
