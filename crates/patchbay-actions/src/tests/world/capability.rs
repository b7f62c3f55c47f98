//! The other capabilities: a credential, a clock that only sleeping moves, files in memory, expressions that read a field.

use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt};
use patchbay_model::scope::Denied;
use patchbay_model::workflow::Node as WorkflowNode;
use patchbay_model::{Binary, BinaryData, Environment, Object, Scope, Text, Value};
use patchbay_node::capability::{BinaryStore, Credential, Credentials, Timer, Workflows, workflows};
use patchbay_node::{Evaluate, NodeError, Parameter};

pub struct FakeCredentials(pub Object);

#[async_trait]
impl Credentials for FakeCredentials {
    async fn find(&self, kind: &str, _node: &WorkflowNode) -> Result<Credential, NodeError> {
        Ok(Credential::new(None, "PBX", kind, self.0.clone()))
    }
}

pub struct Rest {
    pub now: Mutex<f64>,
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

pub fn compiled(value: &Value) -> Parameter {
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
