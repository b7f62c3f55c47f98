//! What the three nodes for spreadsheets share: a file from all items, items from a file.

use patchbay_model::item::Pair;
use patchbay_model::{Binary, Item, Object, PairedItem, Text};
use patchbay_node::{Context, NodeError};

use super::items::{Layout, Range, items_of, sheet_of};
use super::records::Records;
use super::{Format, Reading, Writing, read, write};
use crate::files;

/// The item with the file that all items make; its name is the option's, else a stem's. n8n pairs it with them all.
pub(crate) async fn to_file(
    context: &Context<'_>,
    format: Format,
    stem: &str,
    any_delimiter: bool,
) -> Result<Item, NodeError> {
    let sheet_name = files::text(context, "options.sheetName", 0)?.unwrap_or_else(|| "Sheet".into());
    let header = context
        .optional("options.headerRow", 0)?
        .is_none_or(|value| value.truthy());
    let sheet = sheet_of(context.items(), sheet_name, header);
    let delimiter = if any_delimiter {
        context.text("options.delimiter", 0)?
    } else {
        Text::default()
    };
    let bytes = write(&sheet, format, &Writing { delimiter })?;
    let path =
        files::text(context, "options.fileName", 0)?.unwrap_or_else(|| format!("{stem}.{}", format.name()).into());
    let file = files::keep_bytes(context, bytes, Some(&path), None).await?;
    let name = context.text("binaryPropertyName", 0)?;
    Ok(files::item_with(name, file).paired_with(all(context)))
}

/// All the node's items.
pub(crate) fn all(context: &Context<'_>) -> PairedItem {
    let items = (0..context.items().len()).map(|item| Pair {
        item: item as u32,
        input: None,
    });
    items.collect()
}

/// The JSON of the items that a file becomes, as the node's options say.
///
/// What a node and its version make of the options differs: see [`Options`].
pub(crate) async fn from_file(
    context: &Context<'_>,
    file: &Binary,
    index: usize,
    options: Options,
) -> Result<Vec<Object>, NodeError> {
    let bytes = files::bytes_of(context, file).await?;
    if let Some(delimiter) = options.records {
        return Records::from_options(context, index, delimiter, options.ends_at_faults)?.read(&bytes);
    }
    let option = |name: &str| format!("options.{name}");
    let (sheet, range) = if options.sheets {
        let range = context.value(&option("range"), index)?;
        (
            files::text(context, &option("sheetName"), index)?,
            Range::parse(&range)?,
        )
    } else {
        (None, None)
    };
    if !options.layout {
        let layout = Layout {
            header: true,
            ..Layout::default()
        };
        return items_of(&read(&bytes, &Reading::default())?, &layout);
    }
    let reading = Reading {
        sheet,
        raw: context.boolean(&option("rawData"), index)?,
        as_text: context.boolean(&option("readAsString"), index)?,
        keep_mark: options.keep_mark,
    };
    let layout = Layout {
        header: context
            .optional(&option("headerRow"), index)?
            .is_none_or(|value| value.truthy()),
        empty_cells: context.boolean(&option("includeEmptyCells"), index)?,
        range,
    };
    items_of(&read(&bytes, &reading)?, &layout)
}

/// Which of a node's options count: n8n shows them only where they make sense to it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    /// CSV is read as texts, by the option's delimiter or, if that does not count, by commas.
    pub(crate) records: Option<Delimiter>,
    /// Records end without a word where one is faulty.
    pub(crate) ends_at_faults: bool,
    /// The range and the sheet's name.
    pub(crate) sheets: bool,
    /// How rows become items.
    pub(crate) layout: bool,
    /// Text that is read as text keeps its mark.
    pub(crate) keep_mark: bool,
}

/// Where records' delimiter comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delimiter {
    Option,
    Comma,
}
