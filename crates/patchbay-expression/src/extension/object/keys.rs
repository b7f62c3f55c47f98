//! `object.keys`.

use patchbay_model::{Scope, Text};

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "keys",
    aliases: &[],
    about: "The names of the object's own properties",
    parameters: &[],
    examples: &[
        Example("({ b: 1, a: 2 }).keys()", Gives::Json("[\"b\",\"a\"]")),
        Example("new Map([[1, 2]]).keys()", Gives::Json("[]")),
    ],
    body: Body::Object(|object, arguments| {
        let keys = keys(object, arguments.scope);
        Ok(Js::list(keys.into_iter().map(Js::text).collect()))
    }),
};

/// What `Object.keys` lists.
pub fn keys(object: &Js, scope: &Scope<'_>) -> Vec<Text> {
    match object {
        Js::Host(host) => host.keys(scope),
        object => object
            .entries()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.clone())
            .collect(),
    }
}
