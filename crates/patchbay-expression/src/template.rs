//! Where the JavaScript begins and ends in an expression's text, as n8n splits it.
//!
//! `{{` opens and the next `}}` closes, whatever stands between: n8n does not look for texts or braces inside.
//! A backslash hides a bracket: `\{{` is text as it stands, `\}}` inside of code is `}}`. Where there is code,
//! `\\` before it in the text is one backslash. What is opened and not closed reaches to the end.
//!
//! Ours alone: `<<$…>>` is the same as `{{ $…}}`, recognised only where `$` follows `<<`.

use std::borrow::Cow;

/// A piece of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    Text(Cow<'a, str>),
    Code {
        source: Cow<'a, str>,
        /// Where the source begins in the text, in bytes.
        offset: usize,
    },
}

/// Splits a text, without the leading `=`.
pub fn split(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = 0;
    while let Some((open, close)) = next_opening(text, rest) {
        if open > rest {
            parts.push(Part::Text(unescape(&text[rest..open], r"\\", r"\")));
        }
        let start = open + 2;
        let end = find_unescaped(text, start, close).unwrap_or(text.len());
        if start < text.len() {
            let hidden = format!("\\{close}");
            parts.push(Part::Code {
                source: unescape(&text[start..end], &hidden, close),
                offset: start,
            });
        }
        rest = (end + 2).min(text.len());
    }
    if rest < text.len() {
        parts.push(Part::Text(Cow::Borrowed(&text[rest..])));
    }
    parts
}

/// The next bracket that opens code, and the one that closes it.
fn next_opening(text: &str, from: usize) -> Option<(usize, &'static str)> {
    let braces = find_unescaped(text, from, "{{").map(|at| (at, "}}"));
    let angles = find_unescaped(text, from, "<<$")
        .filter(|at| text[*at..].contains(">>"))
        .map(|at| (at, ">>"));
    match (braces, angles) {
        (Some(braces), Some(angles)) => Some(if braces.0 < angles.0 { braces } else { angles }),
        (braces, angles) => braces.or(angles),
    }
}

/// The first place of a bracket with an even number of backslashes before it.
fn find_unescaped(text: &str, from: usize, bracket: &str) -> Option<usize> {
    let mut at = from;
    while let Some(found) = text[at..].find(bracket) {
        let place = at + found;
        let backslashes = text[from..place]
            .bytes()
            .rev()
            .take_while(|byte| *byte == b'\\')
            .count();
        if backslashes.is_multiple_of(2) {
            return Some(place);
        }
        at = place + bracket.len();
    }
    None
}

fn unescape<'a>(text: &'a str, hidden: &str, shown: &str) -> Cow<'a, str> {
    if text.contains(hidden) {
        Cow::Owned(text.replace(hidden, shown))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let parts: Vec<String> = split(text)
            .into_iter()
            .map(|part| match part {
                Part::Text(text) => format!("text {text}"),
                Part::Code { source, offset } => format!("code@{offset} {source}"),
            })
            .collect();
        assert_eq!(parts, expected, "{text}");
    }

    #[test]
    fn code_ends_at_the_first_closing_bracket() {
        check("a {{ 1 }}b", &["text a ", "code@4  1 ", "text b"]);
        check("{{ {a:{b:1}} }}", &["code@2  {a:{b:1", "text  }}"]);
        check("{{{ 1 }}}", &["code@2 { 1 ", "text }"]);
        check("{{}}", &["code@2 "]);
        check("", &[]);
    }

    #[test]
    fn what_is_not_closed_reaches_to_the_end() {
        check("a {{ 1", &["text a ", "code@4  1"]);
        check("a {{", &["text a "]);
    }

    #[test]
    fn backslashes_hide_brackets() {
        check(r"\{{ 1 }}", &[r"text \{{ 1 }}"]);
        check(r"\\{{ 1 }}", &[r"text \", "code@4  1 "]);
        check(r#"{{ "\}}" }}"#, &[r#"code@2  "}}" "#]);
        check(r"{{ 1 }} \\", &["code@2  1 ", r"text  \\"]);
    }

    #[test]
    fn angle_brackets_open_before_a_dollar() {
        check("<<$json.Id>>", &["code@2 $json.Id"]);
        check("a << 1 >> <<$x", &["text a << 1 >> <<$x"]);
    }
}
