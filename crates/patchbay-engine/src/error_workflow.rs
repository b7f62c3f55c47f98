//! What is told when an execution fails: which workflow is to hear of it, and the item that its Error Trigger gets, as in n8n.
//! Finding that workflow and running it is left to the program.

use patchbay_model::{ExecutionError, Item, Object, Text, Value, Workflow};

use crate::Finished;

/// Who hears of the failure of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handler {
    /// Nobody.
    Nobody,
    /// The workflow itself, which holds an Error Trigger and names no other.
    Itself,
    /// The workflow of this id.
    Named(Text),
}

/// What the error workflow learns of the execution beside its failure.
#[derive(Clone, Debug, Default)]
pub struct About {
    pub id: Text,
    /// `trigger`, `webhook`, `manual`, `error`, …
    pub mode: Text,
    /// Where it can be looked at.
    pub url: Option<Text>,
    /// The execution of which it was another try.
    pub retry_of: Option<Text>,
}

/// The type of the trigger that starts error workflows.
const ERROR_TRIGGER: &str = "n8n-nodes-base.errorTrigger";

/// Who is told. Of failures of an execution that was itself told of one nobody is: whoever runs it sees to that.
pub fn handler(workflow: &Workflow) -> Handler {
    match &workflow.settings.error_workflow {
        Some(id) if workflow.id.as_ref() != Some(id) => Handler::Named(id.clone()),
        _ if trigger(workflow).is_some() => Handler::Itself,
        _ => Handler::Nobody,
    }
}

/// The name of the workflow's Error Trigger.
pub fn trigger(workflow: &Workflow) -> Option<&Text> {
    let mut nodes = workflow.nodes.iter().filter(|node| !node.disabled);
    let found = nodes.find(|node| node.kind.eq_ignore_ascii_case(ERROR_TRIGGER));
    found.map(|node| &node.name)
}

/// The item for an execution that failed or ran out of time: `{"execution": {"id", "url"?, "retryOf"?, "error",
/// "lastNodeExecuted", "mode"}, "workflow": {"id", "name"}}`.
pub fn item_of_execution(workflow: &Workflow, finished: &Finished, about: &About) -> Option<Item> {
    let error = finished.error.as_ref()?;
    let mut execution = Object::new();
    execution.insert("id", about.id.clone());
    for (key, text) in [("url", &about.url), ("retryOf", &about.retry_of)] {
        if let Some(text) = text {
            execution.insert(key, text.clone());
        }
    }
    execution.insert("error", shape(error, workflow));
    if let Some(node) = finished.last_node() {
        execution.insert("lastNodeExecuted", node.clone());
    }
    execution.insert("mode", about.mode.clone());
    let mut named = Object::new();
    named.insert("id", workflow.id.clone());
    named.insert("name", workflow.name.clone());
    let mut json = Object::new();
    json.insert("execution", execution);
    json.insert("workflow", named);
    Some(Item::new(json))
}

/// `{"message", "description"?, "name", "code", "httpCode"?, "node"?, "stack"}`; there is no stack but the message.
fn shape(error: &ExecutionError, workflow: &Workflow) -> Object {
    let mut object = Object::new();
    let node = error.node.as_ref().and_then(|name| workflow.node(name));
    let http_code = error.details.as_ref().and_then(|details| details.get("httpCode"));
    let of_service = http_code.is_some() || error.code.starts_with("E06");
    let name = match node {
        Some(_) if of_service => "NodeApiError",
        Some(_) => "NodeOperationError",
        None => "WorkflowOperationError",
    };
    object.insert("message", error.message.clone());
    if let Some(description) = &error.description {
        object.insert("description", description.clone());
    }
    object.insert("name", name);
    object.insert("code", error.code.clone());
    if let Some(http_code) = http_code {
        object.insert("httpCode", http_code.to_text());
    }
    if let Some(node) = node {
        object.insert("node", node.to_value());
    }
    object.insert("stack", Value::from(format!("{name}: {}", error.message).as_str()));
    object
}
