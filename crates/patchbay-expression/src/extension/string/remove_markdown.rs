//! `text.removeMarkdown`: a text without its Markdown, by simple rules one after the other.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "removeMarkdown",
    aliases: &[],
    about: "The text without Markdown and HTML",
    parameters: &[],
    examples: &[
        Example(
            "'# Title\\n- **bold** [link](https://example.com)'.removeMarkdown()",
            Gives::Json("\"Title\\nbold link\""),
        ),
        Example(
            "'`code` and ~~struck~~'.removeMarkdown()",
            Gives::Json("\"code and struck\""),
        ),
    ],
    body: Body::Text(|text, _| Ok(Js::text(remove_markdown(text)))),
};

/// What goes, and what comes in its place, up to emphasis.
const BEFORE_EMPHASIS: [(&str, &str); 13] = [
    // The marks of lists.
    (r"(?m)^(\s*)(?:[*+-]|[0-9]\.)\s+", "$1"),
    // Lines under headers.
    (r"\n={2,}", "\n"),
    ("~~", ""),
    // The first line of a fence.
    (r"`{3}[^\n\r]*\n", ""),
    ("<[^>]*>", ""),
    (r"^[=-]{2,}\s*$", ""),
    // Footnotes, then the targets of references.
    (r"\[\^[^\n\r]+?\](?:: [^\n\r]*?$)?", ""),
    (r"\s{0,2}\[[^\n\r]*?\]: [^\n\r]*?$", ""),
    // Images, then links.
    (r"!\[[^\n\r]*?\][\[(][^\n\r]*?[\])]", ""),
    (r"\[([^\n\r]*?)\][\[(][^\n\r]*?[\])]", "$1"),
    // Quotations.
    (">", ""),
    (r#"^\s{1,2}\[[^\n\r]*?\]: \S+(?: "[^\n\r]*?")?\s*$"#, ""),
    // Headers.
    (r"(?m)^#{1,6}\s*([^#]*)\s*(?:#{1,6})?", "$1"),
];

/// What goes after emphasis and fences.
const AFTER_EMPHASIS: [(&str, &str); 2] = [("`([^\n\r]+?)`", "$1"), (r"\n{2,}", "\n\n")];

static BEFORE: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| compile(&BEFORE_EMPHASIS));
static AFTER: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| compile(&AFTER_EMPHASIS));

fn compile(rules: &[(&str, &'static str)]) -> Vec<(Regex, &'static str)> {
    rules
        .iter()
        .filter_map(|(pattern, replacement)| Some((Regex::new(pattern).ok()?, *replacement)))
        .collect()
}

fn remove_markdown(text: &str) -> String {
    let text = apply(&BEFORE, text);
    let text = unwrap_pairs(&text, emphasis);
    let text = unwrap_pairs(&text, fence);
    apply(&AFTER, &text)
}

fn apply(rules: &[(Regex, &str)], text: &str) -> String {
    rules.iter().fold(text.to_owned(), |text, (pattern, replacement)| {
        match pattern.replace_all(&text, *replacement) {
            Cow::Borrowed(_) => text,
            Cow::Owned(replaced) => replaced,
        }
    })
}

/// Finds marks and what they stand around: it is given the rest of a line, and answers how long the mark at its start
/// and what stands between are.
type Pair = fn(&str, &mut Vec<String>) -> Option<(usize, usize)>;

/// Takes off the marks around what `pair` finds. It is told which marks the rest of the line does not close, so that a
/// line with many of them is not searched for each anew.
fn unwrap_pairs(text: &str, pair: Pair) -> String {
    let mut unwrapped = String::with_capacity(text.len());
    for line in text.split_inclusive(['\n', '\r']) {
        let mut rest = line;
        let mut open = Vec::new();
        while let Some(start) = rest.find(['*', '_', '`']) {
            unwrapped.push_str(&rest[..start]);
            rest = &rest[start..];
            if let Some((mark, content)) = pair(rest, &mut open) {
                unwrapped.push_str(&rest[mark..mark + content]);
                rest = &rest[mark + content + mark..];
            } else {
                unwrapped.push_str(&rest[..1]);
                rest = &rest[1..];
            }
        }
        unwrapped.push_str(rest);
    }
    unwrapped
}

/// Up to three of `*` and `_` around two characters or more that neither begin nor end with a space.
fn emphasis(line: &str, open: &mut Vec<String>) -> Option<(usize, usize)> {
    let marks = line
        .bytes()
        .take(3)
        .take_while(|byte| matches!(byte, b'*' | b'_'))
        .count();
    (1..=marks).rev().find_map(|mark| {
        let (mark_text, content) = line.split_at(mark);
        let first = content.chars().next().filter(|c| !c.is_whitespace())?;
        if open.iter().any(|known| known == mark_text) {
            return None;
        }
        let mut from = first.len_utf8();
        while let Some(found) = content[from..].find(mark_text) {
            let end = from + found;
            let is_closed = content[..end]
                .chars()
                .next_back()
                .is_some_and(|last| !last.is_whitespace());
            if end > first.len_utf8() && is_closed {
                return Some((mark, end));
            }
            from = end + 1;
        }
        open.push(mark_text.to_owned());
        None
    })
}

/// Three backticks or more, and as many again.
fn fence(line: &str, open: &mut Vec<String>) -> Option<(usize, usize)> {
    /// A longer fence is taken for one of these.
    const LONGEST: usize = 64;
    let marks = line.bytes().take(LONGEST).take_while(|byte| *byte == b'`').count();
    (3..=marks).rev().find_map(|mark| {
        let (mark_text, content) = line.split_at(mark);
        if open.iter().any(|known| known == mark_text) {
            return None;
        }
        let end = content.find(mark_text);
        if end.is_none() {
            open.push(mark_text.to_owned());
        }
        Some((mark, end?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_nothing_closes_are_searched_for_once() {
        let text = format!("x{}", " *a".repeat(50_000));
        assert_eq!(remove_markdown(&text), text);
    }
}
