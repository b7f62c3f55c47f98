//! XLS by way of `calamine`, once it is known that its sheets are not larger than they may be: it makes room for all of a
//! sheet's area at once.

use std::io::{Cursor, Read};

use bytes::Bytes;
use calamine::{Data, Reader, Xls, XlsError};
use patchbay_node::NodeError;

use super::{MOST_CELLS, Reading, chosen, unreadable};
use crate::spreadsheet::{Cell, Sheet};

pub(super) fn read(bytes: &Bytes, reading: &Reading) -> Result<Sheet, NodeError> {
    check_areas(bytes)?;
    let told = |error: XlsError| unreadable(error.to_string());
    let mut workbook: Xls<_> = Xls::new(Cursor::new(bytes.clone())).map_err(told)?;
    let names = workbook.sheet_names();
    let name = chosen(reading, &names)?;
    let range = workbook.worksheet_range(name).map_err(told)?;
    let mut sheet = Sheet::named(name);
    let (first_row, first_column) = range.start().unwrap_or_default();
    for (row, column, value) in range.used_cells() {
        let value = match value {
            Data::Int(number) => Cell::Number(*number as f64),
            Data::Float(number) => Cell::Number(*number),
            Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => Cell::Text(text.into()),
            Data::Bool(value) => Cell::Bool(*value),
            Data::DateTime(date) => Cell::Number(date.as_f64()),
            Data::Error(_) | Data::Empty => continue,
        };
        sheet.set(first_row + row as u32, first_column + column as u32, value);
    }
    Ok(sheet)
}

/// An error if the cells of a sheet lie so far apart that the room between them would fill the memory.
fn check_areas(bytes: &Bytes) -> Result<(), NodeError> {
    let told = |error: std::io::Error| unreadable(error.to_string());
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes.clone())).map_err(told)?;
    let name = ["/Workbook", "/Book"].into_iter().find(|name| file.is_stream(name));
    let name = name.ok_or_else(|| unreadable("The file holds no workbook"))?;
    let mut records = Vec::new();
    let stream = file.open_stream(name).map_err(told)?;
    stream
        .take(bytes.len() as u64)
        .read_to_end(&mut records)
        .map_err(told)?;
    let mut rest = records.as_slice();
    let (mut rows, mut columns, mut all) = (0_usize, 0_usize, 0_usize);
    while let [a, b, c, d, after @ ..] = rest {
        let kind = u16::from_le_bytes([*a, *b]);
        let size = usize::from(u16::from_le_bytes([*c, *d])).min(after.len());
        let (record, next) = after.split_at(size);
        match (kind, record) {
            // The beginning of a part of the workbook.
            (0x0009 | 0x0209 | 0x0409 | 0x0809, _) => {
                all += rows * columns;
                (rows, columns) = (0, 0);
            }
            // Cells: numbers, texts, booleans, formulas; and rows of them, which end with their last column.
            (
                0x0003 | 0x0004 | 0x0005 | 0x0006 | 0x0203 | 0x0204 | 0x0205 | 0x0206 | 0x0406 | 0x00D6 | 0x00FD
                | 0x007E | 0x027E,
                [r, s, x, y, ..],
            )
            | (0x00BD, [r, s, .., x, y]) => {
                rows = rows.max(usize::from(u16::from_le_bytes([*r, *s])) + 1);
                columns = columns.max(usize::from(u16::from_le_bytes([*x, *y])) + 1);
            }
            _ => {}
        }
        rest = next;
    }
    if all + rows * columns > MOST_CELLS {
        return Err(NodeError::new(
            "E0978",
            format!("The sheets' areas hold more than {MOST_CELLS} cells"),
        ));
    }
    Ok(())
}
