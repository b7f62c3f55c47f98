//! What a workflow's file may say to patchbay alone: `patchbay` in its settings, and in the parameters of its triggers.
//!
//! n8n does not know these, so nobody else would tell of a name that is misspelled: the limit would just not be there.

use patchbay_model::diagnostic::nearest;
use patchbay_model::{Diagnostic, Diagnostics, Value, Workflow};

const SETTINGS: [(&str, Kind); 2] = [("concurrency", Kind::Number), ("queue", Kind::Number)];
const OF_WEBHOOK: [(&str, Kind); 4] = [
    ("once", Kind::Text),
    ("onceFor", Kind::Number),
    ("concurrencyKey", Kind::Text),
    ("largestBody", Kind::Number),
];
const OF_SCHEDULE: [(&str, Kind); 1] = [("missed", Kind::Text)];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// 0 or more.
    Number,
    Text,
}

/// What of it means nothing.
pub fn faults(workflow: &Workflow) -> Diagnostics {
    let mut faults = Diagnostics::default();
    if let Some(given) = workflow.settings.extra.get("patchbay") {
        faults.extend(check(given, &SETTINGS).map(|fault| fault.told("the settings")));
    }
    for node in &workflow.nodes {
        let known: &[_] = match node.kind.to_lowercase().as_str() {
            "n8n-nodes-base.webhook" => &OF_WEBHOOK,
            "n8n-nodes-base.scheduletrigger" | "n8n-nodes-base.cron" | "n8n-nodes-base.interval" => &OF_SCHEDULE,
            _ => continue,
        };
        let Some(given) = node.parameters.get("patchbay") else {
            continue;
        };
        faults.extend(check(given, known).map(|fault| Diagnostic {
            node: Some(node.name.clone()),
            ..fault.told(&format!("node `{}`", node.name))
        }));
    }
    faults
}

enum Wrong<'a> {
    NoObject,
    Unknown(&'a str, Option<&'static str>),
    Value(&'a str, &'a Value, Kind),
}

impl Wrong<'_> {
    fn told(&self, place: &str) -> Diagnostic {
        let diagnostic = |message: String| Diagnostic::error("E1215", message);
        match self {
            Self::NoObject => diagnostic(format!("`patchbay` in {place} is no object")),
            Self::Unknown(name, nearest) => {
                let fault = diagnostic(format!("`patchbay.{name}` in {place} means nothing"));
                match nearest {
                    Some(nearest) => fault.hint(format!("did you mean `{nearest}`?")),
                    None => fault,
                }
            }
            Self::Value(name, value, kind) => {
                let wanted = match kind {
                    Kind::Number => "a number of 0 or more",
                    Kind::Text => "a text",
                };
                diagnostic(format!(
                    "`patchbay.{name}` in {place} is `{}`, and not {wanted}",
                    value.to_text()
                ))
            }
        }
    }
}

fn check<'a>(given: &'a Value, known: &'static [(&'static str, Kind)]) -> impl Iterator<Item = Wrong<'a>> {
    let no_object = given.as_object().is_none().then_some(Wrong::NoObject);
    let all = given.as_object().into_iter().flat_map(|object| object.iter());
    let wrong = all.filter_map(move |(name, value)| {
        let Some((_, kind)) = known.iter().find(|(known, _)| *known == name.as_str()) else {
            return Some(Wrong::Unknown(
                name,
                nearest(name, known.iter().map(|(known, _)| *known)),
            ));
        };
        (!fits(value, *kind)).then_some(Wrong::Value(name, value, *kind))
    });
    no_object.into_iter().chain(wrong)
}

fn fits(value: &Value, kind: Kind) -> bool {
    match (value, kind) {
        (Value::Null, _) | (Value::Text(_) | Value::Number(_), Kind::Text) => true,
        // What an expression gives is not known before it is asked.
        (Value::Text(text), Kind::Number) if text.starts_with('=') => true,
        (value @ (Value::Number(_) | Value::Text(_)), Kind::Number) => value.to_number() >= 0.0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_nothing_is_told() {
        for (settings, parameters, expected) in [
            (
                r#"{"concurrency": 1, "queue": "5"}"#,
                r#"{"once": "={{ 1 }}", "onceFor": 60}"#,
                "",
            ),
            (
                "{}",
                r#"{"onceFor": "={{ 1 }}", "concurrencyKey": 7, "largestBody": null}"#,
                "",
            ),
            (
                r#"{"concurency": 1}"#,
                "{}",
                "`patchbay.concurency` in the settings means nothing (did you mean `concurrency`?)",
            ),
            (
                r#"{"queue": -1}"#,
                "{}",
                "`patchbay.queue` in the settings is `-1`, and not a number of 0 or more ()",
            ),
            ("7", "{}", "`patchbay` in the settings is no object ()"),
            (
                "{}",
                r#"{"onceee": "x"}"#,
                "`patchbay.onceee` in node `W` means nothing (did you mean `once`?)",
            ),
            (
                "{}",
                r#"{"largestBody": "abc"}"#,
                "`patchbay.largestBody` in node `W` is `abc`, and not a number of 0 or more ()",
            ),
        ] {
            let text = format!(
                r#"{{"nodes": [{{"name": "W", "type": "n8n-nodes-base.webhook", "typeVersion": 2, "parameters": {{"patchbay": {parameters}}}}}],
                    "connections": {{}}, "settings": {{"patchbay": {settings}}}}}"#
            );
            let (workflows, _) = patchbay_model::workflow::read(&text);
            let told: Vec<String> = faults(&workflows[0])
                .iter()
                .map(|fault| format!("{} ({})", fault.message, fault.hints.join(", ")))
                .collect();
            assert_eq!(told.join("; "), expected);
        }
    }
}
