//! Reading properties.

use std::rc::Rc;

use patchbay_model::value::array_index;
use patchbay_model::{Scope, Value};

use super::{global, method, path, units};
use crate::js::Function;
use crate::{Error, Js, date};

/// Reads a property of any value; undefined where there is none, a `TypeError` on null and undefined. A method
/// comes as a function that knows its receiver.
pub fn get_property(receiver: &Js, name: &str, scope: &Scope<'_>) -> Result<Js, Error> {
    if receiver.is_nullish() {
        return Err(path::missing(receiver, name));
    }
    if let Some(value) = receiver.own(name) {
        return Ok(value);
    }
    let value = match receiver {
        Js::Json(Value::Text(text)) if name == "length" => Some(Js::count(units::length(text))),
        Js::Json(Value::Text(text)) => array_index(name).map(|index| {
            let index = index as usize;
            Js::optional((index < units::length(text)).then(|| Js::text(units::slice(text, index, index + 1))))
        }),
        Js::Host(host) => return host.get(name, scope),
        Js::Temporal(_) => date::get(receiver, name, scope),
        Js::Function(function) => function_property(function, name, scope)?,
        Js::RegularExpression(expression) => match name {
            "source" => Some(Js::text(expression.pattern.source.clone())),
            "flags" => Some(Js::text(expression.pattern.flags.clone())),
            "global" => Some(Js::boolean(expression.pattern.is_global())),
            "lastIndex" => Some(Js::count(expression.last_index.get())),
            _ => None,
        },
        // An array may be what a regular expression has found, which has these, too.
        Js::Json(Value::Array(_)) | Js::List(_) if matches!(name, "groups" | "index" | "input") => {
            return Err(Error::unsupported("a property of a match"));
        }
        Js::Map(collection) | Js::Set(collection) if name == "size" => Some(Js::count(collection.len())),
        Js::Error(error) => match name {
            "message" => Some(Js::text(error.message.clone())),
            "name" => Some(Js::text(error.name())),
            "stack" | "cause" => return Err(Error::unsupported("an error's stack")),
            _ => None,
        },
        _ => None,
    };
    Ok(match value {
        Some(value) => value,
        None if method::is_method(receiver, name) => Js::Function(Rc::new(Function::Method {
            receiver: receiver.clone(),
            name: name.into(),
        })),
        None => Js::Undefined,
    })
}

fn function_property(function: &Rc<Function>, name: &str, scope: &Scope<'_>) -> Result<Option<Js>, Error> {
    Ok(match (&**function, name) {
        (Function::Closure(closure), "length") => Some(Js::count(closure.length())),
        (Function::Closure(_), "name") => return Err(Error::unsupported("a function's name")),
        (Function::Global(global), _) => match global::property(global, name, scope)? {
            None if name == "name" => Some(Js::text(*global)),
            value => value,
        },
        (function, "name") => Some(Js::text(function.name())),
        (_, "length") => return Err(Error::unsupported("a function's length")),
        _ => None,
    })
}
