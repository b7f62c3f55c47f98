//! `number.toFloat`: the number itself.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toFloat",
    aliases: &[],
    about: "The number itself, so that text and numbers can be treated alike",
    parameters: &[],
    examples: &[Example("(1.9).toFloat()", Gives::Json("1.9"))],
    body: Body::Number(|number, _| Ok(Js::number(number))),
};
