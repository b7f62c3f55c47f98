//! From an answer that says yes to items: JSON as n8n has it, files by their Content-Type, nothing as a plain success.

use std::sync::Arc;

use indexmap::IndexMap;
use jsonpath_rust::JsonPath;
use patchbay_model::{Binary, Item, Object, Text, Value};
use patchbay_node::capability::BinaryStore;
use patchbay_node::capability::http::Response;
use patchbay_node::{NodeError, media};

use crate::definition::{Answer, Operation};
use crate::failure::beginning;

/// What an answer holds.
#[derive(Debug, PartialEq)]
pub enum Content {
    /// The status.
    Nothing(u16),
    Json(Value),
    File(Binary),
}

/// JSON is held in memory, files are not.
const LARGEST_JSON: usize = 512 << 20;

/// What a Content-Type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nature {
    Json,
    File,
    /// Text that could be a page of a proxy as well.
    Other,
}

/// Reads an answer whose status says yes.
pub async fn read(operation: &Operation, response: Response, binaries: &dyn BinaryStore) -> Result<Content, NodeError> {
    let status = response.status;
    let disposition = response.header("content-disposition").map(Text::from);
    let content_type: Text = response.header("content-type").unwrap_or_default().into();
    if matches!(status, 204 | 205) || response.header("content-length") == Some("0") {
        return Ok(Content::Nothing(status));
    }
    let attached = disposition
        .as_ref()
        .is_some_and(|text| text.to_lowercase().contains("attachment") || text.contains("filename"));
    let nature = match nature(&content_type) {
        _ if attached => Nature::File,
        Nature::Other if operation.answer == Answer::File => Nature::File,
        nature => nature,
    };
    if nature == Nature::File {
        let (data, size) = binaries.keep(response.body).await?;
        let file_name = disposition.as_deref().and_then(media::file_name);
        let file_name = file_name.and_then(|name| media::without_folders(&name));
        let extension = file_name
            .as_ref()
            .and_then(|name| name.rsplit_once('.'))
            .map(|(_, extension)| extension.into());
        let mime_type = media::essence(&content_type);
        let mime_type = if mime_type.is_empty() {
            "application/octet-stream"
        } else {
            mime_type
        };
        let mut file = Binary::new(data, size, mime_type);
        file.file_extension = extension;
        file.file_name = file_name;
        return Ok(Content::File(file));
    }
    let body = response.bytes(LARGEST_JSON).await?;
    if body.is_empty() {
        return Ok(Content::Nothing(status));
    }
    // n8n passes over a mark of byte order as well.
    let json = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body);
    Value::from_json_bytes(json).map(Content::Json).map_err(|error| {
        let shown = if content_type.is_empty() {
            "no content type"
        } else {
            &content_type
        };
        let message = match nature {
            Nature::Json => format!("The answer of `{}` is not valid JSON: {error}", operation.name),
            _ => format!(
                "The answer of `{}` is not JSON: status {status}, {shown}",
                operation.name
            ),
        };
        let mut details = Object::new();
        details.insert("statusCode", f64::from(status));
        details.insert("contentType", content_type.as_str());
        details.insert("body", beginning(&body));
        NodeError::new("E0420", message)
            .description(format!("It begins with: {}", beginning(&body)))
            .hint("does the credential's URL lead to the service itself, and not to a login page or a proxy?")
            .details(Value::object(details))
    })
}

fn nature(content_type: &str) -> Nature {
    let mime = media::essence(content_type).to_ascii_lowercase();
    match mime.split_once('/') {
        Some((_, "json")) => Nature::Json,
        Some((_, kind)) if kind.ends_with("+json") => Nature::Json,
        Some(("application", "xml" | "xhtml+xml" | "javascript")) => Nature::Other,
        Some(("application" | "audio" | "video" | "image" | "font", _) | ("text", "csv" | "calendar" | "vcard")) => {
            Nature::File
        }
        _ => Nature::Other,
    }
}

/// The elements of a list in an answer; the answer itself where there is none.
pub fn elements(body: &Value, path: &str) -> Vec<Value> {
    list(body, path).unwrap_or_else(|| vec![body.clone()])
}

/// The elements of a list in an answer, where there is one; null is an empty one.
pub fn list(body: &Value, path: &str) -> Option<Vec<Value>> {
    let plain = serde_json::Value::from(body);
    let found = plain.query(path).unwrap_or_default();
    match found.as_slice() {
        [serde_json::Value::Array(values)] => Some(values.iter().map(|value| Value::from(value.clone())).collect()),
        [serde_json::Value::Null] => Some(Vec::new()),
        [] => None,
        [_] if path == "$" => None,
        values => Some(values.iter().map(|value| Value::from((*value).clone())).collect()),
    }
}

/// The body with other elements in its list: where the path of plain names leads, else in the first list that it has.
pub fn with_elements(mut body: Value, path: &str, elements: Vec<Value>) -> Value {
    let mut place = Some(&mut body);
    for name in path.split('.').skip(1) {
        place = place
            .and_then(Value::as_object_mut)
            .and_then(|object| object.get_mut(name));
    }
    if let Some(list) = place.filter(|list| list.as_array().is_some()) {
        *list = Value::array(elements);
        return body;
    }
    let Some(object) = body.as_object_mut() else {
        return Value::array(elements);
    };
    let list = object.values_mut().find(|value| value.as_array().is_some());
    match list {
        Some(list) => *list = Value::array(elements),
        None => drop(object.insert("value", elements)),
    }
    body
}

/// The items of an answer: a JSON array gives one for each element, all else gives one.
pub fn items(content: Content) -> Vec<Item> {
    match content {
        Content::Nothing(status) => {
            let mut object = Object::with_capacity(2);
            object.insert("success", true);
            object.insert("statusCode", f64::from(status));
            vec![Item::new(object)]
        }
        Content::Json(Value::Array(values)) => values.iter().cloned().map(item).collect(),
        Content::Json(value) => vec![item(value)],
        Content::File(binary) => {
            let mut item = Item::new(Object::new());
            item.binary = Some(Arc::new(IndexMap::from([("data".into(), binary)])));
            vec![item]
        }
    }
}

/// An item is an object; anything else becomes its `value`, as OData wraps it.
fn item(value: Value) -> Item {
    match value {
        Value::Object(object) => Item::new(object),
        value => Item::new([("value", value)].into_iter().collect::<Object>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_tell_files_from_json() {
        for (content_type, wanted) in [
            ("application/json; odata.metadata=minimal", Nature::Json),
            ("application/problem+json", Nature::Json),
            ("audio/wav", Nature::File),
            ("application/octet-stream", Nature::File),
            ("text/csv; charset=utf-8", Nature::File),
            ("text/html", Nature::Other),
            ("text/plain", Nature::Other),
            ("", Nature::Other),
        ] {
            assert_eq!(nature(content_type), wanted, "{content_type}");
        }
    }
}
