//! Faults in a file that a person wrote, a seed or a script of calls, with their places in it.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileFault {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// One line, without a final period.
    pub message: String,
}

impl FileFault {
    /// A fault at a number of bytes from the beginning of a text.
    pub(crate) fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: 1 + before.matches('\n').count(),
            column: 1 + before[line_start..].chars().count(),
            message: message.into(),
        }
    }

    /// A fault in JSON text, at the value that a path of names and indices with slashes leads to, or as near as it leads.
    pub(crate) fn in_json(text: &str, path: &str, message: impl Into<String>) -> Self {
        Self::at(text, offset(text, path), message)
    }
}

impl std::fmt::Display for FileFault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.message)
    }
}

fn offset(text: &str, path: &str) -> usize {
    let mut value = text.trim_start();
    for name in path.split('/') {
        let Some(inner) = inside(value, name) else { break };
        value = inner;
    }
    // A value that was found is a part of the text.
    (value.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

/// The text of an element or a member of a JSON value.
fn inside<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    let inner: &RawValue = match name.parse::<usize>() {
        Ok(index) if value.starts_with('[') => serde_json::from_str::<Vec<&RawValue>>(value).ok()?.get(index)?,
        _ => serde_json::from_str::<BTreeMap<String, &RawValue>>(value)
            .ok()?
            .get(name)?,
    };
    Some(inner.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_have_their_places() {
        let text = "{\n  \"Users\": [\n    {\"Number\": \"1\"},\n    {\"Näme\": [7], \"x\": 8}\n  ]\n}";
        let rows = [
            ("", (1, 1)),
            ("Users", (2, 12)),
            ("Users/0", (3, 5)),
            ("Users/0/Number", (3, 16)),
            ("Users/1/Näme/0", (4, 15)),
            ("Users/1/x", (4, 24)),
            ("Users/1/nothing/deeper", (4, 5)),
            ("Users/9", (2, 12)),
        ];
        for (path, place) in rows {
            let fault = FileFault::in_json(text, path, "");
            assert_eq!((fault.line, fault.column), place, "{path}");
        }
    }
}
