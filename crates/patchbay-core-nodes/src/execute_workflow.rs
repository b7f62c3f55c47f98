//! Execute Workflow: runs another workflow, once with all items or once for each.

use async_trait::async_trait;
use patchbay_model::{Item, Items, Value};
use patchbay_node::capability::workflows::{Call, Choice};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.executeWorkflow",
    title: "Execute Workflow",
    about: "Runs another workflow with the items",
    versions: &[1.0, 1.1, 1.2, 1.3],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "source",
            Kind::Options(&["database", "parameter", "localFile", "url"]),
            "\"database\"",
            "Where the workflow is",
        ),
        ParameterDescription::new("workflowId", Kind::Text, "\"\"", "The workflow's id or name")
            .required_where("source", &["database"]),
        ParameterDescription::new("workflowJson", Kind::Json, "\"\"", "The workflow itself"),
        ParameterDescription::new(
            "mode",
            Kind::Options(&["once", "each"]),
            "\"once\"",
            "With all items, or each by itself",
        ),
        ParameterDescription::new("options", Kind::Collection, "{}", "Whether its end is awaited"),
    ],
};

pub struct ExecuteWorkflow;

#[async_trait]
impl Node for ExecuteWorkflow {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let wait = context
            .optional("options.waitForSubWorkflow", 0)?
            .is_none_or(|wait| wait.truthy());
        let workflows = &context.capabilities.workflows;
        let call = |items: Items, index: usize| -> Result<Call, NodeError> {
            Ok(Call {
                workflow: choice(context, index)?,
                items,
                wait,
                cancellation: context.cancellation.clone(),
            })
        };
        let all = context.inputs.first().cloned().unwrap_or_default();
        if context.text("mode", 0)? != "each" {
            let outputs = workflows.run(call(all.clone(), 0)?).await?;
            return Ok(Outcome::Outputs(if wait { outputs } else { vec![all] }));
        }
        let mut made: Vec<Vec<Item>> = Vec::new();
        for (index, item) in all.iter().enumerate() {
            context.checkpoint()?;
            let outputs = match workflows.run(call(vec![item.clone()].into(), index)?).await {
                Ok(outputs) if wait => outputs,
                Ok(_) => vec![vec![item.clone()].into()],
                Err(error) if context.continues_on_fail() && !error.is_cancelled() => {
                    let json: patchbay_model::Object = [("error", error.error.message)].into_iter().collect();
                    vec![vec![Item::new(json)].into()]
                }
                Err(error) => return Err(error.item(index)),
            };
            for (output, items) in outputs.into_iter().enumerate() {
                if made.len() <= output {
                    made.resize(output + 1, Vec::new());
                }
                made[output].extend(items.into_vec().into_iter().map(|item| item.paired_with(index)));
            }
        }
        Ok(Outcome::Outputs(made.into_iter().map(Items::from).collect()))
    }
}

/// The workflow that the parameters name, or hold.
fn choice(context: &Context<'_>, index: usize) -> Result<Choice, NodeError> {
    let source = context.text("source", index)?;
    match source.as_str() {
        "database" => {
            // Later versions keep `{"__rl": true, "value": …, "mode": …}`.
            let id = context.value("workflowId", index)?;
            let id = id.get("value").unwrap_or(&id).to_text();
            if id.is_empty() {
                return Err(NodeError::new("E0917", "No workflow is chosen")
                    .parameter("workflowId")
                    .item(index));
            }
            Ok(Choice::Named(id))
        }
        "parameter" => {
            let json = match context.value("workflowJson", index)? {
                Value::Text(text) => text.to_string(),
                value => value.to_json(),
            };
            let (mut workflows, faults) = patchbay_model::workflow::read(&json);
            if let Some(workflow) = workflows.pop() {
                return Ok(Choice::Inline(Box::new(workflow)));
            }
            let fault = faults.first().map_or("there is none", |fault| fault.message.as_str());
            Err(NodeError::new("E0918", format!("The workflow cannot be read: {fault}"))
                .parameter("workflowJson")
                .item(index)
                .hint("The parameter must hold a workflow as n8n exports it"))
        }
        other => Err(
            NodeError::new("E0919", format!("Workflows from `{other}` are not supported"))
                .parameter("source")
                .item(index)
                .hint("Name the workflow by its id, or put it into the parameter"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn the_other_workflow_gets_the_items() {
        let all = r#"[{"a":1},{"a":2}]"#;
        for parameters in [
            r#"{"workflowId": "7"}"#,
            r#"{"workflowId": {"__rl": true, "value": "7"}, "mode": "each"}"#,
            r#"{"workflowId": "7", "options": {"waitForSubWorkflow": false}}"#,
        ] {
            let result = run(1.2, parameters, all).of(&ExecuteWorkflow);
            assert_eq!(result, Ok(format!("[{all}]")), "{parameters}");
        }
        assert_eq!(
            run(1.2, "{}", all).of(&ExecuteWorkflow),
            Err("No workflow is chosen".to_owned())
        );
    }
}
