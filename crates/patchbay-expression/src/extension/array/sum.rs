//! `array.sum`.

use super::numbers::numbers;
use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "sum",
    aliases: &[],
    about: "The sum of an array of numbers",
    parameters: &[],
    examples: &[
        Example("[1, 2, 3].sum()", Gives::Json("6")),
        Example(
            "[1, '2'].sum()",
            Gives::Error("sum(): all array elements must be numbers"),
        ),
    ],
    body: Body::Array(|array, _| {
        let numbers = numbers("sum", array.elements().into_iter().flatten())?;
        Ok(Js::number(numbers.iter().fold(0.0, |sum, number| sum + number)))
    }),
};
