//! What Remove Duplicates remembers of earlier executions. It is kept beside the workflow's static data, under keys that
//! `$getWorkflowStaticData` does not give, so it lives as long as that does.

use std::collections::HashSet;
use std::sync::PoisonError;

use patchbay_model::{Item, Items, Object, Text, Value};
use patchbay_node::{Context, NodeError, Outcome};

/// The highest number seen, by the name that it is kept under.
const HIGHEST: &str = "highest";
/// The latest date seen, in milliseconds since 1970.
const LATEST: &str = "latest";
/// The values seen, the oldest first.
const VALUES: &str = "values";
/// So many values are kept where the node says nothing.
const HISTORY_SIZE: f64 = 10_000.0;

/// Parts the items into those that are new and those that are not, and remembers what is new. Items of one run are
/// compared with what was there before it, not with each other.
pub(super) fn unseen(context: &Context<'_>) -> Result<Outcome, NodeError> {
    let key = key(context)?;
    let kept = locked(context).get(&key).and_then(Value::as_object).cloned();
    let history = kept.unwrap_or_default();
    let (history, is_new) = match context.text("logic", 0)?.as_str() {
        "removeItemsUpToStoredIncrementalKey" => above(context, history, HIGHEST, number)?,
        "removeItemsUpToStoredDate" => above(context, history, LATEST, date)?,
        _ => with_new_values(context, history)?,
    };
    locked(context).insert(key, history);
    let (mut new, mut seen): (Vec<Item>, Vec<Item>) = (Vec::new(), Vec::new());
    for (index, (item, is_new)) in context.items().iter().zip(is_new).enumerate() {
        let target = if is_new { &mut new } else { &mut seen };
        target.push(item.clone().paired_with(index));
    }
    Ok(Outcome::Outputs(vec![new.into(), seen.into()]))
}

/// Forgets everything; the items go on.
pub(super) fn clear(context: &Context<'_>) -> Result<Outcome, NodeError> {
    let key = key(context)?;
    locked(context).remove(&key);
    let items = context.items().iter().enumerate();
    let items: Items = items.map(|(index, item)| item.clone().paired_with(index)).collect();
    Ok(Outcome::items(items))
}

fn locked<'run>(context: &Context<'run>) -> std::sync::MutexGuard<'run, Object> {
    let data = &context.state.static_data;
    data.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the history is kept: the node's own, or the one that all nodes of the workflow share.
fn key(context: &Context<'_>) -> Result<Text, NodeError> {
    Ok(match context.text("options.scope", 0)?.as_str() {
        "workflow" => "seen".into(),
        _ => format!("seen:{}", context.node.name).into(),
    })
}

/// Which items have values that were not seen, and the history with them.
fn with_new_values(context: &Context<'_>, mut history: Object) -> Result<(Object, Vec<bool>), NodeError> {
    let size = context
        .optional("options.historySize", 0)?
        .map_or(HISTORY_SIZE, |size| size.to_number());
    let count = context.items().len();
    if size.is_nan() || size < count as f64 {
        let message = format!("{count} items are compared, and the history holds {size} values");
        return Err(NodeError::new("E0305", message)
            .parameter("options.historySize")
            .hint("raise the history size, or give the node fewer items"));
    }
    let mut values = match history.get(VALUES) {
        Some(Value::Array(values)) => values.to_vec(),
        _ => Vec::new(),
    };
    let known: HashSet<Text> = values.iter().map(Value::to_text).collect();
    let mut added = HashSet::new();
    let mut is_new = Vec::with_capacity(count);
    for index in 0..count {
        let value = match context.value("dedupeValue", index)? {
            value @ (Value::Array(_) | Value::Object(_)) => Text::from(value.to_json()),
            value => value.to_text(),
        };
        is_new.push(!known.contains(&value));
        if !known.contains(&value) && added.insert(value.clone()) {
            values.push(Value::Text(value));
        }
    }
    let oldest = values.len().saturating_sub(size as usize);
    values.drain(..oldest);
    history.insert(VALUES, Value::array(values));
    Ok((history, is_new))
}

