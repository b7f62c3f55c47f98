//! JSON as people write it into parameters: JSON first, else what n8n accepts in its place: JavaScript's object
//! literals, and small slips that it mends (a missing value, a bare word, a line break in a text).

use patchbay_model::value::text_to_number;
use patchbay_model::{Object, Text, Value};

/// JSON, or text that is meant to be; `None` where neither.
pub fn parse(text: &str) -> Option<Value> {
    Value::from_json(text)
        .ok()
        .or_else(|| Lenient::new(text, false).whole())
}

/// As [`parse`]; also mends what is not JavaScript either.
pub fn parse_or_mend(text: &str) -> Option<Value> {
    parse(text).or_else(|| Lenient::new(text, true).whole())
}

/// Deeper values than this are refused, so that no text can exhaust the stack.
const DEEPEST: usize = 128;

struct Lenient<'a> {
    rest: &'a str,
    mend: bool,
    depth: usize,
}

impl<'a> Lenient<'a> {
    fn new(text: &'a str, mend: bool) -> Self {
        Self {
            rest: text,
            mend,
            depth: 0,
        }
    }

    fn whole(mut self) -> Option<Value> {
        let value = self.value()?;
        self.blank();
        self.rest.is_empty().then_some(value)
    }

    /// Skips white space and comments.
    fn blank(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            if let Some(comment) = self.rest.strip_prefix("//") {
                self.rest = comment.find('\n').map_or("", |end| &comment[end..]);
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                self.rest = comment.find("*/").map_or("", |end| &comment[end + 2..]);
            } else {
                return;
            }
        }
    }

    fn take(&mut self, token: char) -> bool {
        self.blank();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self) -> Option<Value> {
        self.blank();
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let value = match self.rest.chars().next()? {
            '{' => self.object()?,
            '[' => self.array()?,
            '"' | '\'' | '`' => Value::Text(self.quoted()?),
            _ => self.word()?,
        };
        self.depth -= 1;
        Some(value)
    }

    fn object(&mut self) -> Option<Value> {
        self.rest = &self.rest[1..];
        let mut object = Object::new();
        loop {
            if self.take('}') {
                return Some(Value::object(object));
            }
            let key = match self.rest.chars().next()? {
                '"' | '\'' => self.quoted()?,
                _ => self.name()?,
            };
            if !self.take(':') {
                return None;
            }
            self.blank();
            let missing = self.mend && self.rest.starts_with(['}', ',']);
            let value = if missing { Value::Null } else { self.value()? };
            object.insert(key, value);
            self.separator('}')?;
        }
    }

    fn array(&mut self) -> Option<Value> {
        self.rest = &self.rest[1..];
        let mut values = Vec::new();
        loop {
            if self.take(']') {
                return Some(Value::array(values));
            }
            values.push(self.value()?);
            self.separator(']')?;
        }
    }

    /// A comma, or the end; where text is mended a comma may be missing.
    fn separator(&mut self, end: char) -> Option<()> {
        let fine = self.take(',') || self.rest.starts_with(end);
        (fine || self.mend && self.rest.starts_with(['"', '{', '['])).then_some(())
    }

    fn quoted(&mut self) -> Option<Text> {
        let mut characters = self.rest.char_indices();
        let (_, quote) = characters.next()?;
        let mut text = String::new();
        while let Some((place, c)) = characters.next() {
            match c {
                c if c == quote => {
                    self.rest = &self.rest[place + c.len_utf8()..];
                    return Some(text.into());
                }
                '\\' => match characters.next()?.1 {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    'b' => text.push('\u{8}'),
                    'f' => text.push('\u{c}'),
                    '\n' => {}
                    'u' => {
                        let digits = self.rest.get(place + 2..place + 6)?;
                        let code = u32::from_str_radix(digits, 16).ok()?;
                        text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                        characters.nth(3)?;
                    }
                    other => text.push(other),
                },
                '\n' if !self.mend && quote != '`' => return None,
                c => text.push(c),
            }
        }
        None
    }

    fn name(&mut self) -> Option<Text> {
        let end = self
            .rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$' || self.mend && c == '-'))
            .unwrap_or(self.rest.len());
        let name = &self.rest[..end];
        self.rest = &self.rest[end..];
        (!name.is_empty()).then(|| name.into())
    }

    /// A number, a literal, or, where text is mended, text without quotes.
    fn word(&mut self) -> Option<Value> {
        let end = self
            .rest
            .find(|c: char| matches!(c, ',' | '}' | ']' | '\n') || !self.mend && c.is_whitespace())
            .unwrap_or(self.rest.len());
        let word = self.rest[..end].trim_end();
        self.rest = &self.rest[end..];
        match word {
            "true" => return Some(Value::Bool(true)),
            "false" => return Some(Value::Bool(false)),
            "null" => return Some(Value::Null),
            "undefined" if self.mend => return Some(Value::Null),
            "" | "Infinity" | "-Infinity" => return None,
            _ => {}
        }
        let number = text_to_number(word);
        if !number.is_nan() && !word.starts_with('+') {
            return Some(Value::Number(number));
        }
        let plain = self.mend && word.starts_with(char::is_alphabetic) && !word.contains(['"', '\'', '{', '[', ':']);
        plain.then(|| Value::text(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn javascript_object_literals_are_read() {
        for (text, json) in [
            (
                "{a: 1, 'b': \"x\", c: [true, null,],}",
                r#"{"a":1,"b":"x","c":[true,null]}"#,
            ),
            ("{\"x\": 1 /* c */, // d\n y: .5}", r#"{"x":1,"y":0.5}"#),
            ("['a', 'b']", r#"["a","b"]"#),
        ] {
            assert_eq!(parse(text).map(|value| value.to_json()), Some(json.into()), "{text}");
        }
        for text in ["", "abc", "{a}", "{\"a\": }", "[1,,2]", "{} x"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn slips_are_mended() {
        for (text, json) in [
            (r#"{"x": undefined}"#, r#"{"x":null}"#),
            (r#"{"x":  }"#, r#"{"x":null}"#),
            (r#"{"x": some words}"#, r#"{"x":"some words"}"#),
            ("{\"x\": \"new\nline\"}", r#"{"x":"new\nline"}"#),
        ] {
            assert_eq!(
                parse_or_mend(text).map(|value| value.to_json()),
                Some(json.into()),
                "{text}"
            );
        }
        assert_eq!(parse_or_mend(r#"{"x": "line "q" end"}"#), None);
    }
}
