//! `array.union`.

use super::equality::{array_argument, unique};
use crate::Js;
use crate::extension::{Body, Description, Example, Gives, Parameter};

pub const DESCRIPTION: Description = Description {
    name: "union",
    aliases: &[],
    about: "The elements of both arrays, each once",
    parameters: &[Parameter::required("other", "an array")],
    examples: &[
        Example("[1, 1, 2].union([2, 3])", Gives::Json("[1,2,3]")),
        Example(
            "[1].union(1)",
            Gives::Error("union(): expected array arg, e.g. .union([1, 2, 3, 4])"),
        ),
    ],
    body: Body::Array(|array, arguments| {
        let other = array_argument("union", arguments.get(0))?;
        let elements = array.elements().into_iter().flatten();
        Ok(Js::list(unique(elements.chain(other))))
    }),
};
