//! What a script threw as a node's error: what to do about it, and the lines around the fault.

use patchbay_expression::Kind as ErrorKind;
use patchbay_expression::script::{Failure, Thrown};
use patchbay_model::Text;
use patchbay_node::NodeError;

/// n8n counts its own lines around the code when it ends too early.
const LINES_AROUND: usize = 10;

/// n8n's words for what a script threw: the first line of the message, and where. `told` is what to do about it.
pub(super) fn node_error(failure: &Failure, code: &str, item: Option<usize>, told: &[Text]) -> NodeError {
    let error = &failure.error;
    if error.kind == ErrorKind::Limit {
        return limit_error(failure);
    }
    let text = match failure.thrown {
        Thrown::Error => error.message.lines().next().unwrap_or_default(),
        Thrown::Null => "Cannot read properties of null (reading 'message')",
        Thrown::Undefined => "Cannot read properties of undefined (reading 'message')",
        Thrown::Other => "Unknown error",
    };
    let line = match failure.line {
        Some(_) if text == "Unexpected end of input" => Some(code.split('\n').count() + LINES_AROUND),
        line => line,
    };
    let message = match (line, item) {
        (Some(line), Some(item)) => format!("{text} [line {line}, for item {item}]"),
        (Some(line), None) => format!("{text} [line {line}]"),
        (None, _) => text.to_owned(),
    };
    let made = NodeError::new("E0390", message).parameter("jsCode");
    let hints = error.hints.iter().chain(told);
    let made = hints.fold(made, |made, hint| made.hint(hint.clone()));
    let made = if made.error.hints.is_empty() {
        made.hint(hint_for(failure))
    } else {
        made
    };
    match (&error.description, error.kind) {
        (Some(description), _) => made.description(description.clone()),
        (None, ErrorKind::Error) => made,
        (None, kind) => made.description(kind.name()),
    }
}

/// The longest text that a hint shows of what was thrown, in characters.
const LONGEST_SHOWN: usize = 300;

/// What to do about what a script threw.
fn hint_for(failure: &Failure) -> String {
    let message = failure.error.message.as_str();
    match (failure.thrown, failure.error.kind) {
        (Thrown::Other, _) => {
            let shown: String = message.chars().take(LONGEST_SHOWN).collect();
            format!("the code threw `{shown}`, which is no error: `throw new Error(text)` shows the text")
        }
        (Thrown::Null, _) => {
            "the code threw null, which is no error: `throw new Error(text)` says what is wrong; if it threw nothing, \
             it ran out of memory: make less at once, or raise PATCHBAY_CODE_MEMORY (MiB)"
                .to_owned()
        }
        (Thrown::Undefined, _) => {
            "the code threw undefined, which is no error: `throw new Error(text)` says what is wrong".to_owned()
        }
        (_, ErrorKind::Syntax) => "mend the code there: mostly a bracket, a quote or a comma is missing".to_owned(),
        (_, ErrorKind::Reference) => "declare the name before it is used, or mend its spelling".to_owned(),
        (_, ErrorKind::Type) if message.starts_with("Cannot read properties of") => {
            "there is no value before the dot: look at the items that come in, or read past it with `?.`".to_owned()
        }
        _ if message.starts_with("Cannot find module") => {
            "code runs without modules: use what JavaScript and `this.helpers` have, or an Execute Command node"
                .to_owned()
        }
        _ => "catch it in the code with `try … catch`, or set the node's `On Error` to go on".to_owned(),
    }
}

/// A limit has its own code and hints.
pub(crate) fn limit_error(failure: &Failure) -> NodeError {
    let error = &failure.error;
    let made = NodeError::new(error.code, error.message.clone());
    error.hints.iter().fold(made, |made, hint| made.hint(hint.clone()))
}
