//! Regular expressions with JavaScript's syntax.
//!
//! The engine, `regress`, has no limit on its time. So [`Pattern::new`] refuses as
//! [`Kind::Unsupported`](crate::error::Kind) every pattern whose time can grow exponentially, and QuickJS, which
//! can be interrupted, runs it.

use std::cell::Cell;
use std::sync::Arc;

use patchbay_model::Text;

use crate::Error;

/// What is written between the slashes and after them, compiled: shared by all evaluations of a program.
#[derive(Debug)]
pub struct Pattern {
    pub source: Text,
    pub flags: Text,
    pub regex: regress::Regex,
}

impl Pattern {
    pub fn new(source: &str, flags: &str) -> Result<Self, Error> {
        let known = flags
            .chars()
            .enumerate()
            .all(|(place, flag)| "dgimsuvy".contains(flag) && !flags[..place].contains(flag));
        if !known {
            return Err(Error::syntax(format!(
                "Invalid flags supplied to RegExp constructor '{flags}'"
            )));
        }
        if flags.contains(['d', 'y', 'v']) || !is_polynomial(source) {
            return Err(Error::unsupported("a regular expression that may need a time limit"));
        }
        let regex = regress::Regex::with_flags(source, flags)
            .map_err(|error| Error::syntax(format!("Invalid regular expression: /{source}/{flags}: {error}")))?;
        Ok(Self {
            source: source.into(),
            flags: flags.into(),
            regex,
        })
    }

    pub fn is_global(&self) -> bool {
        self.flags.contains('g')
    }
}

/// One regular expression object.
#[derive(Debug)]
pub struct RegularExpression {
    pub pattern: Arc<Pattern>,
    /// In UTF-16 units.
    pub last_index: Cell<usize>,
}

impl RegularExpression {
    pub fn new(pattern: Arc<Pattern>) -> Self {
        Self {
            pattern,
            last_index: Cell::new(0),
        }
    }

    /// `/source/flags`.
    pub fn to_text(&self) -> Text {
        let source = match self.pattern.source.as_str() {
            "" => "(?:)",
            source => source,
        };
        format!("/{source}/{}", self.pattern.flags).into()
    }
}

/// Whether matching can not take exponential time: no group that repeats without end holds another such
/// repetition or a choice, and nothing refers back to a group.
fn is_polynomial(pattern: &str) -> bool {
    /// What a group holds.
    #[derive(Clone, Copy, Default)]
    struct Group {
        risky: bool,
    }
    let bytes = pattern.as_bytes();
    let mut groups = vec![Group::default()];
    let mut closed: Option<Group> = None;
    let mut repetitions = 0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let last_closed = closed.take();
        match byte {
            b'\\' => {
                if bytes.get(at + 1).is_some_and(|next| matches!(next, b'1'..=b'9' | b'k')) {
                    return false;
                }
                at += 1;
            }
            b'[' => {
                while at < bytes.len() && bytes[at] != b']' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'(' => groups.push(Group::default()),
            b')' => {
                closed = groups.pop();
                if groups.is_empty() {
                    groups.push(Group::default());
                }
                if let (Some(group), Some(outer)) = (closed, groups.last_mut()) {
                    outer.risky |= group.risky;
                }
            }
            b'|' => {
                if let Some(group) = groups.last_mut() {
                    group.risky = true;
                }
            }
            b'*' | b'+' | b'{' => {
                let unbounded = *byte != b'{' || repeats_often(&bytes[at + 1..]);
                if unbounded {
                    if last_closed.is_some_and(|group| group.risky) {
                        return false;
                    }
                    repetitions += 1;
                    if let Some(group) = groups.last_mut() {
                        group.risky = true;
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    repetitions <= 16
}

/// Whether `{n,m}`, without its first brace, repeats without end or very often.
fn repeats_often(rest: &[u8]) -> bool {
    let Some(end) = rest.iter().position(|byte| *byte == b'}') else {
        return false;
    };
    let text = std::str::from_utf8(&rest[..end]).unwrap_or_default();
    match text.split_once(',') {
        Some((_, "")) => true,
        Some((_, most)) => most.parse().unwrap_or(0) > 64,
        None => text.parse().unwrap_or(0) > 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_may_explode_are_left_to_quickjs() {
        for pattern in ["(a+)+b", "(a|a)*b", "(.*)*", r"(a)\1", "((ab)+c?)*", "(x{2,})*"] {
            assert!(!is_polynomial(pattern), "{pattern}");
        }
        for pattern in [
            r"^\d{3,4}-\d+$",
            "<[^>]+>",
            "(a|b)c",
            "(?:ab)+",
            r"[(+*|]+",
            r"\(\d+\)",
            "(foo|bar)?.*",
            r"\{[\s\S]*\}",
        ] {
            assert!(is_polynomial(pattern), "{pattern}");
        }
    }
}
