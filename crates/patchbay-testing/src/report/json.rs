//! For programs.

use patchbay_model::{Object, Value};

use super::{counts, position};
use crate::pattern::{Change, Difference, show_path};
use crate::run::{CaseResult, Failure};

/// `{"passed", "failed", "invalid", "cases": [{"file", "name", "line", "passed", "seconds", "failures"?: [{"code", "message", "line",
/// "column", "differences"?: [{"path", "expected"?, "actual"?}], "hints"?}]}]}`. A file that is not valid is among the cases, with
/// `"invalid": true`.
pub fn report(results: &[CaseResult]) -> Value {
    let counts = counts(results);
    let mut object = Object::new();
    object.insert("passed", counts.passed);
    object.insert("failed", counts.failed);
    object.insert("invalid", counts.invalid);
    object.insert("cases", results.iter().map(case).collect::<Vec<_>>());
    Value::object(object)
}

fn case(result: &CaseResult) -> Value {
    if result.invalid {
        return invalid(result);
    }
    let span = crate::document::span_of(&result.file.text, &crate::case::in_case(result.place, []));
    let line = patchbay_model::workflow::position_of(&result.file.text, span.start).line;
    let mut object = Object::new();
    object.insert("file", result.file.name.as_str());
    object.insert("name", result.name.clone());
    object.insert("line", line);
    object.insert("passed", result.passed());
    object.insert("seconds", result.elapsed.as_secs_f64());
    if !result.passed() {
        let failures = result.failures.iter().map(|one| failure(result, one));
        object.insert("failures", failures.collect::<Vec<_>>());
    }
    Value::object(object)
}

fn invalid(result: &CaseResult) -> Value {
    let failures = result.failures.iter().map(|one| failure(result, one));
    let mut object = Object::new();
    object.insert("file", result.file.name.as_str());
    object.insert("name", result.name.clone());
    object.insert("passed", false);
    object.insert("invalid", true);
    object.insert("failures", failures.collect::<Vec<_>>());
    Value::object(object)
}

fn failure(result: &CaseResult, failure: &Failure) -> Value {
    let at = position(result, failure);
    let mut object = Object::new();
    object.insert("code", failure.code);
    object.insert("message", failure.message.as_str());
    object.insert("line", at.line);
    object.insert("column", at.column);
    if !failure.differences.is_empty() {
        let differences = failure.differences.iter().map(difference);
        object.insert("differences", differences.collect::<Vec<_>>());
    }
    if !failure.hints.is_empty() {
        let hints = failure.hints.iter().map(|hint| Value::from(hint.as_str()));
        object.insert("hints", hints.collect::<Vec<_>>());
    }
    Value::object(object)
}

fn difference(difference: &Difference) -> Value {
    let mut object = Object::new();
    object.insert("path", show_path(&difference.path));
    match &difference.kind {
        Change::Missing(expected) => drop(object.insert("expected", expected.clone())),
        Change::Extra(actual) => drop(object.insert("actual", actual.clone())),
        Change::Other { expected, actual } => {
            object.insert("expected", expected.clone());
            object.insert("actual", actual.clone());
        }
    }
    Value::object(object)
}
