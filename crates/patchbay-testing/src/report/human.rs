//! For people: each failure with the case's own line and a caret, then what differs.

use super::{counts, difference, position};
use crate::document::span_of;
use crate::run::check::counted;
use crate::run::{CaseResult, Failure};
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// The failures of all cases and a last line with the counts; `elapsed` is told if it is given.
pub fn report(results: &[CaseResult], colours: bool, elapsed: Option<std::time::Duration>) -> String {
    let counts = counts(results);
    let time = elapsed.map(|elapsed| format!(" in {:.2} s", elapsed.as_secs_f64()));
    let failures = failures(results, colours);
    let time = time.unwrap_or_default();
    let invalid = match counts.invalid {
        0 => String::new(),
        number => format!(", {} not valid", counted(number, "file")),
    };
    format!(
        "{failures}{} passed, {} failed{invalid}{time}\n",
        counts.passed, counts.failed
    )
}

/// The failures of all cases.
pub fn failures(results: &[CaseResult], colours: bool) -> String {
    let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for result in results.iter().filter(|result| !result.passed()) {
        if result.invalid {
            text.push_str(&format!("NOT VALID {}\n\n", result.file.name));
        } else {
            text.push_str(&format!("FAILED {}: {}\n\n", result.file.name, result.name));
        }
        for failure in &result.failures {
            text.push_str(&one(result, failure, &renderer));
            text.push('\n');
        }
    }
    text
}

/// One failure.
fn one(result: &CaseResult, failure: &Failure, renderer: &Renderer) -> String {
    let file = &result.file;
    let span = span_of(&file.text, &failure.place);
    let at = position(result, failure);
    let line = file.text.lines().nth(at.line - 1).unwrap_or_default();
    let start = line
        .char_indices()
        .nth(at.column - 1)
        .map_or(line.len(), |(place, _)| place);
    // A value of several lines is marked on its first.
    let end = (start + span.len()).min(line.len()).max(start);
    // Where there is no value to mark, all that follows is.
    let end = if failure.position.is_some() { line.len() } else { end };
    let mut lines = failure.message.lines();
    let title = lines.next().unwrap_or_default();
    let snippet = Snippet::source(line)
        .path(&file.name)
        .line_start(at.line)
        .annotation(AnnotationKind::Primary.span(start..end));
    let mut group = Level::ERROR.primary_title(title).id(failure.code).element(snippet);
    let more = lines.collect::<Vec<_>>().join("\n");
    if !more.is_empty() {
        group = group.element(Level::NOTE.message(more));
    }
    for hint in &failure.hints {
        group = group.element(Level::HELP.with_name(Some("hint")).message(hint));
    }
    let mut text = renderer.render(&[group]) + "\n";
    if !failure.differences.is_empty() {
        text.push_str("  expected (-) and actual (+):\n");
        for one in failure.differences.iter().take(SHOWN) {
            for line in difference(one) {
                text.push_str(&format!("    {line}\n"));
            }
        }
        if failure.differences.len() > SHOWN {
            text.push_str(&format!(
                "    … and {} differences more\n",
                failure.differences.len() - SHOWN
            ));
        }
    }
    text
}

/// So many differences of one failure are shown.
const SHOWN: usize = 20;
