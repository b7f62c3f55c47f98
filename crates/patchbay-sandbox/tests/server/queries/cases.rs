//! The table `odata-cases.ndjson`, which `odata_cases.py` writes: what each query must answer is computed there from the seed by a
//! condition written by hand in Python, apart from the double's own code.

use patchbay_sandbox::Options;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::support::{Client, TestClock};

const CASES: &str = include_str!("../../odata-cases.ndjson");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    path: String,
    query: Map<String, Value>,
    ids: Option<Vec<i64>>,
    value: Option<Value>,
    error: Option<String>,
}

/// What was answered, in the form of the case's expectation.
fn found(case: &Case, status: StatusCode, body: &Value) -> Value {
    if case.error.is_some() {
        return match status {
            StatusCode::BAD_REQUEST => body["error"]["target"].clone(),
            _ => body.clone(),
        };
    }
    let items = body["value"].as_array().cloned().unwrap_or_default();
    if case.ids.is_some() {
        let key = case.query["$select"].as_str().unwrap_or_default();
        return items.iter().map(|item| item[key].clone()).collect();
    }
    let without_etag = items.into_iter().map(|mut item| {
        item.as_object_mut().map(|item| item.remove("@odata.etag"));
        item
    });
    without_etag.collect()
}

#[tokio::test]
async fn queries_answer_what_the_table_says() {
    let client = Client::with(Options {
        clock: TestClock::new(),
        ..Options::default()
    })
    .await;
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in CASES.lines() {
        let case: Case = serde_json::from_str(line).expect("a case");
        let query: Vec<(&str, &str)> = case
            .query
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default()))
            .collect();
        let (status, body) = client.query(&case.path, &query).await;
        let expected = match (&case.ids, &case.value, &case.error) {
            (Some(ids), None, None) => ids.iter().copied().map(Value::from).collect(),
            (None, Some(value), None) => value.clone(),
            (None, None, Some(target)) => Value::from(target.as_str()),
            _ => panic!("a case has one expectation: {line}"),
        };
        let found = found(&case, status, &body);
        if found != expected {
            wrong.push(format!(
                "{} {:?}\n  expected {expected}\n  found    {found}",
                case.path, case.query
            ));
        }
        count += 1;
    }
    assert!(count >= 300, "{count} cases");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}
