//! Answering the request that started an execution.

use patchbay_model::{Binary, Text, Value};

/// Takes answers, for whoever waits for them.
pub trait Answers: Send + Sync {
    /// Of several answers the first counts; where nobody waits it is lost.
    fn answer(&self, answer: Answer);
}

/// One answer to an HTTP request.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(Text, Text)>,
    pub body: Body,
}

/// What is answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Body {
    #[default]
    Empty,
    /// Written as JSON; text as it is.
    Value(Value),
    File(Binary),
}
