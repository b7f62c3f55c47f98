//! `date.toInt`, `toFloat`.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toInt",
    aliases: &["toFloat"],
    about: "Milliseconds since 1970",
    parameters: &[],
    examples: &[Example(
        "'2026-03-04T05:06:07'.toDateTime().toInt()",
        Gives::Json("1772600767000"),
    )],
    body: Body::Date(|date, _| Ok(Js::number(date.to_number()))),
};
