//! Reads a workflow file: each of the forms in which people keep them, with every fault at once.

use indexmap::IndexMap;

use super::place;
use super::{Connections, CredentialReference, ExecutionOrder, Node, OnError, Settings, Target, Workflow};
use crate::diagnostic::{Diagnostic, Diagnostics, Position};
use crate::pointer;
use crate::value::{Object, Text, Value};

/// Reads all workflows of a file: one object, an array of them, `{"workflow": {…}}`, `{"data": {…}}`, or bare nodes and
/// connections. With any diagnostic of severity error, the workflows are as much as could be read.
pub fn read(text: &str) -> (Vec<Workflow>, Diagnostics) {
    let mut reader = Reader {
        diagnostics: Vec::new(),
    };
    let mut workflows = Vec::new();
    match Value::from_json(text.trim_start_matches('\u{feff}')) {
        Ok(value) => reader.file(&value, "", &mut workflows),
        Err(error) => {
            let mut fault = Diagnostic::error("E0001", format!("not valid JSON: {error}"))
                .hint("export the workflow again from n8n: menu, Download");
            fault.position = Some(Position {
                line: error.line().max(1),
                column: error.column().max(1),
            });
            reader.diagnostics.push(fault);
        }
    }
    place(&mut reader.diagnostics, text);
    (workflows, reader.diagnostics)
}

struct Reader {
    diagnostics: Diagnostics,
}

impl Reader {
    fn fault(&mut self, code: &'static str, pointer: &str, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(code, message).at(pointer));
    }

    fn file(&mut self, value: &Value, pointer: &str, workflows: &mut Vec<Workflow>) {
        match value {
            Value::Array(values) if !values.is_empty() => {
                for (index, value) in values.iter().enumerate() {
                    self.file(value, &format!("{pointer}/{index}"), workflows);
                }
            }
            Value::Object(object) if object.contains_key("nodes") => workflows.extend(self.workflow(object, pointer)),
            Value::Object(object) => {
                let inner = ["workflow", "data"]
                    .into_iter()
                    .find(|key| matches!(object.get(key), Some(Value::Object(_))));
                match inner.and_then(|key| Some((key, object.get(key)?))) {
                    Some((key, inner)) => self.file(inner, &format!("{pointer}/{key}"), workflows),
                    None => self.fault("E0002", pointer, "not a workflow: it has no `nodes`"),
                }
            }
            _ => self.fault(
                "E0002",
                pointer,
                "not a workflow: expected an object with `nodes` and `connections`",
            ),
        }
    }

    fn workflow(&mut self, object: &Object, pointer: &str) -> Option<Workflow> {
        let mut workflow = Workflow {
            pointer: pointer.to_owned(),
            ..Workflow::default()
        };
        let Some(nodes) = object.get("nodes").and_then(Value::as_array) else {
            self.fault(
                "E0002",
                &format!("{pointer}/nodes"),
                "not a workflow: `nodes` is not an array",
            );
            return None;
        };
        for (key, value) in object {
            match key.as_str() {
                "id" if !value.is_null() => workflow.id = Some(value.to_text()),
                "name" => workflow.name = value.to_text(),
                "active" => workflow.active = value.truthy(),
                "nodes" => {
                    for (index, value) in nodes.iter().enumerate() {
                        workflow
                            .nodes
                            .extend(self.node(value, format!("{pointer}/nodes/{index}")));
                    }
                }
                "connections" => workflow.connections = self.connections(value, &format!("{pointer}/connections")),
                "settings" => workflow.settings = self.settings(value, &format!("{pointer}/settings")),
                "pinData" => workflow.pin_data = value.as_object().cloned().unwrap_or_default(),
                "staticData" => workflow.static_data = value.clone(),
                _ => drop(workflow.extra.insert(key.clone(), value.clone())),
            }
        }
        workflow.index_nodes();
        Some(workflow)
    }

