//! The items that a sheet becomes, and the sheet that items make.

use std::collections::HashMap;

use indexmap::IndexMap;
use patchbay_model::value::number_to_text;
use patchbay_model::{Item, Object, Text, Value};
use patchbay_node::NodeError;

use super::{Area, Cell, Count, Sheet};

/// How a sheet is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    /// The first row holds the fields' names.
    pub(crate) header: bool,
    /// Empty cells are fields with empty text.
    pub(crate) empty_cells: bool,
    pub(crate) range: Option<Range>,
}

/// The part of a sheet to read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Range {
    /// All rows from this on, from 0.
    From(u32),
    Area(Area),
}

impl Range {
    /// `1`, `"1"` or `"A2:C9"`.
    pub(crate) fn parse(value: &Value) -> Result<Option<Self>, NodeError> {
        let text = value.to_text();
        let text = text.trim();
        if value.is_null() || text.is_empty() {
            return Ok(None);
        }
        if let Ok(row) = text.parse() {
            return Ok(Some(Self::From(row)));
        }
        let (first, last) = text.split_once(':').unwrap_or((text, text));
        let area = place(first)
            .zip(place(last))
            .map(|(first, last)| Self::Area(Area { first, last }));
        area.map(Some).ok_or_else(|| {
            NodeError::new("E0976", format!("`{text}` is not a range of cells"))
                .hint("write it as `A2:C9`, or the number of the row to begin with, from 0")
        })
    }
}

/// Row and column of `B3` or `$B$3`, from 0.
fn place(text: &str) -> Option<(u32, u32)> {
    let text: String = text.chars().filter(|c| *c != '$').collect::<String>().to_uppercase();
    let letters = text.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(text.len());
    let (letters, digits) = text.split_at(letters);
    if letters.is_empty() || letters.len() > 4 {
        return None;
    }
    let column = letters
        .bytes()
        .fold(0, |column, letter| column * 26 + u32::from(letter - b'A') + 1);
    let row: u32 = digits.parse().ok()?;
    Some((row.checked_sub(1)?, column - 1))
}

/// The JSON of the items that a sheet becomes: an object a row, or `{"row": […]}` where there is no header.
///
/// # Errors
///
/// Cells that hold something may lie so far apart that what is empty between them would fill the memory.
pub(crate) fn items_of(sheet: &Sheet, layout: &Layout) -> Result<Vec<Object>, NodeError> {
    let Some(whole) = sheet.area else {
        return Ok(Vec::new());
    };
    let mut area = whole;
    match layout.range {
        Some(Range::From(row)) => area.first.0 = row,
        Some(Range::Area(chosen)) => area = chosen,
        None => {}
    }
    if layout.header {
        return objects(sheet, area, whole.last.1, layout.empty_cells);
    }
    // Rows below the last one that holds something are of no use, however large the chosen area is.
    let end = area.last.0.min(whole.last.0);
    let width = whole
        .last
        .1
        .min(area.last.1)
        .saturating_add(1)
        .saturating_sub(area.first.1);
    let mut count = Count::default();
    count.gaps(area.first.0, end, sheet.rows_between(area.first.0, end).count())?;
    let mut made = Vec::new();
    for row in area.first.0..=end {
        let least = if layout.empty_cells { width as usize } else { 0 };
        let values = row_values(sheet, row, area, least, layout.empty_cells, &mut count)?;
        made.push([("row", Value::array(values))].into_iter().collect());
    }
    Ok(made)
}

/// The values of a row, at least so many; what is not there is empty text or null.
fn row_values(
    sheet: &Sheet,
    row: u32,
    area: Area,
    least: usize,
    empty_cells: bool,
    count: &mut Count,
) -> Result<Vec<Value>, NodeError> {
    let missing = if empty_cells { Value::text("") } else { Value::Null };
    let mut values = Vec::new();
    for (column, cell) in sheet.between(row, area.first.1, area.last.1) {
        let place = (column - area.first.1) as usize;
        count.more(place - values.len())?;
        values.resize(place, missing.clone());
        values.push(cell.value());
    }
    if values.len() < least {
        count.more(least - values.len())?;
        values.resize(least, missing);
    }
    Ok(values)
}

fn objects(sheet: &Sheet, area: Area, last_column: u32, empty_cells: bool) -> Result<Vec<Object>, NodeError> {
    // Columns past the last one that holds something have no names that anyone could use.
    let (first, last) = (area.first.1, area.last.1.min(last_column));
    let mut count = Count::default();
    let names = names(sheet, area.first.0, first, last, &mut count)?;
    let mut made = Vec::new();
    let after_header = area.first.0.saturating_add(1);
    for row in sheet.rows_between(after_header, area.last.0) {
        let mut cells = sheet.between(row, first, last).peekable();
        if cells.peek().is_none() {
            continue;
        }
        let mut json = Object::new();
        if empty_cells {
            count.more(names.len())?;
            json.extend(names.iter().map(|name| (name.clone(), Value::text(""))));
        }
        for (column, cell) in cells {
            json.insert(names[(column - first) as usize].clone(), cell.value());
        }
        made.push(json);
    }
    Ok(made)
}

