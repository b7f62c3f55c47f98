//! What becomes of a node that failed or was stopped: whether it is tried again, and whether the execution goes on. The
//! items of a failure are [`super::outputs`]' affair.

use patchbay_model::workflow::{Node as FileNode, OnError};
use patchbay_model::{Item, Items, Object, Value};
use patchbay_node::NodeError;
use patchbay_node::capability::http::Effect;

/// The error of a node that was stopped in the middle of its work.
pub(super) fn broken_off(effect: Option<Effect>) -> NodeError {
    match effect {
        Some(Effect::Write) => NodeError::cancelled()
            .hint("writes may have been under way, and nobody knows which were done: look before you run it again"),
        _ => NodeError::cancelled(),
    }
}

/// What a node puts out that has sent nothing: `{"sent": false, "message"}`.
pub(super) fn unsent(failure: &NodeError) -> Items {
    let mut json = Object::with_capacity(2);
    json.insert("sent", false);
    json.insert("message", failure.error.message.clone());
    Items::from(vec![Item::new(json)])
}

/// Whether the execution goes on after the node failed. The old flag counts whatever `onError` says, though nodes
/// themselves go by `onError` alone if it is there.
pub(super) fn goes_on(node: &FileNode) -> bool {
    node.on_error != OnError::Stop || node.extra.get("continueOnFail").is_some_and(Value::truthy)
}

/// n8n tries between 2 and 5 times, 3 unless the node says otherwise.
pub(super) fn tries(node: &FileNode) -> usize {
    node.max_tries
        .filter(|tries| *tries != 0.0)
        .unwrap_or(3.0)
        .clamp(2.0, 5.0) as usize
}

/// In milliseconds: n8n waits up to 5 s, 1 s unless the node says otherwise.
pub(super) fn wait_between_tries(node: &FileNode) -> f64 {
    let wait = node.wait_between_tries.filter(|wait| *wait != 0.0);
    wait.unwrap_or(1000.0).clamp(0.0, 5000.0)
}
