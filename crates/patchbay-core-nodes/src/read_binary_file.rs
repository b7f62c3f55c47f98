//! Read Binary File and Read Binary Files: the older nodes that read files of the machine.

use async_trait::async_trait;
use patchbay_model::item::Pair;
use patchbay_model::{Item, PairedItem};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::files;

const ONE: Description = Description {
    name: "n8n-nodes-base.readBinaryFile",
    title: "Read Binary File",
    about: "Reads a file of the machine for each item",
    versions: &[1.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new("filePath", Kind::Text, "\"\"", "Path of the file").required(),
        ParameterDescription::new(
            "dataPropertyName",
            Kind::Text,
            "\"data\"",
            "The file's name in the item",
        )
        .required(),
    ],
};

const MANY: Description = Description {
    name: "n8n-nodes-base.readBinaryFiles",
    title: "Read Binary Files",
    about: "Reads files of the machine, each into an item of its own",
    versions: &[1.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new("fileSelector", Kind::Text, "\"\"", "Path or pattern of the files").required(),
        ParameterDescription::new(
            "dataPropertyName",
            Kind::Text,
            "\"data\"",
            "The files' name in the items",
        )
        .required(),
    ],
};

pub struct ReadBinaryFile;

#[async_trait]
impl Node for ReadBinaryFile {
    fn description(&self) -> &Description {
        &ONE
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let mut made = Vec::with_capacity(context.items().len());
        for (index, item) in context.items().iter().enumerate() {
            context.checkpoint()?;
            let result = with_file(context, item, index).await;
            files::add(context, &mut made, index, result.map(|item| vec![item]))?;
        }
        Ok(Outcome::items(made))
    }
}

async fn with_file(context: &Context<'_>, item: &Item, index: usize) -> Result<Item, NodeError> {
    let path = context.text("filePath", index)?;
    let property = context.text("dataPropertyName", index)?;
    let bytes = context
        .capabilities
        .files
        .read(&path)
        .await
        .map_err(|error| error.parameter("filePath"))?;
    let file = files::keep(context, bytes, Some(&path), None).await?;
    let mut made = item.clone().paired_with(index);
    files::attach(&mut made, property, file);
    Ok(made)
}

pub struct ReadBinaryFiles;

#[async_trait]
impl Node for ReadBinaryFiles {
    fn description(&self) -> &Description {
        &MANY
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let selector = context.text("fileSelector", 0)?;
        let property = context.text("dataPropertyName", 0)?;
        let all = context.items().iter().enumerate();
        let paired: PairedItem = all
            .map(|(item, _)| Pair {
                item: item as u32,
                input: None,
            })
            .collect();
        let mut made = Vec::new();
        for path in context.capabilities.files.find(&selector).await? {
            context.checkpoint()?;
            let bytes = context
                .capabilities
                .files
                .read(&path)
                .await
                .map_err(|error| error.parameter("fileSelector"))?;
            let file = files::keep(context, bytes, Some(&path), None).await?;
            made.push(files::item_with(property.clone(), file).paired_with(paired.clone()));
        }
        Ok(Outcome::items(made))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Memory, run};

    #[test]
    fn files_join_items_or_make_them() {
        let memory = Memory::with(&[("a.json", "{}"), ("b.bin", "x")]);
        for (node, parameters, expected) in [
            (
                &ReadBinaryFile as &dyn Node,
                r#"{"filePath": "a.json"}"#,
                Ok(r#"[[{"n":1,"data":"a.json application/json"}]]"#),
            ),
            (
                &ReadBinaryFile,
                r#"{"filePath": "none"}"#,
                Err("ENOENT: no such file or directory, stat 'none'"),
            ),
            (
                &ReadBinaryFiles,
                r#"{"fileSelector": "b.bin", "dataPropertyName": "d"}"#,
                Ok(r#"[[{"d":"b.bin application/octet-stream"}]]"#),
            ),
            (&ReadBinaryFiles, r#"{"fileSelector": "none"}"#, Ok("[[]]")),
        ] {
            let result = run(1.0, parameters, r#"[{"n": 1}]"#)
                .files(memory.clone())
                .with_files(node);
            assert_eq!(result.as_deref().map_err(String::as_str), expected, "{parameters}");
        }
    }
}
