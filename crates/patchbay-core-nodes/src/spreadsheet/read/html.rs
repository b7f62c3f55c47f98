//! The first table of an HTML page. Cells that a spreadsheet program wrote say in `data-t` whether they are text.

use std::collections::HashSet;

use patchbay_node::NodeError;
use scraper::{ElementRef, Selector};

use crate::html::page;

use super::{Count, Reading, infer, unreadable};
use crate::spreadsheet::{Cell, Sheet};

/// A cell covers so many columns or rows at most.
const WIDEST: u32 = 1024;

pub(super) fn read(html: &str, reading: &Reading) -> Result<Sheet, NodeError> {
    let selector = |css| Selector::parse(css).map_err(|error| unreadable(error.to_string()));
    let (tables, rows, cells) = (selector("table")?, selector("tr")?, selector("td, th")?);
    let page = page::document(html)?;
    let table = page.select(&tables).next().ok_or_else(|| {
        unreadable("Cannot read properties of undefined (reading '0')").hint("the HTML holds no table")
    })?;
    let mut sheet = Sheet::named("Sheet1");
    let mut count = Count::default();
    let mut covered = HashSet::new();
    for (row, element) in table.select(&rows).enumerate() {
        let row = row as u32;
        sheet.reach(row, 0);
        let mut column = 0;
        for element in element.select(&cells) {
            while covered.remove(&(row, column)) {
                column += 1;
            }
            let width = span(element, "colspan");
            for below in 1..span(element, "rowspan") {
                for beside in 0..width {
                    count.more(1)?;
                    covered.insert((row + below, column + beside));
                }
            }
            sheet.reach(row, column + width - 1);
            if let Some(cell) = cell(element, reading.raw) {
                count.more(1)?;
                sheet.set(row, column, cell);
            }
            column += width;
        }
    }
    Ok(sheet)
}

fn span(element: ElementRef<'_>, name: &str) -> u32 {
    let number = element.attr(name).and_then(|text| text.parse().ok());
    number.unwrap_or(1).clamp(1, WIDEST)
}

fn cell(element: ElementRef<'_>, raw: bool) -> Option<Cell> {
    let shown = shown(&element.inner_html());
    if shown.is_empty() {
        return None;
    }
    if raw {
        return Some(Cell::Text(shown.into()));
    }
    // The value in `data-v` does not count, not even to n8n: what is shown does.
    Some(match element.attr("data-t") {
        Some("s") => Cell::Text(shown.into()),
        _ => infer::cell(&shown),
    })
}

/// The text of a cell: white space is one space, and none beside tags.
fn shown(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html.trim();
    while let Some(start) = rest.find('<') {
        text.push_str(&collapsed(rest[..start].trim_end()));
        let tag_end = rest[start..].find('>').map_or(rest.len(), |end| start + end + 1);
        let tag = rest[start..tag_end].to_lowercase();
        if tag.starts_with("<br") {
            text.push('\n');
        }
        rest = rest[tag_end..].trim_start();
    }
    text.push_str(&collapsed(rest));
    text.replace("&nbsp;", "\u{a0}")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

fn collapsed(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_ascii_whitespace() {
            made.push(c);
        } else if !made.ends_with(' ') {
            made.push(' ');
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spreadsheet::items::{Layout, items_of};
    use patchbay_model::Value;

    #[test]
    fn the_first_table_is_read() {
        for (html, raw, expected) in [
            (
                "<p>x<table><tr><th>A<th colspan=2>B</tr><tr><td rowspan=2>1<td><b>2</b> x<td>3&amp;4<br>z</tr><tr><td> a\n  b <td></table>\
                 <table><tr><td>q</table>",
                false,
                r#"[{"A":1,"B":"2x","__EMPTY":"3&4\nz"},{"B":"a b"}]"#,
            ),
            (
                "<table><tr><td>h<tr><td data-t=s data-v='007'>007<tr><td data-t=b data-v=true>TRUE<tr><td>007</table>",
                false,
                r#"[{"h":"007"},{"h":true},{"h":7}]"#,
            ),
            (
                "<table><tr><td>h<tr><td data-t=n data-v=1.04>1.0</table>",
                true,
                r#"[{"h":"1.0"}]"#,
            ),
        ] {
            let reading = Reading {
                raw,
                ..Reading::default()
            };
            let sheet = read(html, &reading).expect("read");
            let layout = Layout {
                header: true,
                ..Layout::default()
            };
            let items = items_of(&sheet, &layout)
                .expect("items")
                .into_iter()
                .map(Value::object)
                .collect();
            assert_eq!(Value::array(items).to_json(), expected, "{html}");
        }
        assert!(read("<p>no table", &Reading::default()).is_err());
    }

    #[test]
    fn wide_cells_without_anything_fill_no_memory() {
        let html = format!(
            "<table><tr><td>a<tr>{}<td>b</table>",
            "<td colspan=1024>".repeat(10_000)
        );
        let sheet = read(&html, &Reading::default()).expect("read");
        let layout = Layout {
            header: true,
            ..Layout::default()
        };
        assert_eq!(
            items_of(&sheet, &layout).map_err(|error| error.error.code),
            Err("E0978".into())
        );
    }
}
