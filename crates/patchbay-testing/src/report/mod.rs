//! What was found, for people and for machines: a file a form.

pub mod human;
pub mod json;
pub mod junit;
pub mod tap;

use crate::pattern::{Change, Difference, show_path};
use crate::run::{CaseResult, Failure};
use patchbay_model::Value;
use patchbay_model::diagnostic::Position;
use patchbay_model::workflow::position_of;

/// How many cases passed, and how many did not; and how many files are not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub invalid: usize,
}

/// Counts results.
pub fn counts(results: &[CaseResult]) -> Counts {
    let passed = results.iter().filter(|result| result.passed()).count();
    let invalid = results.iter().filter(|result| result.invalid).count();
    Counts {
        passed,
        failed: results.len() - passed - invalid,
        invalid,
    }
}

/// Line and column of what a failure is about.
pub fn position(result: &CaseResult, failure: &Failure) -> Position {
    if let Some(position) = failure.position {
        return position;
    }
    let span = crate::document::span_of(&result.file.text, &failure.place);
    position_of(&result.file.text, span.start)
}

/// A difference in lines: the path, then what was expected (`-`) and what there was (`+`).
pub fn difference(difference: &Difference) -> Vec<String> {
    let path = match show_path(&difference.path) {
        path if path.is_empty() => "the whole".to_owned(),
        path => path,
    };
    let mut lines = vec![path];
    let mut tell = |sign: char, value: &Value| {
        let text = shown(value);
        lines.extend(text.lines().map(|line| format!("  {sign} {line}")));
    };
    match &difference.kind {
        Change::Missing(expected) => tell('-', expected),
        Change::Extra(actual) => tell('+', actual),
        Change::Other { expected, actual } => {
            tell('-', expected);
            tell('+', actual);
        }
    }
    lines
}

/// A value on one line if it is short, else on several; very long ones are cut.
fn shown(value: &Value) -> String {
    const ONE_LINE: usize = 90;
    const LINES: usize = 40;
    let line = value.to_json();
    if line.chars().count() <= ONE_LINE || value.as_str().is_some() {
        return line;
    }
    let pretty = value.to_json_pretty();
    let count = pretty.lines().count();
    let mut text: String = pretty.lines().take(LINES).collect::<Vec<_>>().join("\n");
    if count > LINES {
        text.push_str(&format!("\n… and {} lines more", count - LINES));
    }
    text
}

/// What a failure says, in one text without the file's line.
pub fn plain(result: &CaseResult, failure: &Failure) -> String {
    let at = position(result, failure);
    let mut text = format!(
        "{}: {}\n  --> {}:{}:{}\n",
        failure.code, failure.message, result.file.name, at.line, at.column
    );
    for one in &failure.differences {
        for line in difference(one) {
            text.push_str(&format!("  {line}\n"));
        }
    }
    for hint in &failure.hints {
        text.push_str(&format!("  hint: {hint}\n"));
    }
    text
}
