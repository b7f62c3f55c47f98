//! CSV as records of texts: what Extract from File and the second Spreadsheet File make of it.

use bytes::Bytes;
use patchbay_model::{Object, Text, Value};
use patchbay_node::{Context, NodeError};

use super::node::Delimiter;
use crate::files::encoding::Charset;

/// How records are read.
pub(crate) struct Records {
    delimiter: Text,
    charset: Charset,
    header: bool,
    empty_cells: bool,
    /// From 1.
    first_line: usize,
    most: Option<usize>,
    keep_mark: bool,
    skip_faulty: bool,
}

impl Records {
    /// As the node's options say.
    pub(crate) fn from_options(context: &Context<'_>, index: usize, delimiter: Delimiter) -> Result<Self, NodeError> {
        let path = |name: &str| format!("options.{name}");
        let number = |name: &str| match context.optional(&path(name), index)? {
            None | Some(Value::Null) => Ok(None),
            Some(_) => context.number(&path(name), index).map(Some),
        };
        let most = number("maxRowCount")?.filter(|most| *most >= 0.0);
        Ok(Self {
            delimiter: match delimiter {
                Delimiter::Option => context.text(&path("delimiter"), index)?,
                Delimiter::Comma => Text::default(),
            },
            charset: Charset::named(&context.text(&path("encoding"), index)?)?,
            header: context
                .optional(&path("headerRow"), index)?
                .is_none_or(|value| value.truthy()),
            empty_cells: context.boolean(&path("includeEmptyCells"), index)?,
            first_line: number("fromLine")?.map_or(1, |line| line.max(1.0) as usize),
            most: most.map(|most| most as usize),
            keep_mark: !context.boolean(&path("enableBOM"), index)?,
            skip_faulty: context.boolean(&path("skipRecordsWithErrors.value.enabled"), index)?,
        })
    }

    /// The records' JSON: objects of texts, or `{"row": {"0": …}}` where there is no header; fields without text are left
    /// out, unless they are asked for.
    pub(crate) fn read(&self, bytes: &Bytes) -> Result<Vec<Object>, NodeError> {
        let mut text = self.charset.decode(bytes);
        if self.keep_mark && self.charset != Charset::Latin1 && bytes.starts_with(b"\xef\xbb\xbf") {
            // Twice: the reader takes one for a mark.
            text.insert_str(0, "\u{feff}\u{feff}");
        }
        let from = match self.first_line {
            1 => 0,
            line => text
                .match_indices('\n')
                .nth(line - 2)
                .map_or(text.len(), |(place, _)| place + 1),
        };
        let delimiter = match self.delimiter.as_bytes() {
            [] => b',',
            [delimiter] => *delimiter,
            _ => {
                let message = format!("The delimiter is not one character: `{}`", self.delimiter);
                return Err(NodeError::new("E0984", message).parameter("options.delimiter"));
            }
        };
        let mut reader = csv::ReaderBuilder::new();
        let mut reader = reader
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(&text.as_bytes()[from..]);
        let mut names: Option<Vec<Text>> = None;
        let mut made = Vec::new();
        for record in reader.records() {
            if self.most.is_some_and(|most| made.len() >= most) {
                break;
            }
            let record = record.map_err(|error| NodeError::new("E0984", error.to_string()))?;
            if !self.header {
                let fields = record
                    .iter()
                    .enumerate()
                    .map(|(place, text)| (Text::from(place.to_string()), text));
                made.push([("row", self.object(fields))].into_iter().collect());
                continue;
            }
            let Some(names) = &names else {
                names = Some(record.iter().map(Text::from).collect());
                continue;
            };
            if names.len() != record.len() {
                if self.skip_faulty {
                    continue;
                }
                let line = record.position().map_or(0, csv::Position::line) as usize + self.first_line - 1;
                let message = format!(
                    "Invalid Record Length: columns length is {}, got {} on line {line}",
                    names.len(),
                    record.len()
                );
                return Err(NodeError::new("E0984", message)
                    .hint("check the delimiter; `Skip Records With Errors` passes such lines over"));
            }
            made.push(self.object(names.iter().cloned().zip(record.iter())));
        }
        Ok(made)
    }

    fn object<'r>(&self, fields: impl Iterator<Item = (Text, &'r str)>) -> Object {
        // What comes later under the same name counts, as text or as none.
        let mut object: Object = fields.collect();
        if !self.empty_cells {
            object.retain(|_, value| value.as_str() != Some(""));
        }
        object
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Records {
        Records {
            delimiter: Text::default(),
            charset: Charset::Web(encoding_rs::UTF_8),
            header: true,
            empty_cells: false,
            first_line: 1,
            most: None,
            keep_mark: true,
            skip_faulty: false,
        }
    }

    #[test]
    fn lines_become_records() {
        let delimiter = || Records {
            delimiter: ";".into(),
            ..plain()
        };
        for (records, text, expected) in [
            (plain(), "a,b\n1,\n", Ok(r#"[{"a":"1"}]"#)),
            (
                plain(),
                "\u{feff}a,b\r\n\"x,\ny\",TRUE",
                Ok("[{\"\u{feff}a\":\"x,\\ny\",\"b\":\"TRUE\"}]"),
            ),
            (
                Records {
                    keep_mark: false,
                    ..plain()
                },
                "\u{feff}a\n1",
                Ok(r#"[{"a":"1"}]"#),
            ),
            (
                Records {
                    empty_cells: true,
                    ..plain()
                },
                "a,b\n1,",
                Ok(r#"[{"a":"1","b":""}]"#),
            ),
            (
                Records {
                    header: false,
                    ..plain()
                },
                "a,,b",
                Ok(r#"[{"row":{"0":"a","2":"b"}}]"#),
            ),
            (
                Records {
                    first_line: 2,
                    ..plain()
                },
                "x\na\n1",
                Ok(r#"[{"a":"1"}]"#),
            ),
            (
                Records {
                    most: Some(1),
                    ..plain()
                },
                "a\n1\n2",
                Ok(r#"[{"a":"1"}]"#),
            ),
            (delimiter(), "a;b\n1;2", Ok(r#"[{"a":"1","b":"2"}]"#)),
            (
                plain(),
                "a,b\n1,2\n3",
                Err("Invalid Record Length: columns length is 2, got 1 on line 3"),
            ),
            (
                Records {
                    skip_faulty: true,
                    ..plain()
                },
                "a,b\n3\n1,2",
                Ok(r#"[{"a":"1","b":"2"}]"#),
            ),
            (
                Records {
                    delimiter: "||".into(),
                    ..plain()
                },
                "a",
                Err("The delimiter is not one character: `||`"),
            ),
            (plain(), "", Ok("[]")),
        ] {
            let read = records.read(&Bytes::from(text.to_owned()));
            let read = read.map(|objects| Value::array(objects.into_iter().map(Value::object).collect()).to_json());
            let read = read.map_err(|error| error.error.message.to_string());
            assert_eq!(read.as_deref().map_err(String::as_str), expected, "{text:?}");
        }
    }
}
