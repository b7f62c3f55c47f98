//! What is wrong with a definition, and where.

use std::fmt::{self, Write};
use std::ops::Range;

use patchbay_model::diagnostic::nearest;
use patchbay_model::workflow::position_of;
use patchbay_model::{Diagnostic, Text};

/// One fault of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// `3cx/users.toml`.
    pub file: Text,
    /// Its `position` is that in the file.
    pub diagnostic: Diagnostic,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{}", self.file)?;
        if let Some(position) = self.diagnostic.position {
            write!(formatter, ":{}:{}", position.line, position.column)?;
        }
        write!(formatter, ": {}", self.diagnostic)?;
        for hint in &self.diagnostic.hints {
            write!(formatter, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

/// The codes of what can be wrong with any TOML file. Files of different kinds have codes of their own, so that each can
/// say what to do.
#[derive(Debug)]
pub struct Codes {
    pub syntax: &'static str,
    pub unknown_key: &'static str,
    pub wrong_value: &'static str,
    pub missing_key: &'static str,
}

/// Those of definitions.
const DEFINITION: Codes = Codes {
    syntax: "E0401",
    unknown_key: "E0402",
    wrong_value: "E0403",
    missing_key: "E0404",
};

/// Collects the faults of one file while it is read.
pub struct Faults<'t> {
    file: Text,
    text: &'t str,
    pub(super) codes: &'static Codes,
    found: Vec<Fault>,
}

impl<'t> Faults<'t> {
    /// The faults of a definition.
    pub fn new(file: &str, text: &'t str) -> Self {
        Self::with_codes(file, text, &DEFINITION)
    }

    /// The faults of another kind of file.
    pub fn with_codes(file: &str, text: &'t str, codes: &'static Codes) -> Self {
        Self {
            file: file.into(),
            text,
            codes,
            found: Vec::new(),
        }
    }

    pub fn text(&self) -> &'t str {
        self.text
    }

    /// Takes note of a fault at these bytes of the file; gives it to add hints to.
    pub fn add(&mut self, code: &'static str, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        let mut diagnostic = Diagnostic::error(code, message);
        diagnostic.position = Some(position_of(self.text, span.start));
        let place = self.found.len();
        self.found.push(Fault {
            file: self.file.clone(),
            diagnostic,
        });
        &mut self.found[place].diagnostic
    }

    /// As [`Faults::add`] for a name that is not known, with the nearest that is.
    pub fn unknown<'a>(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        let known: Vec<&str> = known.into_iter().collect();
        let fault = self.add(code, span, message);
        fault.hints.push(match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {}", list(&known)),
        });
    }

    /// The fault that was added last, to say more of it.
    pub fn last_mut(&mut self) -> Option<&mut Diagnostic> {
        self.found.last_mut().map(|fault| &mut fault.diagnostic)
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The faults in the order of the file.
    pub fn into_vec(mut self) -> Vec<Fault> {
        self.found.sort_by_key(|fault| fault.diagnostic.position);
        self.found
    }
}

/// Names in backticks, with commas; long lists are cut.
pub fn list(names: &[impl AsRef<str>]) -> String {
    list_by(names, |name| format!("`{}`", name.as_ref()))
}

/// The same, each in words of its own.
pub fn list_by<T>(names: &[T], in_words: impl Fn(&T) -> String) -> String {
    const SHOWN: usize = 24;
    if names.is_empty() {
        return "none".to_owned();
    }
    let shown = names.iter().take(SHOWN).map(in_words);
    let mut list = shown.collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        let _ = write!(list, " and {} more", names.len() - SHOWN);
    }
    list
}
