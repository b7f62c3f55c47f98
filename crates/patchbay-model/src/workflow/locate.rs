//! Finds the line and column of a JSON pointer in a text. Only faults need places, so nothing is kept
//! while a file is read: the text is scanned again for the few pointers that matter.

use crate::diagnostic::Position;

/// Where the value of a JSON pointer begins in JSON text; where the text ends early, the nearest place above it.
pub fn locate(text: &str, pointer: &str) -> Option<usize> {
    let mut scanner = Scanner { text, place: 0 };
    scanner.white_space();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        if !scanner.enter(&part)? {
            return Some(scanner.place);
        }
    }
    Some(scanner.place)
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
}
