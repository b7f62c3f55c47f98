//! `object.removeField`.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives, Parameter};

pub const DESCRIPTION: Description = Description {
    name: "removeField",
    aliases: &[],
    about: "The object without one property",
    parameters: &[Parameter::required("name", "the property's name")],
    examples: &[
        Example("({ a: 1, b: 2 }).removeField('a')", Gives::Json("{\"b\":2}")),
        Example("({ a: 1 }).removeField('x')", Gives::Json("{\"a\":1}")),
    ],
    body: Body::Object(|object, arguments| {
        let name = arguments.get(0).to_property_key();
        let kept = object.entries().into_iter().flatten().filter(|(key, _)| **key != name);
        Ok(Js::record(kept.map(|(key, value)| (key.clone(), value)).collect()))
    }),
};
