//! `array.difference`.

use super::equality::{Distinct, array_argument, unique};
use crate::Js;
use crate::extension::{Body, Description, Example, Gives, Parameter};

pub const DESCRIPTION: Description = Description {
    name: "difference",
    aliases: &[],
    about: "The elements that are not in another array, each once",
    parameters: &[Parameter::required("other", "an array")],
    examples: &[
        Example("[1, 1, 2, { a: 1 }].difference([2, { a: 1 }])", Gives::Json("[1]")),
        Example(
            "[1].difference(1)",
            Gives::Error("difference(): expected array arg, e.g. .difference([1, 2, 3, 4])"),
        ),
    ],
    body: Body::Array(|array, arguments| {
        let other = Distinct::of(array_argument("difference", arguments.get(0))?);
        let elements = array.elements().into_iter().flatten();
        Ok(Js::list(unique(elements.filter(|value| !other.contains(value)))))
    }),
};
