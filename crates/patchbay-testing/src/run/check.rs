//! Holds what came out of a run against what was expected.

use patchbay_model::{ExecutionError, Items, Object, Value};

use super::Failure;
use crate::case::exchange::Exchange;
use crate::case::expect::{self, Run};
use crate::case::key;
use crate::pattern::{self, Step};
use crate::world::http::{Complaint, Sent, step_in_file, target};

/// One run of a node, as it was.
pub struct Actual<'a> {
    pub outputs: Option<&'a [Items]>,
    pub error: Option<&'a ExecutionError>,
}

/// Holds a node's run against what a case says; `place` is the part of the file that says it. `inputs` is the number of
/// items that went in, where pairs are looked at though the case says nothing of them.
pub fn run(expected: &Run, actual: &Actual, place: &[Step], inputs: Option<usize>) -> Vec<Failure> {
    let mut failures = Vec::new();
    match (&expected.error, actual.error) {
        (Some(expected), Some(error)) => failures.extend(error_as_expected(expected, error, place)),
        (Some(expected), None) => {
            let shown = actual.outputs.map_or_else(String::new, |outputs| {
                let items: usize = outputs.iter().map(|items| items.len()).sum();
                format!(", and put out {}", counted(items, "item"))
            });
            let message = format!("it should have failed with {}{shown}", expected.to_json());
            failures.push(Failure::new("E1014", message, at(place, "error")));
        }
        (None, Some(error)) => failures.push(unexpected(error, place)),
        (None, None) => {}
    }
    if let (Some(wanted), Some(outputs)) = (&expected.outputs, actual.outputs) {
        failures.extend(outputs_as_expected(expected, wanted, outputs, place));
        if failures.is_empty() {
            failures.extend(pairs_as_expected(expected, outputs, place, inputs));
        }
    }
    failures
}

fn at(place: &[Step], name: &str) -> Vec<Step> {
    place.iter().cloned().chain([key(name)]).collect()
}

/// `1 item`, `2 items`.
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A failure that nobody expected.
pub fn unexpected(error: &ExecutionError, place: &[Step]) -> Failure {
    let mut message = format!("it failed: {} {}", error.code, error.message);
    if let Some(description) = &error.description {
        message.push_str(&format!("\n{description}"));
    }
    let mut place = place.to_vec();
    match error.parameter.as_deref() {
        Some(name @ ("resource" | "operation")) => place.push(key(name)),
        Some(name) => place.extend([key("parameters"), key(name)]),
        None => {}
    }
    let failure = Failure::new("E1012", message, place);
    error
        .hints
        .iter()
        .fold(failure, |failure, hint| failure.hint(hint.as_str()))
}

/// The error as cases speak of it.
pub fn error_value(error: &ExecutionError) -> Value {
    let mut object = Object::new();
    object.insert("code", error.code.clone());
    object.insert("message", error.message.clone());
    let texts = [
        ("description", &error.description),
        ("parameter", &error.parameter),
        ("node", &error.node),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            object.insert(name, text.clone());
        }
    }
    if let Some(item) = error.item {
        object.insert("item", item);
    }
    if !error.hints.is_empty() {
        let hints = error.hints.iter().cloned().map(Value::Text);
        object.insert("hint", hints.collect::<Vec<_>>());
    }
    Value::object(object)
}

/// Holds an error against what is expected of it; of several hints one must fit.
pub fn error_as_expected(expected: &Value, error: &ExecutionError, place: &[Step]) -> Option<Failure> {
    let whole = error_value(error);
    let mut actual = Object::new();
    for (name, wanted) in expected.as_object().into_iter().flatten() {
        let Some(found) = whole.get(name) else { continue };
        let fitting = found.as_array().and_then(|hints| {
            let mut fitting = hints.iter().filter(|hint| pattern::fits(wanted, hint));
            fitting.next()
        });
        let only = found
            .as_array()
            .filter(|hints| hints.len() == 1)
            .and_then(<[Value]>::first);
        actual.insert(name.clone(), fitting.or(only).unwrap_or(found).clone());
    }
    let differences = pattern::differences(expected, &Value::object(actual));
    let first = differences.first()?;
    let mut path = at(place, "error");
    path.extend(first.path.iter().cloned());
    let message = format!("it failed otherwise: {} {}", error.code, error.message);
    Some(Failure::new("E1014", message, path).differing(differences))
}

/// What a node put out, as a case is compared with it.
pub fn comparable(wanted: &[Value], items: &Items) -> Value {
    let items = items.iter().enumerate();
    Value::array(
        items
            .map(|(place, item)| expect::comparable(item, wanted.get(place)))
            .collect(),
    )
}

