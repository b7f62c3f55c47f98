//! How what is written looks.

use patchbay_model::{Text, Value};
use patchbay_node::{Context, NodeError};

use super::text::Replacement;

/// The signs of what is written.
pub struct Options {
    pub(super) bullet: Text,
    pub(super) fence: Text,
    pub(super) emphasis: Text,
    pub(super) strong: Text,
    pub(super) indented_code: bool,
    pub(super) keep_data_images: bool,
    pub(super) ignored: Vec<Text>,
    pub(super) blocks: Vec<Text>,
    pub(super) most_newlines: usize,
    /// Links are named by numbers, their addresses listed at the end.
    pub(super) references: bool,
    /// What is done to text instead of escaping the signs that mean something.
    pub(super) global_escape: Option<Replacement>,
    /// … and those that mean something at the start of a line.
    pub(super) line_start_escape: Option<Replacement>,
    /// What is done to text after that.
    pub(super) replacements: Vec<Replacement>,
}

impl Options {
    pub fn of(context: &Context<'_>, index: usize) -> Result<Self, NodeError> {
        let sign = |name: &str, default: &str| {
            let sign = context.text(&format!("options.{name}"), index)?;
            Ok::<Text, NodeError>(if sign.is_empty() { default.into() } else { sign })
        };
        let names = |name: &str| {
            let names = context.text(&format!("options.{name}"), index)?;
            let names = names
                .split(',')
                .map(|name| Text::from(name.trim().to_ascii_lowercase()));
            Ok::<Vec<Text>, NodeError>(names.filter(|name| !name.is_empty()).collect())
        };
        let replacement = |value: &Value| {
            let part = |name: &str| value.get(name).map(Value::to_text).unwrap_or_default();
            Replacement::new(part("pattern"), part("replacement"))
        };
        let escape = |name: &str| {
            let value = context.optional(&format!("options.{name}.value"), index)?;
            Ok::<_, NodeError>(value.as_ref().map(replacement))
        };
        let replacements = match context.optional("options.textReplace.values", index)? {
            Some(Value::Array(values)) => values.iter().map(replacement).collect(),
            _ => Vec::new(),
        };
        Ok(Self {
            bullet: sign("bulletMarker", "*")?,
            fence: sign("codeFence", "```")?,
            emphasis: sign("emDelimiter", "_")?,
            strong: sign("strongDelimiter", "**")?,
            indented_code: sign("codeBlockStyle", "fence")? == "indented",
            keep_data_images: context.boolean("options.keepDataImages", index)?,
            ignored: names("ignore")?,
            blocks: names("blockElements")?,
            most_newlines: match context.optional("options.maxConsecutiveNewlines", index)? {
                Some(number) => number.to_number().max(1.0) as usize,
                None => 3,
            },
            references: context.boolean("options.useLinkReferenceDefinitions", index)?,
            global_escape: escape("globalEscape")?,
            line_start_escape: escape("lineStartEscape")?,
            replacements,
        })
    }
}
