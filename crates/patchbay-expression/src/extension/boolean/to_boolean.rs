//! `boolean.toBoolean`: the value itself.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toBoolean",
    aliases: &[],
    about: "The value itself, so that text and booleans can be treated alike",
    parameters: &[],
    examples: &[Example("false.toBoolean()", Gives::Json("false"))],
    body: Body::Boolean(|value, _| Ok(Js::boolean(value))),
};
