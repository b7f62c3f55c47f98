//! Executions and their nodes as spans of traces. A caller's `traceparent` says which trace an execution belongs to, and
//! the requests of nodes carry theirs on. Where spans go is left to the program.

mod context;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use patchbay_engine::{Finished, Observer};
use patchbay_model::{Environment, RunEvent, Status, Text};
use patchbay_node::NodeError;
use patchbay_node::capability::http::{Request, Response};
use patchbay_node::capability::{Entropy, Http};
use patchbay_store::ExecutionId;

use crate::World;
use crate::workflows::Loaded;
pub use context::{Context, HEADER};

/// One span at its end.
#[derive(Clone, Debug)]
pub struct Span {
    pub context: Context,
    /// The span that it is part of.
    pub parent: Option<u64>,
    pub name: String,
    /// Somebody outside asked for it.
    pub is_asked_for: bool,
    /// Milliseconds since 1970.
    pub begun: f64,
    pub ended: f64,
    pub attributes: Vec<(&'static str, Text)>,
    /// Why it failed, if it did.
    pub error: Option<Text>,
}

/// Takes spans. It must not block.
pub trait Spans: Send + Sync {
    fn ended(&self, span: Span);
}

/// What callers said of the executions that they asked for, until those begin.
#[derive(Default)]
pub struct Parents(Mutex<HashMap<ExecutionId, Context>>);

impl Parents {
    pub fn note(&self, id: ExecutionId, parent: Context) {
        self.all().insert(id, parent);
    }

    /// Of an execution that begins, or never will.
    pub fn take(&self, id: ExecutionId) -> Option<Context> {
        self.all().remove(&id)
    }

    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<ExecutionId, Context>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One execution's spans.
pub struct Trace {
    spans: Arc<dyn Spans>,
    environment: Arc<dyn Environment>,
    entropy: Arc<dyn Entropy>,
    context: Context,
    parent: Option<u64>,
    begun: f64,
    /// Nodes at work: the spans of their runs, and when those began.
    nodes: Mutex<HashMap<(Text, usize), (Context, f64)>>,
}

impl Trace {
    /// `None` where nobody wants spans.
    pub fn begin(world: &World, parent: Option<Context>) -> Option<Arc<Self>> {
        let spans = world.spans.clone()?;
        let (environment, entropy) = (&world.capabilities.environment, &world.capabilities.entropy);
        let context = match parent {
            Some(parent) => parent.child(&**entropy),
            None => Context::new(&**entropy),
        };
        Some(Arc::new(Self {
            spans,
            begun: environment.now(),
            environment: environment.clone(),
            entropy: entropy.clone(),
            context,
            parent: parent.map(|parent| parent.span),
            nodes: Mutex::default(),
        }))
    }

    /// Follows the nodes, and passes on what it sees.
    pub fn observe(self: &Arc<Self>, observer: Arc<dyn Observer>) -> Arc<dyn Observer> {
        Arc::new(Observed {
            trace: self.clone(),
            observer,
        })
    }

    /// Sends as `http` does, and tells the services which span asks.
    pub fn carried_by(self: &Arc<Self>, http: Arc<dyn Http>) -> Arc<dyn Http> {
        Arc::new(Carried {
            trace: self.clone(),
            http,
        })
    }

    /// The execution with this id and mode has ended.
    pub fn end(&self, id: ExecutionId, mode: &Text, workflow: &Loaded, finished: &Finished) {
        let is_wrong = matches!(finished.status, Status::Error | Status::Canceled);
        let error = finished.error.as_ref().filter(|_| is_wrong);
        self.tell(Span {
            context: self.context,
            parent: self.parent,
            name: workflow.name.to_string(),
            is_asked_for: mode == "webhook",
            begun: self.begun,
            ended: self.environment.now(),
            attributes: vec![
                ("patchbay.execution.id", id.to_string().into()),
                ("patchbay.execution.mode", mode.clone()),
                ("patchbay.execution.status", finished.status.as_str().into()),
                ("patchbay.workflow.id", workflow.id.clone()),
                ("patchbay.workflow.name", workflow.name.clone()),
            ],
            error: error.map(|error| error.message.clone()),
        });
    }

    /// A trace that its caller does not record is not recorded here either.
    fn tell(&self, span: Span) {
        if self.context.sampled {
            self.spans.ended(span);
        }
    }

    fn node_started(&self, node: &Text, run: usize) {
        let context = self.context.child(&*self.entropy);
        self.nodes()
            .insert((node.clone(), run), (context, self.environment.now()));
    }

    fn node_finished(&self, node: &Text, run: usize, items: usize, error: Option<&Text>) {
        let Some((context, begun)) = self.nodes().remove(&(node.clone(), run)) else {
            return;
        };
        self.tell(Span {
            context,
            parent: Some(self.context.span),
            name: node.to_string(),
            is_asked_for: false,
            begun,
            ended: self.environment.now(),
            attributes: vec![
                ("patchbay.node.name", node.clone()),
                ("patchbay.node.run", run.to_string().into()),
                ("patchbay.node.items", items.to_string().into()),
            ],
            error: error.cloned(),
        });
    }

    /// The span of the node that asks; the execution's, of a node that is not known to be at work.
    pub fn of_node(&self, node: &Text) -> Context {
        let nodes = self.nodes();
        let runs = nodes.iter().filter(|((name, _), _)| name == node);
        let newest = runs.max_by_key(|((_, run), _)| *run);
        newest.map_or(self.context, |(_, (context, _))| *context)
    }

    fn nodes(&self) -> std::sync::MutexGuard<'_, HashMap<(Text, usize), (Context, f64)>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Observed {
    trace: Arc<Trace>,
    observer: Arc<dyn Observer>,
}

impl Observer for Observed {
    fn observe(&self, event: &RunEvent) {
        match event {
            RunEvent::NodeStarted { node, run, .. } => self.trace.node_started(node, *run),
            RunEvent::NodeFinished {
                node,
                run,
                items,
                error,
                ..
            } => self.trace.node_finished(node, *run, *items, error.as_ref()),
            _ => {}
        }
        self.observer.observe(event);
    }
}

struct Carried {
    trace: Arc<Trace>,
    http: Arc<dyn Http>,
}

#[async_trait]
impl Http for Carried {
    async fn send(&self, mut request: Request) -> Result<Response, NodeError> {
        let is_there = request
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case(HEADER));
        if !is_there {
            let context = self.trace.of_node(&request.node);
            request.headers.push((HEADER.into(), context.to_string().into()));
        }
        self.http.send(request).await
    }

    fn announce_writes(&self, count: usize) -> Result<(), NodeError> {
        self.http.announce_writes(count)
    }

    fn pretends_writes(&self) -> bool {
        self.http.pretends_writes()
    }
}