fn outputs_as_expected(expected: &Run, wanted: &[Vec<Value>], outputs: &[Items], place: &[Step]) -> Vec<Failure> {
    let mut failures = Vec::new();
    let nothing = (Vec::new(), Items::default());
    for output in 0..wanted.len().max(outputs.len()) {
        let wanted = wanted.get(output).unwrap_or(&nothing.0);
        let items = outputs.get(output).unwrap_or(&nothing.1);
        let differences = pattern::differences(&Value::array(wanted.clone()), &comparable(wanted, items));
        let Some(first) = differences.first() else { continue };
        let mut path = match (expected.first_only, output) {
            (true, 0) => at(place, "output"),
            (true, _) => place.to_vec(),
            (false, output) => [at(place, "outputs"), vec![Step::Index(output)]].concat(),
        };
        if !(expected.first_only && output > 0) {
            path.extend(first.path.iter().cloned());
        }
        let message = match output {
            0 => "the output is not as expected".to_owned(),
            output => format!("output {output} is not as expected"),
        };
        failures.push(Failure::new("E1013", message, path).differing(differences));
    }
    failures
}

/// For each output the pairs of its items.
pub fn pairs(outputs: &[Items]) -> Value {
    let of_output = |items: &Items| Value::array(items.iter().map(expect::pairs).collect());
    Value::array(outputs.iter().map(of_output).collect())
}

/// What the pairs are where a case says nothing of them: one item is the origin of all, several each of its own.
pub fn usual_pairs(outputs: &[Items], inputs: usize) -> Option<Value> {
    let of_output = |items: &Items| {
        let pairs: Option<Vec<Value>> = match inputs {
            1 => Some(vec![Value::Number(0.0); items.len()]),
            inputs if inputs == items.len() => Some((0..inputs).map(Value::from).collect()),
            _ if items.is_empty() => Some(Vec::new()),
            _ => None,
        };
        pairs.map(Value::array)
    };
    let outputs: Option<Vec<Value>> = outputs.iter().map(of_output).collect();
    outputs.map(Value::array)
}

fn pairs_as_expected(expected: &Run, outputs: &[Items], place: &[Step], inputs: Option<usize>) -> Option<Failure> {
    let actual = pairs(outputs);
    let said = expected.paired.as_ref().map(|paired| {
        if expected.first_only {
            let rest = outputs.iter().skip(1).map(|_| Value::array(Vec::new()));
            Value::array([paired.clone()].into_iter().chain(rest).collect())
        } else {
            paired.clone()
        }
    });
    let is_said = said.is_some();
    let wanted = said.or_else(|| usual_pairs(outputs, inputs?));
    let Some(wanted) = wanted else {
        inputs?;
        let message = "which items of the input are these from?";
        let hint = format!("write `paired = {}`", shown_pairs(&actual, expected.first_only));
        return Some(Failure::new("E1016", message, place.to_vec()).hint(hint));
    };
    let differences = pattern::differences(&wanted, &actual);
    if differences.is_empty() {
        return None;
    }
    let path = if is_said { at(place, "paired") } else { place.to_vec() };
    let failure = Failure::new("E1016", "items are paired with others than expected", path).differing(differences);
    Some(if is_said {
        failure
    } else {
        failure.hint(format!(
            "if that is right, write `paired = {}`",
            shown_pairs(&actual, expected.first_only)
        ))
    })
}

/// The pairs as `paired` has them.
pub fn shown_pairs(pairs: &Value, first_only: bool) -> String {
    let first = pairs.get("0").filter(|_| first_only);
    first.unwrap_or(pairs).to_json()
}

/// What is wrong with the requests, as failures.
pub fn complaints(complaints: Vec<Complaint>, exchanges: &[Exchange], place: &[Step]) -> Vec<Failure> {
    let told = complaints.into_iter().map(|complaint| match complaint {
        Complaint::Differs {
            exchange,
            sent,
            differences,
        } => {
            let mut path = exchanges[exchange].place.clone();
            path.extend(differences.first().map(step_in_file).unwrap_or_default());
            let message = format!("request {} is not as expected: {}", exchange + 1, line(&sent));
            Failure::new("E1010", message, path).differing(differences)
        }
        Complaint::Unmocked { sent, nearest } => {
            let from = if sent.node.is_empty() || sent.node == super::node::NODE {
                String::new()
            } else {
                format!(" of node `{}`", sent.node)
            };
            let message = format!("nothing answers the request{from}: {}", line(&sent));
            match nearest {
                Some((exchange, differences)) => Failure::new("E1011", message, exchanges[exchange].place.clone())
                    .differing(differences)
                    .hint("this is the one that comes nearest"),
                None => Failure::new("E1011", message, place.to_vec()).hint("add an exchange for it"),
            }
        }
        Complaint::Unused { exchange, left } => {
            let expected = &exchanges[exchange].request;
            let path = expected
                .path
                .as_str()
                .map_or_else(|| expected.path.to_json(), str::to_owned);
            let again = if left < exchanges[exchange].turns.len() {
                " again"
            } else {
                ""
            };
            let message = format!("the request did not go out{again}: {} {path}", expected.method);
            Failure::new(
                "E1015",
                message,
                [exchanges[exchange].place.clone(), vec![key("request")]].concat(),
            )
        }
    });
    told.collect()
}

/// A request in one line.
fn line(sent: &Sent) -> String {
    format!("{} {}", sent.method, target(&sent.url))
}
