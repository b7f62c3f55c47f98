//! `isEmpty`: what n8n takes for empty.

use patchbay_model::Value;

use crate::Js;
use crate::extension::object::keys;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "isEmpty",
    aliases: &[],
    about: "Whether the value is null, undefined, an empty text, array or object, 0, NaN or false",
    parameters: &[],
    examples: &[
        Example("''.isEmpty()", Gives::Json("true")),
        Example("' '.isEmpty()", Gives::Json("false")),
        Example("[].isEmpty()", Gives::Json("true")),
        Example("({ a: 1 }).isEmpty()", Gives::Json("false")),
        Example("(0).isEmpty()", Gives::Json("true")),
        Example("null.isEmpty()", Gives::Json("true")),
    ],
    body: Body::Any(|receiver, arguments| Ok(Js::boolean(is_empty(receiver, arguments.scope)))),
};

/// Whether a value is empty.
pub fn is_empty(value: &Js, scope: &patchbay_model::Scope<'_>) -> bool {
    match value {
        Js::Json(Value::Object(_))
        | Js::Record(_)
        | Js::Map(_)
        | Js::Set(_)
        | Js::RegularExpression(_)
        | Js::Host(_) => keys(value, scope).is_empty(),
        value => match value.array_length() {
            Some(length) => length == 0,
            None => !value.truthy(),
        },
    }
}
