//! What the nodes around files share: finding an item's file, keeping a new one as n8n describes it, unpacking within
//! limits.

pub(crate) mod encoding;
mod recognize;
pub(crate) mod unpack;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use indexmap::IndexMap;
use patchbay_model::{Binary, Item, Object, Text};
use patchbay_node::{Context, NodeError, media};

pub(crate) type Stream = BoxStream<'static, Result<Bytes, NodeError>>;

/// The item's file of that name.
pub(crate) fn file_of<'i>(item: &'i Item, index: usize, name: &str) -> Result<&'i Binary, NodeError> {
    let (message, description) = match item.binary.as_deref().filter(|files| !files.is_empty()) {
        None => (
            format!(
                "This operation expects the node's input data to contain a binary file '{name}', but none was found [item \
                 {index}]"
            ),
            "Make sure that the previous node outputs a binary file",
        ),
        Some(files) => match files.get(name) {
            Some(file) => return Ok(file),
            None => (
                format!("The item has no binary field '{name}' [item {index}]"),
                "Check that the parameter where you specified the input binary field name is correct, and that it matches \
                 a field in the binary input",
            ),
        },
    };
    let error = NodeError::new("E0910", message).description(description).item(index);
    let known = item.binary.iter().flat_map(|files| files.keys()).map(Text::as_str);
    Err(match patchbay_model::diagnostic::nearest(name, known) {
        Some(near) => error.hint(format!("Did you mean `{near}`?")),
        None => error,
    })
}

/// All bytes of a file.
pub(crate) async fn bytes_of(context: &Context<'_>, file: &Binary) -> Result<Bytes, NodeError> {
    context.capabilities.binaries.read(file).await
}

/// Keeps bytes as a file; see [`keep`].
pub(crate) async fn keep_bytes(
    context: &Context<'_>,
    bytes: impl Into<Bytes>,
    path: Option<&str>,
    mime_type: Option<&str>,
) -> Result<Binary, NodeError> {
    let bytes = bytes.into();
    keep(
        context,
        futures::stream::once(async { Ok(bytes) }).boxed(),
        path,
        mime_type,
    )
    .await
}

/// Keeps a stream of bytes as a file, described as n8n does: the media type is the one given, else that of the path's
/// extension, else what the first bytes tell, else plain text.
pub(crate) async fn keep(
    context: &Context<'_>,
    mut bytes: Stream,
    path: Option<&str>,
    mime_type: Option<&str>,
) -> Result<Binary, NodeError> {
    let mut first = Vec::new();
    while first.len() < TELLING
        && let Some(chunk) = bytes.next().await.transpose()?
    {
        first.extend_from_slice(&chunk);
    }
    let (mime_type, extension) = match (mime_type, path.and_then(media::of_path)) {
        (Some(given), _) => (given.to_owned(), media::extension(given).map(Text::from)),
        (None, Some(known)) => {
            let extension = media::extension(&known).map(Text::from);
            (known, extension)
        }
        (None, None) => match recognize::recognized(&first) {
            Some((media_type, extension)) => (media_type.to_owned(), Some(extension.into())),
            None => ("text/plain".to_owned(), None),
        },
    };
    let whole = futures::stream::once(async { Ok(Bytes::from(first)) })
        .chain(bytes)
        .boxed();
    let (data, size) = context.capabilities.binaries.keep(whole).await?;
    let mut file = Binary::new(data, size, mime_type);
    file.file_extension = extension;
    if let Some(path) = path {
        name(&mut file, path);
    }
    Ok(file)
}

/// So many bytes tell what a file is.
const TELLING: usize = 4096;

/// Gives a file the name, the extension and the folder of a path.
fn name(file: &mut Binary, path: &str) {
    let (folder, base) = match path.rsplit_once('/') {
        Some(("", base)) => ("/", base),
        Some((folder, base)) => (folder, base),
        None => ("", path),
    };
    file.directory = (!folder.is_empty()).then(|| folder.into());
    file.file_name = Some(base.into());
    if let Some(extension) = Path::new(base).extension().and_then(|extension| extension.to_str()) {
        file.file_extension = Some(extension.into());
    }
}

/// `file.txt`, or `file` where there is no extension: what n8n calls a file that nobody named.
pub(crate) fn name_unnamed(file: &mut Binary) {
    if file.file_name.is_none() {
        file.file_name = Some(match &file.file_extension {
            Some(extension) => format!("file.{extension}").into(),
            None => "file".into(),
        });
    }
}

/// Puts a file into an item.
pub(crate) fn attach(item: &mut Item, name: impl Into<Text>, file: Binary) {
    Arc::make_mut(item.binary.get_or_insert_default()).insert(name.into(), file);
}

/// Takes a file out of an item.
pub(crate) fn detach(item: &mut Item, name: &str) {
    if let Some(files) = &mut item.binary {
        Arc::make_mut(files).shift_remove(name);
        if files.is_empty() {
            item.binary = None;
        }
    }
}

/// An item without JSON that holds one file.
pub(crate) fn item_with(name: Text, file: Binary) -> Item {
    Item {
        binary: Some(Arc::new(IndexMap::from([(name, file)]))),
        ..Item::default()
    }
}

/// Adds what an item became; a failure becomes an item, where the node goes on.
pub(crate) fn add(
    context: &Context<'_>,
    made: &mut Vec<Item>,
    index: usize,
    result: Result<Vec<Item>, NodeError>,
) -> Result<(), NodeError> {
    match result {
        Ok(items) => made.extend(items),
        Err(error) if context.continues_on_fail() && !error.is_cancelled() => {
            made.push(failed(&error).paired_with(index));
        }
        Err(error) => return Err(error.item(index)),
    }
    Ok(())
}

pub(crate) fn failed(error: &NodeError) -> Item {
    let json: Object = [("error", error.error.message.clone())].into_iter().collect();
    Item::new(json)
}

/// Text of an optional parameter; `None` where it is empty.
pub(crate) fn text(context: &Context<'_>, path: &str, index: usize) -> Result<Option<Text>, NodeError> {
    Ok(Some(context.text(path, index)?).filter(|text| !text.is_empty()))
}

/// Runs what reads bytes of others by way of a library: whatever it does with malformed ones, it ends in an error.
pub(crate) fn guarded<T>(
    code: &'static str,
    read: impl FnOnce() -> Result<T, NodeError> + std::panic::UnwindSafe,
) -> Result<T, NodeError> {
    std::panic::catch_unwind(read).unwrap_or_else(|_| {
        Err(NodeError::new(code, "The file is malformed").hint("the program that made it may say more"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchbay_model::BinaryData;

    #[test]
    fn paths_name_files() {
        for (path, directory, file_name, extension) in [
            ("a.txt", None, "a.txt", Some("txt")),
            ("a/b/c.tar.gz", Some("a/b"), "c.tar.gz", Some("gz")),
            ("./x", Some("."), "x", None),
            ("/x", Some("/"), "x", None),
            (".hidden", None, ".hidden", None),
        ] {
            let mut file = Binary::new(BinaryData::Memory(Bytes::new()), 0, "a/b");
            name(&mut file, path);
            assert_eq!(file.directory.as_deref(), directory, "{path}");
            assert_eq!(file.file_name.as_deref(), Some(file_name), "{path}");
            assert_eq!(file.file_extension.as_deref(), extension, "{path}");
        }
    }
}
