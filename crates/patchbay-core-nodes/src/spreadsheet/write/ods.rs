//! Sheets as ODS: a zip archive with the sheet as XML.

use std::fmt::Write;

use patchbay_model::value::number_to_text;
use patchbay_node::NodeError;

use super::{archived, escaped};
use crate::spreadsheet::{Cell, Sheet};

const MIME_TYPE: &str = "application/vnd.oasis.opendocument.spreadsheet";

const MANIFEST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2"><manifest:file-entry manifest:full-path="/" manifest:version="1.2" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"#;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body><office:spreadsheet>"#;

pub(super) fn write(sheet: &Sheet) -> Result<Vec<u8>, NodeError> {
    // The type comes first, and plain: so programs know the file by its first bytes.
    archived([
        ("mimetype", MIME_TYPE.to_owned(), false),
        ("META-INF/manifest.xml", MANIFEST.to_owned(), true),
        ("content.xml", content(sheet), true),
    ])
}

fn content(sheet: &Sheet) -> String {
    let mut xml = format!("{HEAD}<table:table table:name=\"{}\">", escaped(&sheet.name));
    let mut next_row = 0;
    for (row, cells) in &sheet.rows {
        if *row > next_row {
            let empty = row - next_row;
            let _ = write!(
                xml,
                "<table:table-row table:number-rows-repeated=\"{empty}\"><table:table-cell/></table:table-row>"
            );
        }
        next_row = row + 1;
        xml.push_str("<table:table-row>");
        let mut next_column = 0;
        for (column, cell) in cells {
            if *column > next_column {
                let empty = column - next_column;
                let _ = write!(xml, "<table:table-cell table:number-columns-repeated=\"{empty}\"/>");
            }
            next_column = column + 1;
            xml.push_str(&cell_xml(cell));
        }
        xml.push_str("</table:table-row>");
    }
    xml.push_str("</table:table></office:spreadsheet></office:body></office:document-content>");
    xml
}

fn cell_xml(cell: &Cell) -> String {
    let shown = escaped(&cell.shown());
    match cell {
        Cell::Text(text) => {
            let lines: Vec<String> = text.split('\n').map(line_xml).collect();
            format!(
                "<table:table-cell office:value-type=\"string\">{}</table:table-cell>",
                lines.concat()
            )
        }
        Cell::Number(number) => {
            let number = number_to_text(*number);
            format!(
                "<table:table-cell office:value-type=\"float\" office:value=\"{number}\"><text:p>{shown}</text:p></table:table-cell>"
            )
        }
        Cell::Null => "<table:table-cell/>".to_owned(),
        Cell::Bool(value) => format!(
            "<table:table-cell office:value-type=\"boolean\" office:boolean-value=\"{value}\"><text:p>{shown}</text:p></table:table-cell>"
        ),
    }
}

/// A line's spaces and tabs are elements where XML would swallow them.
fn line_xml(line: &str) -> String {
    let mut xml = String::from("<text:p>");
    let mut spaces = 0;
    for part in escaped(line).split_inclusive(' ') {
        let (text, space) = match part.strip_suffix(' ') {
            Some(text) => (text, 1),
            None => (part, 0),
        };
        if !text.is_empty() && spaces > 0 {
            let _ = write!(xml, "<text:s text:c=\"{spaces}\"/>");
            spaces = 0;
        }
        xml.push_str(&text.replace('\t', "<text:tab/>"));
        spaces += space;
    }
    if spaces > 0 {
        let _ = write!(xml, "<text:s text:c=\"{spaces}\"/>");
    }
    xml.push_str("</text:p>");
    xml
}
