//! Writes into files of cases.

pub mod text;
