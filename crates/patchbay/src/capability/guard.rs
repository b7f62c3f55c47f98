//! What a run may change: nothing (`--read-only`), so much (`--max-writes`), so fast (`--writes-per-second`).
//!
//! It stands before everything else that has to do with HTTP, mail, commands and files, so it holds for every node, and
//! for the workflows that a workflow calls. What reads goes through as it is.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use patchbay_model::Text;
use patchbay_node::NodeError;
use patchbay_node::capability::commands::Finished;
use patchbay_node::capability::files::Target;
use patchbay_node::capability::http::{Effect, Request, Response};
use patchbay_node::capability::mail::{Message, Sent, Server};
use patchbay_node::capability::{Commands, Files, Http, Mail};

use crate::secrets;

/// What the command line allows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    pub read_only: bool,
    pub most_writes: Option<usize>,
    pub writes_per_second: Option<f64>,
}

/// Lets through what the limits allow.
pub struct GuardedHttp {
    inner: Arc<dyn Http>,
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Requests that changed something, or are under way to.
    writes: usize,
    /// When the next write may begin.
    next: Option<Instant>,
}

impl GuardedHttp {
    pub fn new(inner: Arc<dyn Http>, limits: Limits) -> Self {
        Self {
            inner,
            limits,
            state: Mutex::default(),
        }
    }

    fn refuse_if_read_only(&self) -> Result<(), NodeError> {
        if self.limits.read_only {
            Err(read_only())
        } else {
            Ok(())
        }
    }

    /// Takes one write from what is left, and says how long it must wait.
    fn begin_write(&self, now: Instant) -> Result<Duration, NodeError> {
        self.refuse_if_read_only()?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(most) = self.limits.most_writes.filter(|most| state.writes >= *most) {
            return Err(
                NodeError::new("E0611", format!("The run has sent {most} writes, and may send no more")).hint(format!(
                    "`--max-writes {most}` is the limit: raise it if that is what you want"
                )),
            );
        }
        state.writes += 1;
        let Some(interval) = self.interval() else {
            return Ok(Duration::ZERO);
        };
        let turn = state.next.map_or(now, |next| next.max(now));
        state.next = Some(turn + interval);
        Ok(turn - now)
    }

    fn interval(&self) -> Option<Duration> {
        let rate = self.limits.writes_per_second?;
        Duration::try_from_secs_f64(1.0 / rate).ok()
    }

    /// The service turned the write away: it does not count.
    fn give_back(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.writes = state.writes.saturating_sub(1);
    }
}

fn read_only() -> NodeError {
    NodeError::new("E0610", "The node would change something, and the run is read-only")
        .hint("leave out --read-only, or see what it would send with --dry-run")
}

/// Mail and commands of a read-only run: there are none.
pub struct ReadOnly;

#[async_trait]
impl Mail for ReadOnly {
    async fn send(&self, _server: &Server, _message: Message) -> Result<Sent, NodeError> {
        Err(read_only())
    }
}

#[async_trait]
impl Commands for ReadOnly {
    async fn run(&self, _line: &str) -> Result<Finished, NodeError> {
        Err(read_only())
    }
}

/// The files of a read-only run: they are found and read, and none is written.
pub struct ReadOnlyFiles {
    pub inner: Arc<dyn Files>,
}

#[async_trait]
impl Files for ReadOnlyFiles {
    async fn find(&self, pattern: &str) -> Result<Vec<Text>, NodeError> {
        self.inner.find(pattern).await
    }

    async fn read(&self, path: &str) -> Result<BoxStream<'static, Result<Bytes, NodeError>>, NodeError> {
        self.inner.read(path).await
    }

    async fn write(&self, _: Target, _: BoxStream<'static, Result<Bytes, NodeError>>) -> Result<(), NodeError> {
        Err(read_only())
    }
}

