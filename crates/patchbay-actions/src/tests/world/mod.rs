//! A world without network, disk and clock, in which nodes run.

mod capability;
mod http;

use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use patchbay_model::run::RunData;
use patchbay_model::scope::{ExecutionInfo, NoContexts};
use patchbay_model::workflow::{Node as WorkflowNode, OnError};
use patchbay_model::{Environment, Item, Items, Object, Scope, Value};
use patchbay_node::capability::entropy::Seeded;
use patchbay_node::capability::http::Request;
use patchbay_node::capability::{Absent, Credential};
use patchbay_node::{Capabilities, Context, NodeError, Outcome, Registry, State};
use tokio_util::sync::CancellationToken;

use self::capability::{FakeCredentials, Rest, compiled};
pub use self::http::{FakeHttp, Reply, shown};
use crate::Library;
use crate::check::Checked;

/// The world, and nodes in it.
pub struct World {
    pub http: Arc<FakeHttp>,
    pub credential: Object,
    pub on_error: OnError,
    pub cancellation: CancellationToken,
    /// The other nodes of the workflow, as JSON.
    pub other_nodes: Vec<String>,
    clock: Arc<Rest>,
    library: Library,
    kind: &'static str,
}

impl World {
    /// A world whose service answers so.
    pub fn new(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::of(Library::built_in(), "n8n-nodes-3cx.threeCX", answer)
    }

    /// A world with nodes of a type of this library.
    pub fn of(
        library: Library,
        kind: &'static str,
        answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let credential = [
            ("url", "https://pbx.example.com/"),
            ("clientId", "900"),
            ("clientSecret", "hunter2"),
        ];
        Self {
            http: Arc::new(FakeHttp {
                answer: Box::new(answer),
                requests: Mutex::default(),
                under_way: AtomicUsize::new(0),
                most_at_once: AtomicUsize::new(0),
                tokens: AtomicUsize::new(0),
                token_reply: Mutex::default(),
            }),
            credential: credential.into_iter().collect(),
            on_error: OnError::Stop,
            cancellation: CancellationToken::new(),
            other_nodes: Vec::new(),
            clock: Arc::new(Rest { now: Mutex::new(0.0) }),
            library,
            kind,
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            environment: self.clock.clone(),
            entropy: Arc::new(Seeded::new(1)),
            timer: self.clock.clone(),
            http: self.http.clone(),
            mail: Arc::new(Absent),
            commands: Arc::new(Absent),
            answers: Arc::new(Absent),
            credentials: Arc::new(FakeCredentials(self.credential.clone())),
            binaries: self.clock.clone(),
            files: Arc::new(patchbay_node::capability::files::NoFiles),
            workflows: self.clock.clone(),
        }
    }

    /// Checks the world's credential for a service.
    pub async fn check_credential(&self, service: &str) -> Result<Checked, NodeError> {
        let service = self.library.service(service).expect("the service");
        let credential = Credential::new(None, "PBX", "", self.credential.clone());
        self.library
            .check_credential(service, &credential, &self.capabilities())
            .await
    }

