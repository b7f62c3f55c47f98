//! The thread that writes: it takes what has come together since the last commit, writes it as one group, and answers
//! each change when the group is on disk.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
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
}

impl Thread {
    fn run(mut self, receiver: &Receiver<Message>) {
        while let Ok(first) = receiver.recv() {
            let (group, after) = gather(first, receiver);
            if !group.is_empty() {
                self.write(group);
            }
            // Whoever asked may be gone.
            match after {
                Some(Message::Reclaim(done)) => drop(done.send(self.reclaim())),
                Some(Message::Close(closed)) => {
                    // Whoever waits for it may open the store again.
                    drop(self);
                    let _ = closed.send(());
                    return;
                }
                Some(Message::Write(_)) | None => {}
            }
        }
    }

    fn reclaim(&mut self) -> Result<(), Error> {
        if self.writer.freed {
            self.database.reclaim()?;
            self.writer.freed = false;
        }
        Ok(())
    }

    fn write(&mut self, group: Vec<Job>) {
        let (begun, count) = (Instant::now(), group.len());
        let changes: Vec<&Change> = group.iter().map(|job| &job.change).collect();
        let answers = match self.commit(&changes) {
            Ok(replies) => replies.into_iter().map(Ok).collect(),
            // One bad change must not take the others with it.
            Err(_) if count > 1 => changes.iter().map(|change| self.commit_one(change)).collect(),
            Err(error) => vec![Err(error)],
        };
        if let Some(told) = self.shared.on_commit.get() {
            told(begun.elapsed());
        }
        let fault = answers
            .iter()
            .find_map(|answer: &Result<Reply, Error>| answer.as_ref().err());
        if let Some(fault) = fault {
            tracing::error!(code = fault.code(), hint = fault.hint(), "{fault}");
        }
        *self.shared.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault.map(ToString::to_string);
        self.shared.backlog.fetch_sub(count, Ordering::Relaxed);
        let answers = group.into_iter().zip(answers);
        let answers: Vec<_> = answers
            .filter_map(|(job, answer)| Some((job.answer?, answer)))
            .collect();
        match &self.runtime {
            // From here each answer would wake a thread of the runtime; there they are handed over at once.
            Some(runtime) if answers.len() > 1 => drop(runtime.spawn(async { give(answers) })),
            _ => give(answers),
        }
    }

    fn commit(&mut self, changes: &[&Change]) -> Result<Vec<Reply>, Error> {
        let written = self.try_commit(changes);
        if written.is_err() {
            self.writer.forget();
            // There may be nothing to undo: the failure is what counts.
            let _ = self.database.execute("ROLLBACK", &[]);
        }
        written
    }

    fn try_commit(&mut self, changes: &[&Change]) -> Result<Vec<Reply>, Error> {
        let database = self.database.as_mut();
        database.execute("BEGIN", &[])?;
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
