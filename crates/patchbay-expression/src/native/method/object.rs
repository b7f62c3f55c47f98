//! Methods that every value has.

use patchbay_model::{Scope, Value};

use super::argument;
use crate::{Error, Js};

pub(super) const NAMES: [&str; 6] = [
    "hasOwnProperty",
    "toString",
    "valueOf",
    "propertyIsEnumerable",
    "isPrototypeOf",
    "toLocaleString",
];

pub(super) fn call(receiver: &Js, name: &str, arguments: &[Js], _scope: &Scope<'_>) -> Option<Result<Js, Error>> {
    Some(Ok(match name {
        "hasOwnProperty" | "propertyIsEnumerable" => {
            Js::boolean(has_own(receiver, &argument(arguments, 0).to_property_key()))
        }
        "toString" => Js::text(receiver.to_text()),
        "valueOf" => receiver.clone(),
        "toLocaleString" => match receiver {
            Js::Json(Value::Number(_) | Value::Array(_)) | Js::List(_) => {
                return Some(Err(Error::unsupported("`toLocaleString`")));
            }
            other => Js::text(other.to_text()),
        },
        "isPrototypeOf" => return Some(Err(Error::unsupported(name))),
        _ => return None,
    }))
}

pub(in crate::native) fn has_own(receiver: &Js, name: &str) -> bool {
    receiver.own(name).is_some() || (name == "length" && receiver.as_str().is_some())
}
