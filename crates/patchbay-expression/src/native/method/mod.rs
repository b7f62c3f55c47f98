//! JavaScript's own methods, by the type of their receiver.

mod array;
mod change;
mod collection;
mod function;
mod number;
mod object;
mod regular_expression;
mod replace;
mod text;

use patchbay_model::{Scope, Value};

pub(super) use array::iterator as array_iterator;
pub(super) use change::change_array;

use crate::{Error, Js, date};

/// Calls a method; `None` where the type has none of this name.
pub(super) fn call(receiver: &Js, name: &str, arguments: &[Js], scope: &Scope<'_>) -> Option<Result<Js, Error>> {
    if makes_iterator(name) && is_method(receiver, name) {
        return Some(Err(Error::unsupported("an iterator")));
    }
    let result = match receiver {
        Js::Json(Value::Text(text)) => text::call(text, name, arguments, scope),
        Js::Json(Value::Number(number)) => number::call(*number, name, arguments, scope),
        Js::Json(Value::Array(_)) | Js::List(_) => array::call(receiver, name, arguments, scope),
        Js::RegularExpression(expression) => regular_expression::call(expression, name, arguments),
        Js::Map(collection) => collection::call_map(receiver, collection, name, arguments, scope),
        Js::Set(collection) => collection::call_set(receiver, collection, name, arguments, scope),
        Js::Function(function) => function::call(function, name, arguments, scope),
        _ => None,
    };
    result.or_else(|| object::call(receiver, name, arguments, scope))
}

/// Whether the value's type has a method of this name.
pub(super) fn is_method(receiver: &Js, name: &str) -> bool {
    let own = match receiver {
        Js::Json(Value::Text(_)) => text::NAMES.contains(&name),
        Js::Json(Value::Number(_)) => number::NAMES.contains(&name),
        Js::Json(Value::Array(_)) | Js::List(_) => array::NAMES.contains(&name),
        Js::RegularExpression(_) => matches!(name, "test" | "exec"),
        Js::Map(_) => collection::MAP.contains(&name),
        Js::Set(_) => collection::SET.contains(&name),
        Js::Function(_) => matches!(name, "call" | "apply" | "bind"),
        Js::Temporal(_) => date::has_method(receiver, name),
        _ => false,
    };
    own || object::NAMES.contains(&name)
}

/// Methods that change their array.
pub(super) fn changes_array(name: &str) -> bool {
    matches!(
        name,
        "push" | "pop" | "shift" | "unshift" | "splice" | "sort" | "reverse" | "fill" | "copyWithin"
    )
}

/// Methods that give an iterator, which has no form of its own here.
pub(super) fn makes_iterator(name: &str) -> bool {
    matches!(name, "keys" | "values" | "entries" | "matchAll")
}

/// What such a method's iterator would give; `None` where the receiver's method of this name makes none.
pub(super) fn iterator(receiver: &Js, name: &str, arguments: &[Js]) -> Result<Option<Vec<Js>>, Error> {
    match (receiver, name) {
        (Js::Json(Value::Text(text)), "matchAll") => regular_expression::match_all(text, arguments).map(Some),
        (Js::Map(collection) | Js::Set(collection), "keys" | "values" | "entries") => {
            Ok(Some(collection::iterator(collection, name)))
        }
        (receiver, "keys" | "values" | "entries") => Ok(array_iterator(receiver, name)),
        _ => Ok(None),
    }
}

/// The values that spread and `for … of` see.
pub(super) fn iterate(value: &Js) -> Result<Vec<Js>, Error> {
    match value {
        Js::Json(Value::Text(text)) => {
            let mut buffer = [0; 4];
            Ok(text
                .chars()
                .map(|character| Js::text(&*character.encode_utf8(&mut buffer)))
                .collect())
        }
        Js::Map(collection) => Ok(collection::iterator(collection, "entries")),
        Js::Set(collection) => Ok(collection::iterator(collection, "values")),
        other => other
            .to_elements()
            .ok_or_else(|| Error::type_error(format!("{} is not iterable", other.to_text()))),
    }
}

/// The argument at a place, undefined where there is none.
pub(super) fn argument(arguments: &[Js], place: usize) -> &Js {
    arguments.get(place).unwrap_or(&Js::Undefined)
}

/// A place that counts from the end if it is negative, kept within the length; `default` for undefined.
pub(super) fn relative(argument: &Js, length: usize, default: usize) -> usize {
    if argument.is_undefined() {
        return default;
    }
    let place = argument.to_integer();
    let place = if place < 0.0 { length as f64 + place } else { place };
    place.clamp(0.0, length as f64) as usize
}
