//! Paths into JSON as n8n's nodes write them (`a.b[0]['c d']`): reading, setting and removing what is there.
//!
//! A key that is there as a whole (`{"x.y": 1}`) is preferred to the path that it could be.

use std::borrow::Cow;
use std::sync::Arc;

use patchbay_model::value::array_index;
use patchbay_model::{Object, Text, Value};

/// A path, taken apart once.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    whole: Text,
    keys: Vec<Text>,
}

impl Path {
    /// Dots and brackets part the keys.
    pub fn parse(text: &str) -> Self {
        Self {
            whole: text.into(),
            keys: keys_of(text),
        }
    }

    /// The text is one key, dots or not.
    pub fn literal(text: &str) -> Self {
        Self {
            whole: text.into(),
            keys: vec![text.into()],
        }
    }

    /// A path with dots and brackets if `dots`, else one key.
    pub fn new(text: &str, dots: bool) -> Self {
        if dots { Self::parse(text) } else { Self::literal(text) }
    }

    pub fn as_str(&self) -> &str {
        &self.whole
    }

    /// What follows the last dot, as a path of its own.
    pub fn last_part(&self, dots: bool) -> Self {
        match self.whole.rsplit_once('.') {
            Some((_, last)) if dots => Self::parse(last),
            _ => self.clone(),
        }
    }

    /// The keys to follow in an object.
    fn keys(&self, object: &Object) -> &[Text] {
        if self.keys.first() != Some(&self.whole) && object.contains_key(&self.whole) {
            std::slice::from_ref(&self.whole)
        } else {
            &self.keys
        }
    }

    /// What is there; of text a letter by its number, of text and arrays their `length`, as JavaScript gives them.
    pub fn get<'a>(&self, object: &'a Object) -> Option<Cow<'a, Value>> {
        let (first, mut rest) = self.keys(object).split_first()?;
        let mut value = object.get(first)?;
        while let Some((key, others)) = rest.split_first() {
            let Some(inner) = value.get(key) else {
                let made = property(value, key)?;
                return others.is_empty().then_some(Cow::Owned(made));
            };
            (value, rest) = (inner, others);
        }
        Some(Cow::Borrowed(value))
    }

    /// Sets the value, making arrays and objects on the way, also in place of what can hold neither. `None` is
    /// JavaScript's undefined: a key that JSON does not show, null in an array.
    pub fn set(&self, object: &mut Object, value: Option<Value>) {
        let keys = self.keys(object).to_vec();
        let Some((first, rest)) = keys.split_first() else {
            return;
        };
        if rest.is_empty() {
            match value {
                Some(value) => drop(object.insert(first.clone(), value)),
                None => drop(object.remove(first)),
            }
            return;
        }
        if !object.get(first).is_some_and(is_container) {
            object.insert(first.clone(), container_for(&rest[0]));
        }
        if let Some(inner) = object.get_mut(first) {
            set_in(inner, rest, value);
        }
    }

    /// Removes what is there; in an array null stays in its place.
    pub fn unset(&self, object: &mut Object) {
        let keys = self.keys(object).to_vec();
        let Some((last, parents)) = keys.split_last() else {
            return;
        };
        let Some((first, parents)) = parents.split_first() else {
            object.remove(last);
            return;
        };
        let mut current = object.get_mut(first);
        for key in parents {
            current = current.and_then(|value| child_mut(value, key));
        }
        match current {
            Some(Value::Object(object)) => drop(Arc::make_mut(object).remove(last)),
            Some(Value::Array(values)) => {
                if let Some(value) = array_index(last).and_then(|index| Arc::make_mut(values).get_mut(index as usize)) {
                    *value = Value::Null;
                }
            }
            _ => {}
        }
    }
}

/// What JavaScript says of a value that JSON does not show.
fn property(value: &Value, key: &str) -> Option<Value> {
    match value {
        Value::Text(text) if key == "length" => Some(text.encode_utf16().count().into()),
        Value::Text(text) => {
            let unit = text.encode_utf16().nth(array_index(key)? as usize)?;
            Some(Value::text(String::from_utf16_lossy(&[unit])))
        }
        Value::Array(values) if key == "length" => Some(values.len().into()),
        _ => None,
    }
}

fn is_container(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Object(_))
}

fn container_for(key: &str) -> Value {
    if array_index(key).is_some() {
        Value::array(Vec::new())
    } else {
        Value::object(Object::new())
    }
}

fn child_mut<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(object) => Arc::make_mut(object).get_mut(key),
        Value::Array(values) => Arc::make_mut(values).get_mut(array_index(key)? as usize),
        _ => None,
    }
}

/// More empty places than this are not made: `a[4000000000]` is not worth the memory.
const MOST_HOLES: usize = 1_000_000;