/// The fields' names: the header's texts; what is there twice is numbered, what is empty has a name of its own.
fn names(sheet: &Sheet, row: u32, first: u32, last: u32, count: &mut Count) -> Result<Vec<Text>, NodeError> {
    let mut seen: HashMap<Text, usize> = HashMap::new();
    let mut names = Vec::new();
    count.gaps(first, last, sheet.between(row, first, last).count())?;
    for column in first..last.saturating_add(1) {
        let wanted = sheet.shown(row, column).unwrap_or_else(|| "__EMPTY".into());
        let times = seen.entry(wanted.clone()).or_default();
        names.push(match *times {
            0 => wanted,
            times => format!("{wanted}_{times}").into(),
        });
        *times += 1;
    }
    Ok(names)
}

/// The sheet of items: their fields are columns, in the order in which they first appear; what is nested is named with
/// dots.
pub(crate) fn sheet_of(items: &[Item], name: Text, header: bool) -> Sheet {
    let mut sheet = Sheet::named(name);
    let mut columns: IndexMap<Text, u32> = IndexMap::new();
    for (row, item) in items.iter().enumerate() {
        let row = row as u32 + u32::from(header);
        sheet.reach(row, 0);
        for (key, value) in flat(&item.json) {
            let next = columns.len() as u32;
            let column = *columns.entry(key).or_insert(next);
            sheet.reach(row, column);
            let cell = match value {
                Value::Text(text) => Cell::Text(text),
                Value::Number(number) => Cell::Number(number),
                Value::Bool(value) => Cell::Bool(value),
                _ => Cell::Null,
            };
            sheet.set(row, column, cell);
        }
    }
    if header {
        sheet.reach(0, 0);
        for (key, column) in columns {
            sheet.set(0, column, Cell::Text(key));
        }
    }
    sheet
}

/// The plain values of an object, each by its path with dots. Empty objects and arrays leave nothing.
fn flat(object: &Object) -> Vec<(Text, Value)> {
    let mut found = Vec::new();
    for (key, value) in object {
        flatten(key, value, &mut found);
    }
    found
}

fn flatten(path: &str, value: &Value, found: &mut Vec<(Text, Value)>) {
    match value {
        Value::Object(object) => {
            for (key, value) in &**object {
                flatten(&format!("{path}.{key}"), value, found);
            }
        }
        Value::Array(values) => {
            for (place, value) in values.iter().enumerate() {
                flatten(&format!("{path}.{}", number_to_text(place as f64)), value, found);
            }
        }
        value => found.push((path.into(), value.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(rows: &[&[&str]]) -> Sheet {
        let mut sheet = Sheet::named("Sheet");
        for (row, cells) in rows.iter().enumerate() {
            for (column, text) in cells.iter().enumerate() {
                match text.parse() {
                    _ if text.is_empty() => {}
                    Ok(number) => sheet.set(row as u32, column as u32, Cell::Number(number)),
                    Err(_) => sheet.set(row as u32, column as u32, Cell::Text((*text).into())),
                }
            }
        }
        sheet
    }

    #[test]
    fn rows_become_items() {
        let sheet = sheet(&[&["a", "a", "", "b"], &["1", "2", "3", ""], &[], &["x", "", "", "4"]]);
        for (header, empty_cells, range, expected) in [
            (true, false, "", r#"[{"a":1,"a_1":2,"__EMPTY":3},{"a":"x","b":4}]"#),
            (
                true,
                true,
                "",
                r#"[{"a":1,"a_1":2,"__EMPTY":3,"b":""},{"a":"x","a_1":"","__EMPTY":"","b":4}]"#,
            ),
            (true, false, "1", r#"[{"1":"x","__EMPTY":4}]"#),
            (true, false, "A1:A4", r#"[{"a":1},{"a":"x"}]"#),
            (true, false, "Q5:ZZZZ4294967295", "[]"),
            (true, false, "100", "[]"),
            (true, true, "A9:A2", "[]"),
            (false, true, "A9:A2", "[]"),
            (
                false,
                false,
                "",
                r#"[{"row":["a","a",null,"b"]},{"row":[1,2,3]},{"row":[]},{"row":["x",null,null,4]}]"#,
            ),
            (false, true, "A4:C4", r#"[{"row":["x","",""]}]"#),
        ] {
            let layout = Layout {
                header,
                empty_cells,
                range: Range::parse(&Value::text(range)).expect("a range"),
            };
            let items = items_of(&sheet, &layout)
                .expect("items")
                .into_iter()
                .map(Value::object)
                .collect();
            assert_eq!(
                Value::array(items).to_json(),
                expected,
                "{header} {empty_cells} {range}"
            );
        }
        assert!(Range::parse(&Value::text("1A")).is_err());
    }

    #[test]
    fn items_become_rows() {
        let items = [
            "{\"a\":{\"b\":[1,{\"c\":true}],\"d\":[]},\"n\":null}",
            "{\"x\":\"y\",\"n\":2}",
        ];
        let items: Vec<Item> = items
            .iter()
            .map(|text| {
                Item::new(
                    Value::from_json(text)
                        .expect("JSON")
                        .as_object()
                        .expect("object")
                        .clone(),
                )
            })
            .collect();
        let sheet = sheet_of(&items, "S".into(), true);
        let names: Vec<Text> = (0..4)
            .filter_map(|column| sheet.get(0, column))
            .map(Cell::shown)
            .collect();
        assert_eq!(names, ["a.b.0", "a.b.1.c", "n", "x"]);
        assert_eq!(sheet.get(2, 2), Some(&Cell::Number(2.0)));
        assert_eq!(sheet.get(1, 2), Some(&Cell::Null));
        assert_eq!(sheet.get(1, 3), None);
    }
}
