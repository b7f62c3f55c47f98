//! `text.toJsonString`.

use patchbay_model::Value;

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toJsonString",
    aliases: &[],
    about: "The text as JSON text: in quotation marks, with what needs it escaped",
    parameters: &[],
    examples: &[Example(
        "'say \"hi\"'.toJsonString()",
        Gives::Json(r#""\"say \\\"hi\\\"\"""#),
    )],
    body: Body::Text(|text, _| Ok(Js::text(Value::text(text).to_json()))),
};
