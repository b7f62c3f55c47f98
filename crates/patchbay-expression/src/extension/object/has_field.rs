//! `object.hasField`.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives, Parameter};

pub const DESCRIPTION: Description = Description {
    name: "hasField",
    aliases: &[],
    about: "Whether the object has a property of this name, its own or inherited, as `in` has it",
    parameters: &[Parameter::required("name", "the property's name")],
    examples: &[
        Example("({ a: undefined }).hasField('a')", Gives::Json("true")),
        Example("({ a: { b: 1 } }).hasField('a.b')", Gives::Json("false")),
        Example("({}).hasField('toString')", Gives::Json("true")),
    ],
    body: Body::Object(|object, arguments| {
        let name = arguments.get(0).to_property_key();
        Ok(Js::boolean(
            object.own(&name).is_some() || INHERITED.contains(&name.as_str()),
        ))
    }),
};

/// What every object inherits.
const INHERITED: [&str; 12] = [
    "constructor",
    "__defineGetter__",
    "__defineSetter__",
    "hasOwnProperty",
    "__lookupGetter__",
    "__lookupSetter__",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toString",
    "valueOf",
    "__proto__",
    "toLocaleString",
];
