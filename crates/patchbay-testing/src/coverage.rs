//! What of a service's definitions no case touches: operations, parameters, values of enumerations, ways to fail, and kinds
//! of answers. Only cases that pass count.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

use patchbay_actions::definition::{Answer, Operation, Service, choose};
use patchbay_actions::library::{Found, LazyService};
use patchbay_model::{Object, Text, Value};

use crate::case::exchange::{decoded, gathered};
use crate::case::node::NodeCase;
use crate::collect::{Case, Job};
use crate::run::{CaseResult, Ran};
use crate::world::http::{Sent, readable, target};

/// What is looked at, in the order of reports.
pub const KINDS: [&str; 5] = ["operations", "parameters", "values", "errors", "answers"];

/// How much of one kind is touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Share {
    pub touched: usize,
    pub all: usize,
    /// What is not: `Users: Update User: Hours`.
    pub missing: Vec<String>,
}

impl Share {
    /// 100 where there is nothing to touch.
    pub fn percent(&self) -> f64 {
        if self.all == 0 {
            100.0
        } else {
            100.0 * self.touched as f64 / self.all as f64
        }
    }

    fn count(&mut self, touched: bool, name: impl FnOnce() -> String) {
        self.all += 1;
        if touched {
            self.touched += 1;
        } else {
            self.missing.push(name());
        }
    }
}

/// The shares of one service, in the order of [`KINDS`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    pub service: String,
    pub shares: [Share; 5],
}

/// An operation, by the place of its definition.
type Place = *const Operation;

/// What cases touched.
#[derive(Default)]
struct Touched {
    operations: HashSet<Place>,
    parameters: HashSet<(Place, Text)>,
    values: HashSet<(Place, Text, Text)>,
    refused: HashSet<Place>,
    /// Resources of which a service's refusal was seen.
    denied: BTreeSet<Text>,
    answers: HashSet<(Place, &'static str)>,
}

/// Measures the cases of a service.
pub fn measure(service: &LazyService, jobs: &[Job], results: &[CaseResult]) -> Coverage {
    let definition = service.definition();
    let mut touched = Touched::default();
    for (job, result) in jobs.iter().zip(results) {
        if let Case::Node { case, service: folder } = &job.case
            && **folder == *definition.folder
            && result.passed()
        {
            touched.add(service, case, &result.ran);
        }
    }
    let mut coverage = Coverage {
        service: definition.folder.to_string(),
        ..Coverage::default()
    };
    let [operations, parameters, values, errors, answers] = &mut coverage.shares;
    for resource in service.resources() {
        for operation in resource.operations.values().flatten() {
            let place = Arc::as_ptr(operation);
            let name = format!("{}: {} {}", resource.name, operation.name, operation.life);
            operations.count(touched.operations.contains(&place), || name.clone());
            for parameter in &operation.parameters {
                let key = (place, parameter.name.clone());
                parameters.count(touched.parameters.contains(&key), || {
                    format!("{name}: {}", parameter.name)
                });
                for value in &parameter.values {
                    let key = (place, parameter.name.clone(), value.clone());
                    values.count(touched.values.contains(&key), || {
                        format!("{name}: {} = {value}", parameter.name)
                    });
                }
            }
            if !operation.parameters.is_empty() {
                errors.count(touched.refused.contains(&place), || {
                    format!("{name}: a value is refused")
                });
            }
            for kind in kinds_of_answers(definition, operation) {
                let seen = touched.answers.contains(&(place, *kind));
                answers.count(seen, || format!("{name}: {kind}"));
            }
        }
        errors.count(touched.denied.contains(&resource.name), || {
            format!("{}: the service says no", resource.name)
        });
    }
    coverage
}

/// What an operation can answer with; one of them may stand for several.
fn kinds_of_answers(service: &Service, operation: &Operation) -> &'static [&'static str] {
    let paged = service.paging.as_ref().is_some_and(|paging| operation.is_paged(paging));
    match operation.method.as_str() {
        _ if operation.answer == Answer::File => &["binary"],
        "PATCH" | "PUT" | "DELETE" => &["nothing"],
        "POST" => &["any"],
        _ if paged => &["body", "paged"],
        _ => &["body"],
    }
}

