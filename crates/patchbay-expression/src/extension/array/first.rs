//! `array.first`.

use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "first",
    aliases: &[],
    about: "The first element; undefined where there is none",
    parameters: &[],
    examples: &[
        Example("[1, 2].first()", Gives::Json("1")),
        Example("[].first()", Gives::Undefined),
    ],
    body: Body::Array(|array, _| Ok(array.element(0).unwrap_or_default())),
};
