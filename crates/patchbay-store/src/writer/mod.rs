//! The thread that writes: it takes what has come together since the last commit, writes it as one group, and answers
//! each change when the group is on disk.
//!
//! While the database can not write, whoever waits is told so; what nobody waits for is kept, and written once it can be.

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime;
use tokio::sync::oneshot;

use crate::change::{Change, Pending, Reply};
use crate::database::Database;
use crate::write::Writer;
use crate::{Clean, Error, Health, OnCommit};

/// A group is not larger.
const LARGEST_GROUP: usize = 4096;

/// How long changes that nobody waits for are kept back, for one that somebody does to take them with it.
const PATIENCE: Duration = Duration::from_millis(20);

/// How long a group that somebody waits for is held open for others that come at the same moment.
const GATHERING: Duration = Duration::from_micros(100);

/// How long after a failure what is kept is tried again, if nothing comes before.
const AGAIN: Duration = Duration::from_secs(1);

/// In bytes: values nest deeply. Only what is used takes memory.
const STACK: usize = 16 << 20;

/// Who waits for an answer, and the answer.
type Asked = oneshot::Sender<Answered>;
type Answered = Result<Reply, Error>;

struct Job {
    change: Change,
    answer: Option<Asked>,
}

enum Message {
    Write(Job),
    /// Gives back the space of what was removed, if there is any.
    Reclaim(oneshot::Sender<Result<(), Error>>),
    Close(oneshot::Sender<()>),
}

/// What the writer and those who ask about it share.
struct Shared {
    backlog: AtomicUsize,
    fault: Mutex<Option<String>>,
    on_commit: OnceLock<OnCommit>,
    clean: Arc<OnceLock<Clean>>,
}

/// Changes go in here.
pub(crate) struct Handle {
    sender: Sender<Message>,
    shared: Arc<Shared>,
}

impl Handle {
    /// Starts the thread.
    pub fn start(database: Box<dyn Database>, largest_run: usize) -> Result<Self, Error> {
        let (sender, receiver) = channel();
        let clean = Arc::default();
        let shared = Arc::new(Shared {
            clean: Arc::clone(&clean),
            backlog: AtomicUsize::new(0),
            fault: Mutex::new(None),
            on_commit: OnceLock::new(),
        });
        let thread = Thread {
            database,
            writer: Writer::new(largest_run, clean),
            shared: shared.clone(),
            runtime: runtime::Handle::try_current().ok(),
            kept: Vec::new(),
        };
        let started = std::thread::Builder::new()
            .name("store".to_owned())
            .stack_size(STACK)
            .spawn(move || thread.run(&receiver));
        started.map_err(|error| Error::Database(format!("no thread can be started: {error}")))?;
        Ok(Self { sender, shared })
    }

    pub fn write(&self, change: Change) -> Pending {
        let (answer, pending) = oneshot::channel();
        self.send(change, Some(answer));
        Pending(pending)
    }

    pub fn tell(&self, change: Change) {
        self.send(change, None);
    }

    fn send(&self, change: Change, answer: Option<Asked>) {
        self.shared.backlog.fetch_add(1, Ordering::Relaxed);
        if self.sender.send(Message::Write(Job { change, answer })).is_err() {
            self.shared.backlog.fetch_sub(1, Ordering::Relaxed);
        }
    }

