//! `array.min`.

use super::numbers::numbers;
use crate::Js;
use crate::extension::functions::least;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "min",
    aliases: &[],
    about: "The least of an array of numbers, Infinity for none",
    parameters: &[],
    examples: &[
        Example("[1, 3, 2].min()", Gives::Json("1")),
        Example("['a'].min()", Gives::Error("min(): all array elements must be numbers")),
    ],
    body: Body::Array(|array, _| {
        let numbers = numbers("min", array.elements().into_iter().flatten())?;
        Ok(Js::number(least(&numbers)))
    }),
};
