//! Spreadsheet File: the older node that reads and writes spreadsheets.

use async_trait::async_trait;
use patchbay_model::{Item, Text};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::files;
use crate::spreadsheet::Format;
use crate::spreadsheet::node::{self, Delimiter, Options};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.spreadsheetFile",
    title: "Spreadsheet File",
    about: "Makes items of spreadsheets, or spreadsheets of items",
    versions: &[1.0, 2.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "operation",
            Kind::Options(&["fromFile", "toFile"]),
            "\"fromFile\"",
            "What is done",
        ),
        ParameterDescription::new(
            "fileFormat",
            Kind::Options(&["autodetect", "csv", "html", "ods", "rtf", "xls", "xlsx"]),
            "",
            "The format; when reading, only CSV matters, and only in version 2",
        ),
        ParameterDescription::new(
            "binaryPropertyName",
            Kind::Text,
            "\"data\"",
            "The file's name in the item",
        )
        .required(),
        ParameterDescription::new(
            "options",
            Kind::Collection,
            "{}",
            "headerRow, sheetName, fileName; reading: range, rawData, readAsString, includeEmptyCells; CSV: delimiter, \
             encoding, enableBOM, fromLine, maxRowCount, skipRecordsWithErrors",
        ),
    ],
};

pub struct SpreadsheetFile;

#[async_trait]
impl Node for SpreadsheetFile {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let format = files::text(context, "fileFormat", 0)?;
        if context.text("operation", 0)? == "toFile" {
            let format = format.as_deref().and_then(Format::named).unwrap_or(Format::Xls);
            let made = match node::to_file(context, format, "spreadsheet", false).await {
                Err(error) if context.continues_on_fail() && !error.is_cancelled() => {
                    files::failed(&error).paired_with(node::all(context))
                }
                made => made?,
            };
            return Ok(Outcome::items(vec![made]));
        }
        let mut made = Vec::new();
        for (index, item) in context.items().iter().enumerate() {
            context.checkpoint()?;
            let result = read(context, item, index, format.as_ref()).await;
            files::add(context, &mut made, index, result)?;
        }
        Ok(Outcome::items(made))
    }
}

async fn read(context: &Context<'_>, item: &Item, index: usize, format: Option<&Text>) -> Result<Vec<Item>, NodeError> {
    let name = context.text("binaryPropertyName", index)?;
    let file = files::file_of(item, index, &name).map_err(|error| error.parameter("binaryPropertyName"))?;
    let records = match format.map(Text::as_str) {
        _ if context.version() < 2.0 => None,
        None | Some("autodetect") => (file.mime_type == "text/csv").then_some(Delimiter::Comma),
        Some(format) => (format == "csv").then_some(Delimiter::Option),
    };
    let options = Options {
        records,
        ends_at_faults: true,
        sheets: true,
        layout: true,
        keep_mark: context.version() < 2.0,
    };
    let objects = node::from_file(context, file, index, options).await;
    let objects = objects.map_err(|error| match format {
        // The second version tells everything that cannot be read with these words.
        Some(format) if context.version() >= 2.0 && error.error.code == "E0976" => NodeError::new(
            "E0976",
            format!("The file selected in 'Input Binary Field' is not in {format} format"),
        )
        .hint(error.error.message),
        _ => error,
    })?;
    Ok(objects
        .into_iter()
        .map(|json| Item::new(json).paired_with(index))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn spreadsheets_become_items() {
        for (version, parameters, text, expected) in [
            (1.0, "{}", "a,b\n1,x", r#"[[{"a":1,"b":"x"}]]"#),
            (2.0, "{}", "a,b\n1,x", r#"[[{"a":"1","b":"x"}]]"#),
            (2.0, r#"{"fileFormat": "xlsx"}"#, "a\n1", r#"[[{"a":1}]]"#),
            (
                1.0,
                r#"{"options": {"headerRow": false, "range": 1}}"#,
                "a\n1",
                r#"[[{"row":[1]}]]"#,
            ),
        ] {
            let run = run(version, parameters, "[{}]").file("data", "text/csv", text);
            assert_eq!(
                run.of(&SpreadsheetFile).as_deref(),
                Ok(expected),
                "{version} {parameters}"
            );
        }
    }

    #[test]
    fn items_become_spreadsheets() {
        for (parameters, expected) in [
            (r#"{"operation": "toFile"}"#, "spreadsheet.xls application/vnd.ms-excel"),
            (
                r#"{"operation": "toFile", "fileFormat": "csv", "options": {"fileName": "n.x"}}"#,
                "n.x text/plain",
            ),
        ] {
            let result = run(2.0, parameters, r#"[{"a": 1}, {"b": 2}]"#).with_files(&SpreadsheetFile);
            assert_eq!(result, Ok(format!(r#"[[{{"data":"{expected}"}}]]"#)));
        }
    }
}
