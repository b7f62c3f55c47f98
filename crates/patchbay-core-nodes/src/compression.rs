//! Compression: packs items' files with gzip or into a zip archive, and unpacks them.

use async_trait::async_trait;
use patchbay_model::{Binary, Item, Text};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::files::{self, unpack};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.compression",
    title: "Compression",
    about: "Packs and unpacks items' files",
    versions: &[1.0, 1.1],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "operation",
            Kind::Options(&["compress", "decompress"]),
            "\"decompress\"",
            "What is done",
        ),
        ParameterDescription::new(
            "binaryPropertyName",
            Kind::Text,
            "\"data\"",
            "The files' names, with commas",
        )
        .required(),
        ParameterDescription::new(
            "outputFormat",
            Kind::Options(&["gzip", "zip"]),
            "\"\"",
            "How files are packed",
        )
        .later(&[(1.1, "\"zip\"")]),
        ParameterDescription::new("fileName", Kind::Text, "\"\"", "The name of the packed file")
            .required_where("operation", &["compress"])
            .required_where("outputFormat", &["zip"])
            .versions(1.1, f64::INFINITY),
        ParameterDescription::new(
            "binaryPropertyOutput",
            Kind::Text,
            "\"data\"",
            "The name of the packed file in the item",
        ),
        ParameterDescription::new(
            "outputPrefix",
            Kind::Text,
            "\"data\"",
            "What the names of unpacked files in the item begin with; of gzip's files too in version 1",
        )
        .required_where("operation", &["decompress"]),
    ],
};

pub struct Compression;

#[async_trait]
impl Node for Compression {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let packs = context.text("operation", 0)? == "compress";
        let mut made = Vec::with_capacity(context.items().len());
        for (index, item) in context.items().iter().enumerate() {
            context.checkpoint()?;
            let result = if packs {
                pack(context, item, index).await
            } else {
                unpack(context, item, index).await.map(Some)
            };
            files::add(context, &mut made, index, result.map(|item| item.into_iter().collect()))?;
        }
        Ok(Outcome::items(made))
    }
}

/// The names of the files, as the node lists them.
fn names(context: &Context<'_>, index: usize) -> Result<Vec<Text>, NodeError> {
    let names = context.text("binaryPropertyName", index)?;
    Ok(names.split(',').map(|name| name.trim().into()).collect())
}

fn named<'i>(item: &'i Item, index: usize, name: &str) -> Result<&'i Binary, NodeError> {
    files::file_of(item, index, name).map_err(|error| error.parameter("binaryPropertyName"))
}

/// The item with only the packed files; `None` where no way of packing is chosen.
async fn pack(context: &Context<'_>, item: &Item, index: usize) -> Result<Option<Item>, NodeError> {
    let sources = names(context, index)?.into_iter();
    let sources = sources.map(|name| Ok((name.clone(), named(item, index, &name)?)));
    let sources = sources.collect::<Result<Vec<(Text, &Binary)>, NodeError>>()?;
    let mut made = Item::new(item.json.clone()).paired_with(index);
    match context.text("outputFormat", index)?.as_str() {
        "zip" => {
            let mut files = Vec::new();
            for (name, file) in sources {
                let name = file.file_name.clone().unwrap_or(name);
                files.push((name.to_string(), context.capabilities.binaries.stream(file).await?));
            }
            let path = context.text("fileName", index)?;
            let file = files::keep(context, unpack::zip(files), Some(&path), Some("application/zip")).await?;
            files::attach(&mut made, context.text("binaryPropertyOutput", index)?, file);
        }
        "gzip" if context.version() < 1.1 => {
            let prefix = context.text("outputPrefix", index)?;
            for (place, (_, file)) in sources.into_iter().enumerate() {
                let packed = gzipped(context, file, &format!("{}.gzip", stem_of(file))).await?;
                files::attach(&mut made, format!("{prefix}{place}"), packed);
            }
        }
        "gzip" => {
            let output = context.text("binaryPropertyOutput", index)?;
            let given = files::text(context, "fileName", index)?;
            for (place, (_, file)) in sources.into_iter().enumerate() {
                let extension = file
                    .file_extension
                    .as_deref()
                    .map(|extension| format!(".{extension}"))
                    .unwrap_or_default();
                let stem = match &given {
                    Some(given) => given.strip_suffix(".gz").unwrap_or(given),
                    None => stem_of(file),
                };
                let packed = gzipped(context, file, &format!("{stem}{extension}.gz")).await?;
                let number = if place > 0 { place.to_string() } else { String::new() };
                files::attach(&mut made, format!("{output}{number}"), packed);
            }
        }
        _ => return Ok(None),
    }
    Ok(Some(made))
}

