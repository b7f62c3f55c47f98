//! `object.keepFieldsContaining`.

use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "keepFieldsContaining",
    aliases: &[],
    about: "Only the properties whose value is text that contains a given one",
    parameters: &[Parameter::required("text", "what to look for, in its own case")],
    examples: &[
        Example(
            "({ a: 'Foo bar', b: 'x', c: 5 }).keepFieldsContaining('Foo')",
            Gives::Json("{\"a\":\"Foo bar\"}"),
        ),
        Example(
            "({ a: 'x' }).keepFieldsContaining('')",
            Gives::Error("argument of keepFieldsContaining must be a non-empty string"),
        ),
    ],
    body: Body::Object(keep_fields_containing),
};

fn keep_fields_containing(object: &Js, arguments: &Arguments<'_>) -> Result<Js, Error> {
    let wanted = arguments.get(0).as_str().filter(|text| !text.is_empty());
    let wanted = wanted.ok_or_else(|| Error::new("argument of keepFieldsContaining must be a non-empty string"))?;
    let entries = object.entries().into_iter().flatten();
    let kept = entries.filter(|(_, value)| value.as_str().is_some_and(|text| text.contains(wanted)));
    Ok(Js::record(kept.map(|(key, value)| (key.clone(), value)).collect()))
}
