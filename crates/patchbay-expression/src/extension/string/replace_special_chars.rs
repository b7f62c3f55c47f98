//! `text.replaceSpecialChars`: letters of all scripts in ASCII.

use deunicode::deunicode_char;

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "replaceSpecialChars",
    aliases: &[],
    about: "The text in ASCII, with `?` for what has no likeness there",
    parameters: &[],
    examples: &[
        Example(
            "'déjà vu straße'.replaceSpecialChars()",
            Gives::Json("\"deja vu strasse\""),
        ),
        Example("'✓ ok'.replaceSpecialChars()", Gives::Json("\"? ok\"")),
    ],
    body: Body::Text(|text, _| Ok(Js::text(transliterate(text)))),
};

fn transliterate(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    text.chars().map(|c| deunicode_char(c).unwrap_or("?")).collect()
}
