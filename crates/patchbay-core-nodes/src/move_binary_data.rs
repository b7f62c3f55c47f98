//! Convert to/from binary data (Move Binary Data): an item's file becomes JSON, or JSON becomes a file.

use std::borrow::Cow;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use patchbay_model::{Item, Object, Text, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::files::{self, encoding::Charset};
use crate::path::Path;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.moveBinaryData",
    title: "Convert to/from binary data",
    about: "Makes JSON of items' files, or files of JSON",
    versions: &[1.0, 1.1],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "mode",
            Kind::Options(&["binaryToJson", "jsonToBinary"]),
            "\"binaryToJson\"",
            "Which becomes which",
        ),
        ParameterDescription::new("setAllData", Kind::Boolean, "true", "The file is the item's whole JSON"),
        ParameterDescription::new(
            "convertAllData",
            Kind::Boolean,
            "true",
            "The item's whole JSON becomes the file",
        ),
        ParameterDescription::new("sourceKey", Kind::Text, "\"data\"", "The file or the field to take").required(),
        ParameterDescription::new(
            "destinationKey",
            Kind::Text,
            "\"data\"",
            "The field or the file to make",
        )
        .required(),
        ParameterDescription::new(
            "options",
            Kind::Collection,
            "{}",
            "encoding, stripBOM, addBOM, jsonParse, keepAsBase64, keepSource, dataIsBase64, useRawData, fileName, mimeType",
        ),
    ],
};

pub struct MoveBinaryData;

#[async_trait]
impl Node for MoveBinaryData {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let to_json = context.text("mode", 0)? == "binaryToJson";
        let mut made = Vec::with_capacity(context.items().len());
        for (index, item) in context.items().iter().enumerate() {
            context.checkpoint()?;
            let result = if to_json {
                to_fields(context, item, index).await
            } else {
                to_file(context, item, index).await
            };
            made.extend(result.map_err(|error| error.item(index))?);
        }
        Ok(Outcome::items(made))
    }
}

/// An error with JavaScript's words for text that is not JSON.
pub(crate) fn parsed(text: &str) -> Result<Value, NodeError> {
    Value::from_json(text).map_err(|error| {
        let words = patchbay_expression::script::json_error(text).unwrap_or_else(|| error.to_string());
        NodeError::new("E0975", words)
    })
}

/// The item with its file as JSON; `None` where it does not have the file.
async fn to_fields(context: &Context<'_>, item: &Item, index: usize) -> Result<Option<Item>, NodeError> {
    let source = context.text("sourceKey", index)?;
    let Some(file) = item.binary.as_deref().and_then(|files| files.get(&source)) else {
        return Ok(None);
    };
    let bytes = files::bytes_of(context, file).await?;
    let option = |name: &str| context.boolean(&format!("options.{name}"), index);
    let text = || -> Result<String, NodeError> {
        Ok(Charset::named(&context.text("options.encoding", index)?)?.decode(&bytes))
    };
    let mut made = item.clone().paired_with(index);
    if context.boolean("setAllData", index)? {
        made.json = match parsed(&text()?)? {
            Value::Object(json) => json,
            Value::Array(values) => {
                let values = values.iter().enumerate();
                values
                    .map(|(place, value)| (Text::from(place.to_string()), value.clone()))
                    .collect::<Object>()
                    .into()
            }
            _ => Object::new().into(),
        };
    } else {
        let value = if option("keepAsBase64")? {
            Value::text(STANDARD.encode(&bytes))
        } else if option("jsonParse")? {
            parsed(&text()?)?
        } else {
            Value::text(text()?)
        };
        let destination = context.text("destinationKey", index)?;
        let mut json = (*item.json).clone();
        Path::parse(&destination).set(&mut json, Some(value));
        made.json = json.into();
    }
    if !option("keepSource")? {
        files::detach(&mut made, &source);
    }
    Ok(Some(made))
}

