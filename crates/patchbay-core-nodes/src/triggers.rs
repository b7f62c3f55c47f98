//! Nodes that start workflows. Each passes on the items that it is given; where there are none it makes the item that n8n
//! makes when the workflow is started by hand. Schedules, forms and webhooks themselves are the server's.

use async_trait::async_trait;
use patchbay_model::workflow::Node as WorkflowNode;
use patchbay_model::{Item, Items, Object, Text, Value};
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
        let items = given.cloned().unwrap_or_else(|| {
            let made = match self.description.name {
                "n8n-nodes-base.scheduleTrigger" => moment_of_start(context),
                "n8n-nodes-base.errorTrigger" => example_of_a_failure(),
                _ => Object::default(),
            };
            Items::from(vec![Item::new(made)])
        });
        if self.description.name != "n8n-nodes-base.executeWorkflowTrigger" || context.version() < 1.1 {
            return Ok(Outcome::items(items));
        }
        Ok(Outcome::items(match declared_fields(context)? {
            Some(names) => items.iter().map(|item| with_fields(item, &names)).collect(),
            None => items,
        }))
    }
}

/// No items, or the one empty item that starts a workflow which is given none.
fn is_nothing(items: &Items) -> bool {
    items.iter().all(|item| item.json.is_empty() && item.binary.is_none()) && items.len() < 2
}

/// The fields that a workflow says it wants of others; `None` where it takes all.
fn declared_fields(context: &Context<'_>) -> Result<Option<Vec<Text>>, NodeError> {
    const EXAMPLE: &str = "jsonExample";
    let text = |path: &str| Ok::<_, NodeError>(context.optional(path, 0)?.map(|value| value.to_text()));
    let names: Vec<Text> = match text("inputSource")?.as_deref() {
        Some("passthrough") => Vec::new(),
        Some(EXAMPLE) => {
            let example = text(EXAMPLE)?.unwrap_or_default();
            let example = Value::from_json(&example).map_err(|error| {
                NodeError::new("E0363", format!("The example of the fields is no JSON: {error}")).parameter(EXAMPLE)
            })?;
            let Value::Object(example) = example else {
                let found = if example.as_array().is_some() {
                    "array"
                } else {
                    example.type_of()
                };
                let message = format!("Invalid JSON schema type. Only object type is supported, but got {found}");
                return Err(NodeError::new("E0363", message).parameter(EXAMPLE));
            };
            example.keys().cloned().collect()
        }
        _ => {
            const VALUES: &str = "workflowInputs.values";
            let count = context.parameter(VALUES).map_or(0, |values| values.elements().len());
            let names = (0..count).map(|index| text(&format!("{VALUES}.{index}.name")));
            names.filter_map(Result::transpose).collect::<Result<_, _>>()?
        }
    };
    Ok(Some(names).filter(|names| !names.is_empty()))
}

/// An item with these fields and no others; those that it lacks are null.
fn with_fields(item: &Item, names: &[Text]) -> Item {
    let field = |name: &Text| (name.clone(), item.json.get(name).cloned().unwrap_or_default());
    Item {
        json: names.iter().map(field).collect::<Object>().into(),
        ..item.clone()
    }
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
    fn fields_that_a_workflow_declares_are_there() {
        let trigger = || Trigger::all().find(|trigger| trigger.description.name.ends_with("executeWorkflowTrigger"));
        let trigger = trigger().expect("there is one");
        let declared = r#"{"workflowInputs": {"values": [{"name": "a"}, {"name": "b", "type": "number"}]}}"#;
        let items = r#"[{"b":"5","z":1},{"a":{}}]"#;
        for (version, parameters, expected) in [
            (1.1, declared, Ok(r#"[[{"a":null,"b":"5"},{"a":{},"b":null}]]"#)),
            (1.0, declared, Ok(r#"[[{"b":"5","z":1},{"a":{}}]]"#)),
            (
                1.1,
                r#"{"inputSource": "passthrough"}"#,
                Ok(r#"[[{"b":"5","z":1},{"a":{}}]]"#),
            ),
            (
                1.1,
                r#"{"inputSource": "jsonExample", "jsonExample": "{\"z\": 2}"}"#,
                Ok(r#"[[{"z":1},{"z":null}]]"#),
            ),
            (
                1.1,
                r#"{"inputSource": "jsonExample", "jsonExample": "[1]"}"#,
                Err("Invalid JSON schema type. Only object type is supported, but got array"),
            ),
        ] {
            let made = run(version, parameters, items).of(&trigger);
            assert_eq!(made.as_deref().map_err(String::as_str), expected, "{parameters}");
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
