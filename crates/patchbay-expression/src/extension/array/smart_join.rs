//! `array.smartJoin`: pairs made an object.

use indexmap::IndexMap;

use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "smartJoin",
    aliases: &[],
    about: "One object with a property for each object of the array that has both a name and a value",
    parameters: &[
        Parameter::required("name", "which property holds the name"),
        Parameter::required("value", "which property holds the value"),
    ],
    examples: &[
        Example(
            "[{ k: 'a', v: 1 }, { k: 'b', v: 2 }, { k: 'c' }].smartJoin('k', 'v')",
            Gives::Json("{\"a\":1,\"b\":2}"),
        ),
        Example(
            "[].smartJoin('k')",
            Gives::Error("smartJoin(): expected two string args, e.g. .smartJoin(\"name\", \"value\")"),
        ),
    ],
    body: Body::Array(smart_join),
};

fn smart_join(array: &Js, arguments: &Arguments<'_>) -> Result<Js, Error> {
    let name = |index| arguments.get(index).as_str().filter(|name| !name.is_empty());
    let (Some(key), Some(value)) = (name(0), name(1)) else {
        return Err(Error::new(
            "smartJoin(): expected two string args, e.g. .smartJoin(\"name\", \"value\")",
        ));
    };
    let mut joined = IndexMap::new();
    for element in array.elements().into_iter().flatten() {
        if let (Some(key), Some(value)) = (element.own(key), element.own(value)) {
            joined.insert(key.to_property_key(), value);
        }
    }
    Ok(Js::record(joined))
}
