//! `array.toInt`, `toFloat`, `toBoolean`, `toDateTime`: an array is none of these.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toInt",
    aliases: &["toFloat", "toBoolean", "toDateTime"],
    about: "undefined: an array is neither number nor boolean nor date",
    parameters: &[],
    examples: &[
        Example("[1].toInt()", Gives::Undefined),
        Example("[].toDateTime()", Gives::Undefined),
    ],
    body: Body::Array(|_, _| Ok(Js::Undefined)),
};
