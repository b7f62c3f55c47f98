//! What is kept of an execution, and how executions are looked for.

/// n8n's ids are numbers too.
pub type ExecutionId = u64;

/// Where an execution stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Accepted, and not begun.
    New,
    Running,
    Waiting,
    Success,
    Error,
    Canceled,
    /// It was cut short by a crash in a node that must not be repeated unasked.
    Crashed,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Success => "success",
            Self::Error => "error",
            Self::Canceled => "canceled",
            Self::Crashed => "crashed",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        let all = [
            Self::New,
            Self::Running,
            Self::Waiting,
            Self::Success,
            Self::Error,
            Self::Canceled,
            Self::Crashed,
        ];
        all.into_iter().find(|status| status.as_str() == name)
    }

    /// Nothing more will come.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::New | Self::Running | Self::Waiting)
    }
}

/// One execution, without its data. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    pub id: ExecutionId,
    pub workflow: String,
    pub workflow_name: String,
    /// n8n's: `webhook`, `trigger`, `manual`, `error`, `integrated`, `retry`.
    pub mode: String,
    pub status: Status,
    /// Executions of one workflow with the same key do not run at the same time.
    pub key: Option<String>,
    /// The node that it started at.
    pub trigger: String,
    /// When it was accepted.
    pub started: i64,
    /// When it had its turn, if it has ended or rested since.
    pub began: Option<i64>,
    pub finished: Option<i64>,
    /// Of an execution that rests: until when, if that is known.
    pub rests_until: Option<i64>,
    /// Of an execution that rests: the JSON of what it waits for, as the server wrote it.
    pub rest: Option<String>,
    pub retry_of: Option<ExecutionId>,
    /// The last of its other tries that succeeded.
    pub retry_success: Option<ExecutionId>,
    /// The execution that called it.
    pub parent: Option<ExecutionId>,
    /// Through how many calls it came about.
    pub depth: usize,
    pub last_node: Option<String>,
    /// The JSON of `patchbay_model::ExecutionError::to_value`.
    pub error: Option<String>,
    /// The workflow as it was accepted; its file may have changed since.
    pub workflow_version: String,
}

/// An execution that a node called, as long as that node has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    pub execution: ExecutionId,
    /// See [`crate::change::Caller`].
    pub node: String,
    pub run: usize,
    pub item: usize,
    pub attempt: usize,
    /// The JSON of [`crate::saved::Returned`]; `None` while it has not ended.
    pub result: Option<Vec<u8>>,
}

/// Which executions are looked for; all that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub status: Option<Status>,
    pub workflow: Option<String>,
    /// Only older ones than this: the last of the page before.
    pub before: Option<ExecutionId>,
    /// How many at most; 100 where it is 0.
    pub limit: usize,
}

/// Some executions.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub executions: Vec<Execution>,
    /// [`Filter::before`] of the next page, if there is one.
    pub next: Option<ExecutionId>,
}
