//! Spreadsheets: sheets of cells, the items that they become and are made of, and the formats that n8n reads and writes
//! (CSV, HTML, ODS, RTF, XLS, XLSX). For Convert to File, Extract from File and Spreadsheet File.

mod formatted;
mod general;
pub(crate) mod items;
pub(crate) mod node;
mod read;
pub(crate) mod records;
mod write;

use std::collections::BTreeMap;

use patchbay_model::{Text, Value};
use patchbay_node::NodeError;

pub(crate) use read::{Reading, read};
pub(crate) use write::{Writing, write};

/// A format of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Html,
    Ods,
    Rtf,
    Xls,
    Xlsx,
}

impl Format {
    /// n8n's name, which is the extension too.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "csv" => Self::Csv,
            "html" => Self::Html,
            "ods" => Self::Ods,
            "rtf" => Self::Rtf,
            "xls" => Self::Xls,
            "xlsx" => Self::Xlsx,
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Html => "html",
            Self::Ods => "ods",
            Self::Rtf => "rtf",
            Self::Xls => "xls",
            Self::Xlsx => "xlsx",
        }
    }
}

/// The value of a cell that is not empty. Dates are numbers: days since 1899-12-30.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Text(Text),
    Number(f64),
    Bool(bool),
    /// Of a field that is null: in HTML it is told from a cell that is not there.
    Null,
}

impl Cell {
    /// What a person sees.
    fn shown(&self) -> Text {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => general::format(*number).into(),
            Self::Bool(true) => "TRUE".into(),
            Self::Bool(false) => "FALSE".into(),
            Self::Null => Text::default(),
        }
    }

    fn value(&self) -> Value {
        match self {
            Self::Text(text) => Value::Text(text.clone()),
            Self::Number(number) => Value::Number(*number),
            Self::Bool(value) => Value::Bool(*value),
            Self::Null => Value::Null,
        }
    }
}

/// A sheet: its cells by row and column, both from 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sheet {
    pub(crate) name: Text,
    rows: BTreeMap<u32, BTreeMap<u32, Cell>>,
    /// What a person sees in cells whose format says other than `General`.
    shown: BTreeMap<(u32, u32), Text>,
    area: Option<Area>,
}

/// First and last row and column of a part of a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) first: (u32, u32),
    pub(crate) last: (u32, u32),
}

impl Sheet {
    fn named(name: impl Into<Text>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    fn set(&mut self, row: u32, column: u32, cell: Cell) {
        self.reach(row, column);
        self.rows.entry(row).or_default().insert(column, cell);
    }

    /// The sheet's area has that place, whether it holds anything or not.
    fn reach(&mut self, row: u32, column: u32) {
        let area = self.area.get_or_insert(Area {
            first: (row, column),
            last: (row, column),
        });
        area.first = (area.first.0.min(row), area.first.1.min(column));
        area.last = (area.last.0.max(row), area.last.1.max(column));
    }

    /// A cell's format makes it this text.
    fn show(&mut self, row: u32, column: u32, text: Text) {
        self.shown.insert((row, column), text);
    }

    /// What a person sees in a cell.
    fn shown(&self, row: u32, column: u32) -> Option<Text> {
        match self.shown.get(&(row, column)) {
            Some(text) => Some(text.clone()),
            None => self.get(row, column).map(Cell::shown),
        }
    }

    fn get(&self, row: u32, column: u32) -> Option<&Cell> {
        self.rows.get(&row)?.get(&column)
    }

    /// The cells of a row from one column to another, both included.
    fn between(&self, row: u32, first: u32, last: u32) -> impl Iterator<Item = (u32, &Cell)> {
        let cells = self.rows.get(&row).filter(|_| first <= last);
        let cells = cells.into_iter().flat_map(move |cells| cells.range(first..=last));
        cells.map(|(column, cell)| (*column, cell))
    }

    /// The rows that hold something, from one to another, both included.
    fn rows_between(&self, first: u32, last: u32) -> impl Iterator<Item = u32> {
        let rows = (first <= last).then(|| self.rows.range(first..=last));
        rows.into_iter().flatten().map(|(row, _)| *row)
    }
}

/// The most cells of a sheet that are read.
const MOST_CELLS: usize = 10_000_000;

/// Counts cells, that no file can fill the memory.
#[derive(Default)]
struct Count(usize);

impl Count {
    /// What lies between two places, both included, and is not among those that hold something.
    fn gaps(&mut self, first: u32, last: u32, filled: usize) -> Result<(), NodeError> {
        let all = (u64::from(last) + 1).saturating_sub(u64::from(first));
        self.more(usize::try_from(all).unwrap_or(usize::MAX).saturating_sub(filled))
    }

    fn more(&mut self, cells: usize) -> Result<(), NodeError> {
        self.0 = self.0.saturating_add(cells);
        if self.0 > MOST_CELLS {
            return Err(NodeError::new(
                "E0978",
                format!("The sheet holds more than {MOST_CELLS} cells"),
            ));
        }
        Ok(())
    }
}

/// The column's letters: `A`, `Z`, `AA`.
fn column_name(mut column: u32) -> String {
    let mut name = Vec::new();
    loop {
        name.push(char::from(b'A' + (column % 26) as u8));
        match (column / 26).checked_sub(1) {
            Some(rest) => column = rest,
            None => return name.into_iter().rev().collect(),
        }
    }
}