    pub fn health(&self) -> Health {
        Health {
            backlog: self.shared.backlog.load(Ordering::Relaxed),
            fault: self.shared.fault.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    pub fn on_commit(&self, told: OnCommit) {
        // Of several the first is told.
        let _ = self.shared.on_commit.set(told);
    }

    pub fn clean_with(&self, clean: Clean) {
        // Of several the first counts.
        let _ = self.shared.clean.set(clean);
    }

    pub async fn reclaim(&self) -> Result<(), Error> {
        let (sender, done) = oneshot::channel();
        self.sender.send(Message::Reclaim(sender)).map_err(|_| Error::Closed)?;
        done.await.unwrap_or(Err(Error::Closed))
    }

    pub async fn close(&self) {
        let (sender, closed) = oneshot::channel();
        if self.sender.send(Message::Close(sender)).is_ok() {
            // Also an end of the thread is an end.
            let _ = closed.await;
        }
    }
}

struct Thread {
    database: Box<dyn Database>,
    writer: Writer,
    shared: Arc<Shared>,
    /// Where those who wait for answers run.
    runtime: Option<runtime::Handle>,
    /// What could not be written yet, in its order.
    kept: Vec<Job>,
}

impl Thread {
    fn run(mut self, receiver: &Receiver<Message>) {
        loop {
            let (group, after) = match self.receive(receiver) {
                Ok(first) => gather(first, receiver),
                Err(RecvTimeoutError::Timeout) => (Vec::new(), None),
                Err(RecvTimeoutError::Disconnected) => break,
            };
            self.write(group);
            // Whoever asked may be gone.
            match after {
                Some(Message::Reclaim(done)) => drop(done.send(self.reclaim())),
                Some(Message::Close(closed)) => {
                    self.end();
                    let _ = closed.send(());
                    return;
                }
                Some(Message::Write(_)) | None => {}
            }
        }
        self.write(Vec::new());
        self.end();
    }

    fn receive(&self, receiver: &Receiver<Message>) -> Result<Message, RecvTimeoutError> {
        if self.kept.is_empty() {
            receiver.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            receiver.recv_timeout(AGAIN)
        }
    }

    /// Lets the database go: others may open it.
    fn end(self) {
        if !self.kept.is_empty() {
            tracing::error!(changes = self.kept.len(), "the store ends, and has not written these");
        }
    }

    fn reclaim(&mut self) -> Result<(), Error> {
        if self.writer.freed {
            self.database.reclaim()?;
            self.writer.freed = false;
        }
        Ok(())
    }

    fn write(&mut self, new: Vec<Job>) {
        let mut group = std::mem::take(&mut self.kept);
        group.extend(new);
        if group.is_empty() {
            return;
        }
        let begun = Instant::now();
        let changes: Vec<&Change> = group.iter().map(|job| &job.change).collect();
        let outcomes = self.commit_all(&changes);
        if let Some(told) = self.shared.on_commit.get() {
            told(begun.elapsed());
        }
        self.note_fault(outcomes.iter().find_map(|outcome| outcome.as_ref().err()));
        let mut answers = Vec::new();
        for (job, outcome) in group.into_iter().zip(outcomes) {
            match (job.answer, outcome) {
                (None, Err(error)) if error.may_pass() => {
                    self.kept.push(Job {
                        change: job.change,
                        answer: None,
                    });
                    continue;
                }
                (Some(answer), outcome) => answers.push((answer, outcome)),
                (None, _) => {}
            }
            self.shared.backlog.fetch_sub(1, Ordering::Relaxed);
        }
        match &self.runtime {
            // From here each answer would wake a thread of the runtime; there they are handed over at once.
            Some(runtime) if answers.len() > 1 => drop(runtime.spawn(async { give(answers) })),
            _ => give(answers),
        }
    }

    /// What becomes of each of the changes.
    fn commit_all(&mut self, changes: &[&Change]) -> Vec<Result<Reply, Error>> {
        let error = match self.commit(changes) {
            Ok(replies) => return replies.into_iter().map(Ok).collect(),
            Err(error) => error,
        };
        if error.may_pass() || changes.len() == 1 {
            return vec![Err(error); changes.len()];
        }
        // One bad change must not take the others with it. After a failure that may pass none is written: their order counts.
        let mut passing = None;
        let each = changes.iter().map(|change| {
            let outcome = passing.clone().map_or_else(|| self.commit_one(change), Err);
            passing = outcome.as_ref().err().filter(|error| error.may_pass()).cloned();
            outcome
        });
        each.collect()
    }

    /// Tells of a fault once, and of its end.
    fn note_fault(&self, fault: Option<&Error>) {
        let mut known = self.shared.fault.lock().unwrap_or_else(PoisonError::into_inner);
        let told = fault.map(ToString::to_string);
        match fault {
            Some(fault) if *known != told => tracing::error!(code = fault.code(), hint = fault.hint(), "{fault}"),
            None if known.is_some() => tracing::info!("the store writes again"),
            _ => {}
        }
        *known = told;
    }

    fn commit(&mut self, changes: &[&Change]) -> Result<Vec<Reply>, Error> {
        let written = self.try_commit(changes);
        if written.is_err() {
            self.writer.forget();
            self.database.roll_back();
        }
        written
    }

    fn try_commit(&mut self, changes: &[&Change]) -> Result<Vec<Reply>, Error> {
        let database = self.database.as_mut();
        database.begin()?;
        let replies = changes.iter().map(|change| self.writer.apply(database, change));
        let replies = replies.collect::<Result<Vec<_>, _>>()?;
        self.writer.finish(database)?;
        database.commit()?;
        Ok(replies)
    }

    fn commit_one(&mut self, change: &Change) -> Result<Reply, Error> {
        let replies = self.commit(&[change])?;
        Ok(replies.into_iter().next().unwrap_or(Reply::Done))
    }
}

fn give(answers: Vec<(Asked, Answered)>) {
    for (waiting, answer) in answers {
        // Whoever asked may have gone.
        let _ = waiting.send(answer);
    }
}

/// What is to be written together with the first, and what is to be done after it.
fn gather(first: Message, receiver: &Receiver<Message>) -> (Vec<Job>, Option<Message>) {
    let mut group = Vec::new();
    let mut urgent = false;
    let mut waited_with = 0;
    let patience = Instant::now() + PATIENCE;
    let mut next = Some(first);
    loop {
        match next {
            Some(Message::Write(job)) => {
                urgent |= job.change.is_urgent();
                group.push(job);
            }
            after => return (group, after),
        }
        if group.len() >= LARGEST_GROUP {
            return (group, None);
        }
        next = receiver.try_recv().ok();
        if next.is_none() && urgent && waited_with < group.len() {
            // Each message would wake the thread, so it sleeps, and looks again as long as there was something new.
            waited_with = group.len();
            std::thread::sleep(GATHERING);
            next = receiver.try_recv().ok();
        } else if next.is_none() && !urgent {
            next = receiver
                .recv_timeout(patience.saturating_duration_since(Instant::now()))
                .ok();
        }
        if next.is_none() {
            return (group, None);
        }
    }
}
