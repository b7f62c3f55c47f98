//! `array.pluck`: a property of each element.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives, Parameter};

pub const DESCRIPTION: Description = Description {
    name: "pluck",
    aliases: &[],
    about: "The values of a property of each object that has it; an array for each where several are named",
    parameters: &[Parameter::required(
        "names",
        "the properties' names, any number of them",
    )],
    examples: &[
        Example("[{ a: 1 }, { b: 2 }, { a: null }].pluck('a')", Gives::Json("[1,null]")),
        Example(
            "[{ a: 1, b: 2 }, { a: 3 }].pluck('a', 'b')",
            // Where an object has but one of several, it is not in an array.
            Gives::Json("[[1,2],3]"),
        ),
    ],
    body: Body::Array(|array, arguments| {
        if arguments.is_empty() {
            return Ok(array.clone());
        }
        let elements = array.elements().into_iter().flatten();
        let plucked = elements.filter_map(|element| {
            let names = arguments.values.iter().filter_map(Js::as_str);
            let mut values: Vec<Js> = names.filter_map(|name| enumerable(&element, name)).collect();
            if values.len() > 1 {
                return Some(Js::list(values));
            }
            values.pop()
        });
        Ok(Js::list(plucked.collect()))
    }),
};

/// A property that `Object.keys` lists: not an array's length.
fn enumerable(value: &Js, name: &str) -> Option<Js> {
    value.own(name).filter(|_| value.is_plain_object() || name != "length")
}
