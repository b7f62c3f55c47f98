//! Nodes that start workflows. Each passes on the items that it is given; where there are none it makes the item that n8n
//! makes when the workflow is started by hand. Schedules, forms and webhooks themselves are the server's.

use async_trait::async_trait;
use patchbay_model::workflow::Node as WorkflowNode;
use patchbay_model::{Item, Items, Object, Value};
use patchbay_node::{Context, Description, Node, NodeError, Outcome};

use crate::date_time::{at, moment, workflow_zone};

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

    /// A webhook of several methods has an output for each.
    fn outputs(&self, node: &WorkflowNode) -> usize {
        let parameter = |name: &str| node.parameters.get(name);
        if self.description.name != "n8n-nodes-base.webhook" || !parameter("multipleMethods").is_some_and(Value::truthy)
        {
            return 1;
        }
        // n8n leaves its default out of the file: GET and POST.
        parameter("httpMethod")
            .and_then(Value::as_array)
            .map_or(2, <[Value]>::len)
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let given = context.inputs.first().filter(|items| !is_nothing(items));
        Ok(Outcome::items(given.cloned().unwrap_or_else(|| {
            let made = match self.description.name {
                "n8n-nodes-base.scheduleTrigger" => moment_of_start(context),
                "n8n-nodes-base.errorTrigger" => example_of_a_failure(),
                _ => Object::default(),
            };
            Items::from(vec![Item::new(made)])
        })))
    }
}

/// No items, or the one empty item that starts a workflow which is given none.
fn is_nothing(items: &Items) -> bool {
    items.iter().all(|item| item.json.is_empty() && item.binary.is_none()) && items.len() < 2
}

/// The item of a schedule: the time in the workflow's zone, and its parts in words.
fn moment_of_start(context: &Context<'_>) -> Object {
    let zone = workflow_zone(context);
    let now = at(context.scope.environment.now(), zone.clone());
    let parts = [
        ("timestamp", "YYYY-MM-DDTHH:mm:ss.SSSZ"),
        ("Readable date", "MMMM Do YYYY, h:mm:ss a"),
        ("Readable time", "h:mm:ss a"),
        ("Day of week", "dddd"),
        ("Year", "YYYY"),
        ("Month", "MMMM"),
        ("Day of month", "DD"),
        ("Hour", "HH"),
        ("Minute", "mm"),
        ("Second", "ss"),
    ];
    let write = |format| moment::write(&now, format, false);
    let zone = format!("{} (UTC{})", zone.name(), write("Z"));
    let parts = parts.map(|(name, format)| (name, write(format)));
    parts.into_iter().chain([("Timezone", zone)]).collect()
}

/// What an error workflow that is started by hand gets to work on.
fn example_of_a_failure() -> Object {
    let example = r#"{
        "execution": {
            "id": 231,
            "url": "execution/workflow/1/231",
            "retryOf": "34",
            "error": {"message": "Example Error Message", "stack": "Stacktrace"},
            "lastNodeExecuted": "Node With Error",
            "mode": "manual"
        },
        "workflow": {"id": "1", "name": "Example Workflow"}
    }"#;
    Value::from_json(example)
        .ok()
        .and_then(|value| value.as_object().cloned())
        .unwrap_or_default()
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
        }
    }

    #[test]
    fn triggers_that_are_given_nothing_make_an_item() {
        for (name, expected) in [
            ("manualTrigger", "[[{}]]"),
            ("webhook", "[[{}]]"),
            ("errorTrigger", r#"[[{"execution":{"id":231,"#),
            ("scheduleTrigger", r#"[[{"timestamp":"2026-03-04T"#),
        ] {
            let mut triggers = Trigger::all();
            let trigger = triggers.find(|trigger| trigger.description.name.ends_with(name));
            let made = run(1.0, "{}", "[]")
                .of(&trigger.expect("there is one"))
                .unwrap_or_default();
            assert!(made.starts_with(expected), "{name}: {made}");
        }
    }
}
