//! A world for executions that holds still, and nodes that do just enough to show what the engine does.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use patchbay_engine::{Compilation, Execution, Finished, Observer, Options, compile};
use patchbay_model::scope::Denied;
use patchbay_model::workflow::{Node as FileNode, read};
use patchbay_model::{Binary, BinaryData, Environment, Item, Items, RunEvent, Text, Value, Workflow};
use patchbay_node::capability::entropy::Seeded;
use patchbay_node::capability::http::{Request, Response};
use patchbay_node::capability::workflows::{Call, Called};
use patchbay_node::capability::{Absent, BinaryStore, Capabilities, Credential, Credentials, Http, Timer, Workflows};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription, Registry};
use patchbay_node::{RequiredInputs, Wait};

pub use crate::notation::file;

/// What a node of the tests does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Does {
    /// Passes its items on.
    Pass,
    /// Is never run.
    Comment,
    /// Gives `runs[run]`, an array of `{"json"?, …}` or plain objects; nothing after the last.
    Make,
    /// Sends items by `n`: even ones to output 0, odd ones to output 1.
    Fork,
    /// Appends its two inputs; with `all` it needs both.
    Join,
    /// Fails `times` times, always without it, with `message`; then passes its items on.
    Fail,
    /// Says how many items it got, how many the scope has.
    Count,
    /// Resolves a parameter for each item.
    Each,
    /// Never ends.
    Hang,
    /// Computes until it is told to stop.
    Spin,
    /// Rests.
    Rest,
    Pause,
    Ask,
}

struct TestNode {
    description: Description,
    does: Does,
    rank: Option<u8>,
}

const MESSAGE: &[ParameterDescription] =
    &[ParameterDescription::new("message", Kind::Text, "", "What it says when it fails").required()];

/// The nodes `test.trigger`, `test.call` (a trigger of rank 5), `test.pass` and so on, in versions 1 and 2; `test.each` has but one.
pub fn registry() -> Registry {
    let mut registry = Registry::new();
    let nodes = [
        ("test.trigger", Does::Pass, Some(0)),
        ("test.call", Does::Pass, Some(5)),
        ("test.pass", Does::Pass, None),
        ("test.comment", Does::Comment, None),
        ("test.make", Does::Make, None),
        ("test.fork", Does::Fork, None),
        ("test.join", Does::Join, None),
        ("test.fail", Does::Fail, None),
        ("test.count", Does::Count, None),
        ("test.each", Does::Each, None),
        ("test.hang", Does::Hang, None),
        ("test.spin", Does::Spin, None),
        ("test.rest", Does::Rest, None),
        ("test.ask", Does::Ask, None),
        ("test.pause", Does::Pause, None),
    ];
    for (name, does, rank) in nodes {
        let description = Description {
            name,
            title: name,
            about: name,
            versions: if does == Does::Each { &[1.0] } else { &[1.0, 2.0] },
            trigger: rank.is_some(),
            parameters: if does == Does::Fail { MESSAGE } else { &[] },
        };
        registry.add(Arc::new(TestNode {
            description,
            does,
            rank,
        }));
    }
    registry
}

#[async_trait]
impl Node for TestNode {
    fn description(&self) -> &Description {
        &self.description
    }

    fn start_rank(&self) -> Option<u8> {
        self.rank
    }

    fn inputs(&self, _node: &FileNode) -> usize {
        match self.does {
            Does::Join => 2,
            Does::Comment => 0,
            _ => usize::from(!self.description.trigger),
        }
    }

    fn outputs(&self, _node: &FileNode) -> usize {
        match self.does {
            Does::Fork => 2,
            Does::Comment => 0,
            _ => 1,
        }
    }

    fn required_inputs(&self, node: &FileNode) -> RequiredInputs {
        if node.parameters.contains_key("all") {
            RequiredInputs::These(vec![0, 1])
        } else {
            RequiredInputs::Any
        }
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let input = context.inputs.first().cloned().unwrap_or_default();
        Ok(Outcome::items(match self.does {
            // What it asks for is there in the execution of this id.
            Does::Ask if context.scope.execution.id != "there" => {
                let when = Wait::Execution(7);
                return Ok(Outcome::Again { when });
            }
            Does::Pass | Does::Comment | Does::Ask => input,
            Does::Make => made(context),
            Does::Fork => {
                let n = |item: &&Item| item.json.get("n").and_then(Value::as_number).unwrap_or_default();
                let (even, odd): (Vec<&Item>, Vec<&Item>) = input.iter().partition(|item| n(item) % 2.0 == 0.0);
                let list = |items: Vec<&Item>| items.into_iter().cloned().collect();
                return Ok(Outcome::Outputs(vec![list(even), list(odd)]));
            }
            Does::Join => context.inputs.iter().flatten().cloned().collect(),
            Does::Fail => {
                let failures = context.state.with_context(|state| {
                    let failures = state.get("failures").map_or(0.0, Value::to_number) + 1.0;
                    state.insert("failures", failures);
                    failures
                });
                let times = context
                    .optional("times", 0)?
                    .map_or(f64::INFINITY, |times| times.to_number());
                if failures <= times {
                    return Err(NodeError::new("E0399", context.text("message", 0)?).description(failures.to_string()));
                }
                input
            }
            Does::Count => {
                let counts = [
                    context.items().len(),
                    context.scope.items.len(),
                    context.scope.run_index,
                ];
                let counts = counts.map(Value::from).to_vec();
                vec![item(&Value::array(vec![Value::array(counts)]))].into()
            }
            Does::Each => {
                for index in 0..input.len() {
                    if let Some(parameter) = context.parameter("each") {
                        context.resolve(parameter, "each", index)?;
                    }
                }
                input
            }
            Does::Hang => std::future::pending().await,
            Does::Spin => loop {
                context.checkpoint()?;
                std::thread::yield_now();
            },
            Does::Pause => {
                let until = context.scope.environment.now() + 8000.0;
                let outputs = vec![input];
                return Ok(Outcome::Pause { until, outputs });
            }
            Does::Rest => {
                let outputs = vec![input];
                let until = Wait::Until(5.0);
                return Ok(Outcome::Wait { until, outputs });
            }
        }))
    }
}

