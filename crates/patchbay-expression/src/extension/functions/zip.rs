//! `zip`.

use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "zip",
    aliases: &[],
    about: "An object of an array of names and one of values",
    parameters: &[
        Parameter::required("names", "an array"),
        Parameter::required("values", "an array of the same length"),
    ],
    examples: &[
        Example("zip(['a', 'b'], [1, 2])", Gives::Json("{\"a\":1,\"b\":2}")),
        Example("zip(['a'], [])", Gives::Error("keys and values not of equal length")),
        Example("zip('a', 'b')", Gives::Error("keys and values must be arrays")),
    ],
    body: Body::Function(zip),
};

fn zip(arguments: &Arguments<'_>) -> Result<Js, Error> {
    let (Some(names), Some(values)) = (arguments.get(0).elements(), arguments.get(1).elements()) else {
        return Err(Error::new("keys and values must be arrays"));
    };
    if names.len() != values.len() {
        return Err(Error::new("keys and values not of equal length"));
    }
    let entries = names.zip(values).map(|(name, value)| (name.to_property_key(), value));
    Ok(Js::record(entries.collect()))
}
