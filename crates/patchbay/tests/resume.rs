//! Every workflow of `tests/workflows/` is put aside after each of its nodes, written to JSON, read again and resumed: its run
//! data must be those of an execution that nothing interrupts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::stream::BoxStream;
use patchbay_engine::execution::{Completed, Unobserved};
use patchbay_engine::{Execution, Finished, Graph, Journal, Options, Resumption};
use patchbay_model::scope::{Denied, ExecutionInfo};
use patchbay_model::workflow::Node;
use patchbay_model::{Begun, Binary, BinaryData, Environment, ExecutionError, Items, Snapshot, Status, Text, Value};
use patchbay_node::capability::entropy::Seeded;
use patchbay_node::capability::files::NoFiles;
use patchbay_node::capability::http::{Request, Response};
use patchbay_node::capability::workflows::Call;
use patchbay_node::capability::{Absent, BinaryStore, Credential, Credentials, Http, Timer, Workflows};
use patchbay_node::{Capabilities, NodeError, Registry};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn an_interrupted_execution_leaves_the_same_run_data() {
    let mut registry = Registry::new();
    for node in patchbay_core_nodes::all() {
        registry.add(node);
    }
    let mut files = Vec::new();
    find_workflows(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/workflows"),
        &mut files,
    );
    assert!(files.len() > 100, "only {} workflows", files.len());
    let (mut faults, mut interruptions) = (Vec::new(), 0);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a workflow");
        let (mut workflows, _) = patchbay_model::workflow::read(&text);
        let workflow = workflows.pop().expect("a workflow");
        let Some(graph) = patchbay_engine::compile(workflow, &registry).graph else {
            continue;
        };
        let graph = Arc::new(graph);
        let whole = run(Execution::new(
            graph.clone(),
            options(&graph),
            capabilities(),
            Arc::new(Unobserved),
        ))
        .await;
        let pieces = in_pieces(&graph, &mut interruptions).await;
        if let Some(difference) = difference(&whole, &pieces) {
            faults.push(format!("{}: {difference}", file.display()));
        }
    }
    assert!(faults.is_empty(), "{} differences\n{}", faults.len(), faults.join("\n"));
    assert!(interruptions > 500, "only {interruptions} interruptions");
}

fn find_workflows(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder of workflows") {
        let path = entry.expect("an entry of the folder").path();
        let name = path.to_string_lossy();
        if path.is_dir() {
            find_workflows(&path, files);
        } else if name.ends_with(".json") && !name.ends_with(".golden.json") {
            files.push(path);
        }
    }
}

fn options(graph: &Graph) -> Options {
    Options {
        info: ExecutionInfo {
            id: "1".into(),
            mode: "test".into(),
            timezone: graph.workflow.settings.timezone.clone().unwrap_or_else(|| "UTC".into()),
            ..ExecutionInfo::default()
        },
        ..Options::default()
    }
}

/// Each workflow is a future of its own size: on the heap.
async fn run(execution: Execution) -> Finished {
    Box::pin(execution.run()).await
}

/// Puts the execution aside after each node.
async fn in_pieces(graph: &Arc<Graph>, interruptions: &mut usize) -> Finished {
    let mut snapshot = Snapshot::default();
    loop {
        let options = options(graph);
        let aside = Arc::new(Aside(options.suspension.clone()));
        let observer = Arc::new(Unobserved);
        let execution = if snapshot.start.is_none() {
            Execution::new(graph.clone(), options, capabilities(), observer)
        } else {
            Execution::resume(
                graph.clone(),
                snapshot,
                Resumption::GoOn,
                options,
                capabilities(),
                observer,
            )
        };
        let finished = run(execution.kept_by(aside)).await;
        if finished.status != Status::Suspended {
            return finished;
        }
        *interruptions += 1;
        let text = serde_json::to_string(&finished.to_snapshot()).expect("JSON");
        snapshot = serde_json::from_str(&text).expect("a snapshot");
    }
}

/// Puts the execution aside as soon as a node is done.
struct Aside(CancellationToken);

#[async_trait]
impl Journal for Aside {
    async fn begins(&self, _begun: &Begun) -> Result<(), ExecutionError> {
        Ok(())
    }

    async fn completed(&self, _step: Completed<'_>) -> Result<(), ExecutionError> {
        self.0.cancel();
        Ok(())
    }
}

fn difference(whole: &Finished, pieces: &Finished) -> Option<String> {
    let (whole, pieces) = (whole.to_run_data_value(), pieces.to_run_data_value());
    for key in ["status", "error", "order", "lastNode"] {
        if whole.get(key) != pieces.get(key) {
            return Some(format!("{key}: {:?} for {:?}", pieces.get(key), whole.get(key)));
        }
    }
    let nodes = |value: &Value| {
        value
            .get("nodes")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    };
    let (whole, pieces) = (nodes(&whole), nodes(&pieces));
    let differs = whole.iter().find(|(node, runs)| pieces.get(node) != Some(runs));
    differs.map(|(node, runs)| {
        let found = pieces.get(node).map(Value::to_json).unwrap_or_default();
        format!("{node}: {found}\n    for {}", runs.to_json())
    })
}

/// A world without time, network or other workflows, which keeps files in memory.
struct World;

fn capabilities() -> Capabilities {
    let world = Arc::new(World);
    Capabilities {
        environment: world.clone(),
        entropy: Arc::new(Seeded::new(1)),
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
    async fn run(&self, _call: Call) -> Result<Vec<Items>, NodeError> {
        Err(nothing())
    }
}
