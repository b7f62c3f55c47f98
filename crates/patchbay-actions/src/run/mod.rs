//! Runs an operation for the items of a node: every request is made first, so that a wrong value at the last item
//! sends nothing for the first; then they are sent, a few at a time, and the outputs keep the items' order. How one is
//! sent is left to [`crate::sender`].

mod options;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures::StreamExt;
use patchbay_model::Item;
use patchbay_node::capability::http::Effect;
use patchbay_node::{Context, NodeError, Outcome};
use tokio::sync::oneshot;

use self::options::{Batches, RequestOptions};
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

/// Neighbouring items of which the same is done: an expression may name another operation for each item.
pub struct Stretch<'service> {
    pub items: Range<usize>,
    /// The operation's forms in the versions of the service.
    pub variants: &'service [Arc<Operation>],
}

/// What is to be sent for a stretch.
struct Work<'service> {
    operation: &'service Operation,
    first: usize,
    jobs: Vec<Result<Job, NodeError>>,
}

impl Work<'_> {
    fn writes(&self) -> bool {
        self.operation.effect == Effect::Write
    }
}

/// Runs the operations of all items, stretch after stretch.
pub async fn run(
    lazy: &LazyService,
    stretches: &[Stretch<'_>],
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
    let mut works = Vec::with_capacity(stretches.len());
    for Stretch { items, variants } in stretches {
        let is_given = |name: &str| context.parameters.part(name).is_some();
        let Some(operation) = choose(variants, version, is_given) else {
            continue;
        };
        if let Some(version) = version.filter(|version| !operation.life.includes(version)) {
            let error = preflight::not_in_version(lazy, variants, version).into_error("operation");
            return Err(if items.start > 0 {
                error.item(items.start)
            } else {
                error
            });
        }
        works.push(Work {
            operation,
            first: items.start,
            jobs: prepare(operation, &endpoint, context, items.clone())?,
        });
    }
    if works.iter().any(Work::writes) {
        if let Some(version) = version {
            preflight::refuse_what_others_lack(lazy, version, &credential, context).await?;
        }
        let jobs = works.iter().filter(|work| work.writes()).flat_map(|work| &work.jobs);
        let writes = jobs.filter(|job| job.is_ok()).count();
        context.capabilities.http.announce_writes(writes)?;
    }
    let mut batches = request_options.batches(service.connection.concurrency);
    // What a dry run shows is read in the items' order.
    if context.capabilities.http.pretends_writes() && works.iter().any(Work::writes) {
        batches.concurrency = 1;
    }
    let all = context.items().len();
    let senders: Vec<Sender> = works
        .iter()
        .map(|work| Sender {
            endpoint: &endpoint,
            operation: work.operation,
            tokens,
            capabilities: context.capabilities,
            node: context.node.name.clone(),
            timeout: request_options.timeout.unwrap_or(service.connection.timeout),
            options: request_options.options.clone(),
            state: context.state,
            // Of several items it is they that count.
            progress: (all == 1).then_some(context.progress),
        })
        .collect();
    let writes = works.iter().any(Work::writes);
    let written = Mutex::new(Vec::new());
    let work = send_works(&senders, works, &batches, &written, context);
    tokio::select! {
        outputs = work => outputs.map(Outcome::items),
        () = context.cancellation.cancelled() => Err(broken_off(writes, &written, all)),
    }
}

/// Sends what is to be sent, stretch after stretch, once there is a token.
async fn send_works(
    senders: &[Sender<'_>],
    works: Vec<Work<'_>>,
    batches: &Batches,
    written: &Mutex<Vec<usize>>,
    context: &Context<'_>,
) -> Result<Vec<Item>, NodeError> {
    if let Some(sender) = senders.first()
        && let Err(error) = sender.authorize().await
    {
        // Asking again for each item would only lock the client out.
        return if context.continues_on_fail() && !error.is_cancelled() {
            Ok(all_failed(&error, works))
        } else {
            Err(error)
        };
    }
    let mut items = Vec::with_capacity(context.items().len());
    for (sender, work) in senders.iter().zip(works) {
        items.extend(send_in_batches(sender, work, batches, written, context).await?);
    }
    Ok(items)
}

/// The error of a run that was cancelled while its requests were under way.
fn broken_off(writes: bool, written: &Mutex<Vec<usize>>, all: usize) -> NodeError {
    let cancelled = NodeError::cancelled();
    if !writes {
        return cancelled;
    }
    written_before(cancelled, written, all)
        .hint("a write was under way, and nobody knows whether it was done: look before you run it again")
}

/// Makes the requests of some items. Where the node stops at a failure, the first wrong value is the end.
fn prepare(
    operation: &Operation,
    endpoint: &Endpoint,
    context: &Context,
    items: Range<usize>,
) -> Result<Vec<Result<Job, NodeError>>, NodeError> {
    let plan = Plan::new(operation, context.parameters);
    let circumstances = Circumstances {
        version: endpoint.version.as_ref(),
        timezone: &context.scope.execution.timezone,
    };
    let mut before = Before::default();
    let mut jobs = Vec::with_capacity(items.len());
    for item in items {
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

/// Sends the requests of a stretch batch by batch.
async fn send_in_batches(
    sender: &Sender<'_>,
    work: Work<'_>,
    batches: &Batches,
    written: &Mutex<Vec<usize>>,
    context: &Context<'_>,
) -> Result<Vec<Item>, NodeError> {
    let Work {
        mut jobs, mut first, ..
    } = work;
    let mut items = Vec::with_capacity(jobs.len());
    while !jobs.is_empty() {
        if first > 0 && batches.interval > 0.0 {
            context.capabilities.timer.sleep(batches.interval).await;
        }
        let later = jobs.split_off(batches.size.min(jobs.len()));
        let batch = std::mem::replace(&mut jobs, later);
        let size = batch.len();
        let sent = send_all(sender, batch, first, batches.concurrency, written, context).await;
        items.extend(sent.map_err(|error| written_before(error, written, context.items().len()))?);
        first += size;
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
fn all_failed(error: &NodeError, works: Vec<Work>) -> Vec<Item> {
    let jobs = works.into_iter().flat_map(|work| work.jobs);
    let errors = jobs.map(|job| job.err().unwrap_or_else(|| error.clone()));
    let items = errors
        .enumerate()
        .map(|(item, error)| failed_item(error).paired_with(item));
    items.collect()
}
