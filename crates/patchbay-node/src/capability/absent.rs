//! What stands for a capability that is not there.

use async_trait::async_trait;

use super::answer::{Answer, Answers};
use super::commands::{Commands, Finished};
use super::mail::{Mail, Message, Sent, Server};
use crate::NodeError;

/// Refuses whatever it is asked (E0992): for tests, and for programs that give nodes less than all.
pub struct Absent;

fn refusal(what: &str) -> NodeError {
    NodeError::new("E0992", format!("{what} is not available here"))
}

/// Nobody waits.
impl Answers for Absent {
    fn answer(&self, _answer: Answer) {}
}

#[async_trait]
impl Commands for Absent {
    async fn run(&self, _line: &str) -> Result<Finished, NodeError> {
        Err(refusal("running commands"))
    }
}

#[async_trait]
impl Mail for Absent {
    async fn send(&self, _server: &Server, _message: Message) -> Result<Sent, NodeError> {
        Err(refusal("sending e-mail"))
    }
}
