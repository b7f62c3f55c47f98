//! Watching the folder of workflow files.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecursiveMode, Watcher as _};

use super::Workflows;

/// Changes that come within this time of each other are one: an editor writes a file in several steps.
const TOGETHER: Duration = Duration::from_millis(30);

/// Watches as long as it is held.
pub struct Watcher {
    _watcher: Option<notify::RecommendedWatcher>,
}

impl Workflows {
    /// Picks up changes of the folder from now on.
    pub fn watch(self: &Arc<Self>) -> Watcher {
        let (sender, receiver) = channel();
        let told = move |event: notify::Result<notify::Event>| {
            // Reading the folder is told as well, and must not lead to reading it again.
            let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
            if event
                .as_ref()
                .is_ok_and(|event| event.kind.is_access() && event.kind != written)
            {
                return;
            }
            // The thread below ends only after the watcher.
            let _ = sender.send(event);
        };
        let watcher = notify::recommended_watcher(told).and_then(|mut watcher| {
            watcher.watch(&self.folder, RecursiveMode::NonRecursive)?;
            Ok(watcher)
        });
        let watcher = match watcher {
            Ok(watcher) => watcher,
            Err(error) => {
                tracing::error!(
                    code = "E1201",
                    "changes of `{}` are not seen: {error}",
                    self.folder.display()
                );
                return Watcher { _watcher: None };
            }
        };
        let workflows = self.clone();
        let thread = std::thread::Builder::new().name("workflows".to_owned()).spawn(move || {
            // What changed before the watcher was there.
            workflows.refresh();
            while receiver.recv().is_ok() {
                loop {
                    match receiver.recv_timeout(TOGETHER) {
                        Ok(_) => {}
                        Err(RecvTimeoutError::Timeout) => break,
                        Err(RecvTimeoutError::Disconnected) => return,
                    }
                }
                if workflows.refresh() {
                    tracing::info!("workflows were read again");
                }
            }
        });
        if let Err(error) = thread {
            tracing::error!(code = "E1201", "changes of workflows are not seen: {error}");
        }
        Watcher {
            _watcher: Some(watcher),
        }
    }
}
