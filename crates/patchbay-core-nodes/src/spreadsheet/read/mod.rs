//! Files as sheets, whatever they call themselves: the format is what the bytes show.

mod csv;
mod html;
mod infer;
mod ods;
mod rtf;
mod xls;
mod xlsx;

use bytes::Bytes;
use patchbay_model::{Text, diagnostic::nearest};
use patchbay_node::NodeError;

use super::{Count, MOST_CELLS, Sheet};
use crate::files::encoding::Charset;
use crate::files::{guarded, unpack};

/// How a file is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    /// The sheet to read; the first if none is named.
    pub(crate) sheet: Option<Text>,
    /// Texts stay texts, even where they look like numbers or dates.
    pub(crate) raw: bool,
    /// CSV without a mark is UTF-8, not Latin 1.
    pub(crate) as_text: bool,
    /// Where that is so, a mark is part of the text.
    pub(crate) keep_mark: bool,
}

/// What a file of spreadsheets may unpack to, in bytes.
const LARGEST: u64 = 512 << 20;

/// The sheet of a file that is asked for.
pub(crate) fn read(bytes: &Bytes, reading: &Reading) -> Result<Sheet, NodeError> {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = start.trim_ascii_start();
    if bytes.starts_with(b"PK\x03\x04") {
        let entries = unpack::entries(bytes)?;
        let mut left = LARGEST;
        for entry in &entries {
            left -= entry.measure(left)?;
        }
        if let Some(content) = entries.iter().find(|entry| entry.name == "content.xml") {
            return ods::read(&content.read(LARGEST)?, reading);
        }
        return guarded(UNREADABLE, || xlsx::read(bytes, reading));
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return guarded(UNREADABLE, || xls::read(bytes, reading));
    }
    if start.starts_with(b"{\\rt") {
        return Ok(rtf::read(&Charset::Latin1.decode(start)));
    }
    if start.starts_with(b"<") {
        return html::read(&String::from_utf8_lossy(start), reading);
    }
    Ok(csv::read(bytes, reading))
}

const UNREADABLE: &str = "E0976";

fn unreadable(message: impl Into<Text>) -> NodeError {
    NodeError::new(UNREADABLE, message)
}

/// The sheet's name that is asked for, of those that are there.
fn chosen<'n>(reading: &Reading, names: &'n [String]) -> Result<&'n str, NodeError> {
    match &reading.sheet {
        None => names
            .first()
            .map(String::as_str)
            .ok_or_else(|| unreadable("The file holds no sheet")),
        Some(wanted) => names
            .iter()
            .find(|name| **name == *wanted)
            .map(String::as_str)
            .ok_or_else(|| {
                let error = unreadable(format!("Spreadsheet does not contain sheet called \"{wanted}\"!"))
                    .parameter("options.sheetName");
                match nearest(wanted, names.iter().map(String::as_str)) {
                    Some(near) => error.hint(format!("Did you mean `{near}`?")),
                    None => error.hint(format!("It contains: {}", names.join(", "))),
                }
            }),
    }
}
