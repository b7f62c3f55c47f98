//! `number.toInt`.

use super::round::round;
use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toInt",
    aliases: &[],
    about: "The nearest integer, halves away from zero",
    parameters: &[],
    examples: &[
        Example("(1.9).toInt()", Gives::Json("2")),
        Example("(-0.5).toInt()", Gives::Json("-1")),
    ],
    body: Body::Number(|number, _| Ok(Js::number(round(number, 0)))),
};
