//! JUnit's XML, which most CI systems show: a file of cases is a suite.

use super::{counts, plain};
use crate::run::CaseResult;

/// The whole document.
pub fn report(results: &[CaseResult]) -> String {
    let all = counts(results);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    text.push_str(&format!(
        "<testsuites name=\"patchbay\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.3}\">\n",
        results.len(),
        all.failed,
        all.invalid,
        seconds(results)
    ));
    for suite in results.chunk_by(|one, other| one.file.name == other.file.name) {
        let name = suite
            .first()
            .map(|result| escape(&result.file.name))
            .unwrap_or_default();
        let counts = counts(suite);
        text.push_str(&format!(
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.3}\">\n",
            suite.len(),
            counts.failed,
            counts.invalid,
            seconds(suite)
        ));
        for result in suite {
            text.push_str(&case(&name, result));
        }
        text.push_str("  </testsuite>\n");
    }
    text + "</testsuites>\n"
}

fn seconds(results: &[CaseResult]) -> f64 {
    results.iter().map(|result| result.elapsed.as_secs_f64()).sum()
}

fn case(suite: &str, result: &CaseResult) -> String {
    let mut text = format!(
        "    <testcase name=\"{}\" classname=\"{suite}\" time=\"{:.3}\"",
        escape(&result.name),
        result.elapsed.as_secs_f64()
    );
    if result.passed() {
        return text + "/>\n";
    }
    text.push_str(">\n");
    let kind = if result.invalid { "error" } else { "failure" };
    for failure in &result.failures {
        text.push_str(&format!(
            "      <{kind} type=\"{}\" message=\"{}\">{}</{kind}>\n",
            failure.code,
            escape(&failure.message),
            escape(&plain(result, failure))
        ));
    }
    text + "    </testcase>\n"
}

/// Text as XML holds it; characters that XML can not hold are left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            control if control.is_control() && control != '\t' => {}
            other => escaped.push(other),
        }
    }
    escaped
}
