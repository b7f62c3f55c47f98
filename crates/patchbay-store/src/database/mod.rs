//! A database as the store needs it: a few statements, with the same text for SQLite and Postgres. Placeholders are
//! `?1`, `?2`, …

mod postgres;
mod sqlite;

pub(crate) use postgres::Postgres;
pub(crate) use sqlite::Sqlite;

use crate::Error;

/// A value that a statement is given.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Given<'a> {
    Integer(Option<i64>),
    Text(Option<&'a str>),
    Bytes(&'a [u8]),
}

/// A value that a statement gives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// One row.
pub(crate) type Row = Vec<Cell>;

pub(crate) trait Database: Send {
    /// Gives the number of rows changed.
    fn execute(&mut self, statement: &str, given: &[Given<'_>]) -> Result<u64, Error>;

    fn query(&mut self, statement: &str, given: &[Given<'_>]) -> Result<Vec<Row>, Error>;

    /// Begins a transaction that writes.
    fn begin(&mut self) -> Result<(), Error>;

    /// Ends the transaction; when it returns it is on disk.
    fn commit(&mut self) -> Result<(), Error>;

    /// Undoes what the transaction did, if there is one.
    fn roll_back(&mut self);

    /// Several statements without values. `INTEGER_KEY`, `INTEGER64` and `BYTES` stand for the database's own types.
    fn script(&mut self, script: &str) -> Result<(), Error>;

    /// Gives the space of removed rows back.
    fn reclaim(&mut self) -> Result<(), Error>;

    /// In bytes.
    fn size(&mut self) -> Result<u64, Error>;
}

impl<'a> From<&'a str> for Given<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Some(text))
    }
}

impl<'a> From<&'a String> for Given<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Some(text))
    }
}

impl<'a> From<Option<&'a str>> for Given<'a> {
    fn from(text: Option<&'a str>) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Given<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<i64> for Given<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(Some(number))
    }
}

impl From<Option<i64>> for Given<'_> {
    fn from(number: Option<i64>) -> Self {
        Self::Integer(number)
    }
}

impl From<u64> for Given<'_> {
    fn from(number: u64) -> Self {
        Self::Integer(Some(number as i64))
    }
}

impl Cell {
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    pub fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn into_bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}
