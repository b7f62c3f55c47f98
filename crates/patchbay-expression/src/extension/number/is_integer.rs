//! `number.isInteger`.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "isInteger",
    aliases: &[],
    about: "Whether the number is whole and finite",
    parameters: &[],
    examples: &[
        Example("(4).isInteger()", Gives::Json("true")),
        Example("(4.5).isInteger()", Gives::Json("false")),
        Example("Infinity.isInteger()", Gives::Json("false")),
    ],
    body: Body::Number(|number, _| Ok(Js::boolean(number.is_finite() && number.fract() == 0.0))),
};
