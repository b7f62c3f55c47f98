//! CSV as records of texts: what Extract from File and the second Spreadsheet File make of it.

mod reader;

use bytes::Bytes;
use patchbay_model::{Object, Text, Value};
use patchbay_node::{Context, NodeError};

use reader::{Reader, Record};

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
    /// Quotes count only where they can.
    relaxed: bool,
    /// Nothing is told of a faulty record, nor is what comes after it read: as older versions of the nodes.
    ends_at_faults: bool,
    skips_faulty: bool,
    most_skipped: Option<usize>,
}

impl Records {
    /// As the node's options say.
    pub(crate) fn from_options(
        context: &Context<'_>,
        index: usize,
        delimiter: Delimiter,
        ends_at_faults: bool,
    ) -> Result<Self, NodeError> {
        let path = |name: &str| format!("options.{name}");
        let number = |name: &str| match context.optional(&path(name), index)? {
            None | Some(Value::Null) => Ok(None),
            Some(_) => context.number(&path(name), index).map(Some),
        };
        let most_skipped = number("skipRecordsWithErrors.value.maxSkippedRecords")?;
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
            relaxed: context.boolean(&path("relaxQuotes"), index)?,
            ends_at_faults,
            skips_faulty: !ends_at_faults && context.boolean(&path("skipRecordsWithErrors.value.enabled"), index)?,
            most_skipped: most_skipped.filter(|most| *most > 0.0).map(|most| most as usize),
        })
    }

    /// The records' JSON: objects of texts, or `{"row": {"0": …}}` where there is no header; fields without text are left
    /// out, unless they are asked for.
    pub(crate) fn read(&self, bytes: &Bytes) -> Result<Vec<Object>, NodeError> {
        let mut text = self.charset.decode(bytes);
        if self.keep_mark && self.charset != Charset::Latin1 && bytes.starts_with(b"\xef\xbb\xbf") {
            text.insert(0, '\u{feff}');
        }
        let from = match self.first_line {
            1 => 0,
            line => text
                .match_indices('\n')
                .nth(line - 2)
                .map_or(text.len(), |(place, _)| place + 1),
        };
        let delimiter = if self.delimiter.is_empty() {
            ","
        } else {
            &self.delimiter
        };
        let mut reader = Reader::new(&text[from..], delimiter, self.first_line, self.relaxed);
        let mut names: Option<Vec<Text>> = None;
        let mut width = None;
        let mut skipped = 0;
        let mut made = Vec::new();
        while self.most.is_none_or(|most| made.len() < most) {
            let Some(record) = reader.next_record() else {
                break;
            };
            if let Some(message) = self.fault(&record, names.as_deref(), &mut width) {
                if self.ends_at_faults {
                    break;
                }
                if !self.skips_faulty {
                    return Err(faulty(message));
                }
                skipped += record.faults.len().max(1);
                if self.most_skipped.is_some_and(|most| skipped > most) {
                    return Err(faulty("Max number of skipped records exceeded".to_owned()));
                }
                continue;
            }
            match &names {
                _ if !self.header => made.push([("row", self.row(record.fields))].into_iter().collect()),
                None => names = Some(record.fields.into_iter().map(Text::from).collect()),
                Some(names) => made.push(self.object(names.iter().cloned().zip(record.fields))),
            }
        }
        Ok(made)
    }

    /// What is wrong with a record; its quotes, or its number of fields where that is not the first one's.
    fn fault(&self, record: &Record, names: Option<&[Text]>, width: &mut Option<usize>) -> Option<String> {
        if let Some(fault) = record.faults.first() {
            return Some(fault.told(names));
        }
        let got = record.fields.len();
        let expected = *width.get_or_insert(got);
        let what = if self.header { "columns length is" } else { "expect" };
        (expected != got).then(|| {
            format!(
                "Invalid Record Length: {what} {expected}, got {got} on line {}",
                record.line
            )
        })
    }

    /// A record without names: by number, or as a list where empty fields count.
    fn row(&self, fields: Vec<String>) -> Value {
        if self.empty_cells {
            return Value::array(fields.into_iter().map(Value::text).collect());
        }
        let numbered = fields.into_iter().enumerate();
        Value::object(self.object(numbered.map(|(place, text)| (Text::from(place.to_string()), text))))
    }

    fn object(&self, fields: impl Iterator<Item = (Text, String)>) -> Object {
        // What comes later under the same name counts, as text or as none.
        let mut object: Object = fields.collect();
        if !self.empty_cells {
            object.retain(|_, value| value.as_str() != Some(""));
        }
        object
    }
}

