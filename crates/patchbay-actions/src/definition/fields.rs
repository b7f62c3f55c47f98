//! Reads the tables of a TOML document key by key.
//!
//! A derived deserialiser stops at the first fault; authors of definitions want them all, with the nearest key for a
//! typo. So each table is opened as [`Fields`], asked for the keys that it may have, and [`Fields::finish`] reports
//! those that nobody asked for.

use std::ops::Range;

use patchbay_model::diagnostic::nearest;
use patchbay_model::{Diagnostic, Text};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Faults, list};

/// One value of the document, with its place.
pub type Node<'t> = Spanned<DeValue<'t>>;

/// A table that is being read.
pub struct Fields<'d, 't> {
    table: &'d DeTable<'t>,
    span: Range<usize>,
    /// What the table is, for messages: `an operation`.
    what: &'static str,
    asked: Vec<&'static str>,
}

impl<'d, 't> Fields<'d, 't> {
    pub fn new(table: &'d DeTable<'t>, span: Range<usize>, what: &'static str) -> Self {
        Self {
            table,
            span,
            what,
            asked: Vec::new(),
        }
    }

    /// Opens a value that must be a table.
    pub fn open(faults: &mut Faults, node: &'d Node<'t>, what: &'static str) -> Option<Self> {
        if let DeValue::Table(table) = node.get_ref() {
            return Some(Self::new(table, node.span(), what));
        }
        wrong_type(faults, node, what, "a table");
        None
    }

    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The value of a key, whatever it is.
    pub fn any(&mut self, key: &'static str) -> Option<&'d Node<'t>> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.table.get(key)
    }

    pub fn text(&mut self, faults: &mut Faults, key: &'static str) -> Option<(Text, Range<usize>)> {
        let node = self.any(key)?;
        text_of(faults, node, key).map(|text| (text, node.span()))
    }

    /// The text of a key that must be there; empty, with a fault, if it is not.
    pub fn required(&mut self, faults: &mut Faults, key: &'static str) -> (Text, Range<usize>) {
        if !self.table.contains_key(key) {
            let message = format!("{} has no `{key}`", self.what);
            faults.add(faults.codes.missing_key, self.span.start..self.span.start, message);
        }
        self.text(faults, key).unwrap_or_else(|| (Text::default(), self.span()))
    }

    pub fn boolean(&mut self, faults: &mut Faults, key: &'static str) -> bool {
        let Some(node) = self.any(key) else { return false };
        node.get_ref().as_bool().unwrap_or_else(|| {
            wrong_type(faults, node, key, "true or false");
            false
        })
    }

    pub fn number(&mut self, faults: &mut Faults, key: &'static str) -> Option<f64> {
        let node = self.any(key)?;
        let number = match node.get_ref() {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            wrong_type(faults, node, key, "a number");
        }
        number
    }

    pub fn texts(&mut self, faults: &mut Faults, key: &'static str) -> Vec<(Text, Range<usize>)> {
        let Some(node) = self.any(key) else { return Vec::new() };
        let Some(values) = node.get_ref().as_array() else {
            wrong_type(faults, node, key, "an array of texts");
            return Vec::new();
        };
        let texts = values
            .iter()
            .filter_map(|value| Some((text_of(faults, value, key)?, value.span())));
        texts.collect()
    }

    /// One of a few texts.
    pub fn choice<T: Copy>(
        &mut self,
        faults: &mut Faults,
        key: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let (text, span) = self.text(faults, key)?;
        let chosen = choices.iter().find(|(name, _)| *name == text);
        if chosen.is_none() {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            let message = format!("`{key}` can not be `{text}`: it is one of {}", list(&names));
            let fault = faults.add(faults.codes.wrong_value, span, message);
            fault
                .hints
                .extend(nearest(&text, names).map(|near| format!("did you mean `{near}`?")));
        }
        chosen.map(|(_, value)| *value)
    }

    /// The entries of a table of tables, each opened.
    pub fn tables(
        &mut self,
        faults: &mut Faults,
        key: &'static str,
        what: &'static str,
    ) -> Vec<(Text, Range<usize>, Self)> {
        let Some(node) = self.any(key) else { return Vec::new() };
        let Some(table) = node.get_ref().as_table() else {
            wrong_type(faults, node, key, "a table");
            return Vec::new();
        };
        let entries = table.iter().filter_map(|(name, node)| {
            Some((
                name.get_ref().as_ref().into(),
                name.span(),
                Self::open(faults, node, what)?,
            ))
        });
        entries.collect()
    }

    /// The elements of an array of tables, each opened.
    pub fn array(&mut self, faults: &mut Faults, key: &'static str, what: &'static str) -> Vec<Self> {
        let Some(node) = self.any(key) else { return Vec::new() };
        let Some(values) = node.get_ref().as_array() else {
            let fault = wrong_type(faults, node, key, "an array of tables");
            let header = format!("give each a header in two brackets: `[[{key}]]`, or `[[PARENT.{key}]]`");
            fault.hints.push(header);
            return Vec::new();
        };
        values
            .iter()
            .filter_map(|value| Self::open(faults, value, what))
            .collect()
    }

    /// The table of a key, opened.
    pub fn table(&mut self, faults: &mut Faults, key: &'static str, what: &'static str) -> Option<Self> {
        let node = self.any(key)?;
        Self::open(faults, node, what)
    }

    /// Every entry of a table whose keys are free, as texts.
    pub fn entries(&mut self, faults: &mut Faults, key: &'static str) -> Vec<(Text, Text, Range<usize>)> {
        let Some(node) = self.any(key) else { return Vec::new() };
        let Some(table) = node.get_ref().as_table() else {
            wrong_type(faults, node, key, "a table");
            return Vec::new();
        };
        let entries = table.iter().filter_map(|(name, node)| {
            let text = text_of(faults, node, name.get_ref())?;
            Some((name.get_ref().as_ref().into(), text, node.span()))
        });
        entries.collect()
    }

    /// Reports the keys that nobody asked for.
    pub fn finish(self, faults: &mut Faults) {
        for name in self.table.keys() {
            let key = name.get_ref().as_ref();
            if !self.asked.contains(&key) {
                let message = format!("{} has no key `{key}`", self.what);
                faults.unknown(
                    faults.codes.unknown_key,
                    name.span(),
                    message,
                    key,
                    self.asked.iter().copied(),
                );
            }
        }
    }
}

/// Parses a document; syntax errors become faults, all of them.
pub fn parse<'t>(faults: &mut Faults<'t>) -> Spanned<DeTable<'t>> {
    let (document, errors) = DeTable::parse_recoverable(faults.text());
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        faults.add(
            faults.codes.syntax,
            span,
            error.message().trim_end().replace('\n', ": "),
        );
    }
    document
}

fn text_of(faults: &mut Faults, node: &Node, key: &str) -> Option<Text> {
    if let DeValue::String(text) = node.get_ref() {
        return Some(text.as_ref().into());
    }
    wrong_type(faults, node, key, "text in quotes");
    None
}

fn wrong_type<'f>(faults: &'f mut Faults, node: &Node, what: &str, wanted: &str) -> &'f mut Diagnostic {
    let found = node.get_ref().type_str();
    faults.add(
        faults.codes.wrong_value,
        node.span(),
        format!("`{what}` wants {wanted}, not {found}"),
    )
}
