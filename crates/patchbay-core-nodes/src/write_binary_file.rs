//! Write Binary File: the older node that writes items' files to the machine.

use async_trait::async_trait;
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::{files, read_write_file};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.writeBinaryFile",
    title: "Write Binary File",
    about: "Writes items' files to the machine",
    versions: &[1.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new("fileName", Kind::Text, "\"\"", "Path of the file").required(),
        ParameterDescription::new(
            "dataPropertyName",
            Kind::Text,
            "\"data\"",
            "The name of the item's file",
        )
        .required(),
        ParameterDescription::new("options", Kind::Collection, "{}", "append: after what the file holds"),
    ],
};

pub struct WriteBinaryFile;

#[async_trait]
impl Node for WriteBinaryFile {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let mut made = Vec::with_capacity(context.items().len());
        for (index, item) in context.items().iter().enumerate() {
            context.checkpoint()?;
            let result = read_write_file::write(context, item, index).await;
            files::add(context, &mut made, index, result.map(|item| vec![item]))?;
        }
        Ok(Outcome::items(made))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Memory, run};

    #[test]
    fn files_are_written() {
        let memory = Memory::with(&[("a", "before")]);
        for (options, text) in [(r#"{"append": true}"#, "beforexy"), ("{}", "xy")] {
            let parameters = format!(r#"{{"fileName": "a", "options": {options}}}"#);
            let run = run(1.0, &parameters, r#"[{"n": 1}]"#).file("data", "text/plain", "xy");
            let written = run.files(memory.clone()).of(&WriteBinaryFile);
            assert_eq!(written.as_deref(), Ok(r#"[[{"n":1,"fileName":"a"}]]"#));
            assert_eq!(memory.text("a").as_deref(), Some(text));
        }
    }
}