fn set_in(target: &mut Value, keys: &[Text], value: Option<Value>) {
    let Some((first, rest)) = keys.split_first() else {
        return;
    };
    let slot = match target {
        Value::Object(object) => {
            let object = Arc::make_mut(object);
            if rest.is_empty() && value.is_none() {
                object.remove(first);
                return;
            }
            if object.get(first).is_none() {
                object.insert(first.clone(), Value::Null);
            }
            object.get_mut(first)
        }
        Value::Array(values) => {
            let values = Arc::make_mut(values);
            let index = array_index(first).map(|index| index as usize);
            match index {
                Some(index) if index <= values.len() + MOST_HOLES => {
                    if index >= values.len() {
                        values.resize(index + 1, Value::Null);
                    }
                    values.get_mut(index)
                }
                _ => None,
            }
        }
        _ => None,
    };
    let Some(slot) = slot else { return };
    if rest.is_empty() {
        *slot = value.unwrap_or_default();
        return;
    }
    if !is_container(slot) {
        *slot = container_for(&rest[0]);
    }
    set_in(slot, rest, value);
}

/// `a.b[0]['c d']` → `a`, `b`, `0`, `c d`.
fn keys_of(text: &str) -> Vec<Text> {
    if !text.contains(['.', '[']) {
        return vec![text.into()];
    }
    let mut keys = Vec::new();
    let mut rest = text;
    if rest.starts_with('.') {
        keys.push(Text::default());
    }
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[')
            && let Some((key, after)) = bracketed(inside)
        {
            keys.push(key);
            rest = after;
        } else if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            if rest.is_empty() || rest.starts_with('.') {
                keys.push(Text::default());
            }
        } else {
            let end = rest
                .char_indices()
                .skip(1)
                .find_map(|(place, c)| matches!(c, '.' | '[').then_some(place))
                .unwrap_or(rest.len());
            keys.push(rest[..end].into());
            rest = &rest[end..];
        }
    }
    keys
}

/// The key inside brackets and what follows them.
fn bracketed(text: &str) -> Option<(Text, &str)> {
    let quote = text.chars().next()?;
    if quote == '"' || quote == '\'' {
        let end = text[1..].find(quote)? + 1;
        return Some((text[1..end].into(), text[end + 1..].strip_prefix(']')?));
    }
    let end = text.find(']')?;
    Some((text[..end].into(), &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> Object {
        Value::from_json(json)
            .expect("JSON")
            .as_object()
            .expect("object")
            .clone()
    }

    #[test]
    fn paths_are_taken_apart() {
        for (text, keys) in [
            ("a", vec!["a"]),
            ("a.b[0].c", vec!["a", "b", "0", "c"]),
            ("a['b c'].d", vec!["a", "b c", "d"]),
            ("[1]", vec!["1"]),
            ("a..b", vec!["a", "", "b"]),
            (".a", vec!["", "a"]),
            ("a.", vec!["a", ""]),
            ("a[b", vec!["a", "[b"]),
        ] {
            assert_eq!(Path::parse(text).keys, keys, "{text}");
        }
    }

    #[test]
    fn values_are_set_where_n8n_sets_them() {
        for (before, path, after) in [
            ("{}", "a.b", r#"{"a":{"b":9}}"#),
            ("{}", "a[1].b", r#"{"a":[null,{"b":9}]}"#),
            (r#"{"a":1}"#, "a.x", r#"{"a":{"x":9}}"#),
            (r#"{"a.b":1}"#, "a.b", r#"{"a.b":9}"#),
            (r#"{"a":[1,{"b":2}]}"#, "a[1].b", r#"{"a":[1,{"b":9}]}"#),
        ] {
            let mut target = object(before);
            Path::parse(path).set(&mut target, Some(Value::Number(9.0)));
            assert_eq!(Value::object(target).to_json(), after, "{path}");
        }
    }

    #[test]
    fn values_are_found_as_javascript_finds_them() {
        for (before, path, found) in [
            (r#"{"a":{"b":[1,2]}}"#, "a.b[1]", Some("2")),
            (r#"{"a":"no"}"#, "a[1]", Some(r#""o""#)),
            (r#"{"a":"no"}"#, "a.length", Some("2")),
            (r#"{"a":[1,2,3]}"#, "a.length", Some("3")),
            (r#"{"a":"no"}"#, "a[2]", None),
            (r#"{"a":"no"}"#, "a[1].b", None),
            (r#"{"a":{"b":1}}"#, "a.length", None),
        ] {
            let object = object(before);
            let value = Path::parse(path).get(&object).map(|value| value.to_json());
            assert_eq!(value.as_deref(), found, "{path}");
        }
    }

    #[test]
    fn values_are_removed() {
        for (before, path, after) in [
            (r#"{"a":{"b":1,"c":2}}"#, "a.b", r#"{"a":{"c":2}}"#),
            (r#"{"a":[1,2]}"#, "a[0]", r#"{"a":[null,2]}"#),
            (r#"{"x.y":1}"#, "x.y", "{}"),
            (r#"{"a":1}"#, "b.c", r#"{"a":1}"#),
        ] {
            let mut target = object(before);
            Path::parse(path).unset(&mut target);
            assert_eq!(Value::object(target).to_json(), after, "{path}");
        }
    }
}
