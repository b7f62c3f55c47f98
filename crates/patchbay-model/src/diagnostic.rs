//! Diagnostics: what is wrong with a file, where, and what to do. Loading collects every one before it
//! reports any.

use std::fmt;

use crate::value::{Object, Text, Value};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Runs, but is worth a look.
    Warning,
    /// Loads, but names a node, a version or a parameter that is not supported.
    Unsupported,
    /// Can not run.
    Error,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Unsupported => "unsupported",
            Self::Error => "error",
        }
    }
}

/// One fault of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// `E0101`. A code is never used twice; `docs/errors.md` lists them all.
    pub code: &'static str,
    pub severity: Severity,
    /// No final period; literals in backticks.
    pub message: String,
    /// JSON pointer of the place in the file (`/nodes/3/parameters/operation`), empty for the whole file.
    pub pointer: String,
    /// Bytes into the text that the pointer names, for a fault inside an expression.
    pub offset: Option<usize>,
    pub position: Option<Position>,
    pub node: Option<Text>,
    pub parameter: Option<String>,
    pub hints: Vec<String>,
}

/// A place in a text; both start at 1, the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

impl Diagnostic {
    pub fn new(code: &'static str, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            pointer: String::new(),
            offset: None,
            position: None,
            node: None,
            parameter: None,
            hints: Vec::new(),
        }
    }

    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message)
    }

    pub fn unsupported(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Unsupported, message)
    }

    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message)
    }

    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = pointer.into();
        self
    }

    #[must_use]
    pub fn in_node(mut self, node: &Text) -> Self {
        self.node = Some(node.clone());
        self
    }

    #[must_use]
    pub fn in_parameter(mut self, parameter: impl Into<String>) -> Self {
        self.parameter = Some(parameter.into());
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// `{"code", "severity", "message", "line"?, "column"?, "node"?, "parameter"?, "hints"?}`.
    pub fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("code", self.code);
        object.insert("severity", self.severity.as_str());
        object.insert("message", self.message.as_str());
        if let Some(position) = self.position {
            object.insert("line", position.line);
            object.insert("column", position.column);
        }
        if let Some(node) = &self.node {
            object.insert("node", node.clone());
        }
        if let Some(parameter) = &self.parameter {
            object.insert("parameter", parameter.as_str());
        }
        if !self.hints.is_empty() {
            object.insert(
                "hints",
                self.hints
                    .iter()
                    .map(|hint| hint.as_str().into())
                    .collect::<Vec<Value>>(),
            );
        }
        Value::object(object)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{}[{}]: {}", self.severity.as_str(), self.code, self.message)
    }
}

/// Every fault of one file.
pub type Diagnostics = Vec<Diagnostic>;

/// The nearest of the known names, if one is near enough to be meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&wanted, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= 1 + wanted.chars().count().min(candidate.chars().count()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["List Groups", "List Group", "Delete User"];
        assert_eq!(nearest("list grups", known), Some("List Groups"));
        assert_eq!(nearest("Make Call", known), None);
    }
}
