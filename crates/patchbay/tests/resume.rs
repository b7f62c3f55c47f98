//! Every workflow of `tests/workflows/` is put aside after each of its nodes, written to JSON, read again and resumed: its run
//! data must be those of an execution that nothing interrupts.

#[path = "common/world.rs"]
mod world;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use patchbay_engine::execution::{Completed, Unobserved};
use patchbay_engine::{Execution, Finished, Graph, Journal, Resumption};
use patchbay_model::{Begun, ExecutionError, Snapshot, Status, Value};
use tokio_util::sync::CancellationToken;
use world::{capabilities, options, registry};

#[tokio::test]
async fn an_interrupted_execution_leaves_the_same_run_data() {
    let registry = registry();
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
        } else if let Some(stem) = name.strip_suffix(".golden.json") {
            files.push(PathBuf::from(format!("{stem}.json")));
        }
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
    // JSON has no `NaN`: as in n8n it is null after a rest.
    let texts = whole.iter().map(|(node, runs)| {
        let found = pieces.get(node).map(Value::to_json).unwrap_or_default();
        (node, found, runs.to_json())
    });
    let mut differing = texts.filter(|(_, found, expected)| found != expected);
    differing
        .next()
        .map(|(node, found, expected)| format!("{node}: {found}\n    for {expected}"))
}
