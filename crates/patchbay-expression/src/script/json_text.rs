//! The words with which V8's `JSON.parse` refuses a text.

/// Why a text is not JSON, as V8 says it; `None` if it is JSON.
pub fn error_of(text: &str) -> Option<String> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut parser = Parser {
        units: &units,
        position: 0,
    };
    let fault = parser.document().err()?;
    Some(parser.words(&fault, text))
}

/// What the parser met.
enum Fault {
    /// A token that can not stand here.
    Token,
    /// One of V8's own sentences, at a position.
    At(&'static str, usize),
}

struct Parser<'a> {
    units: &'a [u16],
    position: usize,
}

type Step = Result<(), Fault>;

/// What holds the values that are being read.
#[derive(Clone, Copy)]
enum Container {
    Object,
    Array,
}

/// How much of the text V8 shows around a bad token.
const SHOWN: usize = 10;

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.units
            .get(self.position)
            .map(|unit| char::from_u32(u32::from(*unit)).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.position += 1;
        }
    }

    fn document(&mut self) -> Step {
        // Text may be nested more deeply than a stack could follow.
        let mut open = Vec::new();
        loop {
            self.white_space();
            if let Some(container) = self.value()? {
                open.push(container);
                continue;
            }
            loop {
                self.white_space();
                match open.last() {
                    Some(container) if self.goes_on(*container)? => break,
                    Some(_) => drop(open.pop()),
                    None => return self.end(),
                }
            }
        }
    }

    fn end(&mut self) -> Step {
        if self.position < self.units.len() {
            return Err(Fault::At(
                "Unexpected non-whitespace character after JSON at position",
                self.position,
            ));
        }
        Ok(())
    }

    /// A whole value, or the beginning of one that holds others, up to the first of these.
    fn value(&mut self) -> Result<Option<Container>, Fault> {
        match self.peek() {
            Some('{') => return self.object(),
            Some('[') => return Ok(self.array()),
            Some('"') => self.string(),
            Some('-' | '0'..='9') => self.number(),
            Some('t') => self.word("true"),
            Some('f') => self.word("false"),
            Some('n') => self.word("null"),
            _ => Err(Fault::Token),
        }?;
        Ok(None)
    }

    fn word(&mut self, word: &str) -> Step {
        for expected in word.chars() {
            if self.peek() != Some(expected) {
                return Err(Fault::Token);
            }
            self.position += 1;
        }
        Ok(())
    }

    fn object(&mut self) -> Result<Option<Container>, Fault> {
        self.position += 1;
        self.white_space();
        if self.peek() == Some('}') {
            self.position += 1;
            return Ok(None);
        }
        self.key("Expected property name or '}' in JSON at position")?;
        Ok(Some(Container::Object))
    }

    fn key(&mut self, otherwise: &'static str) -> Step {
        self.white_space();
        if self.peek() != Some('"') {
            return Err(Fault::At(otherwise, self.position));
        }
        self.string()?;
        self.white_space();
        if self.peek() != Some(':') {
            return Err(Fault::At(
                "Expected ':' after property name in JSON at position",
                self.position,
            ));
        }
        self.position += 1;
        Ok(())
    }

    fn array(&mut self) -> Option<Container> {
        self.position += 1;
        self.white_space();
        if self.peek() == Some(']') {
            self.position += 1;
            return None;
        }
        Some(Container::Array)
    }

    /// After a value: whether another one comes, up to which the text is read then.
    fn goes_on(&mut self, container: Container) -> Result<bool, Fault> {
        let (close, otherwise) = match container {
            Container::Object => ('}', "Expected ',' or '}' after property value in JSON at position"),
            Container::Array => (']', "Expected ',' or ']' after array element in JSON at position"),
        };
        let next = self.peek();
        if next != Some(',') && next != Some(close) {
            return Err(Fault::At(otherwise, self.position));
        }
        self.position += 1;
        if next == Some(close) {
            return Ok(false);
        }
        if matches!(container, Container::Object) {
            self.key("Expected double-quoted property name in JSON at position")?;
        }
        Ok(true)
    }

    fn string(&mut self) -> Step {
        self.position += 1;
        loop {
            let Some(character) = self.peek() else {
                return Err(Fault::At("Unterminated string in JSON at position", self.position));
            };
            match character {
                '"' => {
                    self.position += 1;
                    return Ok(());
                }
                '\\' => {
                    self.position += 1;
                    self.escape()?;
                }
                '\0'..='\u{1f}' => {
                    return Err(Fault::At(
                        "Bad control character in string literal in JSON at position",
                        self.position,
                    ));
                }
                _ => self.position += 1,
            }
        }
    }

    fn escape(&mut self) -> Step {
        match self.peek() {
            Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => {
                self.position += 1;
                Ok(())
            }
            Some('u') => {
                self.position += 1;
                for _ in 0..4 {
                    if !self.peek().is_some_and(|digit| digit.is_ascii_hexdigit()) {
                        return Err(Fault::At("Bad Unicode escape in JSON at position", self.position));
                    }
                    self.position += 1;
                }
                Ok(())
            }
            None => Err(Fault::At("Unterminated string in JSON at position", self.position)),
            _ => Err(Fault::At("Bad escaped character in JSON at position", self.position)),
        }
    }

    fn digits(&mut self) -> bool {
        let start = self.position;
        while matches!(self.peek(), Some('0'..='9')) {
            self.position += 1;
        }
        self.position > start
    }

    fn number(&mut self) -> Step {
        if self.peek() == Some('-') {
            self.position += 1;
            if !matches!(self.peek(), Some('0'..='9')) {
                return Err(Fault::At(
                    "No number after minus sign in JSON at position",
                    self.position,
                ));
            }
        }
        if self.peek() == Some('0') {
            self.position += 1;
            if matches!(self.peek(), Some('0'..='9')) {
                return Err(Fault::At("Unexpected number in JSON at position", self.position));
            }
        } else {
            self.digits();
        }
        if self.peek() == Some('.') {
            self.position += 1;
            if !self.digits() {
                return Err(Fault::At(
                    "Unterminated fractional number in JSON at position",
                    self.position,
                ));
            }
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.position += 1;
            if matches!(self.peek(), Some('+' | '-')) {
                self.position += 1;
            }
            if !self.digits() {
                return Err(Fault::At(
                    "Exponent part is missing a number in JSON at position",
                    self.position,
                ));
            }
        }
        Ok(())
    }

    fn words(&self, fault: &Fault, text: &str) -> String {
        match fault {
            Fault::At(sentence, position) => format!("{sentence} {position}"),
            Fault::Token => {
                let Some(token) = self.peek() else {
                    return "Unexpected end of JSON input".into();
                };
                if matches!(text, "undefined" | "[object Object]") {
                    return format!("\"{text}\" is not valid JSON");
                }
                let length = self.units.len();
                let (start, end) = if length <= 2 * SHOWN {
                    (0, length)
                } else {
                    (self.position.saturating_sub(SHOWN), (self.position + SHOWN).min(length))
                };
                let shown = String::from_utf16_lossy(&self.units[start..end]);
                let before = if start > 0 { "..." } else { "" };
                let after = if end < length { "..." } else { "" };
                format!("Unexpected token '{token}', {before}\"{shown}\"{after} is not valid JSON")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_worded_as_in_v8() {
        for (text, words) in [
            ("{a", "Expected property name or '}' in JSON at position 1"),
            ("", "Unexpected end of JSON input"),
            ("[1,]", "Unexpected token ']', \"[1,]\" is not valid JSON"),
            (
                "{\"a\": tru}",
                "Unexpected token '}', \"{\"a\": tru}\" is not valid JSON",
            ),
            ("\"abc", "Unterminated string in JSON at position 4"),
            ("undefined", "\"undefined\" is not valid JSON"),
            ("{} {", "Unexpected non-whitespace character after JSON at position 3"),
            ("{\"a\" 1}", "Expected ':' after property name in JSON at position 5"),
            (
                "{\"a\":1,}",
                "Expected double-quoted property name in JSON at position 7",
            ),
            (
                "{\"a\":[{}]",
                "Expected ',' or '}' after property value in JSON at position 9",
            ),
            ("[[1]", "Expected ',' or ']' after array element in JSON at position 4"),
            ("nul", "Unexpected end of JSON input"),
            (
                "[object Object],[object Object]",
                "Unexpected token 'o', \"[object Obj\"... is not valid JSON",
            ),
        ] {
            assert_eq!(error_of(text).as_deref(), Some(words), "{text}");
        }
        let deep = ["[".repeat(100_000), "]".repeat(100_000)];
        assert_eq!(error_of(&deep[0]).as_deref(), Some("Unexpected end of JSON input"));
        assert_eq!(error_of(&deep.concat()), None);
        for text in ["1", " {\"a\": [1.5e3, \"\\u0041\", null], \"b\": [{}, [ ]]} "] {
            assert_eq!(error_of(text), None, "{text}");
        }
    }
}