    /// A world in which all goes well.
    pub fn calm() -> Self {
        Self::new(|_| Reply::json(200, r#"{"value": []}"#))
    }

    /// In milliseconds since the beginning of the world.
    pub fn now(&self) -> f64 {
        self.clock.now()
    }

    pub fn pass_time(&self, milliseconds: f64) {
        *self.clock.now.lock().expect("lock") += milliseconds;
    }

    /// Runs a node with these parameters (JSON) for these items (JSON).
    pub async fn run(&self, parameters: &str, items: &[&str]) -> Result<Vec<Item>, NodeError> {
        let mut registry = Registry::new();
        self.library.register(&mut registry);
        let node = registry.find(self.kind).expect("the node");
        let parameters = Value::from_json(parameters).expect("parameters");
        let text = format!(r#"{{"nodes": [{}], "connections": {{}}}}"#, self.other_nodes.join(", "));
        let (workflows, _) = patchbay_model::workflow::read(&text);
        let workflow = workflows.into_iter().next().unwrap_or_default();
        let workflow_node = WorkflowNode {
            name: "PBX".into(),
            version: 1.0,
            kind: "n8n-nodes-3cx.threecx".into(),
            parameters: parameters.as_object().expect("an object").clone(),
            on_error: self.on_error,
            ..WorkflowNode::default()
        };
        let items = items.iter().map(|item| Value::from_json(item).expect("an item"));
        let inputs: Vec<Items> = vec![
            items
                .map(|item| {
                    let plain = || Item::new(item.as_object().expect("an object").clone());
                    Item::from_n8n(&item)
                        .filter(|item| item.binary.is_some())
                        .unwrap_or_else(plain)
                })
                .collect(),
        ];
        let execution = ExecutionInfo {
            timezone: "Europe/Berlin".into(),
            ..ExecutionInfo::default()
        };
        let run_data = RunData::default();
        let scope = Scope {
            workflow: &workflow,
            run_data: &run_data,
            execution: &execution,
            environment: self.clock.as_ref(),
            node: &workflow_node,
            run_index: 0,
            items: &inputs[0],
            item_index: 0,
            sources: &[],
            input_index: 0,
            contexts: &NoContexts,
            extra: &[],
        };
        let capabilities = self.capabilities();
        let state = State::default();
        let context = Context {
            node: &workflow_node,
            description: node.description(),
            scope,
            inputs: &inputs,
            parameters: &compiled(&parameters),
            capabilities: &capabilities,
            state: &state,
            cancellation: &self.cancellation,
            progress: &|_| {},
            log: &|_| {},
        };
        match node.run(&context).await? {
            Outcome::Outputs(outputs) => Ok(outputs.into_iter().flat_map(Items::into_vec).collect()),
            Outcome::Ended | Outcome::Wait { .. } | Outcome::Pause { .. } | Outcome::Again { .. } => {
                Err(NodeError::new("E0000", "it waits"))
            }
        }
    }

    /// The requests but those for tokens, as text, in the order of their items.
    pub fn sent(&self) -> String {
        let mut requests = self.http.requests.lock().expect("lock").clone();
        requests.sort_by_key(|request| request.item);
        requests.iter().map(shown).collect::<Vec<_>>().join("\n---\n")
    }

    /// How many requests there were by token.
    pub fn by_token(&self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for request in self.http.requests.lock().expect("lock").iter() {
            let header = request.headers.iter().find(|(name, _)| name == "Authorization");
            *counts
                .entry(header.map(|(_, value)| value.to_string()).unwrap_or_default())
                .or_default() += 1;
        }
        counts
    }
}

/// An error as one text: code, message, description, parameter, item, hints.
pub fn told(error: &NodeError) -> String {
    let error = &error.error;
    let mut lines = vec![format!("{} {}", error.code, error.message)];
    lines.extend(error.description.iter().map(|text| format!("  {text}")));
    if let Some(parameter) = &error.parameter {
        lines.push(format!("  parameter: {parameter}"));
    }
    if let Some(item) = error.item {
        lines.push(format!("  item: {item}"));
    }
    lines.extend(error.hints.iter().map(|hint| format!("  hint: {hint}")));
    lines.join("\n")
}

/// What the node says about these parameters (JSON) before it runs, after them.
pub fn checked(parameters: &str) -> String {
    let mut registry = Registry::new();
    Library::built_in().register(&mut registry);
    let node = registry.find("n8n-nodes-3cx.threecx").expect("the node");
    let parameters = Value::from_json(parameters).expect("parameters");
    let workflow_node = WorkflowNode {
        parameters: parameters.as_object().expect("an object").clone(),
        ..WorkflowNode::default()
    };
    let mut lines = vec![parameters.to_json()];
    for fault in node.check(&workflow_node) {
        lines.push(format!("  {} {fault}", fault.pointer));
        lines.extend(fault.hints.iter().map(|hint| format!("    hint: {hint}")));
    }
    lines.join("\n")
}
