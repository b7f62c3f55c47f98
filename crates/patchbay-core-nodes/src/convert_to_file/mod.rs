//! Convert to File: spreadsheets, JSON and text of items' JSON, calendar events, files of base64.

mod calendar;

use std::borrow::Cow;

use async_trait::async_trait;
use patchbay_model::{Binary, Item, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::files::{self, encoding::Charset};
use crate::move_binary_data::decoded;
use crate::path::Path;
use crate::spreadsheet::{Format, node};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.convertToFile",
    title: "Convert to File",
    about: "Makes files of items' JSON",
    versions: &[1.0, 1.1],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "operation",
            Kind::Options(&[
                "csv", "html", "iCal", "toJson", "ods", "rtf", "toText", "xls", "xlsx", "toBinary",
            ]),
            "\"csv\"",
            "What the file is",
        ),
        ParameterDescription::new(
            "binaryPropertyName",
            Kind::Text,
            "\"data\"",
            "The file's name in the item",
        )
        .required(),
        ParameterDescription::new(
            "mode",
            Kind::Options(&["once", "each"]),
            "\"once\"",
            "JSON: one file, or one an item",
        ),
        ParameterDescription::new(
            "sourceProperty",
            Kind::Text,
            "\"\"",
            "The field with the text or the base64",
        )
        .required_where("operation", &["toText", "toBinary"]),
        ParameterDescription::new("title", Kind::Text, "\"\"", "Of the event"),
        ParameterDescription::new("start", Kind::Text, "\"\"", "When the event begins")
            .required_where("operation", &["iCal"]),
        ParameterDescription::new("end", Kind::Text, "\"\"", "When the event ends")
            .required_where("operation", &["iCal"]),
        ParameterDescription::new("allDay", Kind::Boolean, "false", "The event has no times"),
        ParameterDescription::new(
            "additionalFields",
            Kind::Collection,
            "{}",
            "What else is known of the event",
        ),
        ParameterDescription::new(
            "options",
            Kind::Collection,
            "{}",
            "fileName; spreadsheets: headerRow, sheetName; CSV: delimiter; JSON and text: encoding, addBOM, format; \
             base64: mimeType",
        ),
    ],
};

pub struct ConvertToFile;

#[async_trait]
impl Node for ConvertToFile {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let operation = context.text("operation", 0)?;
        if let Some(format) = Format::named(&operation) {
            let made = match node::to_file(context, format, "File", true).await {
                Err(error) if context.continues_on_fail() && !error.is_cancelled() => {
                    files::failed(&error).paired_with(node::all(context))
                }
                made => made?,
            };
            return Ok(Outcome::items(vec![made]));
        }
        let name = context.text("binaryPropertyName", 0)?;
        if operation == "toJson" && context.text("mode", 0)? == "once" {
            let all = context.items().iter().map(Item::json_value).collect();
            let file = json_file(context, &Value::array(all), 0).await?;
            return Ok(Outcome::items(vec![
                files::item_with(name, file).paired_with(node::all(context)),
            ]));
        }
        let mut made = Vec::with_capacity(context.items().len());
        for (index, item) in context.items().iter().enumerate() {
            context.checkpoint()?;
            let file = match operation.as_str() {
                "toJson" => json_file(context, &item.json_value(), index).await,
                "toText" => text_file(context, item, index).await,
                "toBinary" => decoded_file(context, item, index).await,
                "iCal" => calendar::file(context, index).await,
                _ => {
                    let message = format!("The operation `{operation}` is not known");
                    return Err(NodeError::new("E0974", message).parameter("operation"));
                }
            };
            let name = context.text("binaryPropertyName", index)?;
            let result = file.map(|file| vec![files::item_with(name, file).paired_with(index)]);
            files::add(context, &mut made, index, result)?;
        }
        Ok(Outcome::items(made))
    }
}

async fn json_file(context: &Context<'_>, value: &Value, index: usize) -> Result<Binary, NodeError> {
    let text = if context.boolean("options.format", index)? {
        value.to_json_pretty()
    } else {
        value.to_json()
    };
    let bytes = encoded(context, &text, index)?;
    let path = files::text(context, "options.fileName", index)?;
    let mut file = files::keep_bytes(context, bytes, path.as_deref(), Some("application/json")).await?;
    files::name_unnamed(&mut file);
    Ok(file)
}

fn encoded(context: &Context<'_>, text: &str, index: usize) -> Result<Vec<u8>, NodeError> {
    let encoding = context.text("options.encoding", index)?;
    // n8n offers a mark only with these encodings, and only where one is chosen.
    let marked = matches!(encoding.as_str(), "utf8" | "cesu8" | "ucs2") && context.boolean("options.addBOM", index)?;
    Ok(Charset::named(&encoding)?.encode(text, marked))
}

/// The value of the field that the node names.
fn source<'i>(context: &Context<'_>, item: &'i Item, index: usize) -> Result<Cow<'i, Value>, NodeError> {
    let name = context.text("sourceProperty", index)?;
    Path::parse(&name).get(&item.json).ok_or_else(|| {
        let error = NodeError::new("E0974", format!("The value in \"{name}\" is not set")).parameter("sourceProperty");
        match patchbay_model::diagnostic::nearest(&name, item.json.keys().map(patchbay_model::Text::as_str)) {
            Some(near) => error.hint(format!("Did you mean `{near}`?")),
            None => error,
        }
    })
}

