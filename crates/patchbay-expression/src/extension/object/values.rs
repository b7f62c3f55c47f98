//! `object.values`.

use crate::extension::{Body, Description, Example, Gives};
use crate::{Js, native};

use super::keys::keys;

pub const DESCRIPTION: Description = Description {
    name: "values",
    aliases: &[],
    about: "The values of the object's own properties",
    parameters: &[],
    examples: &[Example("({ b: 1, a: [2] }).values()", Gives::Json("[1,[2]]"))],
    body: Body::Object(|object, arguments| {
        if let Some(entries) = object.entries() {
            return Ok(Js::list(entries.map(|(_, value)| value).collect()));
        }
        let keys = keys(object, arguments.scope);
        let values = keys
            .iter()
            .map(|key| native::get_property(object, key, arguments.scope));
        Ok(Js::list(values.collect::<Result<_, _>>()?))
    }),
};
