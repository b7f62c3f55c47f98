//! `object.urlEncode`: an object as the query of a URL.

use url::form_urlencoded::Serializer;

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "urlEncode",
    aliases: &[],
    about: "The object as a query, as `URLSearchParams` writes it; every value becomes text",
    parameters: &[],
    examples: &[Example(
        "({ a: 1, b: 'x y', c: 'ü&', d: [1, 2] }).urlEncode()",
        Gives::Json("\"a=1&b=x+y&c=%C3%BC%26&d=1%2C2\""),
    )],
    body: Body::Object(|object, _| {
        let mut query = Serializer::new(String::new());
        for (key, value) in object.entries().into_iter().flatten() {
            query.append_pair(key, &value.to_text());
        }
        Ok(Js::text(query.finish()))
    }),
};
