//! Makes definitions from OpenAPI 3 files: one `node.toml`, and a file for each tag.
//!
//! [`reading`] reads the files, [`operations`] takes the operations out of one, [`merge`] lays several versions of an API
//! over each other, [`overlay`] adds what people know better, and [`write`](mod@write) gives the text; [`facts`] has what tests hold them against. The same input gives the same
//! bytes. Names are those of n8n's community generator ([`names`]), so that exported workflows match; descriptions are
//! made from the names ([`words`]).

mod document;
mod facts;
mod merge;
mod names;
mod operations;
mod overlay;
mod reading;
mod schema;
mod service;
mod words;
mod write;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub(crate) use names::file_stem;
#[cfg(test)]
pub(crate) use names::start_case;
pub use reading::Error;

/// One version of an API.
pub struct Source<'a> {
    /// `20.0.7`; not needed where there is only one.
    pub version: Option<&'a str>,
    /// YAML or JSON.
    pub text: &'a str,
}

/// The file of the facts.
const FACTS: &str = "api.facts";

/// A table of TOML in the making, in the order in which it is written.
type Table = Map<String, Value>;

/// Makes the definitions: `(file name, text)`, `node.toml` first, and last a table of facts to test them by. Sources are given oldest first. Overlays are `(file
/// name, text)`, each for the file of the same stem: `users.overlay.toml`.
pub fn import(sources: &[Source], overlays: &[(String, String)]) -> Result<Vec<(String, String)>, Error> {
    let mut versions = Vec::with_capacity(sources.len());
    for source in sources {
        let document = reading::read(source.text)?;
        versions.push((source.version, operations::all(&document)?, document));
    }
    let Some((_, operations, newest)) = versions.last() else {
        return Err(Error::Empty);
    };
    let mut files = vec![(names::SERVICE.to_owned(), service::table(newest, operations))];
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
    let documents: Vec<_> = versions
        .iter()
        .map(|(version, _, document)| (*version, document))
        .collect();
    let mut texts: Vec<(String, String)> = files
        .into_iter()
        .map(|(stem, table)| (format!("{stem}.toml"), write::file(&stem, table)))
        .collect();
    texts.push((FACTS.to_owned(), facts::table(&documents)));
    Ok(texts)
}
