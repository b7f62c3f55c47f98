//! Runs an operation for the items of a node: every request is made first, so that a wrong value at the last item
//! sends nothing for the first; then they are sent, a few at a time, and the outputs keep the items' order. How one is
//! sent is left to [`crate::sender`].

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use patchbay_model::{Item, Text, Value};
use patchbay_node::capability::http::{Effect, Options};
use patchbay_node::{Context, NodeError, Outcome};
use tokio::sync::oneshot;

use crate::check::Versions;
use crate::connection::Endpoint;
use crate::definition::{Operation, choose};
use crate::failure;
use crate::library::LazyService;
use crate::preflight;
use crate::repeat::Twice;
use crate::request::gather::Plan;
use crate::request::{Before, Circumstances, build};
use crate::sender::{Job, Sender};
use crate::token::Tokens;

/// Runs the operation for all items; `variants` are its forms in the versions of the service.
pub async fn run(
    lazy: &LazyService,
    variants: &[Arc<Operation>],
    tokens: &Tokens,
    versions: &Versions,
    context: &Context<'_>,
) -> Result<Outcome, NodeError> {
    let service = lazy.definition();
    let kind = service.credential.type_of(context.node);
    let credential = context.capabilities.credentials.find(&kind, context.node).await?;
    let mut endpoint = Endpoint::new(service, &credential)?;
    let request_options = RequestOptions::read(context)?;
    endpoint.set_options(request_options.options.clone());
    if endpoint.asks_version {
        let version = versions.of(&endpoint, &credential, tokens, context.capabilities);
        endpoint.version = match version.await {
            // A dry run that sends nothing: as if nobody had wanted to know.
            Err(error) if error.is_unanswered() => None,
            version => Some(version?),
        };
    }
    let version = endpoint.version.as_ref();
    let is_given = |name: &str| context.parameters.part(name).is_some();
    let Some(operation) = choose(variants, version, is_given) else {
        return Ok(Outcome::items(Vec::new()));
    };
    if let Some(version) = version.filter(|version| !operation.life.includes(version)) {
        return Err(preflight::not_in_version(lazy, variants, version).into_error("operation"));
    }
    let jobs = prepare(operation, &endpoint, context)?;
    if operation.effect == Effect::Write {
        if let Some(version) = version {
            preflight::refuse_what_others_lack(lazy, version, &credential, context).await?;
        }
        let writes = jobs.iter().filter(|job| job.is_ok()).count();
        context.capabilities.http.announce_writes(writes)?;
    }
    // What a dry run shows is read in the items' order.
    let shows_writes = operation.effect == Effect::Write && context.capabilities.http.pretends_writes();
    let mut batches = request_options.batches.unwrap_or(Batches {
        size: usize::MAX,
        interval: 0.0,
        concurrency: service.connection.concurrency,
    });
    if shows_writes {
        batches.concurrency = 1;
    }
    let sender = Sender {
        endpoint: &endpoint,
        operation,
        tokens,
        capabilities: context.capabilities,
        node: context.node.name.clone(),
        timeout: request_options.timeout.unwrap_or(service.connection.timeout),
        options: request_options.options,
        state: context.state,
        // Of several items it is they that count.
        progress: (jobs.len() == 1).then_some(context.progress),
    };
    let all = jobs.len();
    let written = Mutex::new(Vec::new());
    let work = async {
        match sender.authorize().await {
            Ok(()) => send_in_batches(&sender, jobs, &batches, &written, context).await,
            // Asking again for each item would only lock the client out.
            Err(error) if context.continues_on_fail() && !error.is_cancelled() => Ok(all_failed(&error, jobs)),
            Err(error) => Err(error),
        }
    };
    tokio::select! {
        outputs = work => outputs.map(Outcome::items),
        () = context.cancellation.cancelled() => Err(broken_off(operation, &written, all)),
    }
}

/// The error of a run that was cancelled while its requests were under way.
fn broken_off(operation: &Operation, written: &Mutex<Vec<usize>>, all: usize) -> NodeError {
    let cancelled = NodeError::cancelled();
    if operation.effect == Effect::Read {
        return cancelled;
    }
    written_before(cancelled, written, all)
        .hint("a write was under way, and nobody knows whether it was done: look before you run it again")
}

