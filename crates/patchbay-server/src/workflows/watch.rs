//! Watching the folder of workflow files.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecursiveMode, Watcher as _};

use super::Workflows;

/// Changes that come within this time of each other are one: an editor writes a file in several steps.
const TOGETHER: Duration = Duration::from_millis(30);

/// How often it is looked whether something changed of which nobody tells: the targets of links, disks of other machines.
const LOOK: Duration = Duration::from_secs(2);

/// Watches as long as it is held.
pub struct Watcher {
    _watcher: Option<notify::RecommendedWatcher>,
    _sender: Sender<notify::Result<notify::Event>>,
}

impl Workflows {
    /// Picks up changes of the folder from now on.
    pub fn watch(self: &Arc<Self>) -> Watcher {
        let (sender, receiver) = channel();
        let events = sender.clone();
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
            let _ = events.send(event);
        };
        let watcher = notify::recommended_watcher(told).and_then(|mut watcher| {
            watcher.watch(&self.folder, RecursiveMode::NonRecursive)?;
            Ok(watcher)
        });
        if let Err(error) = &watcher {
            let folder = self.folder.display();
            tracing::warn!("changes of `{folder}` are not told by the system, and looked for: {error}");
        }
        let workflows = self.clone();
        let thread = std::thread::Builder::new().name("workflows".to_owned()).spawn(move || {
            // What changed before the watcher was there.
            workflows.refresh();
            while has_settled(&receiver) {
                workflows.refresh();
            }
        });
        if let Err(error) = thread {
            tracing::error!(code = "E1201", "changes of workflows are not seen: {error}");
        }
        Watcher {
            _watcher: watcher.ok(),
            _sender: sender,
        }
    }
}

/// Waits for changes to be over, or until it is time to look; `false` when nobody watches any more.
fn has_settled<T>(events: &Receiver<T>) -> bool {
    let mut next = events.recv_timeout(LOOK);
    while next.is_ok() {
        next = events.recv_timeout(TOGETHER);
    }
    matches!(next, Err(RecvTimeoutError::Timeout))
}
