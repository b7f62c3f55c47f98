//! XLSX by way of `calamine`: cell by cell, so that a sheet's corners far apart cost nothing.

use std::io::Cursor;

use bytes::Bytes;
use calamine::{DataRef, Reader, Xlsx, XlsxError};
use patchbay_node::NodeError;

use super::{Count, Reading, chosen, unreadable};
use crate::spreadsheet::{Cell, Sheet};

pub(super) fn read(bytes: &Bytes, reading: &Reading) -> Result<Sheet, NodeError> {
    let told = |error: XlsxError| unreadable(error.to_string());
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes.clone())).map_err(told)?;
    let names = workbook.sheet_names();
    let name = chosen(reading, &names)?;
    let mut cells = workbook.worksheet_cells_reader(name).map_err(told)?;
    let mut sheet = Sheet::named(name);
    let mut count = Count::default();
    while let Some(cell) = cells.next_cell().map_err(told)? {
        count.more(1)?;
        let (row, column) = cell.get_position();
        let value = match cell.get_value() {
            DataRef::Int(number) => Cell::Number(*number as f64),
            DataRef::Float(number) => Cell::Number(*number),
            DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::Text(text.into()),
            DataRef::SharedString(text) => Cell::Text((*text).into()),
            DataRef::Bool(value) => Cell::Bool(*value),
            DataRef::DateTime(date) => Cell::Number(date.as_f64()),
            DataRef::Error(_) | DataRef::Empty => continue,
        };
        sheet.set(row, column, value);
    }
    Ok(sheet)
}
