//! `array.last`.

use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "last",
    aliases: &[],
    about: "The last element; undefined where there is none",
    parameters: &[],
    examples: &[
        Example("[1, 2].last()", Gives::Json("2")),
        Example("[].last()", Gives::Undefined),
    ],
    body: Body::Array(|array, _| {
        Ok(array
            .elements()
            .and_then(|mut elements| elements.next_back())
            .unwrap_or_default())
    }),
};