fn made(context: &Context<'_>) -> Items {
    let runs = context.node.parameters.get("runs");
    let run = runs.and_then(|runs| runs.get(&context.scope.run_index.to_string()));
    run.and_then(Value::as_array)
        .unwrap_or_default()
        .iter()
        .map(item)
        .collect()
}

/// An item from n8n's shape, or of a plain object, or of any value as `{"n": …}`.
fn item(value: &Value) -> Item {
    match value {
        Value::Object(object) if !object.contains_key("json") => Item::new(object.clone()),
        Value::Object(_) => Item::from_n8n(value).expect("an item"),
        other => Item::new([("n", other.clone())].into_iter().collect::<patchbay_model::Object>()),
    }
}

/// Time stands still, sleeping ends at once and is noted, and there is nothing else.
#[derive(Default)]
pub struct World {
    pub sleeps: Mutex<Vec<f64>>,
    pub events: Mutex<Vec<RunEvent>>,
}

impl World {
    pub fn capabilities(self: &Arc<Self>) -> Capabilities {
        Capabilities {
            environment: self.clone(),
            entropy: Arc::new(Seeded::new(1)),
            timer: self.clone(),
            http: self.clone(),
            mail: Arc::new(Absent),
            commands: Arc::new(Absent),
            answers: Arc::new(Absent),
            credentials: self.clone(),
            binaries: self.clone(),
            files: Arc::new(patchbay_node::capability::files::NoFiles),
            workflows: self.clone(),
        }
    }
}

impl Environment for World {
    fn now(&self) -> f64 {
        1000.0
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
    async fn sleep(&self, milliseconds: f64) {
        self.sleeps.lock().expect("lock").push(milliseconds);
    }
}

impl Observer for World {
    fn observe(&self, event: &RunEvent) {
        self.events.lock().expect("lock").push(event.clone());
    }
}

fn nothing() -> NodeError {
    NodeError::new("E0399", "there is nothing in this world")
}

#[async_trait]
impl Http for World {
    async fn send(&self, _request: Request) -> Result<Response, NodeError> {
        Err(nothing())
    }
}

#[async_trait]
impl Credentials for World {
    async fn find(&self, _kind: &str, _node: &FileNode) -> Result<Credential, NodeError> {
        Err(nothing())
    }
}

#[async_trait]
impl BinaryStore for World {
    async fn keep(&self, _bytes: BoxStream<'static, Result<Bytes, NodeError>>) -> Result<(BinaryData, u64), NodeError> {
        Err(nothing())
    }

    async fn read(&self, _binary: &Binary) -> Result<Bytes, NodeError> {
        Err(nothing())
    }

    async fn stream(&self, _binary: &Binary) -> Result<BoxStream<'static, Result<Bytes, NodeError>>, NodeError> {
        Err(nothing())
    }
}

#[async_trait]
impl Workflows for World {
    async fn run(&self, _call: Call) -> Result<Called, NodeError> {
        Err(nothing())
    }
}

pub fn workflow(file: &str) -> Workflow {
    let (mut workflows, diagnostics) = read(file);
    assert_eq!(diagnostics, [], "{file}");
    workflows.pop().expect("a workflow")
}

pub fn compiled(file: &str) -> Compilation {
    compile(workflow(file), &registry())
}

/// Runs a file with options, in a world to look at afterwards.
pub async fn run_in(world: &Arc<World>, file: &str, options: Options) -> Finished {
    let compilation = compiled(file);
    let graph = compilation
        .graph
        .unwrap_or_else(|| panic!("{:?}", compilation.diagnostics));
    Execution::new(Arc::new(graph), options, world.capabilities(), world.clone())
        .run()
        .await
}

pub async fn run(file: &str, options: Options) -> Finished {
    run_in(&Arc::new(World::default()), file, options).await
}

/// The nodes that ran, in order.
pub fn order(finished: &Finished) -> String {
    finished.run_data.order().join(" ")
}

/// What a node put out, for each run its outputs, of each item the JSON.
pub fn outputs(finished: &Finished, node: &str) -> String {
    let json = |items: &Items| Value::array(items.iter().map(Item::json_value).collect());
    let runs = finished.run_data.runs(node).iter().map(|run| match &run.outputs {
        Some(outputs) => Value::array(outputs.iter().map(json).collect()),
        None => Value::Null,
    });
    Value::array(runs.collect()).to_json()
}

/// The pairs of each item of a node's last run: `0`, `1/0` for input 1, `0+2` for several, `-` for none; outputs apart
/// by ` | `.
pub fn pairs(finished: &Finished, node: &str) -> String {
    let pair = |pair: &patchbay_model::item::Pair| match pair.input {
        Some(input) => format!("{input}/{}", pair.item),
        None => pair.item.to_string(),
    };
    let item = |item: &Item| match item.paired.pairs() {
        [] => "-".to_owned(),
        pairs => pairs.iter().map(pair).collect::<Vec<_>>().join("+"),
    };
    let run = finished.run_data.runs(node).last().and_then(|run| run.outputs.as_ref());
    let outputs = run
        .into_iter()
        .flatten()
        .map(|items| items.iter().map(item).collect::<Vec<_>>().join(" "));
    outputs.collect::<Vec<_>>().join(" | ")
}
