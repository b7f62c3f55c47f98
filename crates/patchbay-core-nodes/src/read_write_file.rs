//! Read/Write Files from Disk: files of the machine become items, items' files are written. Bytes flow and are never
//! whole in memory.

use async_trait::async_trait;
use patchbay_model::{Binary, Item, Object, Text};
use patchbay_node::capability::files::{DIRECTORY, MISSING, Target};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::files;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.readWriteFile",
    title: "Read/Write Files from Disk",
    about: "Reads files of the machine, or writes items' files to it",
    versions: &[1.0, 1.1],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "operation",
            Kind::Options(&["read", "write"]),
            "\"read\"",
            "What is done",
        ),
        ParameterDescription::new(
            "fileSelector",
            Kind::Text,
            "\"\"",
            "Path or pattern of the files to read",
        )
        .required_where("operation", &["read"]),
        ParameterDescription::new("fileName", Kind::Text, "\"\"", "Path of the file to write")
            .required_where("operation", &["write"]),
        ParameterDescription::new(
            "dataPropertyName",
            Kind::Text,
            "\"data\"",
            "The name of the item's file to write",
        )
        .required_where("operation", &["write"]),
        ParameterDescription::new(
            "options",
            Kind::Collection,
            "{}",
            "Reading: fileName, fileExtension, mimeType, dataPropertyName; writing: append",
        ),
    ],
};

pub struct ReadWriteFile;

#[async_trait]
impl Node for ReadWriteFile {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let writes = context.text("operation", 0)? == "write";
        let mut made = Vec::new();
        for (index, item) in context.items().iter().enumerate() {
            context.checkpoint()?;
            let result = if writes {
                write(context, item, index).await.map(|item| vec![item])
            } else {
                read(context, index).await
            };
            files::add(context, &mut made, index, result.map_err(in_words))?;
        }
        Ok(Outcome::items(made))
    }
}

/// This node says of some failures what the others leave to the system.
fn in_words(mut error: NodeError) -> NodeError {
    if error.error.code == MISSING {
        error.error.message = "The file or directory does not exist".into();
    } else if error.error.code == DIRECTORY {
        error.error.message = "The file path was expected but the given path is a directory".into();
    }
    error
}

async fn read(context: &Context<'_>, index: usize) -> Result<Vec<Item>, NodeError> {
    let selector = context.text("fileSelector", index)?;
    let option = |name: &str| files::text(context, &format!("options.{name}"), index);
    let property = option("dataPropertyName")?.unwrap_or_else(|| "data".into());
    let mut made = Vec::new();
    for path in context.capabilities.files.find(&selector).await? {
        let bytes = context
            .capabilities
            .files
            .read(&path)
            .await
            .map_err(|error| error.parameter("fileSelector"))?;
        let mut file = files::keep(context, bytes, Some(&path), None).await?;
        file.file_name = option("fileName")?.or(file.file_name);
        file.file_extension = option("fileExtension")?.or(file.file_extension);
        file.mime_type = option("mimeType")?.unwrap_or(file.mime_type);
        let json = described(&file);
        made.push(files_item(json, property.clone(), file).paired_with(index));
    }
    Ok(made)
}

fn files_item(json: Object, property: Text, file: Binary) -> Item {
    let mut item = Item::new(json);
    files::attach(&mut item, property, file);
    item
}

fn described(file: &Binary) -> Object {
    let mut json = Object::with_capacity(5);
    let shape = file.to_n8n();
    for key in ["mimeType", "fileType", "fileName", "fileExtension", "fileSize"] {
        if let Some(value) = shape.get(key) {
            json.insert(key, value.clone());
        }
    }
    json
}

/// Writes an item's file; the item goes on with the path in `fileName`.
pub(crate) async fn write(context: &Context<'_>, item: &Item, index: usize) -> Result<Item, NodeError> {
    let path = context.text("fileName", index)?;
    let property = context.text("dataPropertyName", index)?;
    let file = files::file_of(item, index, &property).map_err(|error| error.parameter("dataPropertyName"))?;
    let target = Target {
        path: path.clone(),
        append: context.boolean("options.append", index)?,
        node: context.node.name.clone(),
        item: index,
    };
    let bytes = context.capabilities.binaries.stream(file).await?;
    let written = context.capabilities.files.write(target, bytes).await;
    written.map_err(|error| error.parameter("fileName"))?;
    let mut json = (*item.json).clone();
    json.insert("fileName", path);
    let mut made = item.clone().paired_with(index);
    made.json = json.into();
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Memory, run};

    #[test]
    fn files_are_read_and_written() {
        let memory = Memory::with(&[("d/a.csv", "a\n1"), ("d/b.txt", "b")]);
        let read = |parameters: &str| run(1.1, parameters, "[{}]").files(memory.clone()).of(&ReadWriteFile);
        for (parameters, expected) in [
            (
                r#"{"fileSelector": "d/a.csv"}"#,
                Ok(
                    r#"[[{"mimeType":"text/csv","fileType":"text","fileName":"a.csv","fileExtension":"csv","fileSize":"3 B"}]]"#,
                ),
            ),
            (
                r#"{"fileSelector": "d/b.txt", "options": {"fileName": "c", "mimeType": "image/png"}}"#,
                Ok(
                    r#"[[{"mimeType":"image/png","fileType":"text","fileName":"c","fileExtension":"txt","fileSize":"1 B"}]]"#,
                ),
            ),
            (r#"{"fileSelector": "none"}"#, Ok("[[]]")),
            (
                r#"{"operation": "write", "fileName": "x"}"#,
                Err(
                    "This operation expects the node's input data to contain a binary file 'data', but none was found [item 0]",
                ),
            ),
        ] {
            assert_eq!(
                read(parameters).as_deref().map_err(String::as_str),
                expected,
                "{parameters}"
            );
        }
        let run = run(
            1.0,
            r#"{"operation": "write", "fileName": "=d/{{ $json.n }}", "options": {"append": true}}"#,
            r#"[{"n": "b.txt"}]"#,
        );
        let written = run
            .file("data", "text/plain", "cd")
            .files(memory.clone())
            .of(&ReadWriteFile);
        assert_eq!(written.as_deref(), Ok(r#"[[{"n":"b.txt","fileName":"d/b.txt"}]]"#));
        assert_eq!(memory.text("d/b.txt").as_deref(), Some("bcd"));
    }
}
