//! JMESPath's tree applied to a value.

use indexmap::IndexMap;

use super::call::call;
use super::failure;
use super::parse::Node;
use super::token::Comparison;
use crate::extension::array::deep_equals;
use crate::{Error, Js};

/// What the expression finds; null for nothing.
pub fn search(node: &Node, value: &Js) -> Result<Js, Error> {
    Ok(match node {
        Node::Current => value.clone(),
        Node::Field(name) => value
            .own(name)
            .filter(|found| value.is_plain_object() && !found.is_undefined())
            .unwrap_or(Js::NULL),
        Node::Literal(literal) => Js::Json(literal.clone()),
        Node::Chain(left, right) => search(right, &search(left, value)?)?,
        Node::Index(index) => element(value, *index),
        Node::Slice(parts) => slice(value, *parts)?,
        Node::Projection(list, each) => match search(list, value)?.elements() {
            Some(elements) => project(elements, each)?,
            None => Js::NULL,
        },
        Node::ValueProjection(object, each) => match search(object, value)?.entries() {
            Some(entries) => project(entries.map(|(_, value)| value), each)?,
            None => Js::NULL,
        },
        Node::FilterProjection { list, each, condition } => {
            let list = search(list, value)?;
            let Some(elements) = list.elements() else {
                return Ok(Js::NULL);
            };
            let mut kept = Vec::new();
            for element in elements {
                if is_true(&search(condition, &element)?) {
                    kept.push(element);
                }
            }
            project(kept.into_iter(), each)?
        }
        Node::Flatten(list) => match search(list, value)?.elements() {
            Some(elements) => {
                let flat = elements.flat_map(|element| element.to_elements().unwrap_or_else(|| vec![element]));
                Js::list(flat.collect())
            }
            None => Js::NULL,
        },
        Node::Comparison(comparison, left, right) => {
            Js::boolean(compare(*comparison, &search(left, value)?, &search(right, value)?))
        }
        Node::And(left, right) => {
            let left = search(left, value)?;
            if is_true(&left) { search(right, value)? } else { left }
        }
        Node::Or(left, right) => {
            let left = search(left, value)?;
            if is_true(&left) { left } else { search(right, value)? }
        }
        Node::Not(node) => Js::boolean(!is_true(&search(node, value)?)),
        Node::List(_) | Node::Hash(_) if value.is_nullish() => Js::NULL,
        Node::List(nodes) => {
            let found = nodes.iter().map(|node| search(node, value));
            Js::list(found.collect::<Result<_, _>>()?)
        }
        Node::Hash(entries) => {
            let found = entries
                .iter()
                .map(|(name, node)| Ok((name.clone(), search(node, value)?)));
            Js::record(found.collect::<Result<IndexMap<_, _>, Error>>()?)
        }
        Node::Call(name, arguments) => call(name, arguments, value)?,
        Node::Reference(_) => return Err(failure("a reference stands outside of a function")),
    })
}

fn project(values: impl Iterator<Item = Js>, each: &Node) -> Result<Js, Error> {
    let mut found = Vec::new();
    for value in values {
        let value = search(each, &value)?;
        if !value.is_nullish() {
            found.push(value);
        }
    }
    Ok(Js::list(found))
}

fn element(list: &Js, index: i64) -> Js {
    let length = list.array_length().unwrap_or_default() as i64;
    let index = if index < 0 { index + length } else { index };
    usize::try_from(index)
        .ok()
        .and_then(|index| list.element(index))
        .filter(|found| !found.is_undefined())
        .unwrap_or(Js::NULL)
}

fn slice(list: &Js, [start, end, step]: [Option<i64>; 3]) -> Result<Js, Error> {
    let Some(length) = list.array_length() else {
        return Ok(Js::NULL);
    };
    let length = length as i64;
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err(failure("Invalid slice, step cannot be 0"));
    }
    // Backwards, -1 is before the first element.
    let (least, most) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let bound = |place: i64| (if place < 0 { place + length } else { place }).clamp(least, most);
    let mut place = start.map_or(if step > 0 { least } else { most }, bound);
    let end = end.map_or(if step > 0 { most } else { least }, bound);
    let mut kept = Vec::new();
    while (step > 0 && place < end) || (step < 0 && place > end) {
        kept.push(element(list, place));
        place = place.saturating_add(step);
    }
    Ok(Js::list(kept))
}

/// Unlike in JavaScript, 0 is true and what is empty is not.
pub fn is_true(value: &Js) -> bool {
    match value {
        value if value.is_nullish() || value.as_str() == Some("") || value.as_bool() == Some(false) => false,
        value => value.array_length() != Some(0) && value.entries().is_none_or(|entries| entries.len() > 0),
    }
}

fn compare(comparison: Comparison, left: &Js, right: &Js) -> bool {
    let order = || left.compare(right);
    match comparison {
        Comparison::Equal => deep_equals(left, right),
        Comparison::NotEqual => !deep_equals(left, right),
        Comparison::Less => order().is_some_and(std::cmp::Ordering::is_lt),
        Comparison::LessOrEqual => order().is_some_and(std::cmp::Ordering::is_le),
        Comparison::Greater => order().is_some_and(std::cmp::Ordering::is_gt),
        Comparison::GreaterOrEqual => order().is_some_and(std::cmp::Ordering::is_ge),
    }
}
