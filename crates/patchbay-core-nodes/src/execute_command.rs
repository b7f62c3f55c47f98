//! Execute Command: runs a line with the machine's shell. Whoever runs the program must allow it; the capability refuses
//! otherwise.

use async_trait::async_trait;
use patchbay_model::{Item, Object, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.executeCommand",
    title: "Execute Command",
    about: "Runs a command on this machine, where that is allowed",
    versions: &[1.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new("executeOnce", Kind::Boolean, "true", "For the first item only"),
        ParameterDescription::new("command", Kind::Text, "\"\"", "The line for the shell").required(),
    ],
};

pub struct ExecuteCommand;

#[async_trait]
impl Node for ExecuteCommand {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let all = context.items().len();
        let count = if context.boolean("executeOnce", 0)? {
            all.min(1)
        } else {
            all
        };
        let mut made = Vec::with_capacity(count);
        for index in 0..count {
            let json = match ran(context, index).await {
                Ok(json) => json,
                Err(error) if context.continues_on_fail() && !error.is_cancelled() => {
                    [("error", error.error.message)].into_iter().collect::<Object>()
                }
                Err(error) => return Err(error.item(index)),
            };
            made.push(Item::new(json).paired_with(index));
        }
        Ok(Outcome::items(made))
    }
}

async fn ran(context: &Context<'_>, index: usize) -> Result<Object, NodeError> {
    let value = context.optional("command", index)?;
    let Some(Value::Text(command)) = &value else {
        let received = match &value {
            None => "undefined".to_owned(),
            Some(value) => format!("type {} ({})", value.type_of(), value.to_text()),
        };
        let message = format!("The \"command\" argument must be of type string. Received {received}");
        return Err(NodeError::new("E0333", message).parameter("command"));
    };
    let finished = context.capabilities.commands.run(command).await?;
    if finished.exit_code != Some(0) {
        let message = format!("Command failed: {command}\n{}", finished.stderr);
        let error = NodeError::new("E0334", message).parameter("command");
        return Err(match finished.exit_code {
            Some(code) => error.hint(format!("it ended with exit code {code}")),
            None => error.hint("a signal ended it"),
        });
    }
    let mut json = Object::with_capacity(3);
    json.insert("exitCode", 0.0);
    json.insert("stderr", finished.stderr.trim());
    json.insert("stdout", finished.stdout.trim());
    Ok(json)
}
