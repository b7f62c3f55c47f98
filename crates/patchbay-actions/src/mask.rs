//! Takes out of errors what must not be seen: the values of members with a telling name ([`is_secret_name`]), in a service's
//! answer that is shown as text, and where the service repeats what it was sent. What credentials hold is others' affair:
//! whoever writes an output knows it.

use patchbay_model::{Object, Text, Value};
use patchbay_node::secret::Written;
use patchbay_node::{NodeError, is_secret_name};

use crate::request::Draft;

/// What stands in a secret's place.
const SHOWN: &str = "[secret]";

/// In bytes: what is shorter is in half of all texts. A PIN has four digits.
const SHORTEST: usize = 4;

/// JSON text, whole or only its beginning, without the values of its secret members.
pub fn json_text(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let after = &rest[start + 1..];
        let end = end_of_text(after);
        let (name, follows) = after.split_at(end);
        let follows = follows.strip_prefix('"').unwrap_or_default();
        let value = follows.trim_start().strip_prefix(':').map(str::trim_start);
        let Some(value) = value.filter(|value| !value.is_empty() && is_secret_name(name)) else {
            masked.push_str(&rest[..rest.len() - follows.len()]);
            rest = follows;
            continue;
        };
        masked.push_str(&rest[..rest.len() - value.len()]);
        rest = after_value(value);
        let nothing = value[..value.len() - rest.len()].trim();
        match nothing {
            "null" | "\"\"" => masked.push_str(nothing),
            _ => masked.extend(["\"", SHOWN, "\""]),
        }
    }
    masked + rest
}

/// Where the text ends that has begun: at its quote, or at the end.
fn end_of_text(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().find(|(_, character)| {
        let ends = *character == '"' && !escaped;
        escaped = *character == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(end, _)| end)
}

/// What follows a value: with all that is in it, if it is an array or an object.
fn after_value(text: &str) -> &str {
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        match character {
            '"' => {
                let after = &rest[1..];
                rest = &after[end_of_text(after)..];
                rest = rest.strip_prefix('"').unwrap_or_default();
                if depth == 0 {
                    return rest;
                }
                continue;
            }
            '[' | '{' => depth += 1,
            ',' | ']' | '}' if depth == 0 => return rest,
            ']' | '}' => {
                depth -= 1;
                if depth == 0 {
                    return &rest[1..];
                }
            }
            _ => {}
        }
        rest = &rest[character.len_utf8()..];
    }
    rest
}

/// The error without what the request's secret fields hold.
pub fn error(mut error: NodeError, draft: &Draft) -> NodeError {
    let mut secrets = Vec::new();
    collect("", draft.body.as_ref().unwrap_or(&Value::Null), &mut secrets);
    for (name, value) in &draft.query {
        collect(name, &Value::Text(value.clone()), &mut secrets);
    }
    if secrets.is_empty() {
        return error;
    }
    // A secret that holds another goes first: nothing of it must stay.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let secrets: Vec<Written> = secrets.into_iter().map(Written::new).collect();
    let mask = |text: &Text| -> Text { secrets.iter().fold(text.clone(), |text, secret| without(&text, secret)) };
    let told = &mut error.error;
    told.message = mask(&told.message);
    told.description = told.description.as_ref().map(mask);
    told.hints = told.hints.iter().map(mask).collect();
    told.details = told.details.as_ref().map(|details| each_text(details, &mask));
    error
}

/// The texts and numbers below secret names.
fn collect(name: &str, value: &Value, found: &mut Vec<Text>) {
    match value {
        Value::Text(_) | Value::Number(_) if is_secret_name(name) => {
            found.push(value.to_text());
        }
        Value::Array(values) => values.iter().for_each(|value| collect(name, value, found)),
        Value::Object(object) => object.iter().for_each(|(key, value)| {
            // What a secret is made of is secret as well.
            collect(if is_secret_name(name) { name } else { key }, value, found);
        }),
        Value::Null | Value::Bool(_) | Value::Text(_) | Value::Number(_) => {}
    }
}

/// The text without the secret, where it stands as words of its own: digits of a PIN are in other numbers too.
fn without(text: &Text, secret: &Written) -> Text {
    if secret.reveal().len() < SHORTEST {
        return text.clone();
    }
    let is_part = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    while let Some(found) = secret.find(text, from) {
        masked.push_str(&text[from..found.start]);
        let is_own = !is_part(text[..found.start].chars().next_back()) && !is_part(text[found.end..].chars().next());
        masked.push_str(if is_own { SHOWN } else { &text[found.clone()] });
        from = found.end;
    }
    masked.push_str(&text[from..]);
    masked.into()
}

fn each_text(value: &Value, change: &impl Fn(&Text) -> Text) -> Value {
    match value {
        Value::Text(text) => Value::Text(change(text)),
        Value::Array(values) => Value::array(values.iter().map(|value| each_text(value, change)).collect()),
        Value::Object(object) => Value::object(
            object
                .iter()
                .map(|(name, value)| (name.clone(), each_text(value, change)))
                .collect::<Object>(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_members_of_a_text_are_not_shown() {
        for (text, wanted) in [
            (
                r#"{"AuthPassword":"PW\"9","VMPIN" : 4711, "Id": 5}"#,
                r#"{"AuthPassword":"[secret]","VMPIN" : "[secret]", "Id": 5}"#,
            ),
            (r#"{"VMPIN":"47"#, r#"{"VMPIN":"[secret]""#),
            (
                r#"{"tokens":{"a":["x","}"]},"Name":"n"}"#,
                r#"{"tokens":"[secret]","Name":"n"}"#,
            ),
            (r#"{"VMPIN":null,"password":""}"#, r#"{"VMPIN":null,"password":""}"#),
            ("<html lang=\"en\">", "<html lang=\"en\">"),
            (r#"["token","x"]"#, r#"["token","x"]"#),
        ] {
            assert_eq!(json_text(text), wanted);
        }
    }

    #[test]
    fn what_was_sent_as_a_secret_is_not_repeated() {
        let draft = Draft {
            method: "PATCH".into(),
            path: "/Users(5)".into(),
            query: vec![("api_key".into(), "ab/cd+ef==".into())],
            headers: Vec::new(),
            body: Value::from_json(r#"{"VMPIN": "4711", "Name": "Desk", "secrets": {"a": ["hunter22"]}}"#).ok(),
            form: Vec::new(),
            content_type: Text::default(),
            files: Vec::new(),
            effect: patchbay_node::capability::http::Effect::Write,
        };
        let told = NodeError::new("E0430", "4711 is too short")
            .description("VMPIN 4711, not 14711, of Desk: hunter22; /x?api_key=ab/cd%2Bef%3D%3D")
            .details(Value::from_json(r#"{"body": "`4711`"}"#).unwrap_or_default());
        let told = error(told, &draft).error;
        assert_eq!(told.message.as_str(), "[secret] is too short");
        assert_eq!(
            told.description.as_deref(),
            Some("VMPIN [secret], not 14711, of Desk: [secret]; /x?api_key=[secret]")
        );
        assert_eq!(
            told.details.map(|details| details.to_json()).as_deref(),
            Some(r#"{"body":"`[secret]`"}"#)
        );
    }
}
