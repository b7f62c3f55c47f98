//! `isNotEmpty`: the opposite of `isEmpty`.

use super::is_empty::is_empty;
use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "isNotEmpty",
    aliases: &[],
    about: "Whether the value is not empty, as `isEmpty` has it",
    parameters: &[],
    examples: &[
        Example("'a'.isNotEmpty()", Gives::Json("true")),
        Example("[].isNotEmpty()", Gives::Json("false")),
        Example("undefined.isNotEmpty()", Gives::Json("false")),
    ],
    body: Body::Any(|receiver, arguments| Ok(Js::boolean(!is_empty(receiver, arguments.scope)))),
};