/// The item with its JSON as a file; `None` where it does not have the field.
async fn to_file(context: &Context<'_>, item: &Item, index: usize) -> Result<Option<Item>, NodeError> {
    let all = context.boolean("convertAllData", index)?;
    let source = Path::parse(&context.text("sourceKey", index)?);
    let value = if all {
        Some(item.json_value())
    } else {
        source.get(&item.json).map(Cow::into_owned)
    };
    let Some(value) = value else {
        return Ok(None);
    };
    let option = |name: &str| context.boolean(&format!("options.{name}"), index);
    let file_name = files::text(context, "options.fileName", index)?;
    let mime_type = files::text(context, "options.mimeType", index)?;
    let from_base64 = option("dataIsBase64")?;
    let raw = option("useRawData")? && matches!(value, Value::Text(_));
    let bytes = if from_base64 {
        decoded(&value.to_text())
    } else {
        let text = if raw {
            value.to_text().to_string()
        } else {
            value.to_json()
        };
        let charset = Charset::named(&context.text("options.encoding", index)?)?;
        charset.encode(&text, false)
    };
    // Since 1.1 what is no JSON is not called so.
    let is_json = context.version() < 1.1 || !(from_base64 || raw);
    let mime_type = mime_type.or_else(|| is_json.then(|| "application/json".into()));
    let mut file = files::keep_bytes(context, bytes, file_name.as_deref(), mime_type.as_deref()).await?;
    if context.version() >= 1.1 {
        files::name_unnamed(&mut file);
    }
    let mut made = item.clone().paired_with(index);
    if !option("keepSource")? {
        let mut json = (*item.json).clone();
        if all {
            json = Object::new();
        } else {
            source.unset(&mut json);
        }
        made.json = json.into();
    }
    let destination = context.text("destinationKey", index)?;
    files::attach(&mut made, destination, file);
    Ok(Some(made))
}

/// Base64 as Node.js reads it: what does not belong to it is passed over, up to the padding.
pub(crate) fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes().take_while(|byte| *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn files_become_json() {
        for (file, parameters, expected) in [
            (r#"{"a":[1]}"#, "{}", Ok(r#"[[{"a":[1]}]]"#)),
            ("hi", r#"{"setAllData": false}"#, Ok(r#"[[{"n":1,"data":"hi"}]]"#)),
            (
                "hi",
                r#"{"setAllData": false, "destinationKey": "a.b", "options": {"keepSource": true}}"#,
                Ok(r#"[[{"n":1,"a":{"b":"hi"},"data":"nothing text/plain"}]]"#),
            ),
            (
                "[1]",
                r#"{"setAllData": false, "options": {"jsonParse": true}}"#,
                Ok(r#"[[{"n":1,"data":[1]}]]"#),
            ),
            (
                "hi",
                r#"{"setAllData": false, "options": {"keepAsBase64": true}}"#,
                Ok(r#"[[{"n":1,"data":"aGk="}]]"#),
            ),
            ("hi", r#"{"sourceKey": "none"}"#, Ok("[[]]")),
            ("hi", "{}", Err("Unexpected token 'h', \"hi\" is not valid JSON")),
        ] {
            let run = run(1.1, parameters, r#"[{"n": 1}]"#).file("data", "text/plain", file);
            let result = run.with_files(&MoveBinaryData);
            assert_eq!(result.as_deref().map_err(String::as_str), expected, "{parameters}");
        }
    }

    #[test]
    fn json_becomes_files() {
        for (version, parameters, expected) in [
            (1.0, "{}", r#"[[{"data":"nothing application/json"}]]"#),
            (1.1, "{}", r#"[[{"data":"file.json application/json"}]]"#),
            (
                1.1,
                r#"{"convertAllData": false, "sourceKey": "a", "options": {"useRawData": true}}"#,
                r#"[[{"data":"file text/plain"}]]"#,
            ),
            (
                1.0,
                r#"{"convertAllData": false, "sourceKey": "a", "destinationKey": "f",
                    "options": {"fileName": "f.png", "mimeType": "image/png", "keepSource": true}}"#,
                r#"[[{"a":"x","f":"f.png image/png"}]]"#,
            ),
            (1.0, r#"{"convertAllData": false, "sourceKey": "none"}"#, "[[]]"),
        ] {
            let parameters = parameters
                .replacen('{', r#"{"mode": "jsonToBinary","#, 1)
                .replace(",}", "}");
            let result = run(version, &parameters, r#"[{"a": "x"}]"#).with_files(&MoveBinaryData);
            assert_eq!(result.as_deref(), Ok(expected), "{parameters}");
        }
    }

    #[test]
    fn base64_is_read_as_node_does() {
        for (text, bytes) in [
            ("aGk=", &b"hi"[..]),
            ("aG k", b"hi"),
            ("x,y", b"\xc7"),
            ("", b""),
            ("a", b""),
            ("_-8=", b"\xff\xef"),
        ] {
            assert_eq!(decoded(text), bytes, "{text}");
        }
    }
}
