//! `array.merge`: many objects made one.

use indexmap::IndexMap;
use patchbay_model::Text;

use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "merge",
    aliases: &[],
    about: "One object of all the array's objects; of two properties of the same name the first stays, with another \
            array the last pair's",
    parameters: &[Parameter::optional(
        "other",
        "an array; its objects are merged with those at the same places",
    )],
    examples: &[
        Example("[{ a: 1 }, { a: 2, b: 3 }].merge()", Gives::Json("{\"a\":1,\"b\":3}")),
        Example(
            "[{ a: 1 }].merge([{ b: 2 }, { c: 3 }])",
            Gives::Json("{\"a\":1,\"b\":2}"),
        ),
        Example(
            "[{ a: 1 }].merge({ b: 2 })",
            Gives::Error("merge(): expected array arg, e.g. .merge([{ id: 1, otherValue: 3 }])"),
        ),
    ],
    body: Body::Array(merge),
};

fn merge(array: &Js, arguments: &Arguments<'_>) -> Result<Js, Error> {
    let mut merged = IndexMap::new();
    let elements = array.elements().into_iter().flatten();
    if arguments.get(0).is_undefined() {
        for element in elements.filter(Js::is_plain_object) {
            add(&mut merged, &element);
        }
        return Ok(Js::record(merged));
    }
    let other = arguments
        .get(0)
        .elements()
        .ok_or_else(|| Error::new("merge(): expected array arg, e.g. .merge([{ id: 1, otherValue: 3 }])"))?;
    for (left, right) in elements.zip(other) {
        if left.is_nullish() && right.is_nullish() {
            return Err(Error::type_error("Cannot convert undefined or null to object"));
        }
        // `typeof null` is `object`.
        if left.type_of() == "object" && right.type_of() == "object" {
            let mut pair = IndexMap::new();
            add(&mut pair, &left);
            add(&mut pair, &right);
            merged.extend(pair);
        }
    }
    Ok(Js::record(merged))
}

/// Adds the properties of an object, or the elements of an array, that are not there yet.
fn add(merged: &mut IndexMap<Text, Js>, value: &Js) {
    for (key, value) in value.entries().into_iter().flatten() {
        merged.entry(key.clone()).or_insert(value);
    }
    for (index, value) in value.elements().into_iter().flatten().enumerate() {
        merged.entry(index.to_string().into()).or_insert(value);
    }
}