async fn text_file(context: &Context<'_>, item: &Item, index: usize) -> Result<Binary, NodeError> {
    // Where an expression gives nothing for the name the text is empty.
    let named = context.optional("sourceProperty", index)?;
    let value = match named {
        Some(name) if !name.truthy() => Cow::Owned(Value::Null),
        _ => source(context, item, index)?,
    };
    // What JavaScript takes for false is written as an empty text.
    let (text, mime_type) = match value.as_ref() {
        Value::Object(_) | Value::Array(_) => (value.to_json(), "application/json"),
        value if value.truthy() => (value.to_text().to_string(), "text/plain"),
        _ => (String::new(), "text/plain"),
    };
    let bytes = encoded(context, &text, index)?;
    let path = files::text(context, "options.fileName", index)?.unwrap_or_else(|| "file.txt".into());
    files::keep_bytes(context, bytes, Some(&path), Some(mime_type)).await
}

async fn decoded_file(context: &Context<'_>, item: &Item, index: usize) -> Result<Binary, NodeError> {
    let bytes = bytes_of(&*source(context, item, index)?).map_err(|error| error.parameter("sourceProperty"))?;
    let path = files::text(context, "options.fileName", index)?;
    let mime_type = files::text(context, "options.mimeType", index)?;
    let mut file = files::keep_bytes(context, bytes, path.as_deref(), mime_type.as_deref()).await?;
    files::name_unnamed(&mut file);
    Ok(file)
}

/// Base64 as bytes; arrays of numbers are bytes already, and so is what JavaScript makes of a buffer.
fn bytes_of(value: &Value) -> Result<Vec<u8>, NodeError> {
    let received = match value {
        Value::Text(text) => return Ok(decoded(text)),
        Value::Array(values) => {
            let byte = |value: &Value| Some(value.to_number()).filter(|number| number.is_finite());
            return Ok(values
                .iter()
                .map(|value| byte(value).unwrap_or_default() as i64 as u8)
                .collect());
        }
        Value::Object(object) => match (object.get("type").and_then(Value::as_str), object.get("data")) {
            (Some("Buffer"), Some(data @ Value::Array(_))) => return bytes_of(data),
            _ => "an instance of Object".to_owned(),
        },
        Value::Null => "null".to_owned(),
        value => format!("type {} ({})", value.type_of(), value.to_text()),
    };
    let message = format!(
        "The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like \
         Object. Received {received}"
    );
    Err(NodeError::new("E0974", message).hint("the field should hold base64"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn values_stand_for_bytes() {
        for (value, expected) in [
            (r#""aGk=""#, Ok(vec![b'h', b'i'])),
            ("[104, 300, -1, \"7\", null]", Ok(vec![104, 44, 255, 7, 0])),
            (r#"{"type": "Buffer", "data": [1]}"#, Ok(vec![1])),
            ("{}", Err("an instance of Object")),
            ("true", Err("type boolean (true)")),
            ("null", Err("null")),
        ] {
            let bytes = bytes_of(&Value::from_json(value).expect("JSON"));
            let received = |error: NodeError| error.error.message.rsplit("Received ").next().map(str::to_owned);
            assert_eq!(
                bytes.map_err(received),
                expected.map_err(|text| Some(text.to_owned())),
                "{value}"
            );
        }
    }

    #[test]
    fn items_become_files() {
        for (parameters, expected) in [
            ("{}", Ok(r#"[[{"data":"File.csv text/csv"}]]"#)),
            (
                r#"{"operation": "rtf", "binaryPropertyName": "f"}"#,
                Ok(r#"[[{"f":"File.rtf application/rtf"}]]"#),
            ),
            (
                r#"{"operation": "toJson"}"#,
                Ok(r#"[[{"data":"file.json application/json"}]]"#),
            ),
            (
                r#"{"operation": "toJson", "mode": "each", "options": {"fileName": "a/b.x"}}"#,
                Ok(r#"[[{"data":"b.x application/json"},{"data":"b.x application/json"}]]"#),
            ),
            (
                r#"{"operation": "toText", "sourceProperty": "t"}"#,
                Ok(r#"[[{"data":"file.txt text/plain"},{"data":"file.txt application/json"}]]"#),
            ),
            (
                r#"{"operation": "toText", "sourceProperty": "u"}"#,
                Err("The value in \"u\" is not set"),
            ),
            (
                r#"{"operation": "toBinary", "sourceProperty": "b"}"#,
                Ok(r#"[[{"data":"file.png image/png"},{"data":"file text/plain"}]]"#),
            ),
            (
                r#"{"operation": "toJson", "options": {"encoding": "nope"}}"#,
                Err("Encoding not recognized: 'nope' (searched as: 'nope')"),
            ),
            (
                r#"{"operation": "xlsx", "options": {"sheetName": "a/b"}}"#,
                Err("Sheet name cannot contain : \\ / ? * [ ]"),
            ),
        ] {
            let items = r#"[{"t": "x", "b": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAY="}, {"t": [1], "b": "aGk="}]"#;
            let result = run(1.1, parameters, items).with_files(&ConvertToFile);
            assert_eq!(result.as_deref().map_err(String::as_str), expected, "{parameters}");
        }
    }
}
