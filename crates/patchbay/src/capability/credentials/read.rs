//! Credentials as files have them: n8n's exports, and TOML. All that is wrong with a file is told, where it is.

use patchbay_model::workflow::position_of;
use patchbay_model::{Diagnostic, Object, Text, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::entry::{Data, Entry};
use super::fill;

/// The code of what is malformed.
const MALFORMED: &str = "E0502";

/// n8n's export: an array of `{"id", "name", "type", "data"}`, or one of them.
pub fn json(value: &Value) -> Result<Vec<Entry>, Vec<Diagnostic>> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut entries = Vec::new();
    let mut faults = Vec::new();
    for (index, value) in list.iter().enumerate() {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(Text::from);
        let data = match value.get("data") {
            Some(Value::Object(data)) => Some(Data::Plain((**data).clone())),
            Some(Value::Text(text)) => Some(Data::Encrypted(text.clone())),
            _ => None,
        };
        match (text("name"), text("type"), data) {
            (Some(name), Some(kind), Some(data)) => {
                let id = value.get("id").filter(|id| !id.is_null()).map(Value::to_text);
                entries.push(Entry { id, name, kind, data });
            }
            (name, kind, data) => {
                let lacks = [
                    ("name", name.is_none()),
                    ("type", kind.is_none()),
                    ("data", data.is_none()),
                ];
                let lacks: Vec<_> = lacks
                    .iter()
                    .filter(|(_, missing)| *missing)
                    .map(|(key, _)| format!("`{key}`"))
                    .collect();
                let message = format!("credential {} has no {}", index + 1, lacks.join(", "));
                faults.push(Diagnostic::error(MALFORMED, message).at(format!("/{index}")));
            }
        }
    }
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

/// `["name"]`, `type = "…"`, and the credential's fields.
pub fn toml(text: &str) -> Result<Vec<Entry>, Vec<Diagnostic>> {
    let at = |start: usize, message: String| {
        let mut fault = Diagnostic::error(MALFORMED, message);
        fault.position = Some(position_of(text, start));
        fault
    };
    let not_toml = |error: toml::de::Error| {
        let start = error.span().map_or(0, |span| span.start);
        vec![at(start, format!("not valid TOML: {}", error.message()))]
    };
    let places = DeTable::parse(text).map_err(not_toml)?;
    let table: toml::Table = toml::from_str(text).map_err(not_toml)?;
    let mut entries = Vec::new();
    let mut faults = Vec::new();
    for (name, value) in places.get_ref() {
        let (start, name) = (name.span().start, name.get_ref().as_ref());
        let (Some(fields), Some(places)) = (
            table.get(name).and_then(toml::Value::as_table),
            value.get_ref().as_table(),
        ) else {
            let fault = at(start, format!("`{name}` is not a credential"));
            faults.push(fault.hint("write `[\"name\"]` and below it `type = \"…\"` and the fields"));
            continue;
        };
        for (field, value) in places {
            unclosed(value, &mut |place| {
                let message = format!(
                    "a `${{` in `{}` of the credential `{name}` is not closed",
                    field.get_ref()
                );
                let hint = "write `${NAME}`; a secret with `${` in it comes from a variable itself";
                faults.push(at(place, message).hint(hint));
            });
        }
        let Some(kind) = fields.get("type").and_then(toml::Value::as_str) else {
            let fault = at(start, format!("the credential `{name}` has no `type`"));
            faults.push(fault.hint("for 3CX: type = \"threeCxOAuth2Api\""));
            continue;
        };
        let data: Object = fields
            .iter()
            .filter(|(key, _)| key.as_str() != "type" && key.as_str() != "id")
            .filter_map(|(key, value)| Some((key.as_str(), serde_json::to_value(value).ok()?)))
            .collect();
        entries.push(Entry {
            id: fields.get("id").and_then(toml::Value::as_str).map(Text::from),
            name: name.into(),
            kind: kind.into(),
            data: Data::Template(data),
        });
    }
    faults.sort_by_key(|fault| fault.position);
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

/// Tells the place of each text in which a `${` is not closed; what it holds may be a secret.
fn unclosed(node: &Spanned<DeValue>, tell: &mut impl FnMut(usize)) {
    match node.get_ref() {
        DeValue::String(text) if fill::is_unclosed(text) => tell(node.span().start),
        DeValue::Array(values) => values.iter().for_each(|value| unclosed(value, tell)),
        DeValue::Table(fields) => fields.iter().for_each(|(_, value)| unclosed(value, tell)),
        _ => {}
    }
}
