//! Sheets as files.

mod ods;
mod text;
mod xls;
mod xlsx;

use std::io::{Cursor, Write};

use patchbay_model::Text;
use patchbay_node::NodeError;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Format, Sheet};

/// How a sheet is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writing {
    /// Of CSV.
    pub(crate) delimiter: Text,
}

/// A file's bytes.
pub(crate) fn write(sheet: &Sheet, format: Format, writing: &Writing) -> Result<Vec<u8>, NodeError> {
    checked(&sheet.name)?;
    match format {
        Format::Csv => Ok(text::csv(sheet, &writing.delimiter).into_bytes()),
        Format::Html => Ok(text::html(sheet).into_bytes()),
        Format::Rtf => Ok(text::rtf(sheet).into_bytes()),
        Format::Ods => ods::write(sheet),
        Format::Xls => xls::write(sheet),
        Format::Xlsx => xlsx::write(sheet),
    }
}

/// What can not be written.
fn unwritable(message: impl Into<Text>) -> NodeError {
    NodeError::new("E0977", message)
}

/// Spreadsheet programs take no other names of sheets.
fn checked(name: &str) -> Result<(), NodeError> {
    if name.encode_utf16().count() > 31 {
        Err(unwritable("Sheet names cannot exceed 31 chars"))
    } else if name.contains([':', '\\', '/', '?', '*', '[', ']']) {
        Err(unwritable("Sheet name cannot contain : \\ / ? * [ ]"))
    } else {
        Ok(())
    }
}

/// A zip archive of texts, each with its name and whether it is packed.
fn archived<const COUNT: usize>(files: [(&str, String, bool); COUNT]) -> Result<Vec<u8>, NodeError> {
    let archived = || -> Result<Vec<u8>, ZipError> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text, packed) in files {
            let method = if packed {
                CompressionMethod::Deflated
            } else {
                CompressionMethod::Stored
            };
            archive.start_file(name, SimpleFileOptions::default().compression_method(method))?;
            archive.write_all(text.as_bytes())?;
        }
        Ok(archive.finish()?.into_inner())
    };
    archived().map_err(|error| unwritable(error.to_string()))
}

/// Text within XML.
fn escaped(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => made.push_str("&amp;"),
            '<' => made.push_str("&lt;"),
            '>' => made.push_str("&gt;"),
            '"' => made.push_str("&quot;"),
            '\'' => made.push_str("&apos;"),
            // XML has no way to say these.
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => made.push(c),
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spreadsheet::items::{Layout, items_of};
    use crate::spreadsheet::{Cell, Reading, read};
    use patchbay_model::Value;
    use proptest::prelude::*;

    fn sample() -> Sheet {
        let mut sheet = Sheet::named("Übung");
        for (column, name) in ["a", "b,c", "d"].into_iter().enumerate() {
            sheet.set(0, column as u32, Cell::Text(name.into()));
        }
        sheet.set(1, 0, Cell::Number(1.5));
        sheet.set(1, 1, Cell::Bool(true));
        sheet.set(3, 0, Cell::Text(String::new().into()));
        sheet.set(1, 2, Cell::Text("line\n <é> \"q\"".into()));
        sheet.set(3, 2, Cell::Text("007".into()));
        sheet
    }

    #[test]
    fn what_is_written_is_read_again() {
        let expected = r#"[{"a":1.5,"b,c":true,"d":"line\n <é> \"q\""},{"a":"","d":"007"}]"#;
        for format in [Format::Ods, Format::Xls, Format::Xlsx, Format::Html] {
            let bytes = write(&sample(), format, &Writing::default()).expect("written");
            let sheet = read(&bytes.into(), &Reading::default()).expect("read");
            let layout = Layout {
                header: true,
                ..Layout::default()
            };
            let items = items_of(&sheet, &layout)
                .expect("items")
                .into_iter()
                .map(Value::object)
                .collect();
            let items: Vec<Value> = items;
            // HTML has no empty texts, and swallows spaces beside tags.
            let expected = match format {
                Format::Html => expected.replace(r#""a":"","#, "").replace("\\n ", "\\n"),
                _ => expected.to_owned(),
            };
            assert_eq!(Value::array(items).to_json(), expected, "{format:?}");
            let name = if format == Format::Html { "Sheet1" } else { "Übung" };
            assert_eq!(sheet.name, name);
        }
    }

    #[test]
    fn names_of_sheets_are_checked() {
        for name in ["a/b", "a name of more than thirty-one letters"] {
            assert!(
                write(&Sheet::named(name), Format::Xlsx, &Writing::default()).is_err(),
                "{name}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn malformed_files_end_in_an_error(
            format in proptest::sample::select(vec![Format::Ods, Format::Xls, Format::Xlsx, Format::Html, Format::Rtf, Format::Csv]),
            changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..12),
            cut in any::<proptest::sample::Index>(),
        ) {
            let mut bytes = write(&sample(), format, &Writing { delimiter: ",".into() }).expect("written");
            for (place, value) in changes {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
            bytes.truncate(cut.index(bytes.len()) + 1);
            if let Ok(sheet) = read(&bytes.into(), &Reading::default()) {
                // Refused or not, it ends.
                let _ = items_of(&sheet, &Layout { header: true, ..Layout::default() });
            }
        }
    }
}
