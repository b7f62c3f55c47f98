//! `number.toBoolean`.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toBoolean",
    aliases: &[],
    about: "False for 0, true for every other number, NaN too",
    parameters: &[],
    examples: &[
        Example("(0).toBoolean()", Gives::Json("false")),
        Example("(-1).toBoolean()", Gives::Json("true")),
    ],
    body: Body::Number(|number, _| Ok(Js::boolean(number != 0.0))),
};