fn faulty(message: String) -> NodeError {
    NodeError::new("E0984", message).hint("check the delimiter; `Skip Records With Errors` passes such lines over")
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
            relaxed: false,
            ends_at_faults: false,
            skips_faulty: false,
            most_skipped: None,
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
                    skips_faulty: true,
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
                "a||b\n1||2",
                Ok(r#"[{"a":"1","b":"2"}]"#),
            ),
            (plain(), "a\n\n1\n", Ok(r#"[{},{"a":"1"}]"#)),
            (
                plain(),
                "a,b\n1,2\r\n3,4\n",
                Ok(r#"[{"a":"1","b":"2\r"},{"a":"3","b":"4"}]"#),
            ),
            (plain(), "a\r1\r", Ok(r#"[{"a":"1"}]"#)),
            (plain(), "a,b\n\"\"\"\",\"x\"\"y\"\n", Ok(r#"[{"a":"\"","b":"x\"y"}]"#)),
            (
                plain(),
                "a,b\n\"x\ny\",2\n1,z\"\n",
                Err("Invalid Opening Quote: a quote is found on field \"b\" at line 4, value is \"z\""),
            ),
            (
                plain(),
                "a\"b,c\n1,2",
                Err("Invalid Opening Quote: a quote is found on field 0 at line 1, value is \"a\""),
            ),
            (
                plain(),
                "a,b\n1,\"q\"z\n3,4\n",
                Err(
                    "Invalid Closing Quote: got \"z\" at line 2 instead of delimiter, record delimiter, trimable \
                     character (if activated) or comment",
                ),
            ),
            (
                plain(),
                "a,b\n1,\"x\n2,3\n",
                Err("Quote Not Closed: the parsing is finished with an opening quote at line 3"),
            ),
            (
                Records {
                    relaxed: true,
                    ..plain()
                },
                "a,b\n1,x\"y\n1,\"q\"z\"\n",
                Ok(r#"[{"a":"1","b":"x\"y"},{"a":"1","b":"\"q\"z\""}]"#),
            ),
            (
                Records {
                    skips_faulty: true,
                    ..plain()
                },
                "a,b\n1,x\"y\n3,4\n",
                Ok(r#"[{"a":"3","b":"4"}]"#),
            ),
            (
                Records {
                    skips_faulty: true,
                    ..plain()
                },
                "a,b\n1,\"q\"z\n3,4\n5,6\n",
                Ok("[]"),
            ),
            (
                Records {
                    skips_faulty: true,
                    most_skipped: Some(1),
                    ..plain()
                },
                "a,b\n1\n2\n3,4\n",
                Err("Max number of skipped records exceeded"),
            ),
            (
                Records {
                    ends_at_faults: true,
                    ..plain()
                },
                "a,b\n1,2\n3\n4,5",
                Ok(r#"[{"a":"1","b":"2"}]"#),
            ),
            (
                Records {
                    header: false,
                    empty_cells: true,
                    ..plain()
                },
                "a,b\n1,",
                Ok(r#"[{"row":["a","b"]},{"row":["1",""]}]"#),
            ),
            (
                Records {
                    header: false,
                    ..plain()
                },
                "a,b\n1",
                Err("Invalid Record Length: expect 2, got 1 on line 2"),
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
