//! Execute Workflow: runs another workflow, once with all items or once for each. The workflow is named, or is in the
//! parameter, in a file or at an address.
//!
//! Items that fail in mode `each` are put out where they would have been if they had not, in every version: n8n before 1.3
//! loses some of them, or fails.

use async_trait::async_trait;
use futures::TryStreamExt;
use patchbay_model::{Item, Items, PairedItem, Value};
use patchbay_node::capability::files::MISSING;
use patchbay_node::capability::workflows::{Call, Called, Choice};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::http_request::{Draft, Expected, Format, exchange};

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
            "workflowPath",
            Kind::Text,
            "\"\"",
            "The workflow's file; a relative path begins where the workflows are",
        )
        .required_where("source", &["localFile"]),
        ParameterDescription::new("workflowUrl", Kind::Text, "\"\"", "Where the workflow is asked for")
            .required_where("source", &["url"]),
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

    /// A call is never made twice: what counts are the nodes of the called workflow.
    fn unsafe_to_repeat(&self, _node: &patchbay_model::workflow::Node) -> bool {
        false
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let wait = context
            .optional("options.waitForSubWorkflow", 0)?
            .is_none_or(|wait| wait.truthy());
        let all = context.inputs.first().cloned().unwrap_or_default();
        if context.text("mode", 0)? != "each" {
            let origins = || -> PairedItem {
                let items = (0..all.len()).map(PairedItem::from);
                items.flat_map(|item| item.pairs().to_vec()).collect()
            };
            return match call(context, all.clone(), wait, 0).await {
                Ok(Called::Ended(mut outputs)) => {
                    // An item that does not say what it is made of is made of all; the engine pairs as many items.
                    for output in outputs.iter_mut().filter(|output| output.len() != all.len()) {
                        pair(output, &origins());
                    }
                    Ok(Outcome::Outputs(outputs))
                }
                Ok(Called::Rests(when)) => Ok(Outcome::Again { when }),
                Err(error) if goes_on(context, &error) => {
                    Ok(Outcome::items(vec![failed(error).paired_with(origins())]))
                }
                Err(error) => Err(error),
            };
        }
        let mut made: Vec<Vec<Item>> = Vec::new();
        for (index, item) in all.iter().enumerate() {
            context.checkpoint()?;
            let outputs = match call(context, vec![item.clone()].into(), wait, index).await {
                Ok(Called::Ended(outputs)) => outputs,
                // Those before it are not run again.
                Ok(Called::Rests(when)) => return Ok(Outcome::Again { when }),
                Err(error) if goes_on(context, &error) => vec![vec![failed(error)].into()],
                Err(error) => return Err(of_item(error, index)),
            };
            for (output, items) in outputs.into_iter().enumerate() {
                if made.len() <= output {
                    made.resize(output + 1, Vec::new());
                }
                made[output].extend(items.into_vec().into_iter().map(|item| item.paired_with(index)));
            }
            (context.progress)(index + 1);
        }
        Ok(Outcome::Outputs(made.into_iter().map(Items::from).collect()))
    }
}

/// Items that do not say what they are made of get these origins.
fn pair(items: &mut Items, origins: &PairedItem) {
    let is_unpaired = |item: &Item| item.paired == PairedItem::None;
    if !items.iter().any(is_unpaired) {
        return;
    }
    let mut changed = std::mem::take(items).into_vec();
    for item in changed.iter_mut().filter(|item| is_unpaired(item)) {
        item.paired = origins.clone();
    }
    *items = changed.into();
}

/// Runs the other workflow, or asks what became of it if it runs already.
async fn call(context: &Context<'_>, items: Items, wait: bool, index: usize) -> Result<Called, NodeError> {
    let call = Call {
        node: context.node.name.clone(),
        run: context.scope.run_index,
        item: index,
        workflow: choice(context, index).await?,
        items,
        wait,
        cancellation: context.cancellation.clone(),
    };
    context.capabilities.workflows.run(call).await
}

fn goes_on(context: &Context<'_>, error: &NodeError) -> bool {
    context.continues_on_fail() && !error.is_cancelled()
}

fn failed(error: NodeError) -> Item {
    let json: patchbay_model::Object = [("error", error.error.message)].into_iter().collect();
    Item::new(json)
}

/// In n8n's words; what the other workflow says is the description.
fn of_item(mut error: NodeError, index: usize) -> NodeError {
    if error.is_cancelled() {
        return error;
    }
    let told = format!("Error executing workflow with item at index {index}");
    error.error.description = Some(std::mem::replace(&mut error.error.message, told.into()));
    error.item(index)
}

