//! `boolean.toNumber`, `toInt`, `toFloat`: 1 for true, 0 for false.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toNumber",
    aliases: &["toInt", "toFloat"],
    about: "1 for true, 0 for false",
    parameters: &[],
    examples: &[
        Example("true.toNumber()", Gives::Json("1")),
        Example("false.toInt()", Gives::Json("0")),
    ],
    body: Body::Boolean(|value, _| Ok(Js::number(value))),
};
