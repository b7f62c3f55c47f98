//! Nodes that start workflows. Run from the command line each passes on the items that it is given, one empty item where
//! there are none; schedules, forms and webhooks themselves are the server's.

use async_trait::async_trait;
use patchbay_model::{Item, Items};
use patchbay_node::{Context, Description, Node, NodeError, Outcome};

/// A trigger.
pub struct Trigger {
    description: Description,
    rank: u8,
}

/// All triggers: type, title, what starts it, versions, rank among the triggers of a workflow.
const TRIGGERS: &[(&str, &str, &str, &[f64], u8)] = &[
    (
        "n8n-nodes-base.manualTrigger",
        "Manual Trigger",
        "Starts the workflow when it is run by hand",
        &[1.0],
        0,
    ),
    (
        "n8n-nodes-base.start",
        "Start",
        "Starts workflows of n8n before 0.177",
        &[1.0],
        3,
    ),
    (
        "n8n-nodes-base.executeWorkflowTrigger",
        "When Executed by Another Workflow",
        "Starts the workflow with the items of another one",
        &[1.0, 1.1],
        1,
    ),
    (
        "n8n-nodes-base.errorTrigger",
        "Error Trigger",
        "Starts the workflow when another one fails",
        &[1.0],
        2,
    ),
    (
        "n8n-nodes-base.webhook",
        "Webhook",
        "Starts the workflow on an HTTP request",
        &[1.0, 1.1, 2.0, 2.1],
        5,
    ),
    (
        "n8n-nodes-base.formTrigger",
        "Form Trigger",
        "Starts the workflow when a form is sent",
        &[1.0, 2.0, 2.1, 2.2, 2.3, 2.4],
        4,
    ),
    (
        "n8n-nodes-base.scheduleTrigger",
        "Schedule Trigger",
        "Starts the workflow at set times",
        &[1.0, 1.1, 1.2, 1.3],
        0,
    ),
    (
        "n8n-nodes-base.cron",
        "Cron",
        "Starts the workflow at set times (before Schedule Trigger)",
        &[1.0],
        0,
    ),
    (
        "n8n-nodes-base.interval",
        "Interval",
        "Starts the workflow again and again (before Schedule Trigger)",
        &[1.0],
        0,
    ),
];

impl Trigger {
    pub fn all() -> impl Iterator<Item = Self> {
        TRIGGERS.iter().map(|&(name, title, about, versions, rank)| Self {
            rank,
            description: Description {
                name,
                title,
                about,
                versions,
                trigger: true,
                parameters: &[],
            },
        })
    }
}

#[async_trait]
impl Node for Trigger {
    fn description(&self) -> &Description {
        &self.description
    }

    fn start_rank(&self) -> Option<u8> {
        Some(self.rank)
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let given = context.inputs.first().filter(|items| !items.is_empty());
        Ok(Outcome::items(
            given.cloned().unwrap_or_else(|| Items::from(vec![Item::default()])),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn triggers_pass_on_what_they_are_given() {
        for trigger in Trigger::all() {
            assert_eq!(
                run(1.0, "{}", r#"[{"a":1}]"#).of(&trigger).as_deref(),
                Ok(r#"[[{"a":1}]]"#)
            );
            assert_eq!(run(1.0, "{}", "[]").of(&trigger).as_deref(), Ok("[[{}]]"));
        }
    }
}
