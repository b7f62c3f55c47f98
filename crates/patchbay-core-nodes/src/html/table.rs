//! Items as an HTML table.

use std::fmt::Write;

use indexmap::IndexSet;
use patchbay_model::{Item, Object, Text, Value};
use patchbay_node::{Context, NodeError};

use crate::aggregate::pairs;

const TABLE: &str = "style='border-spacing:0; font-family:helvetica,arial,sans-serif'";
const HEADER: &str = "style='margin:0; padding:7px 20px 7px 0px; border-bottom:1px solid #eee; text-align:left; color:#888; font-weight:normal'";
const CELL: &str = "style='margin:0; padding:7px 20px 7px 0px; border-bottom:1px solid #eee'";

/// One item with the table of all.
pub fn of_items(context: &Context<'_>) -> Result<Item, NodeError> {
    let styled = !context.boolean("options.customStyling", 0)?;
    let style = |style: &'static str| if styled { style } else { "" };
    let attributes = |name: &str| context.text(&format!("options.{name}Attributes"), 0);
    let capitalize = context.boolean("options.capitalize", 0)?;
    let caption = context.text("options.caption", 0)?;
    let items = context.items();
    let keys: IndexSet<&Text> = items.iter().flat_map(|item| item.json.keys()).collect();
    let mut html = format!("<table {} {}>", style(TABLE), attributes("table")?);
    if !caption.is_empty() {
        // Writing to text cannot fail.
        let _ = write!(html, "<caption>{caption}</caption>");
    }
    let _ = write!(html, "<thead {} {}><tr>", style(HEADER), attributes("header")?);
    for key in &keys {
        let _ = if capitalize {
            write!(html, "<th>{}</th>", capitalized(key))
        } else {
            write!(html, "<th>{key}</th>")
        };
    }
    html.push_str("</tr></thead><tbody>");
    let (row, cell) = (attributes("row")?, attributes("cell")?);
    for item in items {
        let _ = write!(html, "<tr  {row}>");
        for key in &keys {
            let _ = write!(html, "<td {} {cell}>{}</td>", style(CELL), shown(item.json.get(key)));
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table>");
    let json: Object = [("table", html)].into_iter().collect();
    Ok(Item::new(json).paired_with(pairs(0..items.len())))
}

fn shown(value: Option<&Value>) -> Text {
    match value {
        None => "undefined".into(),
        Some(Value::Bool(true)) => "<input type=\"checkbox\" checked=\"checked\"/>".into(),
        Some(Value::Bool(false)) => "<input type=\"checkbox\" />".into(),
        Some(value) => value.to_text(),
    }
}

/// `first_name` → `First Name`.
fn capitalized(key: &str) -> String {
    let words = key.split('_').map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    });
    words.collect::<Vec<String>>().join(" ")
}
