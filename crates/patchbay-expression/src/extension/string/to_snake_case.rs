//! `text.toSnakeCase`.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toSnakeCase",
    aliases: &[],
    about: "The text in lower case, with `_` for each space and hyphen and without punctuation",
    parameters: &[],
    examples: &[
        Example("'Hello World-wide!'.toSnakeCase()", Gives::Json("\"hello_world_wide\"")),
        Example("'helloWorld'.toSnakeCase()", Gives::Json("\"helloworld\"")),
    ],
    body: Body::Text(|text, _| Ok(Js::text(to_snake_case(text)))),
};

fn to_snake_case(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' | '-' | '_' => Some('_'),
            '\u{2000}'..='\u{206f}' | '\u{2e00}'..='\u{2e7f}' => None,
            c if c.is_ascii_punctuation() => None,
            c => Some(c),
        })
        .collect()
}
