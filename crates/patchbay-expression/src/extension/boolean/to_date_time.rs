//! `boolean.toDateTime`: there is no such date.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toDateTime",
    aliases: &[],
    about: "undefined: a boolean is no date",
    parameters: &[],
    examples: &[Example("true.toDateTime()", Gives::Undefined)],
    body: Body::Boolean(|_, _| Ok(Js::Undefined)),
};
