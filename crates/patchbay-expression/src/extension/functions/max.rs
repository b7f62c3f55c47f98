//! `$max`.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives, Parameter};

pub const DESCRIPTION: Description = Description {
    name: "$max",
    aliases: &["max"],
    about: "The greatest of the arguments, as `Math.max` has it",
    parameters: &[Parameter::required("numbers", "any number of them")],
    examples: &[
        Example("$max(1, '3', 2)", Gives::Json("3")),
        Example("$max(1, 'a').toString()", Gives::Json("\"NaN\"")),
    ],
    body: Body::Function(|arguments| {
        let numbers: Vec<f64> = arguments.values.iter().map(Js::to_number).collect();
        Ok(Js::number(greatest(&numbers)))
    }),
};

/// The greatest number, NaN if one is, -Infinity for none.
pub fn greatest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(f64::NEG_INFINITY, |greatest, number| {
        if greatest.is_nan() || number.is_nan() {
            f64::NAN
        } else {
            greatest.max(*number)
        }
    })
}