#[async_trait]
impl Http for GuardedHttp {
    async fn send(&self, request: Request) -> Result<Response, NodeError> {
        secrets::remember_url(&request.url);
        if request.effect == Effect::Read {
            return self.inner.send(request).await;
        }
        let wait = self.begin_write(Instant::now())?;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        let answer = self.inner.send(request).await;
        // Not authorized, or too early: whoever sent it sends it again.
        if matches!(&answer, Ok(response) if matches!(response.status, 401 | 429)) {
            self.give_back();
        }
        answer
    }

    fn pretends_writes(&self) -> bool {
        self.inner.pretends_writes()
    }

    fn announce_writes(&self, count: usize) -> Result<(), NodeError> {
        if count == 0 {
            return Ok(());
        }
        self.refuse_if_read_only()?;
        let sent = self.state.lock().unwrap_or_else(PoisonError::into_inner).writes;
        match self.limits.most_writes {
            Some(most) if sent + count > most => {
                let left = most.saturating_sub(sent);
                let wanted = if count == 1 {
                    "1 write"
                } else {
                    &format!("{count} writes")
                };
                let message = format!("The node wants to send {wanted}, and {left} of {most} are left: it sends none");
                Err(NodeError::new("E0611", message)
                    .hint("see what it would send with --dry-run; raise --max-writes if that is what you want"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Answers(u16);

    #[async_trait]
    impl Http for Answers {
        async fn send(&self, request: Request) -> Result<Response, NodeError> {
            Ok(Response {
                status: self.0,
                status_text: "".into(),
                headers: Vec::new(),
                body: Box::pin(futures::stream::empty()),
                url: request.url.into(),
            })
        }
    }

    fn guard(limits: Limits, status: u16) -> GuardedHttp {
        GuardedHttp::new(Arc::new(Answers(status)), limits)
    }

    async fn send(guard: &GuardedHttp, effect: Effect) -> String {
        let request = Request {
            effect,
            ..Request::new("POST", "https://pbx.example.com/x")
        };
        match guard.send(request).await {
            Ok(response) => response.status.to_string(),
            Err(error) => error.error.code.to_string(),
        }
    }

    #[tokio::test]
    async fn a_read_only_run_only_reads() {
        let limits = Limits {
            read_only: true,
            ..Limits::default()
        };
        let guard = guard(limits, 200);
        assert_eq!(send(&guard, Effect::Read).await, "200");
        assert_eq!(send(&guard, Effect::Write).await, "E0610");
        assert_eq!(
            guard.announce_writes(1).map_err(|error| error.error.code),
            Err("E0610".into())
        );
        assert!(guard.announce_writes(0).is_ok());
    }

    #[tokio::test]
    async fn so_many_writes_are_sent_and_no_more() {
        let limits = Limits {
            most_writes: Some(2),
            ..Limits::default()
        };
        let guarded = guard(limits, 204);
        assert!(guarded.announce_writes(2).is_ok());
        assert_eq!(
            guarded.announce_writes(3).map_err(|error| error.to_string()),
            Err("The node wants to send 3 writes, and 2 of 2 are left: it sends none".to_owned())
        );
        for (effect, wanted) in [
            (Effect::Write, "204"),
            (Effect::Read, "204"),
            (Effect::Write, "204"),
            (Effect::Write, "E0611"),
            (Effect::Read, "204"),
        ] {
            assert_eq!(send(&guarded, effect).await, wanted);
        }
        // What the service turns away was no write.
        let turned_away = guard(limits, 429);
        for _ in 0..5 {
            assert_eq!(send(&turned_away, Effect::Write).await, "429");
        }
    }

    #[test]
    fn writes_keep_their_distance() {
        let limits = Limits {
            writes_per_second: Some(4.0),
            ..Limits::default()
        };
        let guard = guard(limits, 204);
        let start = Instant::now();
        let after = |milliseconds| start + Duration::from_millis(milliseconds);
        // When a write is asked for, and how long it waits, in milliseconds.
        for (asked, waits) in [(0, 0), (0, 250), (100, 400), (2000, 0), (2100, 150)] {
            let wait = guard.begin_write(after(asked)).map_err(|error| error.to_string());
            assert_eq!(wait, Ok(Duration::from_millis(waits)), "{asked}");
        }
    }
}
