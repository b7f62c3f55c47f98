//! `text.extractEmail`: the first e-mail address in a text.

use std::sync::LazyLock;

use regex::Regex;

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "extractEmail",
    aliases: &[],
    about: "The first e-mail address in the text; undefined where there is none",
    parameters: &[],
    examples: &[
        Example(
            "'Jo <jo@example.com>'.extractEmail()",
            Gives::Json("\"jo@example.com\""),
        ),
        Example("'jo@localhost'.extractEmail()", Gives::Undefined),
    ],
    body: Body::Text(|text, _| Ok(Js::optional(find_email(text)))),
};

/// A local part of words between dots, or of anything between quotes; an address or a domain whose last label is
/// letters only.
static EMAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let word = r#"[^<>()\[\]\\.,;:\s\u{feff}@"]+"#;
    let local = format!(r#"(?:{word}(?:\.{word})*|"[^\n\r\u{{2028}}\u{{2029}}]+")"#);
    let address = r"\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\]";
    Regex::new(&format!(r"{local}@(?:{address}|(?:[a-zA-Z0-9-]+\.)+[a-zA-Z]{{2,}})")).ok()
});

/// The first e-mail address.
pub fn find_email(text: &str) -> Option<&str> {
    if !text.contains('@') {
        return None;
    }
    EMAIL.as_ref()?.find(text).map(|found| found.as_str())
}