    fn node(&mut self, value: &Value, pointer: String) -> Option<Node> {
        let Some(object) = value.as_object() else {
            self.fault("E0003", &pointer, "a node is not an object");
            return None;
        };
        let mut node = Node {
            version: 1.0,
            pointer,
            ..Node::default()
        };
        for (key, value) in object {
            match key.as_str() {
                "id" => node.id = value.to_text(),
                "name" => node.name = value.to_text(),
                "type" => node.kind = value.to_text(),
                "typeVersion" => match value {
                    Value::Number(version) => node.version = *version,
                    Value::Array(_) => {
                        self.fault(
                            "E0003",
                            &format!("{}/typeVersion", node.pointer),
                            "`typeVersion` is not a number",
                        );
                    }
                    other => {
                        let message = "`typeVersion` is not a number: n8n reads it as one, or takes 1";
                        self.not_understood(&format!("{}/typeVersion", node.pointer), message);
                        node.version = Some(other.to_number())
                            .filter(|version| version.is_finite())
                            .unwrap_or(1.0);
                    }
                },
                "position" => {
                    for (axis, value) in value.as_array().unwrap_or_default().iter().take(2).enumerate() {
                        node.position[axis] = value.as_number().unwrap_or_default();
                    }
                }
                "parameters" => match value {
                    Value::Object(parameters) => node.parameters = (**parameters).clone(),
                    Value::Null => {}
                    _ => {
                        self.fault(
                            "E0003",
                            &format!("{}/parameters", node.pointer),
                            "`parameters` is not an object",
                        );
                    }
                },
                "credentials" => node.credentials = credentials(value),
                "webhookId" if !value.is_null() => node.webhook_id = Some(value.to_text()),
                "disabled" => node.disabled = value.truthy(),
                "executeOnce" => node.execute_once = value.truthy(),
                "alwaysOutputData" => node.always_output_data = value.truthy(),
                "retryOnFail" => node.retry_on_fail = value.truthy(),
                "maxTries" => node.max_tries = number(value),
                "waitBetweenTries" => node.wait_between_tries = number(value),
                "onError" | "continueOnFail" => {
                    let _ = node.extra.insert(key.clone(), value.clone());
                }
                _ => drop(node.extra.insert(key.clone(), value.clone())),
            }
        }
        node.on_error = match object.get("onError").and_then(Value::as_str) {
            Some("continueRegularOutput") => OnError::ContinueRegularOutput,
            Some("continueErrorOutput") => OnError::ContinueErrorOutput,
            Some("stopWorkflow") => OnError::Stop,
            _ if object.get("continueOnFail").is_some_and(Value::truthy) => OnError::ContinueRegularOutput,
            _ => OnError::Stop,
        };
        let on_error = object.get("onError").filter(|value| !value.is_null());
        if on_error.is_some_and(|value| !ON_ERROR.contains(&value.as_str().unwrap_or_default())) {
            let message = format!("`onError` is none of `{}`: the workflow stops", ON_ERROR.join("`, `"));
            self.not_understood(&format!("{}/onError", node.pointer), message);
        }
        for (field, text) in [("name", &node.name), ("type", &node.kind)] {
            if text.is_empty() {
                let message = format!("a node has no `{field}`");
                self.diagnostics
                    .push(Diagnostic::error("E0003", message).at(node.pointer.clone()));
            }
        }
        Some(node)
    }

    fn connections(&mut self, value: &Value, pointer: &str) -> Connections {
        let Some(object) = value.as_object() else {
            if !value.is_null() {
                self.fault("E0004", pointer, "`connections` is not an object");
            }
            return Connections::default();
        };
        let mut connections = Connections::default();
        for (node, kinds) in object {
            let below = pointer::below(pointer, node);
            let Some(kinds) = self.object_or_nothing(kinds, &below) else {
                connections.insert(node.clone(), IndexMap::new());
                continue;
            };
            let mut read = IndexMap::new();
            for (kind, outputs) in kinds {
                let pointer = pointer::below(&below, kind);
                let outputs = self.list_or_nothing(outputs, &pointer).iter().enumerate();
                let outputs = outputs.map(|(output, targets)| self.targets(targets, &format!("{pointer}/{output}")));
                read.insert(kind.clone(), outputs.collect());
            }
            connections.insert(node.clone(), read);
        }
        connections
    }

    fn targets(&mut self, value: &Value, pointer: &str) -> Vec<Target> {
        let targets = self.list_or_nothing(value, pointer).iter().enumerate();
        targets
            .filter_map(|(place, target)| self.target(target, &format!("{pointer}/{place}")))
            .collect()
    }

