//! Queries and forms in their URL encoding.

use patchbay_model::{Object, Value};
use patchbay_node::media;
use percent_encoding::percent_decode_str;

/// How deep brackets lead; what is deeper stays in the key.
const DEEPEST: usize = 5;

/// An index of a list is not greater; what is, is a key.
const GREATEST_INDEX: usize = 20;

/// A query as n8n gives it to workflows: `a[b]=1` is an object; `a[]=1`, `a[0]=1` and a key that is there twice are lists.
pub fn query(text: &str) -> Object {
    let mut object = Object::new();
    for (key, value) in pairs(text, |bytes| String::from_utf8_lossy(bytes).into_owned()) {
        insert(&mut object, &path(&key), value);
    }
    for value in object.values_mut() {
        make_lists(value);
    }
    object
}

/// A form: only a key that is there twice is special.
/// Its text is of the charset that its type names, as that of other bodies.
pub fn form(text: &str, content_type: &str) -> Object {
    let mut object = Object::new();
    for (key, value) in pairs(text, |bytes| media::decode(bytes, content_type)) {
        object.append(key, value.into());
    }
    object
}

fn pairs(text: &str, decode: impl Fn(&[u8]) -> String) -> impl Iterator<Item = (String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(move |pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = |text: &str| {
            let spaced = text.replace('+', " ");
            decode(&percent_decode_str(&spaced).collect::<Vec<_>>())
        };
        (decoded(key), decoded(value))
    })
}

/// `a[b][]` as `a`, `b` and an empty key.
fn path(key: &str) -> Vec<String> {
    let Some((first, rest)) = key.split_once('[').filter(|(first, _)| !first.is_empty()) else {
        return vec![key.to_owned()];
    };
    let mut path = vec![first.to_owned()];
    let mut rest = Some(rest);
    while let Some(inner) = rest {
        if path.len() > DEEPEST {
            path.push(format!("[{inner}"));
            return path;
        }
        let Some((part, after)) = inner.split_once(']') else {
            // A bracket that is not closed is text.
            return vec![key.to_owned()];
        };
        path.push(part.to_owned());
        rest = after.strip_prefix('[');
    }
    path
}

/// Lists by index are objects until all is read.
fn insert(object: &mut Object, path: &[String], value: String) {
    match path {
        [] => {}
        [key] => object.append(key.as_str(), value.into()),
        [key, last] if last.is_empty() || (index(last).is_some() && is_plain(object.get(key))) => {
            if !object.contains_key(key) {
                object.insert(key.as_str(), Vec::new());
            }
            object.append(key.as_str(), value.into());
        }
        [key, rest @ ..] => {
            if object.get(key).and_then(Value::as_object).is_none() {
                object.insert(key.as_str(), Object::new());
            }
            if let Some(inner) = object.get_mut(key).and_then(Value::as_object_mut) {
                insert(inner, rest, value);
            }
        }
    }
}

/// Whether it is there, and no object.
fn is_plain(value: Option<&Value>) -> bool {
    value.is_some_and(|value| value.as_object().is_none())
}

fn index(key: &str) -> Option<usize> {
    let number: usize = key.parse().ok().filter(|number| *number <= GREATEST_INDEX)?;
    (number.to_string() == key).then_some(number)
}

/// Objects all of whose keys are indexes become lists, without gaps.
fn make_lists(value: &mut Value) {
    let Some(object) = value.as_object_mut() else { return };
    for inner in object.values_mut() {
        make_lists(inner);
    }
    let indexes: Option<Vec<usize>> = object.iter().map(|(key, _)| index(key)).collect();
    if let Some(indexes) = indexes {
        let mut elements: Vec<_> = indexes.into_iter().zip(object.values().cloned()).collect();
        elements.sort_by_key(|(index, _)| *index);
        *value = Value::array(elements.into_iter().map(|(_, element)| element).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_as_n8n_reads_them() {
        for (text, json) in [
            ("", "{}"),
            ("q=1&q=2&z=3", r#"{"q":["1","2"],"z":"3"}"#),
            (
                "a[b]=1&c[]=2&c[]=3&d[e][f]=4&g=&h&i.j=1",
                r#"{"a":{"b":"1"},"c":["2","3"],"d":{"e":{"f":"4"}},"g":"","h":"","i.j":"1"}"#,
            ),
            ("c[]=2", r#"{"c":["2"]}"#),
            (
                "a[0]=1&a[1]=2&x[1][y]=2&x[0][y]=1&b[2]=3&b[30]=4",
                r#"{"a":["1","2"],"x":[{"y":"1"},{"y":"2"}],"b":{"2":"3","30":"4"}}"#,
            ),
            ("a=x&a[0]=1&b[5]=1", r#"{"a":["x","1"],"b":["1"]}"#),
            (
                "a[b][c][d][e][f][g][h]=1",
                r#"{"a":{"b":{"c":{"d":{"e":{"f":{"[g][h]":"1"}}}}}}}"#,
            ),
            ("x=a+b%20c%C3%A9", r#"{"x":"a b cé"}"#),
            ("[x]=1&a[=2", r#"{"[x]":"1","a[":"2"}"#),
        ] {
            assert_eq!(Value::object(query(text)).to_json(), json, "{text}");
        }
    }

    #[test]
    fn forms_keep_their_keys() {
        let json = Value::object(form("a[b]=1&c[]=2&d=x+y%20z&d=2", "")).to_json();
        assert_eq!(json, r#"{"a[b]":"1","c[]":"2","d":["x y z","2"]}"#);
        let latin = form("b=%E4", "application/x-www-form-urlencoded; charset=iso-8859-1");
        assert_eq!(latin.get("b").and_then(Value::as_str), Some("ä"));
    }
}
