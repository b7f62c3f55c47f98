//! Runs a case of a workflow: every node as in a run, but for HTTP, time and the nodes that the case mocks.

mod mocked;

use std::path::Path;
use std::sync::{Arc, Mutex};

use patchbay_engine::execution::Unobserved;
use patchbay_engine::{Execution, Finished, Graph, Options, compile};
use patchbay_model::diagnostic::nearest;
use patchbay_model::scope::ExecutionInfo;
use patchbay_model::{Items, Object, Severity, Text, Value, Workflow};
use patchbay_node::Registry;
use patchbay_node::capability::{Credential, Credentials, Http};

use super::check::{self, Actual, counted};
use super::{Failure, NoWorkflows, Ran};
use crate::Host;
use crate::case::workflow::{ExpectedNode, WorkflowCase};
use crate::case::{in_case, key};
use crate::pattern::{self, Step};
use crate::world::clock::Clock;
use crate::world::credentials::Given;
use crate::world::double::DoubleHttp;
use crate::world::http::{Canned, Sent};

/// A case whose workflow can run.
pub struct Prepared {
    pub graph: Graph,
    registry: Arc<Registry>,
    timezone: Text,
    static_data: Object,
}

/// Reads the workflow of a case and puts its mocked nodes in their places.
pub fn prepare(host: &Host, case: &WorkflowCase) -> Result<Prepared, Vec<Failure>> {
    let place = in_case(case.place, []);
    let mut workflow = read(&case.workflow).map_err(|message| vec![Failure::new("E1006", message, place.clone())])?;
    let stale = stale(case, &workflow);
    if !stale.is_empty() {
        return Err(stale);
    }
    let mut registry = host.registry();
    mocked::replace(&mut workflow, &mut registry, &case.nodes);
    let timezone = workflow.settings.timezone.clone();
    let static_data = workflow.static_data.as_object().cloned().unwrap_or_default();
    let graph = ready(workflow, &registry).map_err(|message| vec![Failure::new("E1022", message, place)])?;
    Ok(Prepared {
        graph,
        registry: Arc::new(registry),
        timezone: timezone.unwrap_or_else(|| case.conditions.timezone.clone()),
        static_data,
    })
}

/// Runs a workflow in a world.
pub async fn execute(
    host: &Host,
    case: &WorkflowCase,
    prepared: Prepared,
    clock: Arc<Clock>,
    http: Arc<dyn Http>,
    credentials: Arc<dyn Credentials>,
) -> Finished {
    let Prepared {
        graph,
        registry,
        timezone,
        static_data,
    } = prepared;
    let mut capabilities = crate::world::capabilities(clock, http, credentials, Arc::new(NoWorkflows));
    let folder = case.workflow.parent().unwrap_or(Path::new("."));
    capabilities.workflows = (host.workflows)(folder, registry, timezone.clone(), &capabilities);
    let options = Options {
        trigger: case.trigger.clone(),
        input: case.input.clone(),
        info: ExecutionInfo {
            id: "1".into(),
            mode: "test".into(),
            timezone,
            ..ExecutionInfo::default()
        },
        static_data: Arc::new(Mutex::new(static_data)),
        ..Options::default()
    };
    Execution::new(Arc::new(graph), options, capabilities, Arc::new(Unobserved))
        .run()
        .await
}

