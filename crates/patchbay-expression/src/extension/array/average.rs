//! `array.average`.

use super::numbers::numbers;
use crate::extension::{Body, Description, Example, Gives};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "average",
    aliases: &[],
    about: "The mean of an array of numbers, 0 for none",
    parameters: &[],
    examples: &[
        Example("[1, 2, 6].average()", Gives::Json("3")),
        Example("[].average()", Gives::Json("0")),
        Example(
            "['1'].average()",
            Gives::Error("average(): all array elements must be numbers"),
        ),
    ],
    body: Body::Array(|array, _| average(array.elements().into_iter().flatten())),
};

/// The mean of values that must be numbers.
pub fn average(values: impl Iterator<Item = Js>) -> Result<Js, Error> {
    let numbers = numbers("average", values)?;
    if numbers.is_empty() {
        return Ok(Js::number(0));
    }
    Ok(Js::number(numbers.iter().sum::<f64>() / numbers.len() as f64))
}
