//! Query strings and form bodies: nested values as `a[b][0]=1`, percent-encoded as n8n does.

use patchbay_model::{Object, Text, Value};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// How an array's elements are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrays {
    /// `a[0]=1&a[1]=2`
    Indices,
    /// `a[]=1&a[]=2`
    Brackets,
    /// `a=1&a=2`
    Repeat,
    /// `a=1,2`
    Comma,
}

impl Arrays {
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "brackets" => Self::Brackets,
            "repeat" => Self::Repeat,
            "comma" => Self::Comma,
            _ => Self::Indices,
        }
    }
}

/// `a=1&b[c]=2`, encoded.
pub(crate) fn encode(fields: &Object, arrays: Arrays) -> String {
    let mut pairs = Vec::new();
    for (name, value) in fields {
        collect(name.as_str(), value, arrays, &mut pairs);
    }
    pairs.join("&")
}

fn collect(name: &str, value: &Value, arrays: Arrays, pairs: &mut Vec<String>) {
    match value {
        Value::Array(values) if arrays == Arrays::Comma => {
            let texts = values.iter().map(text_of);
            if !values.is_empty() {
                let joined = texts.collect::<Vec<Text>>().join(",");
                pairs.push(format!("{}={}", percent(name), percent(&joined)));
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                let name = match arrays {
                    Arrays::Indices => format!("{name}[{index}]"),
                    Arrays::Brackets => format!("{name}[]"),
                    Arrays::Repeat | Arrays::Comma => name.to_owned(),
                };
                collect(&name, value, arrays, pairs);
            }
        }
        Value::Object(object) => {
            for (key, value) in object.iter() {
                collect(&format!("{name}[{key}]"), value, arrays, pairs);
            }
        }
        value => pairs.push(format!("{}={}", percent(name), percent(&text_of(value)))),
    }
}

fn text_of(value: &Value) -> Text {
    if value.is_null() {
        Text::default()
    } else {
        value.to_text()
    }
}

/// The text with each character escaped that is not unreserved.
pub(super) fn percent(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A URL with a query after its own, without its fragment.
pub(crate) fn add(url: &str, query: &str) -> String {
    if query.is_empty() {
        return url.to_owned();
    }
    let url = url.split_once('#').map_or(url, |(before, _)| before);
    let joint = match url.find('?') {
        None => "?",
        Some(_) if url.ends_with(['?', '&']) => "",
        Some(_) => "&",
    };
    format!("{url}{joint}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_named_and_encoded_as_in_n8n() {
        for (arrays, fields, expected) in [
            (Arrays::Indices, r#"{"a": [1, 2]}"#, "a%5B0%5D=1&a%5B1%5D=2"),
            (Arrays::Brackets, r#"{"a": [1, 2]}"#, "a%5B%5D=1&a%5B%5D=2"),
            (
                Arrays::Repeat,
                r#"{"a": [1, 2], "o": {"b": [2]}}"#,
                "a=1&a=2&o%5Bb%5D=2",
            ),
            (Arrays::Repeat, r#"{"o": {"a": [{"z": 1}]}}"#, "o%5Ba%5D%5Bz%5D=1"),
            (
                Arrays::Comma,
                r#"{"a": [1, "x y", null], "o": {"b": [2, {}]}, "e": []}"#,
                "a=1%2Cx%20y%2C&o%5Bb%5D=2%2C%5Bobject%20Object%5D",
            ),
            (
                Arrays::Indices,
                r#"{"a": 1, "b": null, "c": true, "d": "x y", "e": [], "f": {}, "": "n"}"#,
                "a=1&b=&c=true&d=x%20y&=n",
            ),
            (
                Arrays::Indices,
                r#"{"b b": "c&d=é+ [x]:@,$!*()'~"}"#,
                "b%20b=c%26d%3D%C3%A9%2B%20%5Bx%5D%3A%40%2C%24%21%2A%28%29%27~",
            ),
        ] {
            let value = Value::from_json(fields).expect("JSON");
            assert_eq!(
                encode(value.as_object().expect("an object"), arrays),
                expected,
                "{fields}"
            );
        }
    }

    #[test]
    fn a_query_goes_after_the_urls_own() {
        for (url, expected) in [
            ("http://h/", "http://h/?b=2"),
            ("http://h/?a=1#part", "http://h/?a=1&b=2"),
            ("http://h/?", "http://h/?b=2"),
        ] {
            assert_eq!(add(url, "b=2"), expected);
        }
    }
}
