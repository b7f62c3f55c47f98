//! Reads a workflow file: each of the forms in which people keep them, with every fault at once.

use indexmap::IndexMap;

use super::place;
use super::{Connections, CredentialReference, ExecutionOrder, Node, OnError, Settings, Target, Workflow};
use crate::diagnostic::{Diagnostic, Diagnostics, Position};
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
                "settings" => workflow.settings = settings(value),
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
                "maxTries" => node.max_tries = value.as_number(),
                "waitBetweenTries" => node.wait_between_tries = value.as_number(),
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
        let kinds = |kinds: &Value| -> IndexMap<Text, Vec<Vec<Target>>> {
            let kinds = kinds.as_object().into_iter().flatten();
            kinds
                .map(|(kind, outputs)| (kind.clone(), outputs_of(outputs)))
                .collect()
        };
        object
            .iter()
            .map(|(node, outputs)| (node.clone(), kinds(outputs)))
            .collect()
    }
}

fn outputs_of(value: &Value) -> Vec<Vec<Target>> {
    let target = |value: &Value| {
        let target = value.as_object()?;
        Some(Target {
            node: target.get("node")?.to_text(),
            kind: target.get("type").map_or_else(|| "main".into(), Value::to_text),
            input: target
                .get("index")
                .and_then(Value::as_number)
                .unwrap_or_default()
                .max(0.0) as usize,
        })
    };
    let outputs = value.as_array().unwrap_or_default();
    outputs
        .iter()
        .map(|targets| {
            targets
                .as_array()
                .unwrap_or_default()
                .iter()
                .filter_map(target)
                .collect()
        })
        .collect()
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

fn settings(value: &Value) -> Settings {
    let mut settings = Settings::default();
    for (key, value) in value.as_object().into_iter().flatten() {
        match key.as_str() {
            "executionOrder" => {
                settings.execution_order = if value.as_str() == Some("v1") {
                    ExecutionOrder::V1
                } else {
                    ExecutionOrder::V0
                };
            }
            "timezone" => settings.timezone = value.as_str().filter(|zone| *zone != "DEFAULT").map(Text::from),
            "errorWorkflow" => settings.error_workflow = value.as_str().filter(|id| !id.is_empty()).map(Text::from),
            "executionTimeout" => settings.execution_timeout = value.as_number().filter(|seconds| *seconds > 0.0),
            _ => {}
        }
        settings.extra.insert(key.clone(), value.clone());
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_file_is_read() {
        let bare = r#"{"nodes": [{"name": "A", "type": "t"}], "connections": {"A": {"main": [null, [{"node": "A", "type": "main", "index": 1}]]}}}"#;
        for (text, pointer) in [
            (bare.to_owned(), ""),
            (format!("[{bare}]"), "/0"),
            (format!(r#"{{"workflow": {bare}}}"#), "/workflow"),
            (format!(r#"{{"data": {bare}}}"#), "/data"),
        ] {
            let (workflows, diagnostics) = read(&text);
            assert_eq!(diagnostics, [], "{text}");
            let [workflow] = workflows.as_slice() else {
                panic!("one workflow in {text}")
            };
            assert_eq!(workflow.pointer, pointer);
            assert_eq!(workflow.main_targets("A")[1][0].input, 1);
            assert!(workflow.main_targets("A")[0].is_empty());
        }
    }

    #[test]
    fn faults_are_told_together_with_their_places() {
        let text = "{\n\"nodes\": [\n7,\n{\"name\": \"A\"}\n]}";
        let (_, diagnostics) = read(text);
        let places: Vec<_> = diagnostics
            .iter()
            .map(|fault| (fault.code, fault.position.map(|at| at.line)))
            .collect();
        assert_eq!(places, [("E0003", Some(3)), ("E0003", Some(4))]);
    }
}