/// The workflow that the parameters name, or hold.
async fn choice(context: &Context<'_>, index: usize) -> Result<Choice, NodeError> {
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
                Value::Text(text) => text,
                value => value.to_json().into(),
            };
            if let Some(fault) = patchbay_expression::script::json_error(&json) {
                return Err(unreadable(fault, "workflowJson", index));
            }
            inline(&json, "workflowJson", index)
        }
        "localFile" => {
            let json = file(context, index).await?;
            if Value::from_json(&json).is_err() {
                let told = "The file content is not valid JSON".to_owned();
                return Err(unreadable(told, "workflowPath", index));
            }
            inline(&json, "workflowPath", index)
        }
        "url" => inline(&answer(context, index).await?, "workflowUrl", index),
        other => Err(
            NodeError::new("E0919", format!("Workflows from `{other}` are not supported"))
                .parameter("source")
                .item(index)
                .hint("Name the workflow by its id, or put it into the parameter"),
        ),
    }
}

/// What the file holds, if workflows may read it.
async fn file(context: &Context<'_>, index: usize) -> Result<String, NodeError> {
    let given = context.text("workflowPath", index)?;
    let whole = match context.capabilities.workflows.folder() {
        Some(folder) => folder.join(given.as_str()).to_string_lossy().into_owned(),
        None => given.to_string(),
    };
    let told = |error: NodeError| {
        let told = format!("The file \"{given}\" could not be found, [item {index}]");
        let error = if error.error.code == MISSING {
            NodeError::new(MISSING, told).hint(format!("it was looked for as `{whole}`"))
        } else {
            error
        };
        error.parameter("workflowPath").item(index)
    };
    let stream = context.capabilities.files.read(&whole).await.map_err(told)?;
    let chunks: Vec<bytes::Bytes> = stream.try_collect().await.map_err(told)?;
    Ok(String::from_utf8_lossy(&chunks.concat()).into_owned())
}

/// What the address answers with.
async fn answer(context: &Context<'_>, index: usize) -> Result<String, NodeError> {
    let url = context.text("workflowUrl", index)?;
    let mut draft = Draft::new("GET".to_owned(), url.to_string());
    draft.set_header("accept", "application/json,text/*;q=0.99");
    let expected = Expected {
        format: Format::Text,
        property: String::new(),
        full: false,
        never_error: false,
        split: false,
        legacy: false,
    };
    match exchange(context, index, &draft, &expected).await {
        Ok(answer) => Ok(answer.text()),
        Err(failure) => Err(failure.error.parameter("workflowUrl").item(index)),
    }
}

fn inline(json: &str, parameter: &str, index: usize) -> Result<Choice, NodeError> {
    let (mut workflows, faults) = patchbay_model::workflow::read(json);
    if let Some(workflow) = workflows.pop() {
        return Ok(Choice::Inline(Box::new(workflow)));
    }
    let fault = faults.first().map_or("there is none", |fault| fault.message.as_str());
    let told = format!("The workflow cannot be read: {fault}");
    Err(unreadable(told, parameter, index))
}

fn unreadable(told: String, parameter: &str, index: usize) -> NodeError {
    NodeError::new("E0918", told)
        .parameter(parameter)
        .item(index)
        .hint("It must be a workflow as n8n exports it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Memory, run};

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

    #[test]
    fn the_workflow_may_be_in_a_file_or_at_an_address() {
        let workflow = r#"{"name": "Other", "nodes": [], "connections": {}}"#;
        let files = Memory::with(&[("other.json", workflow), ("bad.json", "no"), ("list.json", "[1]")]);
        let read = |parameters: &str| run(1.3, parameters, "[{}]").files(files.clone()).of(&ExecuteWorkflow);
        for (path, expected) in [
            ("other.json", Ok("[[{}]]")),
            ("bad.json", Err("The file content is not valid JSON")),
            ("none.json", Err("The file \"none.json\" could not be found, [item 0]")),
        ] {
            let parameters = format!(r#"{{"source": "localFile", "workflowPath": "{path}"}}"#);
            assert_eq!(
                read(&parameters),
                expected.map(str::to_owned).map_err(str::to_owned),
                "{path}"
            );
        }
        assert_eq!(
            run(
                1.3,
                r#"{"source": "localFile", "workflowPath": "list.json", "mode": "each"}"#,
                "[{}]"
            )
            .files(files.clone())
            .of(&ExecuteWorkflow),
            Err("Error executing workflow with item at index 0".to_owned())
        );
        assert_eq!(
            read(r#"{"source": "parameter", "workflowJson": "nope"}"#),
            Err("Unexpected token 'o', \"nope\" is not valid JSON".to_owned())
        );
    }
}
