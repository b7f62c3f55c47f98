//! `$not`.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives, Parameter};

pub const DESCRIPTION: Description = Description {
    name: "$not",
    aliases: &["not"],
    about: "Whether the value is falsy",
    parameters: &[Parameter::required("value", "any")],
    examples: &[
        Example("$not('')", Gives::Json("true")),
        Example("$not([])", Gives::Json("false")),
    ],
    body: Body::Function(|arguments| Ok(Js::boolean(!arguments.get(0).truthy()))),
};
