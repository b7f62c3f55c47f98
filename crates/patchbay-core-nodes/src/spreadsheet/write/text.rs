//! Sheets as CSV, HTML and RTF, byte for byte as n8n writes them.

use std::fmt::Write;

use patchbay_model::value::number_to_text;

use crate::spreadsheet::{Area, Cell, Sheet, column_name};

fn area(sheet: &Sheet) -> Area {
    sheet.area.unwrap_or(Area {
        first: (0, 0),
        last: (0, 0),
    })
}

/// With a mark at the start, that Excel may know it as UTF-8.
pub(super) fn csv(sheet: &Sheet, delimiter: &str) -> String {
    let delimiter = if delimiter.is_empty() { "," } else { delimiter };
    let area = area(sheet);
    let mut text = String::from("\u{feff}");
    for row in area.first.0..=area.last.0 {
        if row > area.first.0 {
            text.push('\n');
        }
        for column in area.first.1..=area.last.1 {
            if column > area.first.1 {
                text.push_str(delimiter);
            }
            if let Some(cell) = sheet.get(row, column) {
                let shown = cell.shown();
                // Excel takes a file that begins with `ID` for something else.
                if shown == "ID" || shown.contains(delimiter) || shown.contains(['"', '\n', '\r']) {
                    let _ = write!(text, "\"{}\"", shown.replace('"', "\"\""));
                } else {
                    text.push_str(&shown);
                }
            }
        }
    }
    text
}

pub(super) fn html(sheet: &Sheet) -> String {
    let area = area(sheet);
    let mut text =
        String::from("<html><head><meta charset=\"utf-8\"/><title>SheetJS Table Export</title></head><body><table>");
    for row in area.first.0..=area.last.0 {
        text.push_str("<tr>");
        for column in area.first.1..=area.last.1 {
            let id = format!("id=\"sjs-{}{}\"", column_name(column), u64::from(row) + 1);
            let Some(cell) = sheet.get(row, column) else {
                let _ = write!(text, "<td {id}></td>");
                continue;
            };
            let (kind, value) = match cell {
                Cell::Text(value) => ("s", value.clone()),
                Cell::Number(number) => ("n", number_to_text(*number)),
                Cell::Bool(value) => ("b", value.to_string().into()),
                Cell::Null => {
                    let _ = write!(text, "<td data-t=\"z\" {id}></td>");
                    continue;
                }
            };
            let kept = value.trim().len() < value.len() && kind == "s";
            let space = if kept { " xml:space=\"preserve\"" } else { "" };
            let shown = html_text(&cell.shown());
            let _ = write!(
                text,
                "<td data-t=\"{kind}\" data-v=\"{value}\" {id}{space}>{shown}</td>"
            );
        }
        text.push_str("</tr>");
    }
    text.push_str("</table></body></html>");
    text
}

fn html_text(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => made.push_str("&amp;"),
            '<' => made.push_str("&lt;"),
            '>' => made.push_str("&gt;"),
            '"' => made.push_str("&quot;"),
            '\'' => made.push_str("&apos;"),
            '\n' => made.push_str("<br/>"),
            '\u{0}'..='\u{1f}' => {
                let _ = write!(made, "&#x{:04x};", u32::from(c));
            }
            c => made.push(c),
        }
    }
    made
}

pub(super) fn rtf(sheet: &Sheet) -> String {
    let area = area(sheet);
    let mut text = String::from("{\\rtf1\\ansi");
    for row in area.first.0..=area.last.0 {
        text.push_str("\\trowd\\trautofit1");
        for place in 1..=u64::from(area.last.1 - area.first.1) + 1 {
            let _ = write!(text, "\\cellx{place}");
        }
        text.push_str("\\pard\\intbl");
        for column in area.first.1..=area.last.1 {
            if let Some(cell) = sheet.get(row, column).filter(|cell| **cell != Cell::Null) {
                let _ = write!(text, " {}\\cell", cell.shown());
            }
        }
        text.push_str("\\pard\\intbl\\row");
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let mut sheet = Sheet::default();
        sheet.set(0, 0, Cell::Text("ID".into()));
        sheet.set(0, 1, Cell::Text(" b;\t\"".into()));
        sheet.set(1, 0, Cell::Number(0.1 + 0.2));
        sheet
    }

    #[test]
    fn sheets_are_written_as_n8n_does() {
        assert_eq!(csv(&sheet(), ""), "\u{feff}\"ID\",\" b;\t\"\"\"\n0.3,");
        assert_eq!(csv(&sheet(), "\t"), "\u{feff}\"ID\"\t\" b;\t\"\"\"\n0.3\t");
        assert_eq!(csv(&Sheet::default(), ";"), "\u{feff}");
        assert_eq!(
            rtf(&sheet()),
            "{\\rtf1\\ansi\\trowd\\trautofit1\\cellx1\\cellx2\\pard\\intbl ID\\cell  b;\t\"\\cell\\pard\\intbl\\row\\trowd\\\
             trautofit1\\cellx1\\cellx2\\pard\\intbl 0.3\\cell\\pard\\intbl\\row}"
        );
        let html = html(&sheet());
        for part in [
            "<td data-t=\"s\" data-v=\" b;\t\"\" id=\"sjs-B1\" xml:space=\"preserve\"> b;&#x0009;&quot;</td>",
            "<td data-t=\"n\" data-v=\"0.30000000000000004\" id=\"sjs-A2\">0.3</td><td id=\"sjs-B2\"></td>",
        ] {
            assert!(html.contains(part), "{html}");
        }
    }
}
