//! ODS: the tables of its `content.xml`. What is repeated is repeated only as far as something is in it.

use patchbay_model::Text;
use patchbay_node::NodeError;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{Count, Reading, chosen, unreadable};
use crate::spreadsheet::{Cell, Sheet, general};

/// A cell with something in it is repeated so often at most, and a row: more has no sheet.
const MOST_REPEATED: u32 = 16_384;
const MOST_ROWS: u32 = 1 << 20;

pub(super) fn read(xml: &[u8], reading: &Reading) -> Result<Sheet, NodeError> {
    let sheets = Tables::default().read(xml)?;
    let names: Vec<String> = sheets.iter().map(|sheet| sheet.name.to_string()).collect();
    let name = chosen(reading, &names)?;
    let found = sheets.into_iter().find(|sheet| sheet.name == name);
    found.ok_or_else(|| unreadable("The file holds no sheet"))
}

#[derive(Default)]
struct Tables {
    sheets: Vec<Sheet>,
    row: u32,
    column: u32,
    rows_repeated: u32,
    /// The cells of the row, with the first column and the number of columns of each.
    cells: Vec<(u32, u32, Cell, Option<Text>)>,
    open: Option<OpenCell>,
    /// Within a comment, whose text is not the cell's.
    comment: usize,
    count: Count,
}

/// A cell whose end has not come yet.
struct OpenCell {
    repeated: u32,
    kind: String,
    value: String,
    text: String,
    paragraphs: usize,
}

impl Tables {
    fn read(mut self, xml: &[u8]) -> Result<Vec<Sheet>, NodeError> {
        let told = |error: quick_xml::Error| unreadable(format!("The sheet's XML is malformed: {error}"));
        let mut reader = Reader::from_reader(xml);
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            match reader.read_event_into(&mut buffer).map_err(told)? {
                Event::Start(element) => self.start(&element)?,
                Event::Empty(element) => {
                    self.start(&element)?;
                    self.end(element.local_name().as_ref())?;
                }
                Event::End(element) => self.end(element.local_name().as_ref())?,
                Event::Text(text) => self.text(&text),
                Event::GeneralRef(name) => self.text(&entity(&name)),
                Event::Eof => return Ok(self.sheets),
                _ => {}
            }
        }
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), NodeError> {
        match element.local_name().as_ref() {
            "table" => {
                self.sheets.push(Sheet::named(attribute(element, "name")?));
                self.row = 0;
            }
            "table-row" => {
                self.rows_repeated = number(element, "number-rows-repeated")?;
                self.column = 0;
                self.cells.clear();
            }
            "table-cell" | "covered-table-cell" => {
                let kind = attribute(element, "value-type")?;
                let value = match kind.as_str() {
                    "boolean" => attribute(element, "boolean-value")?,
                    "date" => attribute(element, "date-value")?,
                    "time" => attribute(element, "time-value")?,
                    _ => attribute(element, "value")?,
                };
                self.open = Some(OpenCell {
                    repeated: number(element, "number-columns-repeated")?,
                    kind,
                    value,
                    text: String::new(),
                    paragraphs: 0,
                });
            }
            "annotation" => self.comment += 1,
            "p" if self.comment == 0 => {
                if let Some(cell) = &mut self.open {
                    if cell.paragraphs > 0 {
                        cell.text.push('\n');
                    }
                    cell.paragraphs += 1;
                }
            }
            "s" => {
                let spaces = number(element, "c")?.min(MOST_REPEATED);
                self.count.more(spaces as usize)?;
                self.text(&" ".repeat(spaces as usize));
            }
            "tab" => self.text("\t"),
            "line-break" => self.text("\n"),
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if let Some(cell) = self
            .open
            .as_mut()
            .filter(|cell| self.comment == 0 && cell.paragraphs > 0)
        {
            cell.text.push_str(text);
        }
    }

    fn end(&mut self, name: &str) -> Result<(), NodeError> {
        match name {
            "annotation" => self.comment = self.comment.saturating_sub(1),
            "table-cell" | "covered-table-cell" => {
                if let Some(open) = self.open.take() {
                    let repeated = open.repeated;
                    let shown = open.shown();
                    if let Some(cell) = open.cell() {
                        self.cells.push((self.column, repeated.min(MOST_REPEATED), cell, shown));
                    }
                    self.column = self.column.saturating_add(repeated);
                }
            }
            "table-row" => {
                if let Some(sheet) = self.sheets.last_mut().filter(|_| !self.cells.is_empty()) {
                    let rows = self.rows_repeated.min(MOST_ROWS);
                    let width: usize = self.cells.iter().map(|(_, repeated, ..)| *repeated as usize).sum();
                    self.count.more(width.saturating_mul(rows as usize))?;
                    for row in 0..rows {
                        for (column, repeated, cell, shown) in &self.cells {
                            for next in 0..*repeated {
                                let (row, column) = (self.row.saturating_add(row), column.saturating_add(next));
                                sheet.set(row, column, cell.clone());
                                if let Some(text) = shown {
                                    sheet.show(row, column, text.clone());
                                }
                            }
                        }
                    }
                }
                self.row = self.row.saturating_add(self.rows_repeated);
            }
            _ => {}
        }
        Ok(())
    }
}

impl OpenCell {
    /// The text of a cell whose value is another: a date's, or a number's with a format.
    fn shown(&self) -> Option<Text> {
        let is_plain = || self.text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let has_format = match self.kind.as_str() {
            "date" | "time" | "percentage" | "currency" => true,
            "float" => !is_plain(),
            _ => false,
        };
        (has_format && !self.text.is_empty()).then(|| self.text.as_str().into())
    }

