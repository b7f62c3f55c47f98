//! Finds a secret in a text in whichever way it is written there: percent-encoded (all of it, or only what whoever wrote the URL
//! encodes; once or several times over), as JSON text, as HTML. Letters and digits of ASCII are written as they are in each
//! of them, so the longest run of these is looked for first.

use std::borrow::Cow;
use std::ops::Range;

/// The most bytes that one character takes: `%25F0%259F%2594%2591` has 20, JSON's `\\uD83D\\uDD11` 14.
const LONGEST: usize = 24;

/// A secret that is looked for in texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    text: String,
    /// Its longest run of what is never encoded.
    plain: Range<usize>,
}

impl Written {
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let mut plain = 0..0;
        let mut start = 0;
        for (place, character) in text.char_indices() {
            if character.is_ascii_alphanumeric() {
                if place + 1 - start > plain.len() {
                    plain = start..place + 1;
                }
            } else {
                start = place + character.len_utf8();
            }
        }
        Self { text, plain }
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Where it stands in a text first, from a place on; as much as can be meant.
    pub fn find(&self, text: &str, from: usize) -> Option<Range<usize>> {
        let plain = &self.text[self.plain.clone()];
        if self.text.is_empty() {
            return None;
        }
        let mut from = from;
        while let Some(found) = text.get(from..)?.find(plain) {
            let place = from + found;
            if let Some(range) = self.around(text, place) {
                return Some(range);
            }
            from = place + text[place..].chars().next()?.len_utf8();
        }
        None
    }

    /// The text with something else in its place.
    pub fn replace<'text>(&self, text: &'text str, shown: &str) -> Cow<'text, str> {
        let mut replaced = String::new();
        let mut from = 0;
        while let Some(range) = self.find(text, from) {
            replaced.push_str(&text[from..range.start]);
            replaced.push_str(shown);
            from = range.end;
        }
        if from == 0 {
            return Cow::Borrowed(text);
        }
        replaced.push_str(&text[from..]);
        Cow::Owned(replaced)
    }

    /// The whole secret around its plain run, which stands at `place`.
    fn around(&self, text: &str, place: usize) -> Option<Range<usize>> {
        let end = ends(text, place, &self.text[self.plain.start..]).into_iter().max()?;
        let before = &self.text[..self.plain.start];
        let least = place.saturating_sub(before.chars().count() * LONGEST);
        let mut starts = (least..=place).filter(|start| text.is_char_boundary(*start));
        let start = starts.find(|start| ends(text, *start, before).contains(&place))?;
        Some(start..end)
    }
}

/// Where in the text the secret may end, if it begins at `start`; nowhere, if it does not stand there.
fn ends(text: &str, start: usize, secret: &str) -> Vec<usize> {
    let mut ends = vec![start];
    for character in secret.chars() {
        let mut next = Vec::new();
        for end in ends {
            each_length(&text[end..], character, &mut |length| {
                if !next.contains(&(end + length)) {
                    next.push(end + length);
                }
            });
        }
        if next.is_empty() {
            return next;
        }
        ends = next;
    }
    ends
}

/// In how many bytes the text may begin with the character.
fn each_length(text: &str, character: char, add: &mut impl FnMut(usize)) {
    if text.starts_with(character) {
        add(character.len_utf8());
    }
    if character.is_ascii_alphanumeric() {
        return;
    }
    match text.as_bytes().first() {
        Some(b'+') if character == ' ' => add(1),
        // Encoded again it is what comes first in all others.
        Some(b'%') if character == '%' => {
            let twice = text.starts_with("%2525").then_some(5);
            let once = text.starts_with("%25").then_some(3);
            once.into_iter().chain(twice).for_each(add);
        }
        Some(b'%') => percent_encoded(text, character).into_iter().for_each(add),
        Some(b'\\') => in_json(text, character, add),
        Some(b'&') => in_html(text, character).into_iter().for_each(add),
        _ => {}
    }
}

