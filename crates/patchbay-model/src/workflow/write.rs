//! Writes a workflow back, with every field that was in its file.

use super::{CredentialReference, ExecutionOrder, Node, Target, Workflow};
use crate::value::{Object, Value};

impl Workflow {
    /// The workflow as n8n exports it.
    pub fn to_value(&self) -> Value {
        let mut object = Object::new();
        if let Some(id) = &self.id {
            object.insert("id", id.clone());
        }
        object.insert("name", self.name.clone());
        object.insert("active", self.active);
        object.insert("nodes", self.nodes.iter().map(Node::to_value).collect::<Vec<_>>());
        object.insert("connections", self.connections_value());
        let mut settings = self.settings.extra.clone();
        if self.settings.execution_order == ExecutionOrder::V1 {
            settings.insert("executionOrder", "v1");
        }
        object.insert("settings", settings);
        if !self.pin_data.is_empty() {
            object.insert("pinData", self.pin_data.clone());
        }
        if !self.static_data.is_null() {
            object.insert("staticData", self.static_data.clone());
        }
        object.extend(self.extra.clone());
        Value::object(object)
    }

    fn connections_value(&self) -> Object {
        let outputs = |outputs: &Vec<Vec<Target>>| -> Vec<Value> {
            outputs
                .iter()
                .map(|targets| targets.iter().map(Target::to_value).collect::<Vec<_>>().into())
                .collect()
        };
        let connections = self.connections.iter();
        connections
            .map(|(node, kinds)| {
                let kinds: Object = kinds.iter().map(|(kind, list)| (kind.clone(), outputs(list))).collect();
                (node.clone(), kinds)
            })
            .collect()
    }
}

impl Target {
    fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("node", self.node.clone());
        object.insert("type", self.kind.clone());
        object.insert("index", self.input);
        Value::object(object)
    }
}

impl Node {
    /// The node as n8n exports it.
    pub fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("parameters", self.parameters.clone());
        object.insert("id", self.id.clone());
        object.insert("name", self.name.clone());
        object.insert("type", self.kind.clone());
        object.insert("typeVersion", self.version);
        object.insert("position", self.position.map(Value::from).to_vec());
        if !self.credentials.is_empty() {
            let credentials = self.credentials.iter();
            let credentials = credentials.map(|(kind, reference)| (kind.clone(), reference.to_value()));
            object.insert("credentials", credentials.collect::<Object>());
        }
        if let Some(id) = &self.webhook_id {
            object.insert("webhookId", id.clone());
        }
        let flags = [
            ("disabled", self.disabled),
            ("executeOnce", self.execute_once),
            ("alwaysOutputData", self.always_output_data),
            ("retryOnFail", self.retry_on_fail),
        ];
        for (key, _) in flags.into_iter().filter(|(_, set)| *set) {
            object.insert(key, true);
        }
        for (key, number) in [
            ("maxTries", self.max_tries),
            ("waitBetweenTries", self.wait_between_tries),
        ] {
            if let Some(number) = number {
                object.insert(key, number);
            }
        }
        object.extend(self.extra.clone());
        Value::object(object)
    }
}

impl CredentialReference {
    fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("id", self.id.clone());
        object.insert("name", self.name.clone());
        Value::object(object)
    }
}
