//! Sheets as XLS: records of BIFF8 in a compound file, as few as Excel needs.

use std::io::{Cursor, Write};

use patchbay_node::NodeError;

use super::unwritable;
use crate::spreadsheet::{Cell, Sheet};

/// In UTF-16 units: a record holds 8224 bytes.
const LONGEST_TEXT: usize = 4000;
const MOST_ROWS: u32 = 65_536;
const MOST_COLUMNS: u32 = 256;

pub(super) fn write(sheet: &Sheet) -> Result<Vec<u8>, NodeError> {
    let stream = workbook(sheet)?;
    file(&stream).map_err(|error| unwritable(error.to_string()))
}

fn file(stream: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut file = cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new()))?;
    file.create_stream("/Workbook")?.write_all(stream)?;
    file.flush()?;
    Ok(file.into_inner().into_inner())
}

/// Kinds of records.
mod kind {
    pub const BOF: u16 = 0x0809;
    pub const EOF: u16 = 0x000A;
    pub const CODE_PAGE: u16 = 0x0042;
    pub const WINDOW: u16 = 0x003D;
    pub const FONT: u16 = 0x0031;
    pub const FORMAT_OF_CELLS: u16 = 0x00E0;
    pub const SHEET: u16 = 0x0085;
    pub const DIMENSIONS: u16 = 0x0200;
    pub const NUMBER: u16 = 0x0203;
    pub const TEXT: u16 = 0x0204;
    pub const BOOLEAN: u16 = 0x0205;
}

/// The format of a cell that has none of its own: those before it are of styles.
const PLAIN: u16 = 15;

#[derive(Default)]
struct Records(Vec<u8>);

impl Records {
    fn add(&mut self, kind: u16, parts: &[&[u8]]) {
        let size: usize = parts.iter().map(|part| part.len()).sum();
        self.0.extend_from_slice(&kind.to_le_bytes());
        self.0.extend_from_slice(&(size as u16).to_le_bytes());
        for part in parts {
            self.0.extend_from_slice(part);
        }
    }

    /// Of the workbook (5) or of a sheet (16).
    fn begin(&mut self, part: u16) {
        let head = [0x0600, part, 0x0DBB, 0x07CC, 0, 0, 0x0006, 0];
        self.add(kind::BOF, &[&units(head)]);
    }
}

fn units(units: impl IntoIterator<Item = u16>) -> Vec<u8> {
    units.into_iter().flat_map(u16::to_le_bytes).collect()
}

fn workbook(sheet: &Sheet) -> Result<Vec<u8>, NodeError> {
    let cells = cells(sheet)?;
    let mut records = Records::default();
    records.begin(5);
    records.add(kind::CODE_PAGE, &[&units([1200])]);
    records.add(kind::WINDOW, &[&units([0, 0, 0x4000, 0x2000, 0x38, 0, 0, 1, 600])]);
    for _ in 0..4 {
        let name = "Arial".encode_utf16();
        records.add(
            kind::FONT,
            &[&units([200, 0, 0x7FFF, 400, 0]), &[0, 0, 0, 0, 5, 1], &units(name)],
        );
    }
    for place in 0..=PLAIN {
        let flags = if place < PLAIN { 0xFFF5 } else { 0x0001 };
        records.add(
            kind::FORMAT_OF_CELLS,
            &[&units([0, 0, flags, 0x0020, 0, 0, 0, 0, 0, 0x20C0])],
        );
    }
    let name: Vec<u16> = sheet.name.encode_utf16().collect();
    // The sheet begins after this record and the last one.
    let start = records.0.len() + 4 + 8 + name.len() * 2 + 4;
    let start = start as u32;
    records.add(
        kind::SHEET,
        &[&start.to_le_bytes(), &[0, 0, name.len() as u8, 1], &units(name)],
    );
    records.add(kind::EOF, &[]);
    records.0.extend_from_slice(&cells);
    Ok(records.0)
}

fn cells(sheet: &Sheet) -> Result<Vec<u8>, NodeError> {
    let (rows, columns) = sheet.area.map_or((0, 0), |area| (area.last.0 + 1, area.last.1 + 1));
    if rows > MOST_ROWS || columns > MOST_COLUMNS {
        let message = format!("A sheet of {rows} rows and {columns} columns does not fit into XLS");
        return Err(unwritable(message).hint("XLS holds 65536 rows of 256 cells; use XLSX"));
    }
    let mut records = Records::default();
    records.begin(16);
    let width = units([0, columns as u16, 0]);
    records.add(kind::DIMENSIONS, &[&0_u32.to_le_bytes(), &rows.to_le_bytes(), &width]);
    for (row, cells) in &sheet.rows {
        for (column, cell) in cells {
            let place = units([*row as u16, *column as u16, PLAIN]);
            match cell {
                Cell::Number(number) => records.add(kind::NUMBER, &[&place, &number.to_le_bytes()]),
                Cell::Null => {}
                Cell::Bool(value) => records.add(kind::BOOLEAN, &[&place, &[u8::from(*value), 0]]),
                Cell::Text(text) => {
                    let text: Vec<u16> = text.encode_utf16().collect();
                    if text.len() > LONGEST_TEXT {
                        let message = format!("A text of {} characters does not fit into XLS", text.len());
                        return Err(unwritable(message).hint("use XLSX"));
                    }
                    let length = (text.len() as u16).to_le_bytes();
                    records.add(kind::TEXT, &[&place, &length, &[1], &units(text)]);
                }
            }
        }
    }
    records.add(kind::EOF, &[]);
    Ok(records.0)
}
