//! `$ifEmpty`.

use patchbay_model::Value;

use crate::extension::{Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "$ifEmpty",
    aliases: &[],
    about: "The value, or the default where it is null, undefined, an empty text, array or object",
    parameters: &[
        Parameter::required("value", "any"),
        Parameter::required("default", "any"),
    ],
    examples: &[
        Example("$ifEmpty('', 'none')", Gives::Json("\"none\"")),
        Example("$ifEmpty(0, 'none')", Gives::Json("0")),
        Example(
            "$ifEmpty('')",
            Gives::Error("expected two arguments (value, defaultValue) for this function"),
        ),
    ],
    body: Body::Function(|arguments| {
        let [value, default] = arguments.values else {
            return Err(Error::new(
                "expected two arguments (value, defaultValue) for this function",
            ));
        };
        Ok(if is_empty(value) {
            default.clone()
        } else {
            value.clone()
        })
    }),
};

/// Unlike the extension `isEmpty`, 0 and false are not empty, and a `Date` is.
fn is_empty(value: &Js) -> bool {
    match value {
        Js::Undefined | Js::Json(Value::Null) | Js::Map(_) | Js::Set(_) | Js::RegularExpression(_) => true,
        Js::Temporal(date) => date.class() == "Date",
        value => {
            value.as_str() == Some("")
                || value.array_length() == Some(0)
                || value.entries().is_some_and(|entries| entries.len() == 0)
        }
    }
}
