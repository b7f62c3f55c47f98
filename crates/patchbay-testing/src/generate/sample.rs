//! Values for parameters, and answers, as a service could have them.

use bytes::Bytes;
use patchbay_actions::definition::{Answer as AnswerKind, ErrorMapping, Kind, Operation, Paging, Parameter, Place};
use patchbay_actions::library::LazyService;
use patchbay_model::{Object, Value};

use crate::case::exchange::Answer;

/// A value that fits a parameter. It differs with `number`, so that two parameters that are mixed up are seen, and is
/// given in another form than it is sent in, where there is one.
pub fn right(parameter: &Parameter, number: usize) -> Value {
    let json = |text: &str| Value::from(text);
    match parameter.kind {
        Kind::String => string(parameter, number),
        Kind::Integer | Kind::Int32 => Value::from(within(parameter, 11 + number)),
        Kind::Number => {
            Value::Number(within(parameter, 11 + number) as f64 + if parameter.maximum.is_some() { 0.0 } else { 0.5 })
        }
        Kind::Boolean => Value::Bool(number.is_multiple_of(2)),
        Kind::DateTime => Value::from(format!("2026-03-{:02}T06:07:08+01:00", 1 + number % 28)),
        Kind::Date => Value::from(format!("2026-03-{:02}", 1 + number % 28)),
        Kind::Duration | Kind::DayTime => Value::from(format!("PT{}M", 1 + number % 59)),
        Kind::Uuid => Value::from(format!("0c8f9f5e-2f6c-4d9c-9d7e-{number:012}")),
        Kind::List => Value::array(vec!["Id".into(), format!("Name{number}").into()]),
        Kind::Array => json(&format!("[{}, {}]", number, number + 1)),
        Kind::File | Kind::Files => Value::from("data"),
        Kind::Any => Value::from(format!("any {number}")),
        Kind::Object | Kind::Json => json(&format!("{{\"Id\": {number}}}")),
    }
}

fn within(parameter: &Parameter, number: usize) -> usize {
    let least = parameter.minimum.unwrap_or(0.0).max(0.0) as usize;
    let most = parameter
        .maximum
        .map_or(usize::MAX, |maximum| maximum.max(0.0) as usize);
    number.clamp(least, most.max(least))
}

fn string(parameter: &Parameter, number: usize) -> Value {
    let values = &parameter.values;
    if !values.is_empty() {
        return Value::text(values[number % values.len()].clone());
    }
    let text = match (parameter.place, parameter.name.as_str()) {
        (Place::Query, "$filter") => "contains(Name, 'O''Hara & Söhne')".to_owned(),
        (Place::Query, "$search") => "front desk".to_owned(),
        (Place::Path, _) => format!("O'Hara {number}/é"),
        (Place::Header, name) if name.eq_ignore_ascii_case("if-match") => format!("W/\"{number}\""),
        (Place::Header | Place::Cookie, _) => format!("text {number}"),
        (Place::Query, _) => format!("a & b {number}"),
        // What looks like a list is one text.
        (Place::Body | Place::Content, _) => format!("one,  two {number}"),
    };
    Value::from(text)
}

/// The file that a parameter of type `file` names.
pub fn file() -> Value {
    let file: Object = [
        ("mimeType", "text/plain"),
        ("fileName", "a.txt"),
        ("text", "bytes of a file"),
    ]
    .into_iter()
    .collect();
    let binary: Object = [("data", Value::object(file))].into_iter().collect();
    Value::object([("binary", Value::object(binary))].into_iter().collect())
}

/// Whether a right value alone shows the parameter's type: text in a query looks the same whatever it was.
pub fn shows_its_type(parameter: &Parameter) -> bool {
    match parameter.kind {
        Kind::Integer | Kind::Int32 | Kind::Boolean | Kind::Number => {
            !matches!(parameter.place, Place::Query | Place::Header)
        }
        Kind::Array | Kind::Object | Kind::Date | Kind::Any => false,
        _ => true,
    }
}

/// A value that a parameter of this type refuses, and one of the nearest other type takes; none where all are taken.
pub fn wrong(parameter: &Parameter) -> Option<Value> {
    let value = match parameter.kind {
        Kind::String if parameter.values.is_empty() => Value::array(vec![Value::from(1)]),
        Kind::String => Value::from("no such value"),
        Kind::Integer => Value::Number(1.5),
        // What a type that is nearly the same would take.
        Kind::Int32 => Value::Number(2_147_483_648.0),
        Kind::Number | Kind::Boolean => Value::from("neither"),
        Kind::DateTime | Kind::Date => Value::from("yesterday"),
        Kind::Duration | Kind::DayTime => Value::from("an hour"),
        Kind::Uuid => Value::from("0c8f9f5e"),
        Kind::List | Kind::File | Kind::Files | Kind::Any => return None,
        Kind::Array => Value::from("{\"Id\": 1}"),
        Kind::Object => Value::from("[1]"),
        Kind::Json => Value::from("{\"Id\": "),
    };
    Some(value)
}

