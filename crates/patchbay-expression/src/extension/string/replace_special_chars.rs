//! `text.replaceSpecialChars`: letters of all scripts in ASCII.
//!
//! `deunicode` and n8n's library go back to the same tables. What became different since is in `transliteration.txt`:
//! `A-B` (hexadecimal) are characters that n8n does not know, `A=text` are those that it writes in another way.

use std::sync::LazyLock;

use deunicode::deunicode_char;
use rustc_hash::FxHashMap;

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
        Example("'日本 ✓'.replaceSpecialChars()", Gives::Json("\"Ri Ben ?\"")),
    ],
    body: Body::Text(|text, _| Ok(Js::text(transliterate(text)))),
};

/// Where n8n differs from `deunicode`.
struct Differences {
    /// First and last characters, ascending.
    unknown: Vec<(u32, u32)>,
    other: FxHashMap<u32, &'static str>,
}

static DIFFERENCES: LazyLock<Differences> = LazyLock::new(|| {
    let mut differences = Differences {
        unknown: Vec::new(),
        other: FxHashMap::default(),
    };
    let code = |digits: &str| u32::from_str_radix(digits, 16).unwrap_or_default();
    for entry in include_str!("transliteration.txt").split_ascii_whitespace() {
        if let Some((character, text)) = entry.split_once('=') {
            differences.other.insert(code(character), text);
        } else {
            let (first, last) = entry.split_once('-').unwrap_or((entry, entry));
            differences.unknown.push((code(first), code(last)));
        }
    }
    differences
});

fn transliterate(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut ascii = String::with_capacity(text.len());
    let mut after_ideograph = false;
    for c in text.chars() {
        let mut own = [0; 4];
        let written = if c.is_ascii() {
            c.encode_utf8(&mut own)
        } else {
            in_ascii(c).unwrap_or("?")
        };
        // Ideographs end in a space in the tables; it stays between words only.
        let word = written.trim_end_matches(' ');
        if after_ideograph && word.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            ascii.push(' ');
        }
        after_ideograph = !written.starts_with(' ') && word.len() < written.len();
        ascii.push_str(if after_ideograph { word } else { written });
    }
    ascii
}

fn in_ascii(c: char) -> Option<&'static str> {
    let code = u32::from(c);
    if let Some(text) = DIFFERENCES.other.get(&code) {
        return Some(text);
    }
    let unknown = &DIFFERENCES.unknown;
    let place = unknown.partition_point(|(_, last)| *last < code);
    if unknown.get(place).is_some_and(|(first, _)| *first <= code) {
        return None;
    }
    deunicode_char(c)
}
