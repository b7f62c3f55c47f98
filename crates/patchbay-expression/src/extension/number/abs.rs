//! `number.abs`.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "abs",
    aliases: &[],
    about: "The number without its sign",
    parameters: &[],
    examples: &[Example("(-1.5).abs()", Gives::Json("1.5"))],
    body: Body::Number(|number, _| Ok(Js::number(number.abs()))),
};
