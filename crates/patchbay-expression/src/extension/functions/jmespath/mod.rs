//! `$jmespath`: JMESPath as n8n's library for it has it. The library takes some freedoms that workflows lean on, and
//! no crate has: keys keep their order, `<` compares as JavaScript does, what is not closed ends at the end.
//!
//! | file | holds |
//! | --- | --- |
//! | `token` | the text as tokens |
//! | `parse` | tokens as a tree |
//! | `search` | the tree applied to a value |
//! | `call` | the functions of the language |

mod call;
mod parse;
mod search;
mod token;

use patchbay_model::Value;

use crate::error::Kind;
use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::{Error, Js, refusal};

pub const DESCRIPTION: Description = Description {
    name: "$jmespath",
    aliases: &["$jmesPath"],
    about: "What a JMESPath expression finds in an object or an array",
    parameters: &[
        Parameter::required("value", "an object or an array"),
        Parameter::required("expression", "JMESPath"),
    ],
    examples: &[
        Example("$jmespath({ a: { b: 1 } }, 'a.b')", Gives::Json("1")),
        Example(
            "$jmespath([{ n: 'x', v: 1 }, { n: 'y', v: 2 }], '[?v>`1`].n')",
            Gives::Json("[\"y\"]"),
        ),
        Example(
            "$jmespath('a')",
            Gives::Error("expected two arguments (Object, string) for this function"),
        ),
    ],
    body: Body::Function(jmespath),
};

fn jmespath(arguments: &Arguments<'_>) -> Result<Js, Error> {
    let value = arguments.get(0);
    let is_object = value.is_object() || matches!(value, Js::Json(Value::Null));
    let (true, Some(expression)) = (is_object, arguments.get(1).as_str()) else {
        return Err(Error::new("expected two arguments (Object, string) for this function"));
    };
    if expression.contains('\\') || words(expression).any(|word| refusal::check_name(word).is_err()) {
        return Err(Error::new(
            "Cannot access this property in a jmespath query due to security concerns",
        ));
    }
    search::search(&parse::parse(expression)?, value)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

/// What the library throws.
fn failure(message: impl Into<patchbay_model::Text>) -> Error {
    Error::of(Kind::Error, message)
}
