//! `text.toTitleCase`: words with capitals, but for the small ones and those that have capitals already.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toTitleCase",
    aliases: &[],
    about: "The text with a capital at the start of each word, but for small ones like `of`; line breaks go",
    parameters: &[],
    examples: &[
        Example(
            "'the lord of the rings'.toTitleCase()",
            Gives::Json("\"The Lord of the Rings\""),
        ),
        Example(
            "'my iPhone at example.com'.toTitleCase()",
            Gives::Json("\"My iPhone at example.com\""),
        ),
    ],
    body: Body::Text(|text, _| Ok(Js::text(to_title_case(text)))),
};

/// Not capitalised but at the start and at the end.
const SMALL_WORDS: [&str; 37] = [
    "a", "ad", "an", "and", "as", "at", "because", "but", "by", "en", "for", "if", "in", "neither", "nor", "of", "on",
    "only", "or", "over", "per", "so", "some", "than", "that", "the", "to", "up", "upon", "v", "versus", "via", "vs",
    "when", "with", "without", "yet",
];

fn to_title_case(text: &str) -> String {
    let mut title = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if is_separator(first) {
            first.len_utf8()
        } else {
            rest.find(is_separator).unwrap_or(rest.len())
        };
        let (token, after) = rest.split_at(end);
        if matches!(first, '\n' | '\r' | '\u{2028}' | '\u{2029}') {
            rest = after;
            continue;
        }
        let is_at_an_end = rest.len() == text.len() || after.is_empty();
        // `https:` of a URL stays.
        let is_scheme = after
            .strip_prefix(':')
            .is_some_and(|after| !after.starts_with(char::is_whitespace));
        if !has_capitals_or_dots(token) && (is_at_an_end || !has_small_word(token)) && !is_scheme {
            push_capitalised(&mut title, token);
        } else {
            title.push_str(token);
        }
        rest = after;
    }
    title
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | ':' | '–' | '—' | '-')
}

/// Whether the word is written in a way of its own: `iPhone`, `example.com`.
fn has_capitals_or_dots(word: &str) -> bool {
    let mut after_first = word.chars().skip(1).peekable();
    while let Some(c) = after_first.next() {
        if c.is_ascii_uppercase() || (c == '.' && after_first.peek().is_some()) {
            return true;
        }
    }
    false
}

fn has_small_word(token: &str) -> bool {
    token
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .any(|word| !word.is_empty() && SMALL_WORDS.iter().any(|small| small.eq_ignore_ascii_case(word)))
}

/// Makes the first letter or digit a capital, whatever comes before it.
fn push_capitalised(title: &mut String, token: &str) {
    let first = token
        .char_indices()
        .find(|(_, c)| c.is_ascii_alphanumeric() || matches!(c, 'À'..='ÿ'));
    match first {
        Some((place, c)) => {
            title.push_str(&token[..place]);
            title.extend(c.to_uppercase());
            title.push_str(&token[place + c.len_utf8()..]);
        }
        None => title.push_str(token),
    }
}