type Read = fn(&Context<'_>, usize) -> Result<f64, NodeError>;

/// Which items are above the highest that was seen, and the history with the highest of these.
fn above(
    context: &Context<'_>,
    mut history: Object,
    name: &'static str,
    read: Read,
) -> Result<(Object, Vec<bool>), NodeError> {
    let before = history.get(name).map_or(f64::NEG_INFINITY, Value::to_number);
    let mut highest = before;
    let mut is_new = Vec::with_capacity(context.items().len());
    for index in 0..context.items().len() {
        let value = read(context, index)?;
        is_new.push(value > before);
        highest = highest.max(value);
    }
    if highest.is_finite() {
        history.insert(name, highest);
    }
    Ok((history, is_new))
}

fn number(context: &Context<'_>, index: usize) -> Result<f64, NodeError> {
    const PARAMETER: &str = "incrementalDedupeValue";
    let value = given(context, PARAMETER, "E0306", index)?;
    let number = value.to_number();
    if number.is_finite() && !value.to_text().trim().is_empty() {
        return Ok(number);
    }
    let message = format!(
        "The value '{}' is not a number. Please provide a number.",
        value.to_text()
    );
    Err(NodeError::new("E0306", message).parameter(PARAMETER).item(index))
}

/// The value to compare, which must be one.
fn given(context: &Context<'_>, parameter: &'static str, code: &'static str, index: usize) -> Result<Value, NodeError> {
    match context.value(parameter, index)? {
        value if value.is_null() || value.as_str() == Some("") => {
            let message = "The `Value to Dedupe` On is empty. Please provide a value.";
            Err(NodeError::new(code, message).parameter(parameter).item(index))
        }
        value => Ok(value),
    }
}

fn date(context: &Context<'_>, index: usize) -> Result<f64, NodeError> {
    const PARAMETER: &str = "dateDedupeValue";
    let value = given(context, PARAMETER, "E0307", index)?;
    crate::date::parse(&value, &context.scope_for(index)).ok_or_else(|| {
        let message = format!(
            "The value '{}' is not a valid date. Please provide a valid date.",
            value.to_text()
        );
        NodeError::new("E0307", message).parameter(PARAMETER).item(index)
    })
}

#[cfg(test)]
mod tests {
    use super::super::RemoveDuplicates;
    use crate::testing::run;

    const SEEN: &str = r#""operation": "removeItemsSeenInPreviousExecutions""#;

    /// Runs the node once for each list of items, and gives what came out, or the error.
    fn check(parameters: &str, runs: &[(&str, Result<&str, &str>)]) {
        let mut node = run(2.0, &format!("{{{SEEN}, {parameters}}}"), "[]");
        for (items, expected) in runs {
            node = node.items(crate::testing::run(2.0, "{}", items).inputs()[0].clone());
            let result = node.of(&RemoveDuplicates);
            assert_eq!(
                result.as_deref().map_err(String::as_str),
                *expected,
                "{parameters}: {items}"
            );
        }
    }

    #[test]
    fn new_values_go_on_once() {
        check(
            r#""dedupeValue": "={{ $json.a }}""#,
            &[
                (r#"[{"a":1},{"a":2},{"a":1}]"#, Ok(r#"[[{"a":1},{"a":2},{"a":1}],[]]"#)),
                (r#"[{"a":2},{"a":3}]"#, Ok(r#"[[{"a":3}],[{"a":2}]]"#)),
            ],
        );
        // The oldest value is forgotten.
        check(
            r#""dedupeValue": "={{ $json.a }}", "options": {"historySize": 2}"#,
            &[
                (r#"[{"a":1},{"a":2}]"#, Ok(r#"[[{"a":1},{"a":2}],[]]"#)),
                (r#"[{"a":3}]"#, Ok(r#"[[{"a":3}],[]]"#)),
                (r#"[{"a":1},{"a":3}]"#, Ok(r#"[[{"a":1}],[{"a":3}]]"#)),
                (
                    r#"[{"a":1},{"a":2},{"a":3}]"#,
                    Err("3 items are compared, and the history holds 2 values"),
                ),
            ],
        );
    }

    #[test]
    fn higher_numbers_and_later_dates_go_on() {
        check(
            r#""logic": "removeItemsUpToStoredIncrementalKey", "incrementalDedupeValue": "={{ $json.a }}""#,
            &[
                (r#"[{"a":5},{"a":3}]"#, Ok(r#"[[{"a":5},{"a":3}],[]]"#)),
                (
                    r#"[{"a":5},{"a":6},{"a":"7"}]"#,
                    Ok(r#"[[{"a":6},{"a":"7"}],[{"a":5}]]"#),
                ),
                (
                    r#"[{"a":"x"}]"#,
                    Err("The value 'x' is not a number. Please provide a number."),
                ),
            ],
        );
        check(
            r#""logic": "removeItemsUpToStoredDate", "dateDedupeValue": "={{ $json.a }}""#,
            &[
                (r#"[{"a":"2026-01-02"}]"#, Ok(r#"[[{"a":"2026-01-02"}],[]]"#)),
                (
                    r#"[{"a":"2026-01-01T23:00:00Z"},{"a":"2026-01-03"}]"#,
                    Ok(r#"[[{"a":"2026-01-03"}],[{"a":"2026-01-01T23:00:00Z"}]]"#),
                ),
                (
                    r#"[{"a":"soon"}]"#,
                    Err("The value 'soon' is not a valid date. Please provide a valid date."),
                ),
            ],
        );
    }

    #[test]
    fn a_cleared_history_knows_nothing() {
        let node = run(
            2.0,
            &format!(r#"{{{SEEN}, "dedupeValue": "={{{{ $json.a }}}}"}}"#),
            r#"[{"a":1}]"#,
        );
        assert_eq!(node.of(&RemoveDuplicates).as_deref(), Ok(r#"[[{"a":1}],[]]"#));
        assert_eq!(node.of(&RemoveDuplicates).as_deref(), Ok(r#"[[],[{"a":1}]]"#));
        let cleared = node.parameters(r#"{"operation": "clearDeduplicationHistory"}"#);
        assert_eq!(cleared.of(&RemoveDuplicates).as_deref(), Ok(r#"[[{"a":1}]]"#));
        let node = cleared.parameters(&format!(r#"{{{SEEN}, "dedupeValue": "={{{{ $json.a }}}}"}}"#));
        assert_eq!(node.of(&RemoveDuplicates).as_deref(), Ok(r#"[[{"a":1}],[]]"#));
    }
}