    fn cell(self) -> Option<Cell> {
        Some(match self.kind.as_str() {
            "float" | "currency" | "percentage" => Cell::Number(self.value.parse().ok()?),
            "boolean" => Cell::Bool(self.value == "true"),
            "date" => Cell::Number(general::serial(&self.value)?),
            "time" => Cell::Number(time(&self.value)?),
            "string" => Cell::Text(self.text.into()),
            _ => return None,
        })
    }
}

/// `PT12H30M00S` in days.
fn time(text: &str) -> Option<f64> {
    let mut seconds = 0.0;
    let mut rest = text.strip_prefix("PT")?;
    while let Some(end) = rest.find(|c: char| c.is_ascii_alphabetic()) {
        let number: f64 = rest[..end].parse().ok()?;
        seconds += match &rest[end..=end] {
            "H" => number * 3600.0,
            "M" => number * 60.0,
            "S" => number,
            _ => return None,
        };
        rest = &rest[end + 1..];
    }
    Some(seconds / 86_400.0)
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Result<String, NodeError> {
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|error| unreadable(error.to_string()))?;
        if attribute.key.local_name().as_ref() == name {
            let value = quick_xml::escape::unescape(&attribute.value).map_err(|error| unreadable(error.to_string()))?;
            return Ok(value.into_owned());
        }
    }
    Ok(String::new())
}

/// One where it is not said.
fn number(element: &BytesStart<'_>, name: &str) -> Result<u32, NodeError> {
    Ok(attribute(element, name)?.parse().unwrap_or(1))
}

/// What `&name;` stands for.
fn entity(name: &str) -> Text {
    let whole = format!("&{name};");
    quick_xml::escape::unescape(&whole).map_or_else(|_| whole.clone().into(), |text| Text::from(&*text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spreadsheet::items::{Layout, items_of};
    use patchbay_model::Value;

    fn check(rows: &str, expected: &str) {
        let xml = format!(
            "<o:b xmlns:o='o' xmlns:table='t' xmlns:text='x' xmlns:office='f'><table:table table:name='A&amp;B'>{rows}</table:table></o:b>"
        );
        let sheet = read(xml.as_bytes(), &Reading::default()).expect("read");
        assert_eq!(sheet.name, "A&B");
        let items = items_of(&sheet, &Layout::default())
            .expect("items")
            .into_iter()
            .map(Value::object)
            .collect();
        assert_eq!(Value::array(items).to_json(), expected, "{rows}");
    }

    #[test]
    fn cells_are_read() {
        for (cell, expected) in [
            ("office:value-type='float' office:value='1.5'/>", "1.5"),
            ("office:value-type='percentage' office:value='0.5'/>", "0.5"),
            ("office:value-type='boolean' office:boolean-value='true'/>", "true"),
            ("office:value-type='date' office:date-value='2026-01-02'/>", "46024"),
            ("office:value-type='time' office:time-value='PT12H00M00S'/>", "0.5"),
            (
                "office:value-type='string'><text:p>a<text:s text:c='2'/>&lt;b</text:p><text:p>c</text:p></table:table-cell>",
                r#""a  <b\nc""#,
            ),
        ] {
            let row = format!("<table:table-row><table:table-cell {cell}</table:table-row>");
            check(&row, &format!("[{{\"row\":[{expected}]}}]"));
        }
    }

    #[test]
    fn repeated_cells_cost_only_what_they_hold() {
        let cell = "<table:table-cell office:value-type='float' office:value='1' table:number-columns-repeated='2'/>";
        let far = "<table:table-cell table:number-columns-repeated='4294967295'/>";
        check(
            &format!(
                "<table:table-row table:number-rows-repeated='2'>{cell}{far}</table:table-row>\
                 <table:table-row table:number-rows-repeated='4294967295'>{far}</table:table-row>"
            ),
            r#"[{"row":[1,1]},{"row":[1,1]}]"#,
        );
        let filled = "<t:table-cell t:value-type='float' t:value='1'/>";
        let empty = "<t:table-cell t:number-columns-repeated='4294967295'/>";
        let spaces = "<x:s x:c='16384'/>".repeat(700);
        for (rows, header) in [
            (
                "<t:table-row t:number-rows-repeated='999999999'><t:table-cell t:value-type='float' t:value='1' t:number-columns-repeated='99999999'/></t:table-row>".to_owned(),
                true,
            ),
            (format!("<t:table-row>{filled}{empty}{filled}</t:table-row>"), true),
            (format!("<t:table-row>{filled}{empty}{filled}</t:table-row>"), false),
            (
                format!("<t:table-row>{filled}</t:table-row><t:table-row t:number-rows-repeated='4294967290'/><t:table-row>{filled}</t:table-row>"),
                false,
            ),
            (
                format!("<t:table-row><t:table-cell t:value-type='string'><x:p>{spaces}</x:p></t:table-cell></t:table-row>"),
                true,
            ),
        ] {
            let xml = format!("<t:table xmlns:t='t' xmlns:x='x'>{rows}</t:table>");
            let layout = Layout { header, ..Layout::default() };
            let items = read(xml.as_bytes(), &Reading::default()).and_then(|sheet| items_of(&sheet, &layout));
            assert_eq!(items.map_err(|error| error.error.code), Err("E0978".into()), "{header} {rows:.200}");
        }
    }
}
