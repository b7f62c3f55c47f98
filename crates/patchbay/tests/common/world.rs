//! A world in which real core nodes run inside the test's own process: time stands still, there is no network and no other
//! workflow, and files are kept in memory.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::stream::BoxStream;
use patchbay_engine::{Graph, Options};
use patchbay_model::scope::{Denied, ExecutionInfo};
use patchbay_model::workflow::Node;
use patchbay_model::{Binary, BinaryData, Environment, Text};
use patchbay_node::capability::files::NoFiles;
use patchbay_node::capability::http::{Request, Response};
use patchbay_node::capability::workflows::{Call, Called};
use patchbay_node::capability::{Absent, BinaryStore, Credential, Credentials, Entropy, Http, Timer, Workflows};
use patchbay_node::{Capabilities, NodeError, Registry};

/// All core nodes.
pub fn registry() -> Registry {
    let mut registry = Registry::new();
    for node in patchbay_core_nodes::all() {
        registry.add(node);
    }
    registry
}

pub fn options(graph: &Graph) -> Options {
    let timezone = graph.workflow.settings.timezone.clone();
    Options {
        info: ExecutionInfo {
            id: "1".into(),
            mode: "test".into(),
            timezone: timezone.unwrap_or_else(|| "UTC".into()),
            ..ExecutionInfo::default()
        },
        ..Options::default()
    }
}

struct World;

pub fn capabilities() -> Capabilities {
    let world = Arc::new(World);
    Capabilities {
        environment: world.clone(),
        entropy: world.clone(),
        timer: world.clone(),
        http: world.clone(),
        mail: Arc::new(Absent),
        commands: Arc::new(Absent),
        answers: Arc::new(Absent),
        credentials: world.clone(),
        binaries: world.clone(),
        files: Arc::new(NoFiles),
        workflows: world,
    }
}

fn nothing() -> NodeError {
    NodeError::new("E0399", "there is nothing in this world")
}

impl Environment for World {
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

/// The same bytes each time: an execution that was interrupted must not see others.
impl Entropy for World {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(90);
    }
}

#[async_trait]
impl Timer for World {
    async fn sleep(&self, _milliseconds: f64) {}
}

#[async_trait]
impl Http for World {
    async fn send(&self, _request: Request) -> Result<Response, NodeError> {
        Err(nothing())
    }
}

#[async_trait]
impl Credentials for World {
    async fn find(&self, _kind: &str, _node: &Node) -> Result<Credential, NodeError> {
        Err(nothing())
    }
}

#[async_trait]
impl BinaryStore for World {
    async fn keep(&self, bytes: BoxStream<'static, Result<Bytes, NodeError>>) -> Result<(BinaryData, u64), NodeError> {
        let chunks: Vec<Result<Bytes, NodeError>> = bytes.collect().await;
        let mut whole = BytesMut::new();
        for chunk in chunks {
            whole.extend_from_slice(&chunk?);
        }
        let size = whole.len() as u64;
        Ok((BinaryData::Memory(whole.freeze()), size))
    }

    async fn read(&self, binary: &Binary) -> Result<Bytes, NodeError> {
        match &binary.data {
            BinaryData::Memory(bytes) => Ok(bytes.clone()),
            BinaryData::Base64(text) => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(text);
                bytes.map(Bytes::from).map_err(|_| nothing())
            }
            BinaryData::Stored { .. } => Err(nothing()),
        }
    }

    async fn stream(&self, binary: &Binary) -> Result<BoxStream<'static, Result<Bytes, NodeError>>, NodeError> {
        let bytes = self.read(binary).await?;
        Ok(futures::stream::iter([Ok(bytes)]).boxed())
    }
}

#[async_trait]
impl Workflows for World {
    async fn run(&self, _call: Call) -> Result<Called, NodeError> {
        Err(nothing())
    }
}
