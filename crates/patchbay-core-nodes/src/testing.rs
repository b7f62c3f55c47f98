//! Runs one node in tests: parameters as the file has them, items as JSON, a fixed clock, no world.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use patchbay_model::scope::{Denied, ExecutionInfo, NoContexts};
use patchbay_model::workflow::Node as WorkflowNode;
use patchbay_model::{Binary, BinaryData, Environment, Item, Items, RunData, Scope, Text, Value, Workflow};
use patchbay_node::capability::entropy::Seeded;
use patchbay_node::capability::files::{MISSING, NoFiles, Target};
use patchbay_node::capability::http::{Request, Response};
use patchbay_node::capability::workflows::{Call, Called};
use patchbay_node::capability::{Absent, Answers, BinaryStore, Credential, Credentials, Files, Http, Timer, Workflows};
use patchbay_node::{Capabilities, Context, Evaluate, Node, NodeError, Outcome, Parameter, State};
use tokio_util::sync::CancellationToken;

use crate::files::Stream;

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

    /// The machine's files.
    pub fn files(mut self, files: Arc<Memory>) -> Self {
        self.files = files;
        self
    }

    /// Every item has this file, without a name.
    pub fn file(self, name: &str, mime_type: &str, text: &str) -> Self {
        self.named_file(name, mime_type, "", text)
    }

    /// Every item has this file, with an extension.
    pub fn named_file(self, name: &str, mime_type: &str, extension: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        let mut file = Binary::new(BinaryData::Memory(bytes.clone().into()), bytes.len() as u64, mime_type);
        file.file_extension = Some(extension.into()).filter(|extension: &Text| !extension.is_empty());
        let with_file = |item: &Item| {
            let mut item = item.clone();
            crate::files::attach(&mut item, name, file.clone());
            item
        };
        let items = self.inputs[0].iter().map(with_file).collect();
        self.items(items)
    }

    /// Other parameters for the next run.
    pub fn parameters(mut self, parameters: &str) -> Self {
        let parameters = json(parameters);
        self.node.parameters = parameters.as_object().expect("parameters are an object").clone();
        self
    }

    /// The items of each input.
    pub fn inputs(&self) -> &[Items] {
        &self.inputs
    }

    /// The items of the first input.
    pub fn items(mut self, items: Items) -> Self {
        self.inputs[0] = items;
        self
    }

    /// As [`Run::of`], each file as a field: its name and media type.
    pub fn with_files(&self, node: &dyn Node) -> Result<String, String> {
        let outputs = self.outcome(node).map_err(|error| error.error.message.to_string())?;
        let shown = |item: &Item| {
            let mut json = (*item.json).clone();
            for (name, file) in item.binary.iter().flat_map(|files| files.iter()) {
                let file_name = file.file_name.as_deref().unwrap_or("nothing");
                json.insert(name.clone(), format!("{file_name} {}", file.mime_type));
            }
            Value::object(json)
        };
        let values = |items: &Items| Value::array(items.iter().map(shown).collect());
        Ok(Value::array(outputs.iter().map(values).collect()).to_json())
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
            Outcome::Ended | Outcome::Again { .. } => Ok(Vec::new()),
            Outcome::Outputs(outputs) | Outcome::Wait { outputs, .. } | Outcome::Pause { outputs, .. } => Ok(outputs),
        }
    }
}

struct Parsed(patchbay_expression::Expression);

impl Evaluate for Parsed {
    fn evaluate(&self, scope: &Scope<'_>) -> Result<Option<Value>, NodeError> {
        Ok(self.evaluate_with_date(scope)?.0)
    }

    fn evaluate_with_date(&self, scope: &Scope<'_>) -> Result<(Option<Value>, Option<f64>), NodeError> {
        let evaluated = self.0.evaluate_parameter(scope);
        let evaluated = evaluated.map_err(|error| NodeError::new(error.code, error.message.clone()))?;
        Ok((evaluated.value, evaluated.date))
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
    async fn keep(&self, bytes: Stream) -> Result<(BinaryData, u64), NodeError> {
        let chunks: Vec<Bytes> = bytes.try_collect().await?;
        let whole = chunks.concat();
        let size = whole.len() as u64;
        Ok((BinaryData::Memory(whole.into()), size))
    }

    async fn read(&self, binary: &Binary) -> Result<Bytes, NodeError> {
        match &binary.data {
            BinaryData::Memory(bytes) => Ok(bytes.clone()),
            BinaryData::Base64(_) | BinaryData::Stored { .. } => Err(absent("stored file")),
        }
    }

    async fn stream(&self, binary: &Binary) -> Result<Stream, NodeError> {
        let bytes = self.read(binary).await?;
        Ok(futures::stream::once(async { Ok(bytes) }).boxed())
    }
}

/// The machine's files, by path; patterns find nothing.
#[derive(Default)]
pub struct Memory(Mutex<BTreeMap<String, Vec<u8>>>);

impl Memory {
    pub fn with(files: &[(&str, &str)]) -> Arc<Self> {
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        Arc::new(Self(Mutex::new(files.collect())))
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn text(&self, path: &str) -> Option<String> {
        let bytes = self.files().get(path).cloned()?;
        String::from_utf8(bytes).ok()
    }
}

#[async_trait]
impl Files for Memory {
    async fn find(&self, pattern: &str) -> Result<Vec<Text>, NodeError> {
        Ok(self
            .files()
            .contains_key(pattern)
            .then(|| pattern.into())
            .into_iter()
            .collect())
    }

    async fn read(&self, path: &str) -> Result<Stream, NodeError> {
        let missing = || NodeError::new(MISSING, format!("ENOENT: no such file or directory, stat '{path}'"));
        let bytes = self.files().get(path).cloned().ok_or_else(missing)?;
        Ok(futures::stream::once(async { Ok(Bytes::from(bytes)) }).boxed())
    }

    async fn write(&self, target: Target, bytes: Stream) -> Result<(), NodeError> {
        let chunks: Vec<Bytes> = bytes.try_collect().await?;
        let mut files = self.files();
        let file = files.entry(target.path.to_string()).or_default();
        if !target.append {
            file.clear();
        }
        file.extend_from_slice(&chunks.concat());
        Ok(())
    }
}

#[async_trait]
impl Workflows for Nothing {
    async fn run(&self, call: Call) -> Result<Called, NodeError> {
        Ok(Called::Ended(vec![call.items]))
    }
}