/// What the service answers, as far as a definition tells it.
pub fn answer(service: &LazyService, operation: &Operation) -> Answer {
    if operation.answer == AnswerKind::File {
        return Answer {
            status: 200,
            headers: vec![
                ("content-type".into(), "application/octet-stream".into()),
                (
                    "content-disposition".into(),
                    "attachment; filename=\"export.bin\"".into(),
                ),
            ],
            body: Bytes::from_static(b"bytes of a file"),
        };
    }
    let paging = service.definition().paging.as_ref();
    let is_list = paging.is_some_and(|paging| operation.is_paged(paging));
    match operation.method.as_str() {
        "POST" if operation.name.starts_with("Create") => json(201, &entity()),
        "PATCH" | "DELETE" | "PUT" | "POST" => empty(),
        _ if is_list => json(200, &list(paging, vec![entity(), entity()])),
        _ => json(200, &entity()),
    }
}

/// A page that is full where pages have one element, and one that is empty.
pub fn pages(paging: &Paging) -> Vec<Answer> {
    let page = |elements: Vec<Value>| json(200, &list(Some(paging), elements));
    vec![page(vec![entity()]), page(Vec::new())]
}

/// The service says no, in the form that its definition says errors have.
pub fn denial(errors: &ErrorMapping) -> Answer {
    let mut body = Value::object(Object::new());
    for (path, text) in [(&errors.code, ""), (&errors.message, "Access denied")] {
        if let Some(path) = path {
            put(&mut body, path, Value::from(text));
        }
    }
    json(403, &body)
}

/// Elements where the service's answers have them.
fn list(paging: Option<&Paging>, elements: Vec<Value>) -> Value {
    let mut answer = Value::object(Object::new());
    let path = paging.map_or("$.value", |paging| paging.items.as_str());
    put(&mut answer, path, Value::array(elements));
    answer
}

/// Puts a value where a JSON path such as `$.errors[0].message` leads; for any element, the first is made.
fn put(owner: &mut Value, path: &str, value: Value) {
    let steps = path.split(['.', '[', ']']).filter(|step| !matches!(*step, "" | "$"));
    let steps: Vec<&str> = steps.map(|step| step.trim_matches(['\'', '"'])).collect();
    put_at(owner, &steps, value);
}

fn put_at(owner: &mut Value, steps: &[&str], value: Value) {
    let Some((step, rest)) = steps.split_first() else {
        *owner = value;
        return;
    };
    if *step == "*" || step.parse::<usize>().is_ok() {
        let mut element = owner.at(["0"]).cloned().unwrap_or_default();
        put_at(&mut element, rest, value);
        *owner = Value::array(vec![element]);
        return;
    }
    let mut member = owner.get(step).cloned().unwrap_or_default();
    put_at(&mut member, rest, value);
    let mut members = owner.as_object().cloned().unwrap_or_default();
    members.insert(*step, member);
    *owner = Value::object(members);
}

fn entity() -> Value {
    let mut entity = Object::new();
    entity.insert("Id", 12);
    entity.insert("Name", "O'Hara");
    Value::object(entity)
}

fn empty() -> Answer {
    Answer {
        status: 204,
        ..Answer::default()
    }
}

fn json(status: u16, body: &Value) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: body.to_json().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_the_form_of_the_services_errors() {
        let rows = [
            ((None, None), "{}"),
            ((None, Some("$.error")), r#"{"error":"Access denied"}"#),
            (
                (Some("$.error.code"), Some("$.error.message")),
                r#"{"error":{"code":"","message":"Access denied"}}"#,
            ),
            (
                (Some("$.errors[0].id"), Some("$.errors[*]['text']")),
                r#"{"errors":[{"id":"","text":"Access denied"}]}"#,
            ),
        ];
        for ((code, message), expected) in rows {
            let errors = ErrorMapping {
                code: code.map(Into::into),
                message: message.map(Into::into),
                ..ErrorMapping::default()
            };
            assert_eq!(denial(&errors).body, expected);
        }
    }
}
