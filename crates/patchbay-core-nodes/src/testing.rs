//! Runs one node in tests: parameters as the file has them, items as JSON, a fixed clock, no world.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use patchbay_model::scope::{Denied, ExecutionInfo, NoContexts};
use patchbay_model::workflow::Node as WorkflowNode;
use patchbay_model::{Binary, BinaryData, Environment, Item, Items, RunData, Scope, Text, Value, Workflow};
use patchbay_node::capability::entropy::Seeded;
use patchbay_node::capability::files::NoFiles;
use patchbay_node::capability::http::{Request, Response};
use patchbay_node::capability::workflows::Call;
use patchbay_node::capability::{Absent, Answers, BinaryStore, Credential, Credentials, Files, Http, Timer, Workflows};
use patchbay_node::{Capabilities, Context, Evaluate, Node, NodeError, Outcome, Parameter, State};
use tokio_util::sync::CancellationToken;

/// One run to come.
pub struct Run {
    node: WorkflowNode,
    inputs: Vec<Items>,
    state: State,
    http: Arc<dyn Http>,
    answers: Arc<dyn Answers>,
    credentials: Arc<dyn Credentials>,
    files: Arc<dyn Files>,
}

/// A run of a node with parameters (JSON) and the items' `json` (a JSON array).
pub fn run(version: f64, parameters: &str, items: &str) -> Run {
    let parameters = json(parameters);
    let node = WorkflowNode {
        name: "Node".into(),
        version,
        parameters: parameters.as_object().expect("parameters are an object").clone(),
        ..WorkflowNode::default()
    };
    Run {
        node,
        inputs: vec![self::items(items)],
        state: State::default(),
        http: Arc::new(Nothing),
        answers: Arc::new(Absent),
        credentials: Arc::new(Nothing),
        files: Arc::new(NoFiles),
    }
}

