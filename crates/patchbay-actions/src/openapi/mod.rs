//! Makes definitions from OpenAPI 3 files: one `node.toml`, and a file for each tag.
//!
//! [`document`] reads the files, [`operations`] takes the operations out of one, [`merge`] lays several versions of an API
//! over each other, [`overlay`] adds what people know better, and [`write`](mod@write) gives the text. The same input gives the same
//! bytes. Names are those of n8n's community generator ([`names`]), so that exported workflows match; descriptions are
//! made from the names ([`words`]).

mod document;
mod merge;
mod names;
mod operations;
mod overlay;
mod service;
mod words;
mod write;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub use document::Error;
pub(crate) use words::about_parameter;

/// One version of an API.
pub struct Source<'a> {
    /// `20.0.7`; not needed where there is only one.
    pub version: Option<&'a str>,
    /// YAML or JSON.
    pub text: &'a str,
}

/// A table of TOML in the making, in the order in which it is written.
type Table = Map<String, Value>;

/// Makes the definitions: `(file name, text)`, `node.toml` first. Sources are given oldest first. Overlays are `(file
/// name, text)`, each for the file of the same stem: `users.overlay.toml`.
pub fn import(sources: &[Source], overlays: &[(String, String)]) -> Result<Vec<(String, String)>, Error> {
    let mut versions = Vec::with_capacity(sources.len());
    for source in sources {
        let document = document::read(source.text)?;
        versions.push((source.version, operations::all(&document), document));
    }
    let Some((_, _, newest)) = versions.last() else {
        return Err(Error::Empty);
    };
    let mut files = vec![("node".to_owned(), service::table(newest))];
    let operations: Vec<_> = versions
        .iter()
        .map(|(version, operations, _)| (*version, operations.as_slice()))
        .collect();
    for resource in merge::merge(&operations) {
        files.push((names::file_stem(&resource.name), resource.table()));
    }
    for (file, text) in overlays {
        let stem = file.trim_end_matches(".toml").trim_end_matches(".overlay");
        let overlay = overlay::read(file, text)?;
        match files.iter_mut().find(|(known, _)| known == stem) {
            Some((_, table)) => overlay::apply(table, overlay),
            None => files.push((stem.to_owned(), overlay::alone(overlay))),
        }
    }
    files[1..].sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(files
        .into_iter()
        .map(|(stem, table)| (format!("{stem}.toml"), write::file(&stem, table)))
        .collect())
}
