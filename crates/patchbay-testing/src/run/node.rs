//! Runs a case of a node: the node alone in a workflow, so that retries, `onError` and paired items are the engine's own.

use std::sync::Arc;

use patchbay_engine::execution::Unobserved;
use patchbay_engine::{Execution, Finished, Options, compile};
use patchbay_model::scope::ExecutionInfo;
use patchbay_model::workflow::{self, Workflow};
use patchbay_model::{Diagnostic, Item, Items, Object, Value};
use patchbay_node::capability::{Credentials, Http};

use super::check::{self, Actual};
use super::{Failure, NoWorkflows, Ran};
use crate::Host;
use crate::case::Double;
use crate::case::node::NodeCase;
use crate::case::{in_case, key};
use crate::world::clock::Clock;
use crate::world::credentials::Given;
use crate::world::double::DoubleHttp;
use crate::world::http::Canned;

/// The name of the one node.
pub const NODE: &str = "node";

/// A case that was run, before anything is compared.
pub struct Executed {
    pub finished: Finished,
    /// How many items went in.
    pub inputs: usize,
    /// Parameters that the operation does not have.
    pub unknown: Vec<Diagnostic>,
}

impl Executed {
    pub fn outputs(&self) -> Option<&[Items]> {
        self.finished.run_data.run(NODE, 0)?.outputs.as_deref()
    }
}

/// Runs a case of a service's node.
pub async fn run(host: &Host, case: &NodeCase, service: &str) -> (Ran, Vec<Failure>) {
    let place = in_case(case.place, []);
    let clock = Arc::new(Clock::new(&case.conditions));
    let canned = Canned::new(case.exchanges.clone(), true);
    let double = match case.double.as_ref().map(|wanted| double(host, wanted, service, &clock)) {
        Some(Ok(double)) => Some(double),
        Some(Err((code, message))) => {
            let place = in_case(case.place, [key("sandbox")]);
            return (Ran::default(), vec![Failure::new(code, message, place)]);
        }
        None => None,
    };
    let (http, credential): (Arc<dyn Http>, Object) = match &double {
        Some(double) => (double.clone(), double.credential(&case.credential)),
        None => (canned.clone(), case.credential.clone()),
    };
    let executed = match execute(host, case, service, clock, http, Arc::new(Given::One(credential))).await {
        Ok(executed) => executed,
        Err(message) => return (Ran::default(), vec![Failure::new("E1022", message, place)]),
    };
    let outputs = executed.outputs();
    let error = executed.finished.error.as_ref();
    let mut failures: Vec<Failure> = executed
        .unknown
        .iter()
        .map(|unknown| unknown_parameter(unknown, case))
        .collect();
    if double.is_none() {
        failures.extend(check::complaints(canned.complaints(), &case.exchanges, &place));
    }
    let unmocked = failures.iter().any(|failure| failure.code == "E1011");
    if !(unmocked && error.is_some()) {
        let actual = Actual { outputs, error };
        failures.extend(check::run(&case.expect, &actual, &place, Some(executed.inputs)));
    }
    if case.expect.outputs.is_none() && case.expect.error.is_none() {
        let failure = Failure::new("E1023", "the case expects nothing", place);
        failures.push(failure.hint("give it `output` or `error`; `--update` writes what comes out"));
    }
    let sent = double.map_or_else(|| canned.sent(), |double| double.sent());
    (ran(case, sent, outputs, error, executed.inputs), failures)
}

/// The double of a service, if it has one; else a code and what is wrong.
fn double(
    host: &Host,
    wanted: &Double,
    service: &str,
    clock: &Arc<Clock>,
) -> Result<Arc<DoubleHttp>, (&'static str, String)> {
    let known = host.library.service(service);
    let mut types = known.iter().flat_map(|service| &service.definition().credential.types);
    if known.is_some() && !types.any(|kind| patchbay_sandbox::is_three_cx(kind)) {
        return Err((
            "E1026",
            format!("the sandbox is the double of 3CX: there is none of `{service}`"),
        ));
    }
    let double = DoubleHttp::new(wanted, clock).map_err(|message| ("E1006", message))?;
    Ok(Arc::new(double))
}

