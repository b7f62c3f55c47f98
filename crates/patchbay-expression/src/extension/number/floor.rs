//! `number.floor`.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "floor",
    aliases: &[],
    about: "The greatest integer that is not above the number",
    parameters: &[],
    examples: &[
        Example("(1.8).floor()", Gives::Json("1")),
        Example("(-1.2).floor()", Gives::Json("-2")),
    ],
    body: Body::Number(|number, _| Ok(Js::number(number.floor()))),
};
