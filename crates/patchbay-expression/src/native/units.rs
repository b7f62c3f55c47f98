//! Texts as JavaScript counts them: in UTF-16 units.
//!
//! A text that is all ASCII, as most are, is cut and measured without being decoded. Half a character, which
//! UTF-8 can not hold, becomes U+FFFD.

use patchbay_model::{Text, Value};

/// `text.length`.
pub(crate) fn length(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().map(char::len_utf16).sum()
    }
}

/// The units from `start` to, not including, `end`; both within the text.
pub(crate) fn slice(text: &str, start: usize, end: usize) -> Text {
    if start >= end {
        return Text::default();
    }
    if text.is_ascii() {
        return text.get(start..end.min(text.len())).unwrap_or_default().into();
    }
    let units: Vec<u16> = text.encode_utf16().skip(start).take(end - start).collect();
    String::from_utf16_lossy(&units).into()
}

/// The unit at a place.
pub(crate) fn at(text: &str, place: usize) -> Option<u16> {
    if text.is_ascii() {
        text.as_bytes().get(place).copied().map(u16::from)
    } else {
        text.encode_utf16().nth(place)
    }
}

/// How many units come before a place in bytes.
pub(crate) fn from_bytes(text: &str, bytes: usize) -> usize {
    length(&text[..bytes])
}

/// The place in bytes of a unit: the next character's where it is in the midst of one; the text's end if beyond.
pub(crate) fn to_bytes(text: &str, units: usize) -> usize {
    if text.is_ascii() {
        return units.min(text.len());
    }
    let mut seen = 0;
    for (place, character) in text.char_indices() {
        if seen >= units {
            return place;
        }
        seen += character.len_utf16();
    }
    text.len()
}

/// Each unit as a text.
pub(crate) fn split(text: &str) -> impl Iterator<Item = Value> {
    let units: Vec<u16> = text.encode_utf16().collect();
    units
        .into_iter()
        .map(|unit| Value::Text(String::from_utf16_lossy(&[unit]).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_counted_in_units() {
        assert_eq!(length("a😀b"), 4);
        assert_eq!(slice("a😀b", 1, 3), "😀");
        assert_eq!(slice("añb", 1, 2), "ñ");
        assert_eq!(at("añb", 2), Some(u16::from(b'b')));
        assert_eq!(to_bytes("a😀b", 3), 5);
        assert_eq!(from_bytes("a😀b", 5), 3);
    }
}
