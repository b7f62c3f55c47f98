//! `patchbay run`: one workflow from a file, its result as JSON on stdout.

mod before;
mod input;
mod options;

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use patchbay_engine::graph::{MISSING, NO_SUCH_NODE};
use patchbay_engine::{Execution, Finished};
use patchbay_model::scope::ExecutionInfo;
use patchbay_model::workflow::Node;
use patchbay_model::{Diagnostic, ExecutionError, Items, RunEvent, Severity, Status, Value, Wait, Workflow};
use patchbay_node::capability::http::Effect;
use tokio_util::sync::CancellationToken;

pub use options::{Options, Output};

use super::setup::{self, Setup};
use crate::capability::reach::Reach;
use crate::exit::Exit;
use crate::render::progress::Progress;
use crate::render::tell_line;
use crate::render::{self, diagnostics};
use crate::secrets::Redacted;

/// The engine's code for a start that the workflow does not have: it was named on the command line.
const NO_SUCH_START: &str = "E0113";

/// The warnings of a run: of what the workflow says and no service would ever hear. `patchbay check` tells the others.
/// The second is of dates, which would all be wrong.
const NOT_SENT: [&str; 2] = ["E0418", "E0118"];

/// The codes of parameters without a value that fits.
const NO_VALUE: [&str; 2] = ["E0412", "E0413"];

pub async fn run(options: Options) -> Exit {
    // A task shares a thread with the connections whose answers it waits for. In the main thread's own future each answer
    // would wake another thread, which costs more than all that is done with it.
    let task = tokio::spawn(async move {
        match start(&options).await {
            Ok((finished, told)) => {
                let exit = report(&finished, told, options.output, options.dry_run.is_some());
                // The program ends: the system takes the memory of all items back at once.
                std::mem::forget(finished);
                exit
            }
            Err(exit) => exit,
        }
    });
    task.await.unwrap_or_else(|error| {
        tell_line!("error: the run broke off: {error}");
        Exit::Failed
    })
}

/// The execution at its end, and whether faults of the file were told before it.
async fn start(options: &Options) -> Result<(Finished, bool), Exit> {
    if options.file.as_os_str() == "-" && options.input.as_deref() == Some(Path::new("-")) {
        tell_line!("error: the workflow and its input can not both come from stdin");
        return Err(Exit::Usage);
    }
    let file = setup::read_file(&options.file)?;
    let workflow = setup::one_workflow(&file)?;
    let input = match &options.input {
        Some(path) => Some(read_input(path)?),
        None => None,
    };
    let setup = Setup::new(setup::Request {
        nodes: &options.nodes,
        credentials: &options.credentials,
        sandbox: options.sandbox,
        dry_run: options.dry_run,
        limits: options.limits(),
        now: options.now,
        workflows_beside: options.file.parent(),
        timezone: options.timezone.clone(),
        seed: options.seed,
        allow_commands: options.allow_commands,
        files: None,
        closed: &[],
        allow_variables: None,
        reach: Reach::default(),
        encryption_key: None,
    })
    .await?;
    let timezone = workflow.settings.timezone.clone();
    let static_data = workflow.static_data.as_object().cloned().unwrap_or_default();
    if options.read_only && options.dry_run.is_none() {
        refuse_writes(&workflow, options, &setup, &file)?;
    }
    let Compiled { graph, told, named } = compile(workflow, options, &setup, &file)?;
    before::refuse_half_runs(&graph, named, options, &setup, &file).await?;
    let cancellation = CancellationToken::new();
    stop_on_ctrl_c(cancellation.clone());
    // What was just begun waits in this thread until it is left once: a node that computes would never leave it.
    tokio::task::yield_now().await;
    let execution = patchbay_engine::Options {
        trigger: options.trigger.as_deref().map(Into::into),
        input,
        pin_data: options.pin_data,
        timeout: options.timeout,
        allow_missing: options.allow_missing,
        // Where the clock stands still no time ever comes.
        sit_out_rests: options.now.is_none(),
        info: ExecutionInfo {
            id: "1".into(),
            mode: "test".into(),
            timezone: timezone.unwrap_or_else(|| setup.timezone.clone()),
            ..ExecutionInfo::default()
        },
        static_data: Arc::new(Mutex::new(static_data)),
        cancellation,
        ..patchbay_engine::Options::default()
    };
    let observer = Arc::new(Shown(Progress::new()));
    let graph = Arc::new(graph);
    let finished = Execution::new(graph.clone(), execution, setup.capabilities.clone(), observer)
        .run()
        .await;
    if finished.run_data.last_node().is_some()
        && let Err(failure) = setup.tell_of_failure(&graph.workflow, &finished).await
    {
        render::tell("warning: the error workflow failed as well\n");
        render::tell(&diagnostics::execution_error(&failure.error));
    }
    setup.finish().await;
    Ok((finished, told))
}

