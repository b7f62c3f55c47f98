//! The tables of RTF: rows from `\trowd` to `\row`, cells up to `\cell`. As in n8n a row with a line break in it is lost.

use crate::spreadsheet::{Cell, Sheet};

pub(super) fn read(text: &str) -> Sheet {
    let mut sheet = Sheet::named("Sheet1");
    let rows = text.split("\\trowd").skip(1);
    let rows = rows.filter_map(|row| row.split_once("\\row").map(|(row, _)| row));
    for (number, row) in rows.filter(|row| !row.contains('\n')).enumerate() {
        sheet.reach(number as u32, 0);
        for (column, text) in cells(row).into_iter().enumerate() {
            if !text.is_empty() {
                sheet.set(number as u32, column as u32, Cell::Text(text.into()));
            }
        }
    }
    sheet
}

fn cells(row: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut text = String::new();
    let mut parts = row.split('\\');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(part.len());
        let (word, rest) = part.split_at(end);
        match word {
            "cell" => cells.push(std::mem::take(&mut text)),
            "intbl" => text.clear(),
            _ => {}
        }
        // One space ends a word.
        text.push_str(rest.strip_prefix(' ').unwrap_or(rest));
    }
    cells
}