/// Runs a case of a workflow.
pub async fn run(host: &Host, case: &WorkflowCase) -> (Ran, Vec<Failure>) {
    let place = in_case(case.place, []);
    let prepared = match prepare(host, case) {
        Ok(prepared) => prepared,
        Err(failures) => return (Ran::default(), failures),
    };
    let clock = Arc::new(Clock::new(&case.conditions));
    let canned = Canned::new(case.mocks.clone(), false);
    let double = match &case.double {
        Some(wanted) => match DoubleHttp::new(wanted, &clock) {
            Ok(double) => Some(Arc::new(double)),
            Err(message) => {
                let place = in_case(case.place, [key("sandbox")]);
                return (Ran::default(), vec![Failure::new("E1006", message, place)]);
            }
        },
        None => None,
    };
    let http: Arc<dyn Http> = match &double {
        Some(double) => double.clone(),
        None => canned.clone(),
    };
    let credentials = match &double {
        Some(double) => bound(double, &prepared.graph, &case.credentials),
        None => case.credentials.clone(),
    };
    let credentials = Arc::new(Given::Several(credentials));
    let finished = execute(host, case, prepared, clock, http, credentials).await;
    let sent = double.as_ref().map_or_else(|| canned.sent(), |double| double.sent());
    let mut failures = if double.is_none() {
        check::complaints(canned.complaints(), &case.mocks, &place)
    } else {
        Vec::new()
    };
    failures.extend(ended_as_expected(case, &finished, &failures));
    for expected in &case.expect {
        failures.extend(node_as_expected(expected, &finished));
    }
    failures.extend(whole_as_expected(case, &finished, &sent));
    (ran(case, &finished, sent), failures)
}

fn read(path: &Path) -> Result<Workflow, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("the workflow `{}` can not be read: {error}", path.display()))?;
    let (workflows, faults) = patchbay_model::workflow::read(&text);
    let fault = faults.iter().find(|fault| fault.severity == Severity::Error);
    match (workflows.into_iter().next(), fault) {
        (Some(workflow), None) => Ok(workflow),
        (_, fault) => {
            let reason = fault.map_or("it holds none", |fault| &fault.message);
            Err(format!("`{}` is not a workflow: {reason}", path.display()))
        }
    }
}

fn ready(workflow: Workflow, registry: &Registry) -> Result<Graph, String> {
    let compilation = compile(workflow, registry);
    compilation.graph.ok_or_else(|| {
        let faults = compilation.diagnostics.iter();
        let faults = faults.filter(|fault| fault.severity == Severity::Error);
        faults.map(ToString::to_string).collect::<Vec<_>>().join("\n")
    })
}

/// The credentials of the case, those of 3CX bound to the double, and one for the double under each type that a node of the
/// workflow wants and the case does not give.
fn bound(double: &DoubleHttp, graph: &Graph, given: &[Credential]) -> Vec<Credential> {
    let bound = |credential: &Credential| {
        if !patchbay_sandbox::is_three_cx(&credential.kind) {
            return credential.clone();
        }
        Credential::new(
            credential.id.clone(),
            credential.name.clone(),
            credential.kind.clone(),
            double.credential(&Object::new()),
        )
    };
    let mut credentials: Vec<Credential> = given.iter().map(bound).collect();
    let wanted = graph.workflow.nodes.iter().flat_map(|node| node.credentials.iter());
    for (kind, reference) in wanted {
        if !credentials
            .iter()
            .any(|credential| credential.kind.eq_ignore_ascii_case(kind))
        {
            let data = double.credential(&Object::new());
            credentials.push(Credential::new(
                reference.id.clone(),
                reference.name.clone(),
                kind.clone(),
                data,
            ));
        }
    }
    credentials
}

