//! Why an expression gave no value.

use std::ops::{Deref, DerefMut};

use patchbay_model::Text;

/// A failed expression. Its fields are those of [`Fault`].
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", fault.message)]
pub struct Error {
    // In a box: every step of an evaluation returns an `Error` or a value.
    fault: Box<Fault>,
}

/// What is wrong. Where n8n has a text of its own, `message` is that text.
#[derive(Clone, Debug)]
pub struct Fault {
    /// `E02xx`.
    pub code: &'static str,
    pub message: Text,
    pub description: Option<Text>,
    /// The bytes of the expression's source at fault.
    pub span: Option<(usize, usize)>,
    pub hints: Vec<Text>,
    pub kind: Kind,
}

/// What JavaScript would have thrown: n8n catches all kinds but some and gives undefined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// n8n's own: shown to the user.
    #[default]
    Expression,
    /// JavaScript's plain `Error`.
    Error,
    Type,
    Reference,
    Syntax,
    Range,
    Uri,
    /// Memory, time or stack.
    Limit,
    /// Not an error: the native evaluator does not know this, QuickJS has to run the expression. Never leaves
    /// the crate.
    Unsupported,
}

impl Kind {
    /// The name of JavaScript's class.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expression => "ExpressionError",
            Self::Error | Self::Unsupported => "Error",
            Self::Type => "TypeError",
            Self::Reference => "ReferenceError",
            Self::Syntax => "SyntaxError",
            Self::Range => "RangeError",
            Self::Uri => "URIError",
            Self::Limit => "InternalError",
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Expression => "E0201",
            Self::Type => "E0202",
            Self::Reference => "E0203",
            Self::Syntax => "E0204",
            Self::Range => "E0205",
            Self::Uri => "E0206",
            Self::Error => "E0207",
            Self::Limit => "E0208",
            Self::Unsupported => "E0209",
        }
    }
}

impl Error {
    /// An error that n8n shows to the user.
    pub fn new(message: impl Into<Text>) -> Self {
        Self::of(Kind::Expression, message)
    }

    /// An error of JavaScript's.
    pub fn of(kind: Kind, message: impl Into<Text>) -> Self {
        Self {
            fault: Box::new(Fault {
                code: kind.code(),
                message: message.into(),
                description: None,
                span: None,
                hints: Vec::new(),
                kind,
            }),
        }
    }

    /// JavaScript's `TypeError`.
    pub fn type_error(message: impl Into<Text>) -> Self {
        Self::of(Kind::Type, message)
    }

    /// JavaScript's `RangeError`.
    pub fn range(message: impl Into<Text>) -> Self {
        Self::of(Kind::Range, message)
    }

    /// JavaScript's `SyntaxError`.
    pub fn syntax(message: impl Into<Text>) -> Self {
        Self::of(Kind::Syntax, message)
    }

    /// The native evaluator gives up and QuickJS runs the expression anew.
    pub fn unsupported(what: impl Into<Text>) -> Self {
        Self::of(Kind::Unsupported, what)
    }

    /// The same in other words.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Text>) -> Self {
        self.fault.message = message.into();
        self
    }

    #[must_use]
    pub fn description(mut self, description: impl Into<Text>) -> Self {
        self.fault.description = Some(description.into());
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<Text>) -> Self {
        self.fault.hints.push(hint.into());
        self
    }

    /// Another code of the range `E02xx`.
    #[must_use]
    pub fn code(mut self, code: &'static str) -> Self {
        self.fault.code = code;
        self
    }

    /// The place, if none is known yet: the innermost one is the best.
    #[must_use]
    pub fn within(mut self, span: (usize, usize)) -> Self {
        self.fault.span.get_or_insert(span);
        self
    }

    /// The line of the expression at fault, and below it carets under the place; none where no place is known.
    pub fn excerpt(&self, source: &str) -> Option<String> {
        self.fault.span.map(|(start, end)| excerpt(source, start, end))
    }
}

impl Deref for Error {
    type Target = Fault;

    fn deref(&self) -> &Fault {
        &self.fault
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Fault {
        &mut self.fault
    }
}

fn excerpt(source: &str, start: usize, end: usize) -> String {
    let before = source.get(..start).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = source[line_start..].lines().next().unwrap_or_default();
    let column = before[line_start..].chars().count();
    let marked = source.get(start..end).unwrap_or_default();
    let marked = marked.lines().next().unwrap_or_default().chars().count();
    format!("{line}\n{}{}", " ".repeat(column), "^".repeat(marked.max(1)))
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn carets_stand_below_the_fault() {
        for (source, start, end, expected) in [
            ("={{ 1 +* 2 }}", 7, 8, "={{ 1 +* 2 }}\n       ^"),
            ("={{\n ä.b() }}", 8, 9, " ä.b() }}\n   ^"),
            ("=x", 9, 9, "=x\n  ^"),
        ] {
            assert_eq!(excerpt(source, start, end), expected);
        }
    }
}
