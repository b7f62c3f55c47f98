//! The Test Anything Protocol, version 14.

use super::plain;
use crate::run::CaseResult;

/// A line for each case, and below failed ones what failed.
pub fn report(results: &[CaseResult]) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", results.len());
    for (number, result) in results.iter().enumerate() {
        let verdict = if result.passed() { "ok" } else { "not ok" };
        let title = if result.invalid {
            format!("{} is not valid", result.file.name)
        } else {
            format!("{}: {}", result.file.name, result.name)
        };
        text.push_str(&format!("{verdict} {} - {}\n", number + 1, escape(&title)));
        if result.passed() {
            continue;
        }
        text.push_str("  ---\n  message: |\n");
        for failure in &result.failures {
            for line in plain(result, failure).lines() {
                text.push_str(&format!("    {line}\n"));
            }
        }
        text.push_str("  ...\n");
    }
    text
}

/// A description without what TAP gives a meaning to.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#").replace('\n', " ")
}