/// Names of nodes in the case that the workflow does not have (any more).
fn stale(case: &WorkflowCase, workflow: &Workflow) -> Vec<Failure> {
    let names: Vec<&str> = workflow.nodes.iter().map(|node| node.name.as_str()).collect();
    let mut failures = Vec::new();
    let mut look = |name: &str, what: &str, place: Vec<Step>| {
        if !names.contains(&name) {
            let message = format!("stale: {what} is for the node `{name}`, which the workflow does not have");
            let failure = Failure::new("E1017", message, place);
            failures.push(match nearest(name, names.iter().copied()) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint("was it renamed or removed? Then so must this be"),
            });
        }
    };
    for node in &case.nodes {
        look(&node.name, "a mock", node.place.clone());
    }
    for mock in &case.mocks {
        if let Some(node) = &mock.request.node {
            look(node, "a mock", [mock.place.clone(), vec![key("node")]].concat());
        }
    }
    for node in &case.expect {
        look(&node.name, "an expectation", node.place.clone());
    }
    for (number, node) in case.no_output_from.iter().enumerate() {
        let place = in_case(case.place, [key("no-output-from"), Step::Index(number)]);
        look(node, "`no-output-from`", place);
    }
    if let Some(trigger) = &case.trigger {
        look(trigger, "the trigger", in_case(case.place, [key("trigger")]));
    }
    let order = case.order.as_ref().and_then(Value::as_array).unwrap_or_default();
    for (number, node) in order.iter().enumerate() {
        if let Some(node) = node.as_str() {
            look(
                node,
                "`order`",
                in_case(case.place, [key("order"), Step::Index(number)]),
            );
        }
    }
    failures
}

/// How the execution ended; what other failures already explain is not told again.
fn ended_as_expected(case: &WorkflowCase, finished: &Finished, others: &[Failure]) -> Option<Failure> {
    let place = in_case(case.place, []);
    let status = finished.status.as_str();
    if let Some(error) = &case.error {
        return if let Some(actual) = &finished.error {
            check::error_as_expected(error, actual, &place)
        } else {
            let message = format!(
                "it should have failed with {}, and ended with {status}",
                error.to_json()
            );
            Some(Failure::new("E1014", message, in_case(case.place, [key("error")])))
        };
    }
    let wanted = case.status.as_deref().unwrap_or("success");
    if wanted == status {
        return None;
    }
    if let Some(error) = &finished.error {
        if others.iter().any(|failure| failure.code == "E1011") {
            return None;
        }
        let mut failure = check::unexpected(error, &place);
        if let Some(node) = &error.node {
            failure.message = format!("node `{node}`: {}", failure.message);
        }
        return Some(failure);
    }
    let message = format!("it ended with {status}, not {wanted}");
    Some(Failure::new("E1021", message, in_case(case.place, [key("status")])))
}

fn node_as_expected(expected: &ExpectedNode, finished: &Finished) -> Vec<Failure> {
    let mut failures = Vec::new();
    let name = &expected.name;
    let runs = finished.run_data.runs(name);
    let at = |name: &str| [expected.place.clone(), vec![key(name)]].concat();
    let calls = expected.calls.or(expected.by_run.then_some(expected.runs.len()));
    if let Some(calls) = calls.filter(|calls| *calls != runs.len()) {
        let message = format!("node `{name}` ran {}, not {calls}", counted(runs.len(), "time"));
        let place = at(if expected.calls.is_some() { "calls" } else { "runs" });
        failures.push(Failure::new("E1019", message, place));
    } else if runs.is_empty() && !expected.runs.is_empty() {
        let message = format!("node `{name}` did not run");
        failures.push(Failure::new("E1019", message, expected.place.clone()));
    } else if runs.len() > 1 && !expected.by_run && !expected.runs.is_empty() {
        let message = format!(
            "node `{name}` ran {} times, and what is expected is for one",
            runs.len()
        );
        let failure = Failure::new("E1019", message, expected.place.clone());
        failures.push(failure.hint("give `runs = [{ output = [ … ] }, …]`"));
    }
    for (number, (wanted, run)) in expected.runs.iter().zip(runs).enumerate() {
        let place = if expected.by_run {
            [at("runs"), vec![Step::Index(number)]].concat()
        } else {
            expected.place.clone()
        };
        let actual = Actual {
            outputs: run.outputs.as_deref(),
            error: run.error.as_ref(),
        };
        let of_run = check::run(wanted, &actual, &place, None);
        failures.extend(of_run.into_iter().map(|failure| Failure {
            message: format!("node `{name}`: {}", failure.message),
            ..failure
        }));
    }
    for output in &expected.no_output_from {
        let items: usize = runs.iter().map(|run| run.output(*output).len()).sum();
        if items > 0 {
            let message = format!("node `{name}` put out {} by output {output}", counted(items, "item"));
            failures.push(Failure::new("E1020", message, at("no-output-from")));
        }
    }
    failures
}