/// Runs the node of a case in a world; an error where there is nothing to run.
pub async fn execute(
    host: &Host,
    case: &NodeCase,
    service: &str,
    clock: Arc<Clock>,
    http: Arc<dyn Http>,
    credentials: Arc<dyn Credentials>,
) -> Result<Executed, String> {
    let usual = host.library.service(service);
    let usual = usual.and_then(|service| service.definition().types.first());
    let kind = case.kind.as_ref().or(usual);
    let kind = kind.ok_or_else(|| format!("there is no service `{service}`"))?;
    let capabilities = crate::world::capabilities(clock, http, credentials, Arc::new(NoWorkflows));
    let input = case.input.clone().unwrap_or_else(|| vec![Item::default()].into());
    let compiled = compile(workflow_of(case, kind), &host.registry());
    let unknown = compiled
        .diagnostics
        .into_iter()
        .filter(|fault| fault.code == UNKNOWN_PARAMETER);
    let graph = compiled
        .graph
        .ok_or_else(|| "the node can not be made a workflow".to_owned())?;
    let inputs = input.len();
    let options = Options {
        trigger: Some(NODE.into()),
        input: Some(input),
        // What is wrong with the node is its error, as a case can expect it.
        allow_missing: true,
        info: ExecutionInfo {
            id: "1".into(),
            mode: "test".into(),
            timezone: case.conditions.timezone.clone(),
            ..ExecutionInfo::default()
        },
        ..Options::default()
    };
    let finished = Execution::new(Arc::new(graph), options, capabilities, Arc::new(Unobserved))
        .run()
        .await;
    Ok(Executed {
        finished,
        inputs,
        unknown: unknown.collect(),
    })
}

/// What actions say of a parameter that is not sent: in a workflow a warning, as n8n passes over it; a case was written by hand.
const UNKNOWN_PARAMETER: &str = "E0418";

fn unknown_parameter(unknown: &Diagnostic, case: &NodeCase) -> Failure {
    let name = unknown.parameter.as_deref().unwrap_or_default();
    let place = in_case(case.place, [key("parameters"), key(name)]);
    let failure = Failure::new("E1025", format!("the operation has no parameter `{name}`"), place);
    unknown
        .hints
        .iter()
        .fold(failure, |failure, hint| failure.hint(hint.as_str()))
}

fn ran(
    case: &NodeCase,
    sent: Vec<crate::world::http::Sent>,
    outputs: Option<&[Items]>,
    error: Option<&patchbay_model::ExecutionError>,
    inputs: usize,
) -> Ran {
    let wanted = case.expect.outputs.as_deref().unwrap_or_default();
    let comparable = |(output, items): (usize, &Items)| {
        let wanted = wanted.get(output).map_or(&[][..], Vec::as_slice);
        check::comparable(wanted, items).as_array().unwrap_or_default().to_vec()
    };
    let pairs = outputs.map(check::pairs);
    let usual = outputs.and_then(|outputs| check::usual_pairs(outputs, inputs));
    Ran {
        sent,
        outputs: outputs
            .filter(|_| error.is_none())
            .map(|outputs| outputs.iter().enumerate().map(comparable).collect()),
        paired: pairs.filter(|pairs| usual.as_ref() != Some(pairs)),
        error: error.map(check::error_value),
        nodes: Vec::new(),
    }
}

/// The node alone.
fn workflow_of(case: &NodeCase, kind: &str) -> Workflow {
    let mut node = Object::new();
    node.insert("name", NODE);
    node.insert("type", kind);
    node.insert("typeVersion", case.version.unwrap_or(1.0));
    node.insert("parameters", case.parameters.clone());
    node.extend(case.settings.iter().map(|(key, value)| (key.clone(), value.clone())));
    let mut file = Object::new();
    file.insert("nodes", vec![Value::object(node)]);
    file.insert("connections", Object::new());
    let (workflows, _) = workflow::read(&Value::object(file).to_json());
    workflows.into_iter().next().unwrap_or_default()
}
