//! A world without network, disk and clock, in which nodes run.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt};
use patchbay_model::run::RunData;
use patchbay_model::scope::{Denied, ExecutionInfo, NoContexts};
use patchbay_model::workflow::{Node as WorkflowNode, OnError};
use patchbay_model::{Binary, BinaryData, Environment, Item, Items, Object, Scope, Text, Value};
use patchbay_node::capability::entropy::Seeded;
use patchbay_node::capability::http::{Body, Piece, Request, Response};
use patchbay_node::capability::{Absent, BinaryStore, Credential, Credentials, Http, Timer, Workflows, workflows};
use patchbay_node::{Capabilities, Context, Evaluate, NodeError, Outcome, Parameter, Registry, State};
use tokio_util::sync::CancellationToken;

use crate::Library;
use crate::check::Checked;

/// One request, as text to compare: `GET /xapi/v1/Users(5)`, headers but the usual ones, the body.
pub fn shown(request: &Request) -> String {
    let path = request.url.trim_start_matches("https://pbx.example.com");
    let mut lines = vec![format!("{} {path}", request.method)];
    let usual = ["accept", "authorization", "content-type"];
    let headers = request
        .headers
        .iter()
        .filter(|(name, _)| !usual.contains(&name.to_lowercase().as_str()));
    lines.extend(headers.map(|(name, value)| format!("{name}: {value}")));
    match &request.body {
        Body::Empty => {}
        Body::Bytes(bytes) => lines.push(String::from_utf8_lossy(bytes).into_owned()),
        Body::Pieces(pieces) => lines.push(pieces.iter().map(piece).collect()),
    }
    lines.join("\n")
}

fn piece(piece: &Piece) -> String {
    match piece {
        Piece::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Piece::File(_) => "(a file)".to_owned(),
    }
}

/// An answer of the made-up service.
#[derive(Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, &'static str)>,
    pub body: String,
}

impl Reply {
    pub fn json(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json")],
            body: body.to_owned(),
        }
    }
}

type Answering = dyn Fn(&Request) -> Reply + Send + Sync;

/// Takes note of requests, and answers them.
pub struct FakeHttp {
    answer: Box<Answering>,
    pub requests: Mutex<Vec<Request>>,
    under_way: AtomicUsize,
    pub most_at_once: AtomicUsize,
    pub tokens: AtomicUsize,
    pub token_reply: Mutex<Option<Reply>>,
}

#[async_trait]
impl Http for FakeHttp {
    async fn send(&self, request: Request) -> Result<Response, NodeError> {
        let now = 1 + self.under_way.fetch_add(1, Ordering::SeqCst);
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        tokio::task::yield_now().await;
        let reply = if request.url.ends_with("/connect/token") {
            let number = 1 + self.tokens.fetch_add(1, Ordering::SeqCst);
            let reply = self.token_reply.lock().expect("lock").clone();
            let usual = format!(r#"{{"token_type": "Bearer", "expires_in": 60, "access_token": "token-{number}"}}"#);
            reply.unwrap_or_else(|| Reply::json(200, &usual))
        } else {
            self.requests.lock().expect("lock").push(request.clone());
            (self.answer)(&request)
        };
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        match reply.status {
            0 => {
                return Err(NodeError::new(
                    "E0606",
                    "The request to https://pbx.example.com broke off",
                ));
            }
            1 => return Err(NodeError::new("E0601", "No connection to https://pbx.example.com")),
            _ => {}
        }
        Ok(Response {
            status: reply.status,
            status_text: Text::default(),
            headers: reply
                .headers
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            body: futures::stream::iter([Ok(Bytes::from(reply.body))]).boxed(),
            url: request.url.into(),
        })
    }
}

struct FakeCredentials(Object);

#[async_trait]
impl Credentials for FakeCredentials {
    async fn find(&self, kind: &str, _node: &WorkflowNode) -> Result<Credential, NodeError> {
        Ok(Credential::new(None, "PBX", kind, self.0.clone()))
    }
}

struct Rest {
    now: Mutex<f64>,
}

#[async_trait]
impl Timer for Rest {
    async fn sleep(&self, milliseconds: f64) {
        *self.now.lock().expect("lock") += milliseconds;
    }
}

impl Environment for Rest {
    fn now(&self) -> f64 {
        *self.now.lock().expect("lock")
    }

    fn random(&self) -> f64 {
        0.5
    }

    fn variable(&self, _name: &str) -> Result<Option<Text>, Denied> {
        Err(Denied)
    }
}

#[async_trait]
impl Workflows for Rest {
    async fn run(&self, _call: workflows::Call) -> Result<workflows::Called, NodeError> {
        Ok(workflows::Called::Ended(Vec::new()))
    }
}

#[async_trait]
impl BinaryStore for Rest {
    async fn keep(&self, bytes: BoxStream<'static, Result<Bytes, NodeError>>) -> Result<(BinaryData, u64), NodeError> {
        let chunks: Vec<_> = bytes.collect().await;
        let whole = chunks.into_iter().collect::<Result<Vec<Bytes>, _>>()?.concat();
        let size = whole.len() as u64;
        Ok((BinaryData::Memory(whole.into()), size))
    }

    async fn read(&self, _binary: &Binary) -> Result<Bytes, NodeError> {
        Ok(Bytes::from_static(b"(what the file holds)"))
    }

    async fn stream(&self, _binary: &Binary) -> Result<BoxStream<'static, Result<Bytes, NodeError>>, NodeError> {
        Ok(futures::stream::empty().boxed())
    }
}

/// `={{ $json.NAME }}` and nothing else.
struct Path(String);

impl Evaluate for Path {
    fn evaluate(&self, scope: &Scope<'_>) -> Result<Option<Value>, NodeError> {
        let name = self.0.trim_start_matches("={{ $json.").trim_end_matches(" }}");
        Ok(scope.item().and_then(|item| item.json.get(name).cloned()))
    }

    fn source(&self) -> &str {
        &self.0
    }
}

fn compiled(value: &Value) -> Parameter {
    match value {
        Value::Text(text) if text.starts_with('=') => Parameter::Expression(Box::new(Path(text.to_string()))),
        Value::Array(values) => Parameter::Array(values.iter().map(compiled).collect()),
        Value::Object(object) => Parameter::Object(
            object
                .iter()
                .map(|(key, value)| (key.clone(), compiled(value)))
                .collect(),
        ),
        value => Parameter::Literal(value.clone()),
    }
}

impl FakeHttp {
    /// The requests since the last time, but those for tokens.
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.requests.lock().expect("lock"))
    }
}

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
            Outcome::Ended | Outcome::Wait { .. } | Outcome::Again { .. } => Err(NodeError::new("E0000", "it waits")),
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
