//! Finds the line and column of a JSON pointer in a text. Only faults need places, so nothing is kept
//! while a file is read: the text is scanned again for the few pointers that matter.

use crate::diagnostic::{Diagnostic, Position};
use crate::pointer;

/// Where the value of a JSON pointer begins in JSON text; where the text ends early, the nearest place above it.
pub fn locate(text: &str, pointer: &str) -> Option<usize> {
    let mut scanner = Scanner { text, place: 0 };
    scanner.white_space();
    for part in pointer.split('/').skip(1) {
        let part = pointer::unescape(part);
        if !scanner.enter(&part)? {
            return Some(scanner.place);
        }
    }
    Some(scanner.place)
}

/// Fills in line and column of diagnostics that name their places by pointer and, inside a text, offset.
pub fn place(diagnostics: &mut [Diagnostic], text: &str) {
    for diagnostic in diagnostics
        .iter_mut()
        .filter(|diagnostic| diagnostic.position.is_none())
    {
        diagnostic.position = locate(text, &diagnostic.pointer).map(|start| {
            let inside = diagnostic.offset.and_then(|offset| inside_string(text, start, offset));
            position_of(text, inside.unwrap_or(start))
        });
    }
}

/// Where in JSON text the byte at an offset of a string's value is written; `None` if no string begins at `start`.
fn inside_string(text: &str, start: usize, offset: usize) -> Option<usize> {
    let written = text.get(start..)?.strip_prefix('"')?;
    let (mut place, mut decoded) = (0, 0);
    while decoded < offset {
        let rest = &written[place..];
        let (length, bytes) = match rest.as_bytes() {
            [b'\\', b'u', ..] => escaped_character(rest),
            [b'\\', ..] => (2, 1),
            [b'"', ..] | [] => break,
            _ => rest
                .chars()
                .next()
                .map(|character| (character.len_utf8(), character.len_utf8()))?,
        };
        place = (place + length).min(written.len());
        decoded += bytes;
    }
    Some(start + 1 + place)
}

/// How long `\uXXXX`, or a pair of them, is in JSON text, and how many bytes of UTF-8 it stands for.
fn escaped_character(rest: &str) -> (usize, usize) {
    let unit = |at: usize| {
        rest.get(at..at + 4)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
    };
    match unit(2) {
        Some(0xd800..=0xdbff) if rest.get(6..8) == Some("\\u") => (12, 4),
        Some(code) => (6, char::from_u32(code).map_or(3, char::len_utf8)),
        None => (2, 1),
    }
}

/// Line and column of a byte offset.
pub fn position_of(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position {
        line: 1 + before.matches('\n').count(),
        column: 1 + before[line_start..].chars().count(),
    }
}

struct Scanner<'a> {
    text: &'a str,
    place: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.place).copied()
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n' | 0xef | 0xbb | 0xbf)) {
            self.place += 1;
        }
    }

    /// Moves to the member of the object or array at hand; `false`, staying, if it has none of that name.
    fn enter(&mut self, name: &str) -> Option<bool> {
        let start = self.place;
        let found = match self.peek()? {
            b'{' => self.enter_object(name)?,
            b'[' => self.enter_array(name)?,
            _ => false,
        };
        if !found {
            self.place = start;
        }
        Some(found)
    }

    fn enter_object(&mut self, name: &str) -> Option<bool> {
        self.place += 1;
        let mut found = None;
        loop {
            self.white_space();
            match self.peek()? {
                b'}' => break,
                b',' => self.place += 1,
                b'"' => {
                    let key_start = self.place;
                    self.string()?;
                    let key: String = serde_json::from_str(&self.text[key_start..self.place]).ok()?;
                    self.white_space();
                    self.place += 1;
                    self.white_space();
                    // The last of two equal keys counts, as in JSON.parse.
                    if key == name {
                        found = Some(self.place);
                    }
                    self.value()?;
                }
                _ => return None,
            }
        }
        if let Some(place) = found {
            self.place = place;
        }
        Some(found.is_some())
    }

    fn enter_array(&mut self, name: &str) -> Option<bool> {
        let wanted: usize = name.parse().ok()?;
        self.place += 1;
        let mut index = 0;
        loop {
            self.white_space();
            match self.peek()? {
                b']' => return Some(false),
                b',' => self.place += 1,
                _ if index == wanted => return Some(true),
                _ => {
                    self.value()?;
                    index += 1;
                }
            }
        }
    }

    fn value(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.string(),
            b'{' | b'[' => {
                let mut depth = 0_usize;
                loop {
                    match self.peek()? {
                        b'"' => {
                            self.string()?;
                            continue;
                        }
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth -= 1,
                        _ => {}
                    }
                    self.place += 1;
                    if depth == 0 {
                        return Some(());
                    }
                }
            }
            _ => {
                while !matches!(self.peek(), None | Some(b',' | b'}' | b']')) {
                    self.place += 1;
                }
                Some(())
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        self.place += 1;
        loop {
            match self.peek()? {
                b'\\' => self.place += 2,
                b'"' => {
                    self.place += 1;
                    return Some(());
                }
                _ => self.place += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_found() {
        let text = "{\n  \"a\": [1, {\"b~/\": \"x,]\"}],\n  \"c\": null\n}";
        for (pointer, line, column) in [
            ("", 1, 1),
            ("/a", 2, 8),
            ("/a/1", 2, 12),
            ("/a/1/b~0~1", 2, 20),
            ("/c", 3, 8),
            ("/a/7/x", 2, 8),
        ] {
            let position = position_of(text, locate(text, pointer).expect("found"));
            assert_eq!((position.line, position.column), (line, column), "{pointer}");
        }
    }

    #[test]
    fn offsets_inside_strings_mind_escapes() {
        let text = r#"{"a": "=\n\u00e4\ud83d\ude00ö x"}"#;
        // The value is `=`, a line end, `ä` (2 bytes), a smiley (4), `ö` (2), ` x`.
        for (offset, column) in [
            (0, 8),
            (1, 9),
            (2, 11),
            (4, 17),
            (8, 29),
            (10, 30),
            (11, 31),
            (12, 32),
            (99, 32),
        ] {
            let mut diagnostic = Diagnostic::error("E0000", "").at("/a");
            diagnostic.offset = Some(offset);
            place(std::slice::from_mut(&mut diagnostic), text);
            assert_eq!(diagnostic.position, Some(Position { line: 1, column }), "{offset}");
        }
    }
}