struct Compiled {
    graph: patchbay_engine::Graph,
    /// Whether there were faults that keep it from running.
    told: bool,
    /// Those of expressions that name nodes which are not there: the run may do without them.
    named: Vec<Diagnostic>,
}

/// Compiles the workflow and tells its faults; the engine decides which of them keep it from running.
fn compile(workflow: Workflow, options: &Options, setup: &Setup, file: &setup::File) -> Result<Compiled, Exit> {
    let mut compilation = patchbay_engine::compile(workflow, &setup.registry);
    patchbay_model::workflow::place(&mut compilation.diagnostics, &file.text);
    let mut faults = compilation.diagnostics;
    let named = faults.extract_if(.., |fault| fault.code == NO_SUCH_NODE);
    let named: Vec<Diagnostic> = named.collect();
    faults.retain(|fault| fault.severity > Severity::Warning || NOT_SENT.contains(&fault.code));
    if let Some(graph) = &compilation.graph {
        be_lenient(&mut faults, graph, options);
    }
    render::tell(&diagnostics::human(&file.name, &file.text, &faults));
    let told = faults.iter().any(|fault| fault.severity > Severity::Warning);
    Ok(Compiled {
        graph: compilation.graph.ok_or(Exit::Invalid)?,
        told,
        named,
    })
}

/// What does not keep this run from starting is a warning.
fn be_lenient(faults: &mut [Diagnostic], graph: &patchbay_engine::Graph, options: &Options) {
    let start = Execution::start_of(graph, options.trigger.as_deref());
    let fed = start.filter(|start| options.input.is_some() && graph.is_unknown_trigger(*start));
    let fed = fed.map(|start| &graph.workflow.nodes[start].name);
    let unsupported = faults
        .iter_mut()
        .filter(|fault| fault.severity == Severity::Unsupported);
    for fault in unsupported {
        let reached = fault
            .node
            .as_ref()
            .zip(start)
            .is_none_or(|(node, start)| graph.reaches(start, node));
        let hint = if !reached {
            "this run never comes to the node"
        } else if fed.is_some() && fault.node.as_ref() == fed {
            "the run begins with the items of `--input` in its place"
        } else if options.allow_missing && MISSING.contains(&fault.code) {
            "the run fails if it comes to the node"
        } else {
            continue;
        };
        fault.severity = Severity::Warning;
        fault.hints.push(hint.to_owned());
    }
}

