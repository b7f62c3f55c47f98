//! `array.randomItem`.

use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "randomItem",
    aliases: &[],
    about: "One of the elements, by chance",
    parameters: &[],
    examples: &[
        Example("[7].randomItem()", Gives::Json("7")),
        Example("[].randomItem()", Gives::Undefined),
    ],
    body: Body::Array(|array, arguments| {
        let length = array.array_length().unwrap_or_default();
        let place = (arguments.scope.environment.random() * length as f64) as usize;
        Ok(array.element(place).unwrap_or_default())
    }),
};
