//! Files of items. They lie in the folder of an execution and go with it, so who takes over items of another execution takes
//! over their files as well. Those of an execution of which nothing is kept go some time later: its caller may still read
//! them.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use patchbay_model::{BinaryData, Item, Items};

use super::Executions;

/// In milliseconds: whoever has just put files there is not in the store yet, or its files are being answered.
const YOUNG: i64 = 3_600_000;

impl Executions {
    /// Removes the folders of executions that are not in the store.
    pub async fn sweep_files(&self) {
        let Ok(mut folders) = tokio::fs::read_dir(self.configuration.data.join("files")).await else {
            // There are none yet.
            return;
        };
        while let Ok(Some(folder)) = folders.next_entry().await {
            let id = folder.file_name().to_str().and_then(|name| name.parse().ok());
            let changed = folder.metadata().await.and_then(|metadata| metadata.modified());
            let (Some(id), Ok(changed)) = (id, changed) else {
                continue;
            };
            let changed = changed.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as i64;
            let is_young = self.now() - changed < YOUNG;
            if is_young || self.find(id).is_some() || !matches!(self.store.execution(id).await, Ok(None)) {
                continue;
            }
            if let Err(error) = tokio::fs::remove_dir_all(folder.path()).await {
                tracing::warn!(execution = id, "files were not removed: {error}");
            }
        }
    }
}

/// Takes over what lies elsewhere. A file that can not be taken over stays where it is, and goes when that goes.
pub(super) async fn take_over(folder: &Path, outputs: &mut [Items]) {
    let lies_elsewhere =
        |data: &BinaryData| matches!(data, BinaryData::Stored { path, .. } if path.parent() != Some(folder));
    let is_concerned = |item: &Item| {
        let mut files = item.binary.iter().flat_map(|files| files.values());
        files.any(|file| lies_elsewhere(&file.data))
    };
    for items in outputs {
        if !items.iter().any(is_concerned) {
            continue;
        }
        let mut all = std::mem::take(items).into_vec();
        for item in &mut all {
            let Some(files) = &mut item.binary else { continue };
            for file in Arc::make_mut(files)
                .values_mut()
                .filter(|file| lies_elsewhere(&file.data))
            {
                let BinaryData::Stored { id, path } = &mut file.data else {
                    continue;
                };
                let own = folder.join(id.as_str());
                match link(path, &own).await {
                    Ok(()) => *path = Arc::new(own),
                    Err(error) => tracing::warn!(file = %path.display(), "a file was not taken over: {error}"),
                }
            }
        }
        *items = all.into();
    }
}

/// The same file at another place, and on disk there.
async fn link(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(folder) = to.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    match tokio::fs::hard_link(from, to).await {
        Ok(()) => {}
        // Of two items with the same file the first took it over.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        // Not every file system has links.
        Err(_) => drop(tokio::fs::copy(from, to).await?),
    }
    let written = tokio::fs::File::open(to).await?;
    written.sync_all().await?;
    if let Some(folder) = to.parent() {
        tokio::fs::File::open(folder).await?.sync_all().await?;
    }
    Ok(())
}
