//! `object.toInt`, `toFloat`, `toBoolean`, `toDateTime`: an object is none of these.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toInt",
    aliases: &["toFloat", "toBoolean", "toDateTime"],
    about: "undefined: an object is neither number nor boolean nor date",
    parameters: &[],
    examples: &[
        Example("({ a: 1 }).toInt()", Gives::Undefined),
        Example("({}).toDateTime()", Gives::Undefined),
    ],
    body: Body::Object(|_, _| Ok(Js::Undefined)),
};
