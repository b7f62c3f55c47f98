//! Sheets as XLSX: a zip archive of five small files. By hand, for the crates that write XLSX leave empty texts out, which
//! n8n keeps.

use std::fmt::Write;

use patchbay_model::value::number_to_text;
use patchbay_node::NodeError;

use super::{archived, escaped, unwritable};
use crate::spreadsheet::{Cell, Sheet, column_name};

const MOST_ROWS: u32 = 1 << 20;
const MOST_COLUMNS: u32 = 1 << 14;
/// In UTF-16 units.
const LONGEST_TEXT: usize = 32_767;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;

const ROOT: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;

const PARTS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

pub(super) fn write(sheet: &Sheet) -> Result<Vec<u8>, NodeError> {
    let (rows, columns) = sheet.area.map_or((0, 0), |area| (area.last.0 + 1, area.last.1 + 1));
    if rows > MOST_ROWS || columns > MOST_COLUMNS {
        let message = format!("A sheet of {rows} rows and {columns} columns does not fit into XLSX");
        return Err(unwritable(message).hint("XLSX holds 1048576 rows of 16384 cells"));
    }
    let workbook = format!(
        r#"<workbook xmlns="{MAIN}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="{}" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
        escaped(&sheet.name)
    );
    let files = [
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", ROOT),
        ("xl/workbook.xml", &workbook),
        ("xl/_rels/workbook.xml.rels", PARTS),
        ("xl/worksheets/sheet1.xml", &rows_xml(sheet)?),
    ];
    archived(files.map(|(name, xml)| (name, format!("{HEAD}{xml}"), true)))
}

fn rows_xml(sheet: &Sheet) -> Result<String, NodeError> {
    let mut xml = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>");
    for (row, cells) in &sheet.rows {
        let row = row + 1;
        let _ = write!(xml, "<row r=\"{row}\">");
        for (column, cell) in cells {
            let place = format!("{}{row}", column_name(*column));
            match cell {
                Cell::Number(number) => {
                    let number = number_to_text(*number);
                    let _ = write!(xml, "<c r=\"{place}\"><v>{number}</v></c>");
                }
                Cell::Null => {}
                Cell::Bool(value) => {
                    let _ = write!(xml, "<c r=\"{place}\" t=\"b\"><v>{}</v></c>", u8::from(*value));
                }
                Cell::Text(text) => {
                    if text.encode_utf16().count() > LONGEST_TEXT {
                        return Err(unwritable(format!(
                            "Text length must not exceed {LONGEST_TEXT} characters"
                        )));
                    }
                    let text = escaped(text);
                    let _ = write!(
                        xml,
                        "<c r=\"{place}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>"
                    );
                }
            }
        }
        xml.push_str("</row>");
    }
    xml.push_str("</sheetData></worksheet>");
    Ok(xml)
}
