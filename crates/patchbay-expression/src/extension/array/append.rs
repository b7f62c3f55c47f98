//! `array.append`.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives, Parameter};

pub const DESCRIPTION: Description = Description {
    name: "append",
    aliases: &[],
    about: "The array with more elements at its end",
    parameters: &[Parameter::required("elements", "any number of them")],
    examples: &[Example("[1].append(2, [3])", Gives::Json("[1,2,[3]]"))],
    body: Body::Array(|array, arguments| {
        let elements = array.elements().into_iter().flatten();
        Ok(Js::list(elements.chain(arguments.values.iter().cloned()).collect()))
    }),
};
