//! `array.intersection`.

use super::equality::{Distinct, array_argument, unique};
use crate::Js;
use crate::extension::{Body, Description, Example, Gives, Parameter};

pub const DESCRIPTION: Description = Description {
    name: "intersection",
    aliases: &[],
    about: "The elements that are in another array too, each once",
    parameters: &[Parameter::required("other", "an array")],
    examples: &[
        Example("[1, 2, 2, 3].intersection([2, 3, 4])", Gives::Json("[2,3]")),
        Example(
            "[1].intersection(1)",
            Gives::Error("intersection(): expected array arg, e.g. .intersection([1, 2, 3, 4])"),
        ),
    ],
    body: Body::Array(|array, arguments| {
        let other = Distinct::of(array_argument("intersection", arguments.get(0))?);
        let elements = array.elements().into_iter().flatten();
        Ok(Js::list(unique(elements.filter(|value| other.contains(value)))))
    }),
};