/// A file's name up to its first dot; n8n's `undefined` where it has none.
fn stem_of(file: &Binary) -> &str {
    file.file_name
        .as_deref()
        .unwrap_or("undefined")
        .split('.')
        .next()
        .unwrap_or_default()
}

/// What was packed, named by what stands before `.gz`: its first part and its extension, or one that fits the bytes.
async fn ungzipped(context: &Context<'_>, source: &Binary, unpacked: files::Stream) -> Result<Binary, NodeError> {
    let stem = stem_of(source);
    let name = source.file_name.as_deref().unwrap_or_default();
    let inner = name.rsplit_once('.').map_or("", |(inner, _)| inner);
    if let Some((_, extension)) = inner.rsplit_once('.') {
        return files::keep(context, unpacked, Some(&format!("{stem}.{extension}")), None).await;
    }
    let mut file = files::keep(context, unpacked, None, None).await?;
    let extension = file.file_extension.get_or_insert_with(|| "txt".into());
    file.file_name = Some(format!("{stem}.{extension}").into());
    Ok(file)
}

async fn gzipped(context: &Context<'_>, file: &Binary, path: &str) -> Result<Binary, NodeError> {
    let bytes = context.capabilities.binaries.stream(file).await?;
    files::keep(context, unpack::gzip(bytes), Some(path), Some("application/gzip")).await
}

/// The item with only the unpacked files.
async fn unpack(context: &Context<'_>, item: &Item, index: usize) -> Result<Item, NodeError> {
    let prefix = files::text(context, "outputPrefix", index)?;
    let prefix = prefix.filter(|_| context.parameter("outputPrefix").is_some());
    let prefix = prefix.unwrap_or_else(|| "file_".into());
    let mut made = Item::new(item.json.clone()).paired_with(index);
    for (place, name) in names(context, index)?.into_iter().enumerate() {
        let source = named(item, index, &name)?;
        let extension = source.file_extension.as_deref().unwrap_or_default().to_lowercase();
        match extension.as_str() {
            "" => {
                let message = format!("File extension not found for binary data {name}");
                return Err(NodeError::new("E0982", message).hint("gzip and zip are told apart by the extension"));
            }
            "zip" => {
                let archive = files::bytes_of(context, source).await?;
                let mut left = unpack::LARGEST;
                let entries = unpack::entries(&archive)?;
                let entries = entries.iter().filter(|entry| !entry.name.contains("__MACOSX"));
                for (place, entry) in entries.enumerate() {
                    let path = entry.name.trim_end_matches('/');
                    let file = files::keep(context, entry.stream(left), Some(path), None).await?;
                    left = left.saturating_sub(file.size);
                    files::attach(&mut made, format!("{prefix}{place}"), file);
                }
            }
            "gz" | "gzip" => {
                let bytes = context.capabilities.binaries.stream(source).await?;
                let unpacked = unpack::gunzip(bytes, unpack::LARGEST);
                let file = ungzipped(context, source, unpacked).await?;
                files::attach(&mut made, format!("{prefix}{place}"), file);
            }
            _ => {}
        }
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn files_are_packed_and_unpacked() {
        for (version, pack, packed, unpacked) in [
            (
                1.1,
                r#"{"operation": "compress", "fileName": "o.zip"}"#,
                r#"[[{"n":1,"data":"o.zip application/zip"}]]"#,
                r#"[[{"n":1,"file_0":"data text/plain"}]]"#,
            ),
            (
                1.1,
                r#"{"operation": "compress", "outputFormat": "gzip", "fileName": "o"}"#,
                r#"[[{"n":1,"data":"o.gz application/gzip"}]]"#,
                r#"[[{"n":1,"file_0":"o.txt text/plain"}]]"#,
            ),
            (
                1.0,
                r#"{"operation": "compress", "outputFormat": "gzip", "outputPrefix": "data"}"#,
                r#"[[{"n":1,"data0":"undefined.gzip application/gzip"}]]"#,
                "",
            ),
            (1.0, r#"{"operation": "compress"}"#, "[[]]", ""),
        ] {
            let run_ = run(version, pack, r#"[{"n": 1}]"#).file("data", "text/plain", "text");
            assert_eq!(run_.with_files(&Compression).as_deref(), Ok(packed), "{pack}");
            if !unpacked.is_empty() {
                let outputs = run_.outcome(&Compression).expect("packed");
                let again = run(version, "{}", "[]").items(outputs[0].clone());
                assert_eq!(again.with_files(&Compression).as_deref(), Ok(unpacked), "{pack}");
            }
        }
        for (extension, message) in [
            ("zip", "invalid zip data"),
            ("gz", "invalid gzip data"),
            ("", "File extension not found for binary data data"),
        ] {
            let broken = run(1.0, "{}", "[{}]").named_file("data", "text/plain", extension, "no archive");
            assert_eq!(broken.of(&Compression), Err(message.to_owned()));
        }
    }
}