    fn target(&mut self, value: &Value, pointer: &str) -> Option<Target> {
        if value.is_null() {
            return None;
        }
        let object = self.object_or_nothing(value, pointer)?;
        let Some(node) = object.get("node") else {
            self.fault("E0004", pointer, "a connection names no `node`");
            return None;
        };
        let index = object.get("index").filter(|index| !index.is_null());
        let input = index.map_or(0.0, Value::to_number);
        if input.fract() != 0.0 || !(0.0..MOST_INPUTS).contains(&input) {
            let message = format!(
                "the input of a connection is no whole number from 0 to {}",
                MOST_INPUTS - 1.0
            );
            self.fault("E0005", &format!("{pointer}/index"), message);
            return None;
        }
        Some(Target {
            node: node.to_text(),
            kind: object.get("type").map_or_else(|| "main".into(), Value::to_text),
            input: input as usize,
        })
    }

    fn object_or_nothing<'value>(&mut self, value: &'value Value, pointer: &str) -> Option<&'value Object> {
        let object = value.as_object();
        if object.is_none() && !value.is_null() {
            self.fault("E0004", pointer, "a part of the connections is not an object");
        }
        object
    }

    fn list_or_nothing<'value>(&mut self, value: &'value Value, pointer: &str) -> &'value [Value] {
        let list = value.as_array();
        if list.is_none() && !value.is_null() {
            self.fault("E0004", pointer, "a part of the connections is not a list");
        }
        list.unwrap_or_default()
    }

    fn settings(&mut self, value: &Value, pointer: &str) -> Settings {
        let mut settings = Settings::default();
        for (key, value) in value.as_object().into_iter().flatten() {
            let pointer = || pointer::below(pointer, key);
            match key.as_str() {
                "executionOrder" => {
                    settings.execution_order = match value.as_str() {
                        Some("v1") => ExecutionOrder::V1,
                        _ => ExecutionOrder::V0,
                    };
                    if !value.is_null() && !matches!(value.as_str(), Some("v0" | "v1")) {
                        self.not_understood(
                            &pointer(),
                            "`executionOrder` is neither `v0` nor `v1`: it counts as `v0`",
                        );
                    }
                }
                "timezone" => settings.timezone = value.as_str().filter(|zone| *zone != "DEFAULT").map(Text::from),
                "errorWorkflow" => {
                    // n8n's editor writes that for no workflow.
                    let named = value.as_str().filter(|id| !id.is_empty() && *id != "DEFAULT");
                    settings.error_workflow = named.map(Text::from);
                }
                "executionTimeout" => {
                    settings.execution_timeout = value.as_number().filter(|seconds| *seconds > 0.0);
                    if !value.is_null() && value.as_number().is_none() {
                        self.not_understood(
                            &pointer(),
                            "`executionTimeout` is no number of seconds: there is no limit",
                        );
                    }
                }
                _ => {}
            }
            settings.extra.insert(key.clone(), value.clone());
        }
        settings
    }

    /// What n8n takes without a word, and what comes of it.
    fn not_understood(&mut self, pointer: &str, message: impl Into<String>) {
        let fault = Diagnostic::warning("E0006", message).at(pointer);
        self.diagnostics.push(fault);
    }
}

const ON_ERROR: [&str; 3] = ["stopWorkflow", "continueRegularOutput", "continueErrorOutput"];

/// Far more inputs than a node of n8n has; each input below the highest takes memory.
const MOST_INPUTS: f64 = 100.0;

/// A number, which JavaScript also reads from a text.
fn number(value: &Value) -> Option<f64> {
    let is_number = matches!(value, Value::Number(_) | Value::Text(_));
    is_number.then(|| value.to_number()).filter(|number| !number.is_nan())
}

fn credentials(value: &Value) -> IndexMap<Text, CredentialReference> {
    let reference = |value: &Value| match value {
        Value::Object(object) => CredentialReference {
            id: object.get("id").filter(|id| !id.is_null()).map(Value::to_text),
            name: object
                .get("name")
                .filter(|name| !name.is_null())
                .map(Value::to_text)
                .unwrap_or_default(),
        },
        // Files of n8n's first versions hold the name alone.
        other => CredentialReference {
            id: None,
            name: other.to_text(),
        },
    };
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(kind, value)| (kind.clone(), reference(value)))
        .collect()
}

#[cfg(test)]
mod tests;
