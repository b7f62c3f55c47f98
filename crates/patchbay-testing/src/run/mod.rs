//! Runs cases, several at once, each in a world and a time of its own.

pub mod check;
pub(crate) mod node;
pub(crate) mod workflow;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use patchbay_actions::Fault;
use patchbay_model::diagnostic::Position;
use patchbay_model::{Text, Value};
use patchbay_node::NodeError;
use patchbay_node::capability::{Workflows, workflows};

use crate::Host;
use crate::case::File;
use crate::collect::{Case, Job};
use crate::pattern::{Difference, Step};
use crate::world::http::Sent;
use crate::world::lock;

/// What a case found.
#[derive(Clone, Debug)]
pub struct CaseResult {
    pub file: Arc<File>,
    pub name: Text,
    /// The case's place in its file.
    pub place: usize,
    /// None: it passed.
    pub failures: Vec<Failure>,
    pub ran: Ran,
    /// By the wall clock.
    pub elapsed: Duration,
    /// Whether this is no case, but a whole file that holds none because of its faults.
    pub invalid: bool,
}

impl CaseResult {
    /// What is told of a file of cases with faults: none of them can run.
    pub fn of_invalid(file: &Arc<File>, faults: &[&Fault]) -> Self {
        let failures = faults.iter().map(|Fault { diagnostic, .. }| Failure {
            position: diagnostic.position,
            hints: diagnostic.hints.clone(),
            ..Failure::new(diagnostic.code, diagnostic.message.clone(), Vec::new())
        });
        Self {
            file: file.clone(),
            name: "the file".into(),
            place: 0,
            failures: failures.collect(),
            ran: Ran::default(),
            elapsed: Duration::ZERO,
            invalid: true,
        }
    }

    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// One thing that is not as a case says.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub code: &'static str,
    pub message: String,
    /// Where in the file the expectation is.
    pub place: Vec<Step>,
    /// Where in the file it is, if that is no value's place: the file could not be read.
    pub position: Option<Position>,
    pub differences: Vec<Difference>,
    pub hints: Vec<String>,
}

impl Failure {
    pub fn new(code: &'static str, message: impl Into<String>, place: Vec<Step>) -> Self {
        Self {
            code,
            message: message.into(),
            place,
            position: None,
            differences: Vec::new(),
            hints: Vec::new(),
        }
    }

    #[must_use]
    pub fn differing(mut self, differences: Vec<Difference>) -> Self {
        self.differences = differences;
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

/// What came out of a case, for `--update` and for coverage.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    pub sent: Vec<Sent>,
    /// For each output of the node (or of the last node) its items; none where it failed.
    pub outputs: Option<Vec<Vec<Value>>>,
    /// For each output and item what it was made from.
    pub paired: Option<Value>,
    /// `{"code", "message", …}`.
    pub error: Option<Value>,
    /// For each node of a workflow that something is expected of, the outputs of its first run.
    pub nodes: Vec<(Text, Vec<Vec<Value>>)>,
}

/// Runs cases on so many threads; results are in the order of the cases.
pub fn run(host: &Host, jobs: &[Job], threads: usize) -> Vec<CaseResult> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, CaseResult)>> = Mutex::new(Vec::with_capacity(jobs.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, jobs.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(place) else { break };
                    let result = run_one(host, job);
                    lock(&results).push((place, result));
                }
            });
        }
    });
    let mut results = std::mem::take(&mut *lock(&results));
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Longer than any case waits, in its own time: what comes to this never ends.
const ETERNITY: Duration = Duration::from_hours(87600);

fn run_one(host: &Host, job: &Job) -> CaseResult {
    let begun = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    let (ran, failures) = match runtime {
        Ok(runtime) => runtime.block_on(async {
            let work = async {
                match &job.case {
                    Case::Node { case, service } => node::run(host, case, service).await,
                    Case::Workflow(case) => workflow::run(host, case).await,
                }
            };
            tokio::time::timeout(ETERNITY, work).await.unwrap_or_else(|_| {
                let place = crate::case::in_case(job.place(), []);
                (
                    Ran::default(),
                    vec![Failure::new("E1021", "the case never ends", place)],
                )
            })
        }),
        Err(error) => {
            let place = crate::case::in_case(job.place(), []);
            let failure = Failure::new("E1021", format!("the case can not begin: {error}"), place);
            (Ran::default(), vec![failure])
        }
    };
    CaseResult {
        file: job.file.clone(),
        name: job.name().into(),
        place: job.place(),
        failures,
        ran,
        elapsed: begun.elapsed(),
        invalid: false,
    }
}

/// Runs a case only to see what goes out and comes out; what it expects is not looked at. May be called in a runtime.
pub fn alone(host: &Host, case: &crate::case::node::NodeCase, service: &str) -> Result<Ran, String> {
    let (ran, failures) = apart(|| node::run(host, case, service))?;
    match failures.into_iter().find(|failure| failure.code == "E1022") {
        Some(failure) => Err(failure.message),
        None => Ok(ran),
    }
}

/// Runs work in a runtime and a time of its own. May be called in a runtime: as one can not be begun within another, the
/// work's own is in a thread of its own.
pub fn apart<Work: Future>(work: impl FnOnce() -> Work + Send) -> Result<Work::Output, String>
where
    Work::Output: Send,
{
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(runtime.block_on(work()))
    };
    std::thread::scope(|scope| {
        let running = scope.spawn(run);
        running.join().unwrap_or_else(|_| Err("the case broke off".to_owned()))
    })
}

/// A node's case has no workflows to call.
struct NoWorkflows;

#[async_trait::async_trait]
impl Workflows for NoWorkflows {
    async fn run(&self, _call: workflows::Call) -> Result<workflows::Called, NodeError> {
        Err(NodeError::new("E1007", "A case of a node has no workflows to call")
            .hint("test it in a workflow: `NAME.test.toml` beside it"))
    }
}