/// `%2F`; what was encoded again is `%252F`.
fn percent_encoded(text: &str, character: char) -> Option<usize> {
    let mut buffer = [0; 4];
    let mut rest = text;
    for byte in character.encode_utf8(&mut buffer).bytes() {
        rest = rest.strip_prefix('%')?;
        while let Some(deeper) = rest.strip_prefix("25") {
            rest = deeper;
        }
        let (digits, after) = (rest.get(..2)?, rest.get(2..)?);
        if u8::from_str_radix(digits, 16).ok()? != byte {
            return None;
        }
        rest = after;
    }
    Some(text.len() - rest.len())
}

/// `\"`, `\/`, `\n`, `\u00e9`; with more backslashes where it is JSON in JSON.
fn in_json(text: &str, character: char, add: &mut impl FnMut(usize)) {
    let slashes = text.bytes().take_while(|byte| *byte == b'\\').take(LONGEST).count();
    if character == '\\' {
        return (2..=slashes).for_each(add);
    }
    let rest = &text[slashes..];
    let letter = match character {
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        other => other,
    };
    if rest.starts_with(letter) {
        add(slashes + letter.len_utf8());
    }
    let mut buffer = [0; 2];
    let mut after = rest;
    for unit in character.encode_utf16(&mut buffer) {
        let digits = after.trim_start_matches('\\').strip_prefix('u');
        let Some(digits) = digits.filter(|digits| is_number(digits.get(..4), 16, u32::from(*unit))) else {
            return;
        };
        after = &digits[4..];
    }
    add(text.len() - after.len());
}

/// `&amp;`, `&#39;`, `&#x2F;`.
fn in_html(text: &str, character: char) -> Option<usize> {
    let (entity, _) = text.strip_prefix('&')?.split_once(';')?;
    let is_it = match entity {
        "amp" => character == '&',
        "lt" => character == '<',
        "gt" => character == '>',
        "quot" => character == '"',
        "apos" => character == '\'',
        entity => match entity.strip_prefix('#')?.strip_prefix(['x', 'X']) {
            Some(digits) => is_number(Some(digits), 16, character.into()),
            None => is_number(entity.strip_prefix('#'), 10, character.into()),
        },
    };
    is_it.then_some(entity.len() + 2)
}

fn is_number(digits: Option<&str>, base: u32, wanted: u32) -> bool {
    digits.and_then(|digits| u32::from_str_radix(digits, base).ok()) == Some(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let rows = [
            ("ab/cd+ef==", "key=ab/cd%2Bef%3D%3D&x", "key=[…]&x"),
            ("ab/cd+ef==", "ab%2fcd%2bef%3d%3d", "[…]"),
            (
                "ab/cd+ef==",
                "next=%2Fx%3Fkey%3Dab%252Fcd%252Bef%253D%253D",
                "next=%2Fx%3Fkey%3D[…]",
            ),
            ("ab/cd+ef==", r#"{"k":"ab\/cd\u002Bef=="}"#, r#"{"k":"[…]"}"#),
            ("p\"s\\w&ö <rd>", "p%22s%5Cw%26%C3%B6%20%3Crd%3E+", "[…]+"),
            ("p\"s\\w&ö <rd>", "p%22s%5Cw%26%C3%B6+<rd>", "[…]"),
            ("p\"s\\w&ö <rd>", r#""p\"s\\w&\u00F6 <rd>""#, r#""[…]""#),
            ("p\"s\\w&ö <rd>", r#""p\\\"s\\\\w&ö <rd>""#, r#""[…]""#),
            (
                "p\"s\\w&ö <rd>",
                "<b>p&quot;s\\w&amp;&#246; &lt;rd&#x3E;</b>",
                "<b>[…]</b>",
            ),
            ("\"/-abc", r#"x\"\/-abc"#, "x[…]"),
            ("🔑 key-1", r"\ud83d\udd11 key-1 %F0%9F%94%91+key-1", "[…] […]"),
            ("100%25", "100%25 100%2525 100%", "[…] […] 100%"),
            ("a\nb-c", r"a\nb-c, a%0Ab-c, anb-c", "[…], […], anb-c"),
            ("§§//", "%C2%A7§//", "[…]"),
            ("abcabd", "abcabcabd", "abc[…]"),
            ("abcdef", "abcde", "abcde"),
            ("", "abc", "abc"),
        ];
        for (secret, text, wanted) in rows {
            assert_eq!(Written::new(secret).replace(text, "[…]"), wanted, "{secret} in {text}");
        }
    }
}