/// Tells every node that would change something: a run that only reads should not go half of its way. What an expression
/// decides is refused when the node sends it.
fn refuse_writes(workflow: &Workflow, options: &Options, setup: &Setup, file: &setup::File) -> Result<(), Exit> {
    let is_run = |node: &Node| !(node.disabled || options.pin_data && workflow.pin_data.contains_key(&node.name));
    let writes = |node: &&Node| {
        let found = setup.registry.find(&node.kind);
        is_run(node) && found.and_then(|found| found.effect(node)) == Some(Effect::Write)
    };
    let mut faults: Vec<Diagnostic> = (workflow.nodes.iter().filter(writes))
        .map(|node| {
            Diagnostic::error("E0811", "the node would change something, and the run is read-only")
                .at(node.pointer.clone())
                .in_node(&node.name)
                .hint("leave out --read-only, disable the node, or see what it would send with --dry-run")
        })
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    patchbay_model::workflow::place(&mut faults, &file.text);
    render::tell(&diagnostics::human(&file.name, &file.text, &faults));
    Err(Exit::Failed)
}

fn read_input(path: &Path) -> Result<Items, Exit> {
    let file = setup::read_file(path)?;
    input::read(&file.text).map(Items::from).map_err(|faults| {
        render::tell(&diagnostics::human(&file.name, &file.text, &faults));
        Exit::Invalid
    })
}

/// The first Ctrl-C stops the node that works; the second ends the program.
fn stop_on_ctrl_c(cancellation: CancellationToken) {
    tokio::spawn(async move {
        super::signal().await;
        cancellation.cancel();
        super::signal().await;
        Exit::Stopped.leave();
    });
}

fn report(finished: &Finished, told: bool, output: Output, is_dry: bool) -> Exit {
    let value = match output {
        Output::Last => Some(finished.to_last_value()),
        Output::RunData => Some(finished.to_run_data_value()),
        Output::None => None,
    };
    if let Some(error) = &finished.error {
        let refused = told && finished.last_node().is_none() && error.code != NO_SUCH_START;
        render::tell(&if refused {
            refusal(error)
        } else {
            diagnostics::execution_error(error)
        });
        if is_dry && NO_VALUE.contains(&error.code.as_str()) {
            tell_line!(
                "hint: in a dry run a node whose write is not sent gives `{{\"success\": true, \"statusCode\": 204}}`, not what \
                 the service would answer: the value may be from there"
            );
        }
        if error.code == NO_SUCH_START {
            return Exit::Usage;
        }
    }
    if finished.status == Status::Waiting {
        render::tell(&unfinished(finished));
    }
    let failed = finished.status != Status::Success;
    // The items before a failure are not the workflow's result.
    let value = value.map(|value| {
        if failed && output == Output::Last {
            Value::array(Vec::new())
        } else {
            value
        }
    });
    if let Some(value) = value
        && let Err(error) = write(&value)
    {
        tell_line!("error: the result can not be written: {error}");
        return Exit::Failed;
    }
    match finished.status {
        Status::Success => Exit::Success,
        Status::Error | Status::Waiting | Status::Suspended => Exit::Failed,
        Status::Canceled => Exit::Stopped,
    }
}

/// Why the nodes that follow were not run.
fn unfinished(finished: &Finished) -> String {
    let node = finished.rests_at.as_deref().unwrap_or_default();
    let (what, hint) = match &finished.waiting {
        Some(Wait::Until(_)) => ("a time", "with `--now` the clock stands still: leave it out to wait"),
        _ => (
            "a call",
            "`patchbay serve` takes calls of webhooks and forms; `patchbay run` can only wait for a time",
        ),
    };
    format!("error[E0708]: The execution waits for {what}\n  --> node `{node}`\nhint: {hint}\n")
}

/// Why nothing was run, after the faults themselves were told.
fn refusal(error: &ExecutionError) -> String {
    let mut text = "error: nothing was run: the workflow would come to what is wrong above\n".to_owned();
    // The others stand with the faults.
    for hint in error.hints.iter().filter(|hint| hint.starts_with("`--")) {
        text.push_str(&format!("hint: {hint}\n"));
    }
    text
}

fn write(value: &Value) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, &Redacted(value))?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Events go to the progress line.
struct Shown(Progress);

impl patchbay_engine::Observer for Shown {
    fn observe(&self, event: &RunEvent) {
        self.0.event(event);
    }
}
