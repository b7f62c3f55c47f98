//! Takes CSV apart into records, as strictly as n8n and with its messages.

use patchbay_model::Text;

/// Reads records one after the other.
///
/// The first line break outside of quotes tells which kind ends records. A quote counts at the start of a field, and
/// after the quote that ends it only a delimiter or the record's end may come; `relaxed` takes all others as text.
pub(super) struct Reader<'t> {
    rest: &'t str,
    delimiter: &'t str,
    line_break: Option<&'static str>,
    relaxed: bool,
    /// From 1.
    line: usize,
}

pub(super) struct Record {
    pub fields: Vec<String>,
    /// The line on which it ends.
    pub line: usize,
    pub faults: Vec<Fault>,
}

/// What is wrong with a record's quotes; lines count from 1.
pub(super) enum Fault {
    Opening { field: usize, line: usize, value: String },
    Closing { got: char, line: usize },
    NotClosed { line: usize },
}

impl Fault {
    /// n8n's message; `names` are those of the fields, where they are known.
    pub fn told(&self, names: Option<&[Text]>) -> String {
        match self {
            Self::Opening { field, line, value } => {
                let name = names.and_then(|names| names.get(*field));
                let field = name.map_or_else(|| field.to_string(), |name| format!("\"{name}\""));
                format!("Invalid Opening Quote: a quote is found on field {field} at line {line}, value is \"{value}\"")
            }
            Self::Closing { got, line } => format!(
                "Invalid Closing Quote: got \"{got}\" at line {line} instead of delimiter, record delimiter, trimable \
                 character (if activated) or comment"
            ),
            Self::NotClosed { line } => {
                format!("Quote Not Closed: the parsing is finished with an opening quote at line {line}")
            }
        }
    }
}

impl<'t> Reader<'t> {
    /// `line` is the number of the first one.
    pub fn new(text: &'t str, delimiter: &'t str, line: usize, relaxed: bool) -> Self {
        Self {
            rest: text,
            delimiter,
            line_break: None,
            relaxed,
            line,
        }
    }

    /// The next record; `None` at the end.
    pub fn next_record(&mut self) -> Option<Record> {
        if self.rest.is_empty() {
            return None;
        }
        let mut record = Record {
            fields: Vec::new(),
            line: self.line,
            faults: Vec::new(),
        };
        let mut field = String::new();
        let mut quoted = self.opens();
        loop {
            record.line = self.line;
            let Some(c) = self.rest.chars().next() else {
                if quoted {
                    record.faults.push(Fault::NotClosed { line: self.line });
                }
                record.fields.push(field);
                return Some(record);
            };
            if quoted {
                if c != '"' {
                    // Lines within a field count as well; what ends the text begins none.
                    let next = self.rest[c.len_utf8()..].chars().next();
                    let ends_line = c == '\n' || (c == '\r' && next != Some('\n'));
                    self.line += usize::from(ends_line && next.is_some());
                    self.take(c.len_utf8(), &mut field);
                    continue;
                }
                self.skip(1);
                match self.rest.chars().next() {
                    Some('"') => self.take(1, &mut field),
                    Some(got) if !self.rest.starts_with(self.delimiter) && self.at_break().is_none() => {
                        if self.relaxed {
                            quoted = false;
                            field = format!("\"{field}\"");
                        } else {
                            record.faults.push(Fault::Closing { got, line: self.line });
                        }
                    }
                    _ => quoted = false,
                }
            } else if self.rest.starts_with(self.delimiter) {
                self.skip(self.delimiter.len());
                record.fields.push(std::mem::take(&mut field));
                quoted = self.opens();
            } else if let Some(line_break) = self.at_break() {
                self.line_break = Some(line_break);
                self.skip(line_break.len());
                self.line += 1;
                record.fields.push(field);
                return Some(record);
            } else if c == '"' && !self.relaxed {
                let fault = Fault::Opening {
                    field: record.fields.len(),
                    line: self.line,
                    value: field.clone(),
                };
                record.faults.push(fault);
                self.skip(1);
            } else {
                self.take(c.len_utf8(), &mut field);
            }
        }
    }

    /// Whether a quote opens the field that begins here; it is taken.
    fn opens(&mut self) -> bool {
        let opens = self.rest.starts_with('"');
        self.skip(usize::from(opens));
        opens
    }

    /// The line break that comes next, if it is of the kind that ends records.
    fn at_break(&self) -> Option<&'static str> {
        let known = ["\r\n", "\n", "\r"];
        let mut breaks = known
            .into_iter()
            .filter(|known| self.line_break.is_none_or(|one| one == *known));
        breaks.find(|line_break| self.rest.starts_with(line_break))
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn take(&mut self, bytes: usize, field: &mut String) {
        field.push_str(&self.rest[..bytes]);
        self.skip(bytes);
    }
}
