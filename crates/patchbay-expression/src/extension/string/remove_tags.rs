//! `text.removeTags`.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "removeTags",
    aliases: &[],
    about: "The text without what stands between `<` and `>`",
    parameters: &[],
    examples: &[
        Example("'<b>bold</b> text'.removeTags()", Gives::Json("\"bold text\"")),
        Example("'1 < 2'.removeTags()", Gives::Json("\"1 \"")),
    ],
    body: Body::Text(|text, _| Ok(Js::text(remove_tags(text)))),
};

/// A tag that does not end takes the rest of the text with it.
fn remove_tags(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        kept.push_str(&rest[..start]);
        rest = rest[start..].find('>').map_or("", |end| &rest[start + end + 1..]);
    }
    kept.push_str(rest);
    kept
}
