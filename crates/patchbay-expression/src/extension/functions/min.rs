//! `$min`.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives, Parameter};

pub const DESCRIPTION: Description = Description {
    name: "$min",
    aliases: &["min"],
    about: "The least of the arguments, as `Math.min` has it",
    parameters: &[Parameter::required("numbers", "any number of them")],
    examples: &[Example("$min(3, '1', 2)", Gives::Json("1"))],
    body: Body::Function(|arguments| {
        let numbers: Vec<f64> = arguments.values.iter().map(Js::to_number).collect();
        Ok(Js::number(least(&numbers)))
    }),
};

/// The least number, NaN if one is, Infinity for none.
pub fn least(numbers: &[f64]) -> f64 {
    numbers.iter().fold(f64::INFINITY, |least, number| {
        if least.is_nan() || number.is_nan() {
            f64::NAN
        } else {
            least.min(*number)
        }
    })
}
