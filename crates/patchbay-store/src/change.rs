//! Everything that can be written, and the answers.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use patchbay_model::Text;
use tokio::sync::oneshot;

use crate::saved::Step;
use crate::{Error, ExecutionId, Kind, Retention, Status};

/// One change. Those that someone must know to be on disk are written at once, the others with the next group, at most a
/// moment later.
#[derive(Clone, Debug)]
pub enum Change {
    /// A trigger was accepted: the execution is there from now on.
    Accept(Box<Accept>),
    /// Nodes have run: what a resumed execution need not do again.
    Progress {
        execution: ExecutionId,
        step: Step,
    },
    /// A node that must not be repeated begins: the JSON of `patchbay_model::Begun`.
    Begin {
        execution: ExecutionId,
        begun: Vec<u8>,
    },
    /// The execution is at its end, or rests.
    Settle(Box<Settle>),
    /// An execution that rested goes on: its resting node puts out what came, if something did.
    Resume {
        execution: ExecutionId,
        with: Option<Step>,
    },
    /// A run of a node is kept: what became of the calls that it made need not be known any more.
    ForgetCalls {
        execution: ExecutionId,
        node: Text,
        run: usize,
    },
    Delete {
        execution: ExecutionId,
    },
    Put {
        kind: Kind,
        key: String,
        value: Vec<u8>,
        now: i64,
    },
    Remove {
        kind: Kind,
        key: String,
    },
    /// Keys that were seen; the scope says by whom. They are forgotten at `until`, and the oldest where there are more
    /// than `most`.
    Note {
        scope: String,
        keys: Vec<String>,
        now: i64,
        until: Option<i64>,
        most: Option<usize>,
    },
    Forget {
        scope: String,
    },
    /// Removes a lot of what is no longer wanted, see [`crate::Store::prune`].
    Prune {
        retention: Retention,
        now: i64,
    },
    /// Answered when everything before is on disk.
    Flush,
}

/// A trigger as it is accepted.
#[derive(Clone, Debug)]
pub struct Accept {
    pub execution: ExecutionId,
    pub workflow: Text,
    pub workflow_name: Text,
    pub workflow_version: Text,
    pub mode: &'static str,
    /// See [`crate::Execution::key`].
    pub key: Option<Text>,
    pub trigger: Text,
    /// The JSON of [`crate::saved::start`].
    pub input: Vec<u8>,
    pub now: i64,
    pub retry_of: Option<ExecutionId>,
    /// What has run of it already: of one that is tried again.
    pub done: Vec<Step>,
    /// Not accepted if there was the same within its time.
    pub once: Option<Once>,
    /// Whose call it is, if another execution called it.
    pub caller: Option<Caller>,
}

/// A call of one execution's node, which makes another execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub execution: ExecutionId,
    /// Through how many calls the called one comes about, from 1.
    pub depth: usize,
    pub node: Text,
    pub run: usize,
    /// The first item of the node that the call is for.
    pub item: usize,
    /// How many calls of that run were made for that item before.
    pub attempt: usize,
    /// It waits for the end of what it calls.
    pub waits: bool,
}

/// What makes a trigger the same as another one.
#[derive(Clone, Debug)]
pub struct Once {
    pub scope: String,
    pub key: String,
    pub until: i64,
}

/// How an execution ended, or that it rests.
#[derive(Clone, Debug)]
pub struct Settle {
    pub execution: ExecutionId,
    pub status: Status,
    pub now: i64,
    /// When it had its turn, if it had; the first time counts.
    pub began: Option<i64>,
    pub last_node: Option<Text>,
    pub error: Option<String>,
    pub rests_until: Option<i64>,
    pub rest: Option<String>,
    /// `false`: nothing is kept of it, as its workflow's settings say.
    pub keep: bool,
    /// What its caller gets, if it was called: the JSON of [`crate::saved::Returned`]. It is kept for the caller in any case.
    pub result: Option<Vec<u8>>,
}

/// The answer to a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Done,
    /// The same was accepted before, as this execution.
    Duplicate(ExecutionId),
    /// These executions are gone.
    Removed(Vec<ExecutionId>),
}

/// An answer that comes when the change is on disk.
#[must_use = "whoever does not wait uses `tell`"]
pub struct Pending(pub(crate) oneshot::Receiver<Result<Reply, Error>>);

impl Future for Pending {
    type Output = Result<Reply, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = Pin::new(&mut self.0).poll(context);
        answer.map(|answer| answer.unwrap_or(Err(Error::Closed)))
    }
}

impl Change {
    /// Someone waits for it, so it is not kept back for others to be written with it.
    pub(crate) fn is_urgent(&self) -> bool {
        match self {
            Self::Progress { .. } | Self::Settle(_) | Self::ForgetCalls { .. } => false,
            // Whoever waits for it is on disk, and calls again where this is not.
            Self::Accept(accept) => accept.caller.as_ref().is_none_or(|caller| !caller.waits),
            _ => true,
        }
    }
}
