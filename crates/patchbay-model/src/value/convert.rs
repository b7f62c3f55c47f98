//! ECMAScript's conversions between JSON's types: `ToString`, `ToNumber`, `ToBoolean`.

use super::{Text, Value};

impl Value {
    /// `ToBoolean`.
    pub fn truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(value) => *value != 0.0 && !value.is_nan(),
            Self::Text(value) => !value.is_empty(),
            Self::Array(_) | Self::Object(_) => true,
        }
    }

    /// `String(value)`: arrays are joined by commas, objects are `[object Object]`.
    pub fn to_text(&self) -> Text {
        match self {
            Self::Null => "null".into(),
            Self::Bool(true) => "true".into(),
            Self::Bool(false) => "false".into(),
            Self::Number(value) => number_to_text(*value),
            Self::Text(value) => value.clone(),
            Self::Array(values) => {
                let parts = values.iter().map(|value| {
                    if value.is_null() {
                        Text::default()
                    } else {
                        value.to_text()
                    }
                });
                parts.collect::<Vec<_>>().join(",").into()
            }
            Self::Object(_) => "[object Object]".into(),
        }
    }

    /// `Number(value)`; NaN where there is none.
    pub fn to_number(&self) -> f64 {
        match self {
            Self::Null => 0.0,
            Self::Bool(value) => f64::from(u8::from(*value)),
            Self::Number(value) => *value,
            Self::Text(value) => text_to_number(value),
            Self::Array(_) | Self::Object(_) => text_to_number(&self.to_text()),
        }
    }

    /// `typeof value`.
    pub fn type_of(&self) -> &'static str {
        match self {
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::Null | Self::Array(_) | Self::Object(_) => "object",
        }
    }
}

/// `Number::toString`, radix 10.
pub fn number_to_text(number: f64) -> Text {
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number > 0.0 {
            "Infinity".into()
        } else {
            "-Infinity".into()
        }
    } else {
        ryu_js::Buffer::new().format_finite(number).into()
    }
}

/// `StringToNumber`: white space around is ignored, empty is 0, `0x`, `0o` and `0b` are known.
pub fn text_to_number(text: &str) -> f64 {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.is_empty() {
        return 0.0;
    }
    if let Some(prefix) = text.get(..2) {
        let radix = match prefix {
            "0x" | "0X" => 16,
            "0o" | "0O" => 8,
            "0b" | "0B" => 2,
            _ => 0,
        };
        if radix != 0 {
            let digits = &text[2..];
            if digits.is_empty() {
                return f64::NAN;
            }
            return digits
                .chars()
                .try_fold(0.0, |sum, c| {
                    Some(sum * f64::from(radix) + f64::from(c.to_digit(radix)?))
                })
                .unwrap_or(f64::NAN);
        }
    }
    match text {
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        _ if text
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E')) =>
        {
            text.parse().unwrap_or(f64::NAN)
        }
        _ => f64::NAN,
    }
}

/// The number that a property key is, if it is an array index as ECMAScript has it: canonical, below 2³² - 1.
pub fn array_index(key: &str) -> Option<u32> {
    let bytes = key.as_bytes();
    match bytes {
        [b'0'] => Some(0),
        [b'1'..=b'9', rest @ ..] if bytes.len() <= 10 && rest.iter().all(u8::is_ascii_digit) => {
            key.parse().ok().filter(|index| *index != u32::MAX)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_numbers_as_in_javascript() {
        for (text, number) in [
            ("", 0.0),
            (" 12 ", 12.0),
            ("1e3", 1000.0),
            ("0x1F", 31.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("-Infinity", f64::NEG_INFINITY),
        ] {
            assert_eq!(text_to_number(text), number, "{text:?}");
        }
        for text in ["abc", "1,2", "0x", "--1", "inf", "nan", "1 2", "e"] {
            assert!(text_to_number(text).is_nan(), "{text:?}");
        }
    }

    #[test]
    fn values_become_text_as_in_javascript() {
        let value = Value::from_json(r#"[1, null, [2, "x"], {"a": 1}]"#).expect("JSON");
        assert_eq!(value.to_text(), "1,,2,x,[object Object]");
    }
}
