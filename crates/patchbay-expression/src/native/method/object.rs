//! Methods that every value has.

use patchbay_model::value::array_index;
use patchbay_model::{Scope, Text, Value};

use super::argument;
use crate::{Error, Js, intl};

pub(super) const NAMES: [&str; 6] = [
    "hasOwnProperty",
    "toString",
    "valueOf",
    "propertyIsEnumerable",
    "isPrototypeOf",
    "toLocaleString",
];

pub(super) fn call(receiver: &Js, name: &str, arguments: &[Js], scope: &Scope<'_>) -> Option<Result<Js, Error>> {
    Some(Ok(match name {
        "hasOwnProperty" | "propertyIsEnumerable" => {
            Js::boolean(has_own(receiver, &argument(arguments, 0).to_property_key()))
        }
        "toString" => Js::text(receiver.to_text()),
        "valueOf" => receiver.clone(),
        "toLocaleString" => match receiver {
            Js::Json(Value::Number(number)) => {
                return Some(intl::number_to_locale_string(*number, arguments).map(Js::text));
            }
            Js::Json(Value::Array(_)) | Js::List(_) => {
                let elements = receiver.elements().into_iter().flatten();
                let parts = elements.map(|element| match element {
                    element if element.is_nullish() => Ok(Text::default()),
                    element => crate::native::call_method(&element, name, arguments, scope).map(|part| part.to_text()),
                });
                return Some(
                    parts
                        .collect::<Result<Vec<_>, _>>()
                        .map(|parts| Js::text(parts.join(","))),
                );
            }
            other => Js::text(other.to_text()),
        },
        "isPrototypeOf" => return Some(Err(Error::unsupported(name))),
        _ => return None,
    }))
}

pub(in crate::native) fn has_own(receiver: &Js, name: &str) -> bool {
    match receiver.as_str() {
        Some(text) => {
            let length = text.encode_utf16().count();
            name == "length" || array_index(name).is_some_and(|index| (index as usize) < length)
        }
        None => receiver.own(name).is_some(),
    }
}