fn json(text: &str) -> Value {
    Value::from_json(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn items(text: &str) -> Items {
    let values = json(text);
    let items = values.as_array().expect("items are an array").iter().enumerate();
    items
        .map(|(index, value)| {
            let object = value.as_object().expect("an item is an object").clone();
            Item::new(object).paired_with(index)
        })
        .collect()
}

impl Run {
    /// The one credential that there is: its type, and its fields as a JSON object.
    pub fn credential(mut self, kind: &str, data: &str) -> Self {
        let data = json(data);
        let data = data.as_object().expect("a credential is an object").clone();
        self.credentials = Arc::new(Only(Credential::new(None, "only", kind, data)));
        self
    }

    /// Requests go there.
    pub fn http(mut self, http: Arc<dyn Http>) -> Self {
        self.http = http;
        self
    }

    /// Answers go there.
    pub fn answers(mut self, answers: Arc<dyn Answers>) -> Self {
        self.answers = answers;
        self
    }

    /// One more input.
    pub fn input(mut self, items: &str) -> Self {
        self.inputs.push(self::items(items));
        self
    }

    /// The outputs as JSON, each an array of the items' `json`; or the error's text.
    pub fn of(&self, node: &dyn Node) -> Result<String, String> {
        let outputs = self.outcome(node).map_err(|error| error.error.message.to_string())?;
        let values = |items: &Items| Value::array(items.iter().map(Item::json_value).collect());
        Ok(Value::array(outputs.iter().map(values).collect()).to_json())
    }

    pub fn outcome(&self, node: &dyn Node) -> Result<Vec<Items>, NodeError> {
        let workflow = Workflow::default();
        let run_data = RunData::default();
        let execution = ExecutionInfo {
            timezone: "UTC".into(),
            ..ExecutionInfo::default()
        };
        let parameters = compile(&Value::object(self.node.parameters.clone()));
        let capabilities = Capabilities {
            environment: Arc::new(Nothing),
            entropy: Arc::new(Seeded::new(1)),
            timer: Arc::new(Nothing),
            http: self.http.clone(),
            mail: Arc::new(Absent),
            commands: Arc::new(Absent),
            answers: self.answers.clone(),
            credentials: self.credentials.clone(),
            binaries: Arc::new(Nothing),
            files: self.files.clone(),
            workflows: Arc::new(Nothing),
        };
        let scope = Scope {
            workflow: &workflow,
            run_data: &run_data,
            execution: &execution,
            environment: &Nothing,
            node: &self.node,
            run_index: 0,
            items: self.inputs.first().map_or(&[], |items| items),
            item_index: 0,
            sources: &[],
            input_index: 0,
            contexts: &NoContexts,
            extra: &[],
        };
        let context = Context {
            node: &self.node,
            description: node.description(),
            scope,
            inputs: &self.inputs,
            parameters: &parameters,
            capabilities: &capabilities,
            state: &self.state,
            cancellation: &CancellationToken::new(),
            progress: &|_| {},
            log: &|_| {},
        };
        match futures::executor::block_on(node.run(&context))? {
            Outcome::Ended => Ok(Vec::new()),
            Outcome::Outputs(outputs) | Outcome::Wait { outputs, .. } => Ok(outputs),
        }
    }
}

struct Parsed(patchbay_expression::Expression);

impl Evaluate for Parsed {
    fn evaluate(&self, scope: &Scope<'_>) -> Result<Option<Value>, NodeError> {
        let value = self.0.evaluate(scope);
        value.map_err(|error| NodeError::new(error.code, error.message.clone()))
    }

    fn source(&self) -> &str {
        self.0.source()
    }
}

fn compile(value: &Value) -> Parameter {
    match value {
        Value::Object(object) => Parameter::Object(
            object
                .iter()
                .map(|(key, value)| (key.clone(), compile(value)))
                .collect(),
        ),
        Value::Array(values) => Parameter::Array(values.iter().map(compile).collect()),
        Value::Text(text) if patchbay_expression::is_expression(text) => {
            let expression = patchbay_expression::Expression::parse(text).expect("an expression that parses");
            Parameter::Expression(Box::new(Parsed(expression)))
        }
        value => Parameter::Literal(value.clone()),
    }
}

/// Every capability, with nothing behind it.
struct Nothing;

fn absent(what: &str) -> NodeError {
    NodeError::new("E0300", format!("no {what} in tests"))
}

impl Environment for Nothing {
    fn now(&self) -> f64 {
        1_772_600_767_000.0
    }

    fn random(&self) -> f64 {
        0.5
    }

    fn variable(&self, _name: &str) -> Result<Option<Text>, Denied> {
        Err(Denied)
    }
}

#[async_trait]
impl Timer for Nothing {
    async fn sleep(&self, _milliseconds: f64) {}
}

#[async_trait]
impl Http for Nothing {
    async fn send(&self, _request: Request) -> Result<Response, NodeError> {
        Err(absent("network"))
    }
}

#[async_trait]
impl Credentials for Nothing {
    async fn find(&self, _kind: &str, _node: &WorkflowNode) -> Result<Credential, NodeError> {
        Err(absent("credentials"))
    }
}

/// One credential, for whoever asks for its type.
struct Only(Credential);

#[async_trait]
impl Credentials for Only {
    async fn find(&self, kind: &str, _node: &WorkflowNode) -> Result<Credential, NodeError> {
        if self.0.kind == kind {
            Ok(self.0.clone())
        } else {
            Err(absent("such credential"))
        }
    }
}

#[async_trait]
impl BinaryStore for Nothing {
    async fn keep(&self, _: BoxStream<'static, Result<Bytes, NodeError>>) -> Result<(BinaryData, u64), NodeError> {
        Err(absent("binary store"))
    }

    async fn read(&self, _binary: &Binary) -> Result<Bytes, NodeError> {
        Err(absent("binary store"))
    }

    async fn stream(&self, _: &Binary) -> Result<BoxStream<'static, Result<Bytes, NodeError>>, NodeError> {
        Err(absent("binary store"))
    }
}

#[async_trait]
impl Workflows for Nothing {
    async fn run(&self, call: Call) -> Result<Vec<Items>, NodeError> {
        Ok(vec![call.items])
    }
}
