//! CSV as spreadsheet programs read it: the delimiter is guessed, texts that look like numbers and dates become them.

use super::{Reading, infer};
use crate::files::encoding::Charset;
use crate::spreadsheet::{Cell, Sheet};

pub(super) fn read(bytes: &[u8], reading: &Reading) -> Sheet {
    let text = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        _ if reading.as_text && reading.keep_mark => String::from_utf8_lossy(bytes).into_owned(),
        Some(text) => String::from_utf8_lossy(text).into_owned(),
        None if reading.as_text => String::from_utf8_lossy(bytes).into_owned(),
        None if bytes.starts_with(b"\xff\xfe") => Charset::Utf16.decode(bytes),
        None => Charset::Latin1.decode(bytes),
    };
    let mut sheet = Sheet::named("Sheet1");
    let mut lines = Records::new(&text);
    let mut row = 0;
    while let Some(record) = lines.next_record() {
        sheet.reach(row, 0);
        for (column, field) in record.into_iter().enumerate() {
            sheet.reach(row, column as u32);
            // A formula without a value is as good as nothing.
            let formula = !reading.raw && field.len() > 1 && field.starts_with('=') && !field.starts_with("=\"");
            if !field.is_empty() && !formula {
                let cell = if reading.raw {
                    Cell::Text(field.into())
                } else {
                    infer::cell(&field)
                };
                sheet.set(row, column as u32, cell);
            }
        }
        row += 1;
    }
    sheet
}

/// Takes text apart. A quote anywhere opens and closes a stretch without delimiters; only a whole field is unquoted.
struct Records<'t> {
    rest: &'t str,
    delimiter: char,
}

impl<'t> Records<'t> {
    fn new(text: &'t str) -> Self {
        if let Some(delimiter) = text.strip_prefix("sep=").and_then(|rest| rest.chars().next()) {
            let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
            return Self { rest, delimiter };
        }
        Self {
            rest: text,
            delimiter: guess(text),
        }
    }

    fn next_record(&mut self) -> Option<Vec<String>> {
        if self.rest.is_empty() {
            return None;
        }
        let mut fields = Vec::new();
        let (mut start, mut quoted) = (0, false);
        for (place, c) in self.rest.char_indices() {
            match c {
                '"' => quoted = !quoted,
                c if c == self.delimiter && !quoted => {
                    fields.push(unquoted(&self.rest[start..place]));
                    start = place + c.len_utf8();
                }
                '\n' | '\r' if !quoted => {
                    fields.push(unquoted(&self.rest[start..place]));
                    let after = &self.rest[place..];
                    self.rest = after.strip_prefix("\r\n").unwrap_or(&after[1..]);
                    return Some(fields);
                }
                _ => {}
            }
        }
        fields.push(unquoted(&self.rest[start..]));
        self.rest = "";
        Some(fields)
    }
}

fn unquoted(field: &str) -> String {
    match field.strip_prefix('"').and_then(|field| field.strip_suffix('"')) {
        Some(inside) => inside.replace("\"\"", "\""),
        None => field.to_owned(),
    }
}

/// The delimiter that is there most often at the beginning, outside of quotes.
fn guess(text: &str) -> char {
    const KNOWN: [char; 4] = [',', '\t', ';', '|'];
    let mut counts = [0; 4];
    let mut quoted = false;
    for c in text.chars().take(1024) {
        if c == '"' {
            quoted = !quoted;
        } else if let Some(place) = KNOWN.iter().position(|known| *known == c && !quoted) {
            counts[place] += 1;
        }
    }
    let most = counts.iter().max().copied().unwrap_or_default();
    let place = counts.iter().position(|count| *count == most).unwrap_or_default();
    KNOWN[place]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spreadsheet::items::{Layout, items_of};
    use patchbay_model::Value;

    #[test]
    fn text_becomes_cells() {
        for (text, expected) in [
            ("a\tb\n1\t2", r#"[{"a":1,"b":2}]"#),
            ("a|b\n1|2", r#"[{"a":1,"b":2}]"#),
            ("a;b\n1,5;2", r#"[{"a":15,"b":2}]"#),
            ("sep=;\na;b\n1;2", r#"[{"a":1,"b":2}]"#),
            ("a\r\n1\r\n", r#"[{"a":1}]"#),
            ("a\r1\r", r#"[{"a":1}]"#),
            ("a,b\n\"x\ny\",\"q\"\"q\"\n", r#"[{"a":"x\ny","b":"q\"q"}]"#),
            ("a,b\n1\n,,\n3,4,5", r#"[{"a":1},{"a":3,"b":4,"__EMPTY":5}]"#),
            ("\n\na\n1", r#"[{"__EMPTY":"a"},{"__EMPTY":1}]"#),
            ("\"a\"b,c\n\"1\"2,3", r#"[{"\"a\"b":"\"1\"2","c":3}]"#),
            ("a,b\n=1+1,2", r#"[{"b":2}]"#),
            ("", "[]"),
        ] {
            let sheet = read(text.as_bytes(), &Reading::default());
            let layout = Layout {
                header: true,
                ..Layout::default()
            };
            let items = items_of(&sheet, &layout)
                .expect("items")
                .into_iter()
                .map(Value::object)
                .collect();
            assert_eq!(Value::array(items).to_json(), expected, "{text}");
        }
        let sheet = read(b"h\n\xe9", &Reading::default());
        assert_eq!(sheet.get(1, 0), Some(&Cell::Text("é".into())));
    }
}
