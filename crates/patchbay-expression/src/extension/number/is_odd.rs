//! `number.isOdd`.

use crate::extension::{Body, Description, Example, Gives};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "isOdd",
    aliases: &[],
    about: "Whether the integer is odd",
    parameters: &[],
    examples: &[
        Example("(4).isOdd()", Gives::Json("false")),
        Example("(1.5).isOdd()", Gives::Error("isOdd() is only callable on integers")),
    ],
    body: Body::Number(|number, _| {
        if !number.is_finite() || number.fract() != 0.0 {
            return Err(Error::new("isOdd() is only callable on integers"));
        }
        Ok(Js::boolean((number % 2.0).abs() == 1.0))
    }),
};
