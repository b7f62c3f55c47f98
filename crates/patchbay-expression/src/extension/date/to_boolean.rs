//! `date.toBoolean`: a date is none.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toBoolean",
    aliases: &[],
    about: "undefined: a date is no boolean",
    parameters: &[],
    examples: &[Example(
        "'2026-03-04T05:06:07'.toDateTime().toBoolean()",
        Gives::Undefined,
    )],
    body: Body::Date(|_, _| Ok(Js::Undefined)),
};