/// Makes the request of each item. Where the node stops at a failure, the first wrong value is the end.
fn prepare(
    operation: &Operation,
    endpoint: &Endpoint,
    context: &Context,
) -> Result<Vec<Result<Job, NodeError>>, NodeError> {
    let plan = Plan::new(operation, context.parameters);
    let circumstances = Circumstances {
        version: endpoint.version.as_ref(),
        timezone: &context.scope.execution.timezone,
    };
    let mut before = Before::default();
    let mut jobs = Vec::with_capacity(context.items().len());
    for item in 0..context.items().len() {
        context.checkpoint()?;
        let job = plan.values(context, item).and_then(|values| {
            let mut draft = build(operation, &values, circumstances, &mut before)?;
            draft.find_files(&context.items()[item])?;
            Ok(Job {
                draft,
                wishes: plan.extras.wishes(context, item)?,
            })
        });
        match job.map_err(|error| error.item(item)) {
            Err(error) if error.is_cancelled() || !context.continues_on_fail() => return Err(error),
            job => jobs.push(job),
        }
    }
    Ok(jobs)
}

/// How many requests go at once, and how long the service is left alone after them.
struct Batches {
    size: usize,
    /// In milliseconds.
    interval: f64,
    /// How many of a batch are under way at once.
    concurrency: usize,
}

/// Sends the requests batch by batch.
async fn send_in_batches(
    sender: &Sender<'_>,
    mut jobs: Vec<Result<Job, NodeError>>,
    batches: &Batches,
    written: &Mutex<Vec<usize>>,
    context: &Context<'_>,
) -> Result<Vec<Item>, NodeError> {
    let mut items = Vec::with_capacity(jobs.len());
    let (mut begun, all) = (0, jobs.len());
    while !jobs.is_empty() {
        if begun > 0 && batches.interval > 0.0 {
            context.capabilities.timer.sleep(batches.interval).await;
        }
        let later = jobs.split_off(batches.size.min(jobs.len()));
        let batch = std::mem::replace(&mut jobs, later);
        let size = batch.len();
        let sent = send_all(sender, batch, begun, batches.concurrency, written, context).await;
        items.extend(sent.map_err(|error| written_before(error, written, all))?);
        begun += size;
    }
    Ok(items)
}

/// The error of a node that stops, with the items that were written before: they stay written.
fn written_before(error: NodeError, written: &Mutex<Vec<usize>>, all: usize) -> NodeError {
    let mut written = written.lock().unwrap_or_else(PoisonError::into_inner).clone();
    written.sort_unstable();
    match written.as_slice() {
        [] => error,
        [item] => error.hint(format!(
            "1 of {all} items was written before it stopped, and stays so: item {item}"
        )),
        items => error.hint(format!(
            "{} of {all} items were written before it stopped, and stay so: items {}",
            items.len(),
            ranges(items)
        )),
    }
}

/// Numbers in growing order, neighbours together: `0, 2–4`.
fn ranges(numbers: &[usize]) -> String {
    let runs = numbers.chunk_by(|before, after| before + 1 == *after);
    let runs = runs.map(|run| match run {
        [first, .., last] => format!("{first}–{last}"),
        [only] => only.to_string(),
        [] => String::new(),
    });
    runs.collect::<Vec<_>>().join(", ")
}

/// When the request of an item may go: writes to one path go one after the other, in the items' order, so that the service
/// holds in the end what the last of them says.
#[derive(Default)]
struct Turn {
    /// The one before it is over.
    before: Option<oneshot::Receiver<()>>,
    /// Dropped when it is over itself.
    over: Option<oneshot::Sender<()>>,
}

fn turns(operation: &Operation, jobs: &[Result<Job, NodeError>]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = jobs.iter().map(|_| Turn::default()).collect();
    let mut latest = HashMap::new();
    let writes = jobs.iter().enumerate().filter(|_| operation.effect == Effect::Write);
    for (index, job) in writes {
        let Ok(job) = job else { continue };
        if let Some(earlier) = latest.insert(job.draft.path.as_str(), index) {
            let (over, before) = oneshot::channel();
            turns[earlier].over = Some(over);
            turns[index].before = Some(before);
        }
    }
    turns
}

