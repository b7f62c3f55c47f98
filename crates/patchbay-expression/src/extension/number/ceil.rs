//! `number.ceil`.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "ceil",
    aliases: &[],
    about: "The least integer that is not below the number",
    parameters: &[],
    examples: &[
        Example("(1.2).ceil()", Gives::Json("2")),
        Example("(-1.8).ceil()", Gives::Json("-1")),
    ],
    body: Body::Number(|number, _| Ok(Js::number(number.ceil()))),
};