/// What a case says of the execution as a whole.
fn whole_as_expected(case: &WorkflowCase, finished: &Finished, sent: &[Sent]) -> Vec<Failure> {
    let mut failures = Vec::new();
    let at = |name: &str| in_case(case.place, [key(name)]);
    if let Some(wanted) = &case.order {
        let order = finished.run_data.order().iter().cloned().map(Value::Text);
        let order = Value::array(order.collect());
        let differences = pattern::differences(wanted, &order);
        if !differences.is_empty() {
            failures.push(Failure::new("E1018", "the nodes ran in another order", at("order")).differing(differences));
        }
    }
    for (number, name) in case.no_output_from.iter().enumerate() {
        let runs = finished.run_data.runs(name);
        let items: usize = runs
            .iter()
            .flat_map(|run| run.outputs.iter().flatten())
            .map(|items| items.len())
            .sum();
        if items > 0 {
            let message = format!("node `{name}` put out {}", counted(items, "item"));
            let place = in_case(case.place, [key("no-output-from"), Step::Index(number)]);
            failures.push(Failure::new("E1020", message, place));
        }
    }
    if let Some(requests) = case.requests.filter(|requests| *requests != sent.len()) {
        let message = format!("{} went out, not {requests}", counted(sent.len(), "request"));
        failures.push(Failure::new("E1019", message, at("requests")));
    }
    if let (Some(wanted), None) = (&case.output, &finished.error) {
        let wanted = wanted.as_array().unwrap_or_default();
        let actual = check::comparable(wanted, &last_items(finished));
        let differences = pattern::differences(&Value::array(wanted.to_vec()), &actual);
        if let Some(first) = differences.first() {
            let mut place = at("output");
            place.extend(first.path.iter().cloned());
            let message = "the output of the last node is not as expected";
            failures.push(Failure::new("E1013", message, place).differing(differences));
        }
    }
    failures
}

/// The items of all outputs of the node that ran last.
fn last_items(finished: &Finished) -> Items {
    let last = finished.last_node();
    let run = last.and_then(|node| finished.run_data.runs(node).last());
    run.into_iter()
        .flat_map(|run| run.outputs.iter().flatten())
        .flat_map(|items| items.iter().cloned())
        .collect()
}

/// What came out of a case.
pub fn ran(case: &WorkflowCase, finished: &Finished, sent: Vec<Sent>) -> Ran {
    let wanted = case.output.as_ref().and_then(Value::as_array).unwrap_or_default();
    let items = check::comparable(wanted, &last_items(finished));
    Ran {
        sent,
        outputs: finished
            .error
            .is_none()
            .then(|| vec![items.as_array().unwrap_or_default().to_vec()]),
        paired: None,
        error: finished.error.as_ref().map(check::error_value),
        nodes: case
            .expect
            .iter()
            .filter_map(|node| first_run(node, finished))
            .collect(),
    }
}

/// What a node that something is expected of put out in its first run.
fn first_run(expected: &ExpectedNode, finished: &Finished) -> Option<(Text, Vec<Vec<Value>>)> {
    let wanted = expected.runs.first()?.outputs.as_deref().unwrap_or_default();
    let outputs = finished.run_data.run(&expected.name, 0)?.outputs.as_deref()?;
    let comparable = outputs.iter().enumerate().map(|(output, items)| {
        let wanted = wanted.get(output).map_or(&[][..], Vec::as_slice);
        check::comparable(wanted, items).as_array().unwrap_or_default().to_vec()
    });
    Some((expected.name.clone(), comparable.collect()))
}
