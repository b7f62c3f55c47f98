//! XLSX by way of `calamine`: cell by cell, so that a sheet's corners far apart cost nothing.

use std::io::Cursor;

use bytes::Bytes;
use calamine::{DataRef, Reader, Style, Xlsx, XlsxError};
use patchbay_node::NodeError;

use super::{Count, Reading, chosen, unreadable};
use crate::spreadsheet::formatted::Format;
use crate::spreadsheet::{Cell, Sheet, general};

pub(super) fn read(bytes: &Bytes, reading: &Reading) -> Result<Sheet, NodeError> {
    let told = |error: XlsxError| unreadable(error.to_string());
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes.clone())).map_err(told)?;
    let names = workbook.sheet_names();
    let name = chosen(reading, &names)?;
    let mut cells = workbook.worksheet_cells_reader(name).map_err(told)?;
    let mut sheet = Sheet::named(name);
    let mut count = Count::default();
    // Rows without anything in them belong to the sheet as far as it says that it goes.
    let said = cells.dimensions();
    let formats: Vec<Option<Format>> = cells.styles().iter().map(format_of).collect();
    while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(told)? {
        count.more(1)?;
        let (row, column) = cell.get_position();
        let value = match cell.get_value() {
            DataRef::Int(number) => Cell::Number(*number as f64),
            DataRef::Float(number) => Cell::Number(*number),
            DataRef::DateTimeIso(text) => match general::serial(text) {
                Some(number) => Cell::Number(number),
                None => Cell::Text(text.into()),
            },
            DataRef::String(text) | DataRef::DurationIso(text) => Cell::Text(text.into()),
            DataRef::SharedString(text) => Cell::Text((*text).into()),
            DataRef::Bool(value) => Cell::Bool(*value),
            DataRef::DateTime(date) => Cell::Number(date.as_f64()),
            DataRef::Error(_) | DataRef::Empty => continue,
        };
        if let (Cell::Number(number), Some(Some(format))) = (&value, formats.get(style)) {
            sheet.show(row, column, format.of(*number).into());
        }
        sheet.set(row, column, value);
    }
    let (row, column) = said.end;
    if sheet.area.is_some() && row < MOST_EMPTY_ROWS {
        sheet.reach(row, column.min(MOST_EMPTY_ROWS));
    }
    Ok(sheet)
}

/// A sheet that says that it goes further than this is not believed.
const MOST_EMPTY_ROWS: u32 = 10_000;

/// How a style shows numbers, where it is not as they are.
fn format_of(style: &Style) -> Option<Format> {
    let format = style.number_format.as_ref()?;
    Format::parse(&format.format_code)
}
