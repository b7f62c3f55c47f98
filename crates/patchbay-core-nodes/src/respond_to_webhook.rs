//! Respond to Webhook: passes its items on. The answer itself is the server's, which reads the node's parameters when the
//! node has run.

use async_trait::async_trait;
use patchbay_model::Items;
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.respondToWebhook",
    title: "Respond to Webhook",
    about: "Answers the request that started the workflow, and passes its items on",
    versions: &[1.0, 1.1, 1.2, 1.3, 1.4, 1.5],
    trigger: false,
    parameters: &[
        ParameterDescription::new("respondWith", Kind::Text, "\"firstIncomingItem\"", "What is answered"),
        ParameterDescription::new("responseBody", Kind::Text, "\"\"", "The answer"),
        ParameterDescription::new("options", Kind::Collection, "{}", "Status, headers"),
    ],
};

pub struct RespondToWebhook;

#[async_trait]
impl Node for RespondToWebhook {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let items = context.items().iter().enumerate();
        let items: Items = items.map(|(index, item)| item.clone().paired_with(index)).collect();
        Ok(Outcome::items(items))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn items_pass() {
        let result = run(1.4, r#"{"respondWith": "text"}"#, r#"[{"a":1}]"#).of(&RespondToWebhook);
        assert_eq!(result.as_deref(), Ok(r#"[[{"a":1}]]"#));
    }
}
