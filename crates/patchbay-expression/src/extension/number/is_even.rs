//! `number.isEven`.

use crate::extension::{Body, Description, Example, Gives};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "isEven",
    aliases: &[],
    about: "Whether the integer is even",
    parameters: &[],
    examples: &[
        Example("(4).isEven()", Gives::Json("true")),
        Example("(1.5).isEven()", Gives::Error("isEven() is only callable on integers")),
    ],
    body: Body::Number(|number, _| {
        if !number.is_finite() || number.fract() != 0.0 {
            return Err(Error::new("isEven() is only callable on integers"));
        }
        Ok(Js::boolean((number % 2.0).abs() == 0.0))
    }),
};
