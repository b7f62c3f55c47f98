//! `text.extractDomain`: the domain of an address of the web or of e-mail.

use std::sync::LazyLock;

use regex::Regex;

use super::extract_email::find_email;
use super::is_email::is_email;
use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "extractDomain",
    aliases: &[],
    about: "The domain of the URL or the e-mail address that the text is; undefined where it is neither",
    parameters: &[],
    examples: &[
        Example(
            "'https://docs.example.com:8080/a'.extractDomain()",
            Gives::Json("\"docs.example.com\""),
        ),
        Example("'jo@example.com'.extractDomain()", Gives::Json("\"example.com\"")),
        Example("'at https://example.com'.extractDomain()", Gives::Undefined),
    ],
    body: Body::Text(|text, _| Ok(Js::optional(domain(text)))),
};

/// `localhost`, four numbers, or labels of which the last is letters or punycode; then a port, then a path.
static DOMAIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let host = r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}|(?:[a-zA-Z0-9_-]+\.)+(?:[a-zA-Z]{2,}|[xX][nN]--[a-zA-Z0-9]+)";
    Regex::new(&format!(
        r"^(?P<scheme>(?:[a-zA-Z]+:)?//)?(?P<host>(?i:localhost)|{host})(?::[0-9]+)?(?:[/?#][^\s\u{{feff}}]*)?$"
    ))
    .ok()
});

fn domain(text: &str) -> Option<&str> {
    if is_email(text) {
        return find_email(text)?.rsplit_once('@').map(|(_, domain)| domain);
    }
    let found = DOMAIN.as_ref()?.captures(text)?;
    found.name("host").map(|host| host.as_str())
}

/// Whether the text begins with a domain, and is nothing else but its port and path.
pub fn is_domain(text: &str) -> bool {
    let found = DOMAIN.as_ref().and_then(|pattern| pattern.captures(text));
    found.is_some_and(|found| found.name("scheme").is_none())
}