/// Sends the requests of the items from `first` on and gathers what comes of them; puts into `written` which were written.
/// After a failure that the node does not survive nothing more is begun, and what is under way is waited for: its effect
/// should be known.
async fn send_all(
    sender: &Sender<'_>,
    jobs: Vec<Result<Job, NodeError>>,
    first: usize,
    concurrency: usize,
    written: &Mutex<Vec<usize>>,
    context: &Context<'_>,
) -> Result<Vec<Item>, NodeError> {
    let stopped = AtomicBool::new(false);
    let done = AtomicUsize::new(first);
    let survives = context.continues_on_fail();
    let operation = sender.operation;
    let twice = Twice::of(&operation.method, operation.effect);
    let pretends = sender.capabilities.http.pretends_writes();
    let turns = turns(operation, &jobs);
    let work = jobs.into_iter().zip(turns).zip(first..).map(|((job, turn), item)| {
        let (stopped, done) = (&stopped, &done);
        async move {
            if let Some(before) = turn.before {
                // Whether it succeeded or not.
                let _ = before.await;
            }
            if stopped.load(Ordering::Relaxed) {
                return None;
            }
            let result = match job {
                Ok(job) => sender.work(job, item).await.map_err(|error| error.item(item)),
                Err(error) => Err(error),
            };
            if matches!(&result, Err(error) if !survives && !error.is_unanswered()) {
                stopped.store(true, Ordering::Relaxed);
            }
            if result.is_ok() && twice != Twice::Same {
                sender.state.forbid_retry();
            }
            if result.is_ok() && operation.effect == Effect::Write && !pretends {
                written.lock().unwrap_or_else(PoisonError::into_inner).push(item);
            }
            drop(turn.over);
            (context.progress)(1 + done.fetch_add(1, Ordering::Relaxed));
            Some(result)
        }
    });
    let mut results = futures::stream::iter(work).buffered(concurrency);
    let mut items = Vec::new();
    let mut first_error = None;
    let mut item = first;
    while let Some(result) = results.next().await {
        match result {
            Some(Ok(made)) => items.extend(made.into_iter().map(|made| made.paired_with(item))),
            Some(Err(error)) if survives && !error.is_cancelled() => items.push(failed_item(error).paired_with(item)),
            Some(Err(error)) => {
                first_error.get_or_insert(error);
            }
            None => {}
        }
        item += 1;
    }
    first_error.map_or(Ok(items), Err)
}

/// The item of a failure that the node survives: n8n's `error`, and beside it what the workflow may decide by.
fn failed_item(error: NodeError) -> Item {
    let error = failure::with_details_beside(error).to_item_error();
    let mut item = Item::new(error.to_json());
    item.error = Some(Arc::new(error));
    item
}

/// No request can be sent: each item fails by this error, or by its own.
fn all_failed(error: &NodeError, jobs: Vec<Result<Job, NodeError>>) -> Vec<Item> {
    let errors = jobs.into_iter().map(|job| job.err().unwrap_or_else(|| error.clone()));
    let items = errors
        .enumerate()
        .map(|(item, error)| failed_item(error).paired_with(item));
    items.collect()
}

/// n8n's collection `requestOptions`, which every declarative node has.
struct RequestOptions {
    timeout: Option<Duration>,
    options: Options,
    batches: Option<Batches>,
}

impl RequestOptions {
    fn read(context: &Context) -> Result<Self, NodeError> {
        let mut read = Self {
            timeout: None,
            options: Options::default(),
            batches: None,
        };
        if context.parameter("requestOptions").is_none() || context.items().is_empty() {
            return Ok(read);
        }
        let options = context.value("requestOptions", 0)?;
        let milliseconds = options.get("timeout").and_then(Value::as_number);
        let timeout = milliseconds.filter(|milliseconds| *milliseconds > 0.0);
        read.timeout = timeout.and_then(|milliseconds| Duration::try_from_secs_f64(milliseconds / 1000.0).ok());
        let batch = |key| options.at(["batching", "batch", key]).and_then(Value::as_number);
        if let Some(size) = batch("batchSize").filter(|size| *size >= 1.0) {
            read.batches = Some(Batches {
                size: size as usize,
                interval: batch("batchInterval").unwrap_or(0.0),
                concurrency: size as usize,
            });
        }
        read.options.verify_tls = !options.get("allowUnauthorizedCerts").is_some_and(Value::truthy);
        let proxy = options
            .get("proxy")
            .and_then(Value::as_str)
            .filter(|proxy| !proxy.is_empty());
        read.options.proxy = proxy.map(Text::from);
        Ok(read)
    }
}
