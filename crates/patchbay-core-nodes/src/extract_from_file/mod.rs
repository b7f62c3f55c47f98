//! Extract from File: items' files become JSON: spreadsheets, calendars, JSON, text, PDF, base64.

mod calendar;
mod pdf;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use patchbay_model::{Item, Object, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::files::{self, encoding::Charset};
use crate::path::Path;
use crate::spreadsheet::Format;
use crate::spreadsheet::node::{self, Delimiter, Options};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.extractFromFile",
    title: "Extract from File",
    about: "Makes JSON of items' files",
    versions: &[1.0, 1.1],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "operation",
            // The last is spelt as n8n stores it.
            Kind::Options(&[
                "csv",
                "html",
                "fromIcs",
                "fromJson",
                "ods",
                "pdf",
                "rtf",
                "text",
                "xml",
                "xls",
                "xlsx",
                "binaryToPropery",
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
            "destinationKey",
            Kind::Text,
            "\"data\"",
            "The field of what is extracted",
        )
        .required_where("operation", &["fromIcs", "fromJson", "text", "xml", "binaryToPropery"]),
        ParameterDescription::new(
            "options",
            Kind::Collection,
            "{}",
            "encoding, keepSource; spreadsheets: headerRow, includeEmptyCells, rawData, range, sheetName; CSV: delimiter, \
             enableBOM, fromLine, maxRowCount, relaxQuotes, skipRecordsWithErrors; PDF: joinPages, maxPages, password",
        ),
    ],
};

pub struct ExtractFromFile;

#[async_trait]
impl Node for ExtractFromFile {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let operation = context.text("operation", 0)?;
        let mut made = Vec::new();
        for (index, item) in context.items().iter().enumerate() {
            context.checkpoint()?;
            let result = match Format::named(&operation) {
                Some(format) => rows(context, item, index, format).await,
                None => fields(context, item, index, &operation)
                    .await
                    .map(|item| item.into_iter().collect()),
            };
            files::add(context, &mut made, index, result)?;
        }
        Ok(Outcome::items(made))
    }
}

async fn rows(context: &Context<'_>, item: &Item, index: usize, format: Format) -> Result<Vec<Item>, NodeError> {
    let name = context.text("binaryPropertyName", index)?;
    let file = files::file_of(item, index, &name).map_err(|error| error.parameter("binaryPropertyName"))?;
    let options = Options {
        records: (format == Format::Csv).then_some(Delimiter::Option),
        ends_at_faults: context.version() < 1.1,
        // Only where a file can have several.
        sheets: matches!(format, Format::Ods | Format::Xls | Format::Xlsx),
        layout: format != Format::Rtf,
        keep_mark: false,
    };
    let objects = node::from_file(context, file, index, options).await?;
    Ok(objects
        .into_iter()
        .map(|json| Item::new(json).paired_with(index))
        .collect())
}

/// The item with what its file holds; `None` where it does not have the file, but for PDF, where that is an error.
async fn fields(context: &Context<'_>, item: &Item, index: usize, operation: &str) -> Result<Option<Item>, NodeError> {
    let name = context.text("binaryPropertyName", index)?;
    let file = match files::file_of(item, index, &name) {
        Err(error) if operation == "pdf" => return Err(error.parameter("binaryPropertyName")),
        Err(_) => return Ok(None),
        Ok(file) => file,
    };
    let bytes = files::bytes_of(context, file).await?;
    let keep = context.text("options.keepSource", index)?;
    let mut json = if matches!(keep.as_str(), "json" | "both") {
        (*item.json).clone()
    } else {
        Object::new()
    };
    if operation == "pdf" {
        json.extend(pdf::read(context, &bytes, index)?);
    } else {
        let text = || -> Result<String, NodeError> {
            let name = context.text("options.encoding", index)?;
            let charset = if name.is_empty() {
                Charset::detect(&bytes)
            } else {
                Charset::named(&name)?
            };
            Ok(charset.decode(&bytes))
        };
        let value = match operation {
            "binaryToPropery" => Value::text(STANDARD.encode(&bytes)),
            "text" | "xml" => Value::text(text()?),
            "fromJson" => json_of(&text()?)?,
            "fromIcs" => calendar::read(&text()?)?,
            _ => {
                let message = format!("The operation `{operation}` is not known");
                return Err(NodeError::new("E0974", message).parameter("operation"));
            }
        };
        let destination = context.text("destinationKey", index)?;
        Path::parse(&destination).set(&mut json, Some(value));
    }
    let mut made = Item {
        binary: item.binary.clone(),
        ..Item::new(json).paired_with(index)
    };
    if !matches!(keep.as_str(), "binary" | "both") {
        files::detach(&mut made, &name);
    }
    Ok(Some(made))
}

/// No text is an empty object.
fn json_of(text: &str) -> Result<Value, NodeError> {
    if text.is_empty() {
        return Ok(Value::object(Object::new()));
    }
    Value::from_json(text).map_err(|error| {
        let words = patchbay_expression::script::json_error(text).unwrap_or_else(|| error.to_string());
        // n8n has words of its own only for what is no JSON from some character on.
        if !words.contains("Unexpected token") {
            return NodeError::new("E0975", words);
        }
        NodeError::new(
            "E0975",
            "The file selected in 'Input Binary Field' is not in JSON format",
        )
        .description("Try to change the operation or select a JSON file in 'Input Binary Field'")
        .hint(words)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn files_become_json() {
        for (parameters, text, expected) in [
            ("{}", "a,b\n1,2", Ok(r#"[[{"a":"1","b":"2"}]]"#)),
            (r#"{"operation": "xlsx"}"#, "a,b\n1,2", Ok(r#"[[{"a":1,"b":2}]]"#)),
            (
                r#"{"operation": "html", "options": {"range": "A9:B9"}}"#,
                "<table><tr><td>a<tr><td>1</table>",
                Ok(r#"[[{"a":1}]]"#),
            ),
            (r#"{"operation": "text"}"#, "\u{feff}hi", Ok(r#"[[{"data":"hi"}]]"#)),
            (
                r#"{"operation": "text", "destinationKey": "x.y", "options": {"keepSource": "both"}}"#,
                "hi",
                Ok(r#"[[{"n":1,"x":{"y":"hi"},"data":"nothing text/plain"}]]"#),
            ),
            (r#"{"operation": "fromJson"}"#, "[1]", Ok(r#"[[{"data":[1]}]]"#)),
            (r#"{"operation": "fromJson"}"#, "", Ok(r#"[[{"data":{}}]]"#)),
            (
                r#"{"operation": "fromJson"}"#,
                "no",
                Err("The file selected in 'Input Binary Field' is not in JSON format"),
            ),
            (
                r#"{"operation": "fromJson"}"#,
                "{",
                Err("Expected property name or '}' in JSON at position 1"),
            ),
            (
                r#"{"operation": "binaryToPropery"}"#,
                "hi",
                Ok(r#"[[{"data":"aGk="}]]"#),
            ),
            (
                r#"{"operation": "text", "binaryPropertyName": "none"}"#,
                "hi",
                Ok("[[]]"),
            ),
            (
                r#"{"binaryPropertyName": "none"}"#,
                "hi",
                Err("The item has no binary field 'none' [item 0]"),
            ),
            (r#"{"operation": "pdf"}"#, "hi", Err("Invalid PDF structure.")),
        ] {
            let run = run(1.0, parameters, r#"[{"n": 1}]"#).file("data", "text/plain", text);
            let result = run.with_files(&ExtractFromFile);
            assert_eq!(
                result.as_deref().map_err(String::as_str),
                expected,
                "{parameters} {text}"
            );
        }
    }
}
