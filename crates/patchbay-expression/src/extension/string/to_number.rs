//! `text.toNumber`.

use patchbay_model::value::text_to_number;

use super::currency::without_currency;
use crate::extension::{Body, Description, Example, Gives};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "toNumber",
    aliases: &[],
    about: "The number that the whole text is, as `Number(text)` reads it; signs of currencies are ignored",
    parameters: &[],
    examples: &[
        Example("' 12.5 '.toNumber()", Gives::Json("12.5")),
        Example("'€12'.toNumber()", Gives::Json("12")),
        Example("'12px'.toNumber()", Gives::Error("cannot convert to number")),
    ],
    body: Body::Text(|text, _| match text_to_number(&without_currency(text)) {
        number if number.is_nan() => Err(Error::new("cannot convert to number")),
        number => Ok(Js::number(number)),
    }),
};
