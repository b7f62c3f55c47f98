//! `text.extractUrl`: the first URL in a text.

use std::sync::LazyLock;

use regex::Regex;

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "extractUrl",
    aliases: &[],
    about: "The first http or https URL in the text, up to the next white space; undefined where there is none",
    parameters: &[],
    examples: &[
        Example(
            "'See https://example.com/a?b=c for more'.extractUrl()",
            Gives::Json("\"https://example.com/a?b=c\""),
        ),
        Example("'example.com'.extractUrl()", Gives::Undefined),
    ],
    body: Body::Text(|text, _| Ok(Js::optional(find_url(text)))),
};

static URL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let host = r"localhost|(?:[0-9]{1,3}\.){3}[0-9]{1,3}|(?:[a-zA-Z0-9_-]+\.)+[a-zA-Z]{2,}";
    Regex::new(&format!(r"(?i)https?://(?:{host})[^\s\u{{feff}}]*")).ok()
});

/// The first URL.
pub fn find_url(text: &str) -> Option<&str> {
    URL.as_ref()?.find(text).map(|found| found.as_str())
}
