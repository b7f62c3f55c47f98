//! OData's way of writing things in URLs: literals in paths, and the text of query options.

use std::borrow::Cow;

use patchbay_model::Value;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is inside one segment of a path: unreserved characters, and `'` and `:`, which literals use.
const PATH: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'\'')
    .remove(b':');

/// What must not stand in the name or value of a query option.
const QUERY: AsciiSet = CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b';')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A value as a literal in a path, percent-encoded: text in single quotes with `'` doubled; text that already is such a
/// literal stays.
pub fn literal(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) if is_literal(text) => encode_path(text),
        serde_json::Value::String(text) => format!("'{}'", encode_path(&text.replace('\'', "''"))),
        value => encode_path(&value.to_string()),
    }
}

/// Whether text is a string literal: in single quotes, all quotes inside doubled.
fn is_literal(text: &str) -> bool {
    let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    inner.is_some_and(|inner| !inner.replace("''", "").contains('\''))
}

pub fn encode_path(text: &str) -> String {
    utf8_percent_encode(text, &PATH).to_string()
}

pub fn encode_query(text: &str) -> String {
    encoded_query(text).collect()
}

/// The same, in pieces.
pub fn encoded_query(text: &str) -> impl Iterator<Item = &str> {
    utf8_percent_encode(text, &QUERY)
}

/// The text of `$search`: a phrase with white space and without quotes is put in double quotes.
pub fn search_phrase(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.contains(char::is_whitespace) && !text.contains('"') {
        Cow::Owned(format!("\"{text}\""))
    } else {
        Cow::Borrowed(text)
    }
}

/// The parts of a list with commas; a comma inside brackets or quotes is no end of a part.
pub fn split_list(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut quoted, mut start) = (0_usize, None, 0);
    for (place, character) in text.char_indices() {
        match (quoted, character) {
            (Some(quote), _) if character == quote => quoted = None,
            (None, '\'' | '"') => quoted = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(&text[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
        .into_iter()
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

/// The value without what OData says of it: `@odata.context`, `Name@odata.type`, at every depth.
pub fn without_annotations(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let own = object.iter().filter(|(name, _)| !name.contains("@odata."));
            Value::object(
                own.map(|(name, value)| (name.clone(), without_annotations(value.clone())))
                    .collect(),
            )
        }
        Value::Array(values) => Value::array(values.iter().cloned().map(without_annotations).collect::<Vec<_>>()),
        value => value,
    }
}

/// How many elements a page says that the whole list has.
pub fn count(body: &Value) -> Option<f64> {
    body.get("@odata.count").and_then(Value::as_number)
}

/// Whether a page says that another one follows.
pub fn has_next_link(body: &Value) -> bool {
    body.get("@odata.nextLink").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_quoted_once() {
        for (value, text) in [
            (serde_json::json!("ABC"), "'ABC'"),
            (serde_json::json!("'ABC'"), "'ABC'"),
            (serde_json::json!("O'Neil"), "'O''Neil'"),
            (serde_json::json!("'O''Neil'"), "'O''Neil'"),
            (serde_json::json!("'tis 'x'"), "'''tis%20''x'''"),
            (serde_json::json!("a/b?c#d&e"), "'a%2Fb%3Fc%23d%26e'"),
            (serde_json::json!(""), "''"),
            (serde_json::json!("'"), "''''"),
            (serde_json::json!(12), "12"),
            (serde_json::json!(true), "true"),
        ] {
            assert_eq!(literal(&value), text);
        }
    }

    #[test]
    fn lists_are_split_outside_brackets() {
        assert_eq!(split_list(" Id , Name,"), ["Id", "Name"]);
        let nested = "Groups($select=Id,Name;$expand=Rights(a,b)), Phones";
        assert_eq!(
            split_list(nested),
            ["Groups($select=Id,Name;$expand=Rights(a,b))", "Phones"]
        );
        assert_eq!(split_list("concat('a,b', x) desc"), ["concat('a,b', x) desc"]);
    }

    #[test]
    fn only_bare_phrases_are_quoted() {
        for (text, phrase) in [
            ("one", "one"),
            ("two words", "\"two words\""),
            ("\"two words\"", "\"two words\""),
            (" x ", "x"),
        ] {
            assert_eq!(search_phrase(text), phrase);
        }
    }

    #[test]
    fn query_text_is_encoded_where_it_must_be() {
        assert_eq!(
            encode_query("Name eq 'A&B+ä' and x/y"),
            "Name%20eq%20'A%26B%2B%C3%A4'%20and%20x/y"
        );
    }
}
