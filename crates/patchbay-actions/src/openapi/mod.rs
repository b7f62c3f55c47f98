//! Makes definitions from OpenAPI 3 files: one `node.toml`, and a file for each tag.
//!
//! [`reading`] reads the files, [`operations`] takes the operations out of one, [`merge`] lays several versions of an API
//! over each other, [`overlay`] adds what people know better, [`overlay_check`] tells what is wrong with that, [`shape`] what a file has that it must not have, [`notes`] what is left out ([`places`] on which line), and [`write`](mod@write) gives the text; [`facts`] has what tests hold them against. The same input gives the same
//! bytes. Names are those of n8n's community generator ([`names`]), so that exported workflows match; descriptions are
//! made from the names ([`words`]); how lists are written is said by [`styles`].

mod document;
mod facts;
mod holds;
mod merge;
mod names;
mod notes;
mod operations;
mod overlay;
mod overlay_check;
mod places;
mod reading;
mod schema;
mod service;
mod shape;
mod styles;
mod verbs;
mod words;
mod write;

#[cfg(test)]
mod tests;

use patchbay_model::Diagnostic;
use serde_json::{Map, Value};

use self::overlay_check::Overlay;
use crate::definition::fault::Fault;
use crate::definition::read_service;

pub(crate) use names::file_stem;
#[cfg(test)]
pub(crate) use names::start_case;
pub use reading::Error;
pub use write::HEADER;

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

/// What an import makes.
#[derive(Debug)]
pub struct Imported {
    /// `(file name, text)`, `node.toml` first, and last a table of facts to test them by.
    pub files: Vec<(String, String)>,
    /// What is wrong with the overlays; what has no fault is applied all the same.
    pub faults: Vec<Fault>,
    /// What is left out of each source, in their order.
    pub notes: Vec<Vec<Diagnostic>>,
}

/// Makes the definitions. Sources are given oldest first. Overlays are `(file name, text)`, each for the file of the same
/// stem: `users.overlay.toml`.
pub fn import(sources: &[Source], overlays: &[(String, String)]) -> Result<Imported, Error> {
    let mut versions = Vec::with_capacity(sources.len());
    let mut notes = Vec::with_capacity(sources.len());
    for (place, source) in sources.iter().enumerate() {
        let (document, left_out) = reading::read(source.text, place)?;
        notes.push(left_out);
        versions.push((source.version, operations::all(&document)?, document));
    }
    let Some((_, operations, newest)) = versions.last() else {
        return Err(Error::Empty);
    };
    let service = service::table(newest, operations);
    if let Some(last) = notes.last_mut() {
        last.extend(service::unknown_paging(operations, &service));
    }
    let mut files = vec![(names::SERVICE.to_owned(), service)];
    let operations: Vec<_> = versions
        .iter()
        .map(|(version, operations, _)| (*version, operations.as_slice()))
        .collect();
    for resource in merge::merge(&operations) {
        files.push((names::file_stem(&resource.name), resource.table()));
    }
    let faults = apply_overlays(&mut files, overlays);
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
    Ok(Imported {
        files: texts,
        faults,
        notes,
    })
}

/// Lays the overlays over the files' tables; tells what is wrong with them.
fn apply_overlays(files: &mut Vec<(String, Table)>, overlays: &[(String, String)]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut read = Vec::with_capacity(overlays.len());
    for (file, text) in overlays {
        match Overlay::read(file, text) {
            Ok(overlay) => read.push(overlay),
            Err(found) => faults.extend(found),
        }
    }
    // Resources are read with the service's sets.
    read.sort_by_key(|overlay| overlay.stem != names::SERVICE);
    for mut overlay in read {
        let stems: Vec<&str> = files.iter().map(|(stem, _)| stem.as_str()).collect();
        let place = stems.iter().position(|known| *known == overlay.stem);
        let unknown = overlay.take_out_unknown(place.map(|place| &files[place].1), &stems);
        let made = match place {
            Some(place) => {
                let mut table = files[place].1.clone();
                overlay::apply(&mut table, overlay.table.clone());
                table
            }
            None => overlay::alone(overlay.table.clone()),
        };
        let service = read_service("", &write::plain(files[0].1.clone())).ok();
        // A file that is not there has no faults.
        let is_known = place.is_some() || unknown.is_empty();
        let wrong = if is_known {
            overlay.faults_of(service.as_ref(), &made)
        } else {
            Vec::new()
        };
        if is_known && wrong.is_empty() {
            match place {
                Some(place) => files[place].1 = made,
                None => files.push((overlay.stem.to_owned(), made)),
            }
        }
        let mut of_overlay: Vec<Fault> = unknown.into_iter().chain(wrong).collect();
        of_overlay.sort_by_key(|fault| fault.diagnostic.position);
        faults.extend(of_overlay);
    }
    faults
}
