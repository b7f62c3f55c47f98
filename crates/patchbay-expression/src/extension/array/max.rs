//! `array.max`.

use super::numbers::numbers;
use crate::Js;
use crate::extension::functions::greatest;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "max",
    aliases: &[],
    about: "The greatest of an array of numbers, -Infinity for none",
    parameters: &[],
    examples: &[
        Example("[1, 3, 2].max()", Gives::Json("3")),
        Example("['a'].max()", Gives::Error("max(): all array elements must be numbers")),
    ],
    body: Body::Array(|array, _| {
        let numbers = numbers("max", array.elements().into_iter().flatten())?;
        Ok(Js::number(greatest(&numbers)))
    }),
};