impl Touched {
    fn add(&mut self, service: &LazyService, case: &NodeCase, ran: &Ran) {
        let text = |key: &str| case.parameters.get(key).and_then(Value::as_str);
        let (Some(resource), Some(operation)) = (text("resource"), text("operation")) else {
            return;
        };
        let Found::Yes(resource) = service.resource(resource) else {
            return;
        };
        let definition = service.definition();
        let version = definition.credential.version_field.as_ref();
        let version = version.and_then(|field| case.credential.get(field));
        let version = version.and_then(|version| version.to_text().parse().ok());
        let given = |name: &str| given(&case.parameters, name).is_some();
        let variants = resource.variants(operation).unwrap_or_default();
        let Some(operation) = choose(variants, version.as_ref(), given) else {
            return;
        };
        let place = Arc::as_ptr(operation);
        let of_service = ran.sent.iter().filter(|sent| !is_first(case, sent.exchange)).count();
        if code_of(ran).is_some_and(|code| code.starts_with("E041"))
            || (of_service == 0 && case.settings.contains_key("onError"))
        {
            self.refused.insert(place);
            return;
        }
        if of_service == 0 {
            return;
        }
        self.operations.insert(place);
        if code_of(ran).is_some_and(|code| code.starts_with("E043")) {
            self.denied.insert(resource.name.clone());
        }
        for parameter in &operation.parameters {
            if self::given(&case.parameters, &parameter.name).is_none() {
                continue;
            }
            self.parameters.insert((place, parameter.name.clone()));
            for sent in ran.sent.iter().filter(|_| !parameter.values.is_empty()) {
                let value = sent_value(sent, &parameter.name);
                self.values
                    .extend(value.map(|value| (place, parameter.name.clone(), value)));
            }
        }
        if let Some(outputs) = &ran.outputs {
            let items: Vec<&Value> = outputs.iter().flatten().collect();
            let kind = match items.as_slice() {
                [item] if item.get("success").is_some() && item.get("statusCode").is_some() => "nothing",
                [item, ..] if item.get("binary").is_some() => "binary",
                _ => "body",
            };
            self.answers.extend([(place, kind), (place, "any")]);
            if of_service > 1 && self::given(&case.parameters, "fetchAll").is_some() {
                self.answers.insert((place, "paged"));
            }
        }
    }
}

fn code_of(ran: &Ran) -> Option<Text> {
    Some(ran.error.as_ref()?.get("code")?.to_text())
}

/// What went out for a parameter: a property of the body, or an option of the query.
fn sent_value(sent: &Sent, name: &str) -> Option<Text> {
    let body = readable(&sent.body);
    if let Some(value) = body.get(name).and_then(Value::as_str) {
        return Some(value.into());
    }
    let (_, query) = target(&sent.url).split_once('?')?;
    gathered(decoded(query)).get(name).map(Value::to_text)
}

/// Whether a request was one of those that all cases begin with.
fn is_first(case: &NodeCase, exchange: Option<usize>) -> bool {
    let place = exchange
        .and_then(|exchange| case.exchanges.get(exchange))
        .map(|exchange| &exchange.place);
    place.is_some_and(|place| crate::rewrite::is_shared(place))
}

/// The value of a parameter: at the top level or in `options`, with or without its `$`.
fn given<'a>(parameters: &'a Object, name: &str) -> Option<&'a Value> {
    let bare = name.trim_start_matches('$');
    let in_object = |object: &'a Object| object.get(name).or_else(|| object.get(bare));
    in_object(parameters).or_else(|| in_object(parameters.get("options")?.as_object()?))
}

impl Coverage {
    /// Of all kinds together.
    pub fn total(&self) -> f64 {
        let touched: usize = self.shares.iter().map(|share| share.touched).sum();
        let all: usize = self.shares.iter().map(|share| share.all).sum();
        if all == 0 {
            100.0
        } else {
            100.0 * touched as f64 / all as f64
        }
    }

    /// The share of a kind, in percent; of `total`, of all together.
    pub fn percent(&self, kind: &str) -> Option<f64> {
        if kind == "total" {
            return Some(self.total());
        }
        let place = KINDS.iter().position(|known| *known == kind)?;
        Some(self.shares[place].percent())
    }

    /// A line for each kind, and below it the first few that no case touches.
    pub fn to_text(&self) -> String {
        const SHOWN: usize = 10;
        let mut text = format!("coverage of {}: {:.1} %\n", self.service, self.total());
        for (kind, share) in KINDS.iter().zip(&self.shares) {
            let _ = writeln!(
                text,
                "  {kind:<10} {:>5.1} %  {} of {}",
                share.percent(),
                share.touched,
                share.all
            );
            for missing in share.missing.iter().take(SHOWN) {
                let _ = writeln!(text, "    not touched: {missing}");
            }
            if share.missing.len() > SHOWN {
                let _ = writeln!(text, "    … and {} more", share.missing.len() - SHOWN);
            }
        }
        text
    }

    /// `{"service", "total", "operations": {"percent", "touched", "all", "missing"}, …}`.
    pub fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("service", self.service.as_str());
        object.insert("total", self.total());
        for (kind, share) in KINDS.iter().zip(&self.shares) {
            let mut shown = Object::new();
            shown.insert("percent", share.percent());
            shown.insert("touched", share.touched);
            shown.insert("all", share.all);
            let missing = share.missing.iter().map(|name| Value::from(name.as_str()));
            shown.insert("missing", missing.collect::<Vec<_>>());
            object.insert(*kind, shown);
        }
        Value::object(object)
    }
}
