//! `--watch`: runs the cases, and again whenever a file below the paths changes.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use notify::{EventKind, RecursiveMode, Watcher};

use super::{Options, once};
use crate::exit::Exit;
use crate::render::tell_line;

/// Editors write in several steps: so long nothing must change before a run begins.
const QUIET: Duration = Duration::from_millis(150);

/// Runs until it is stopped from outside.
pub fn run(options: &Options) -> Exit {
    let (changes, changed) = mpsc::channel();
    let told = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
            // Nobody listens any more only when the program ends.
            let _ = changes.send(());
        }
    };
    let watching = notify::recommended_watcher(told).and_then(|mut watcher| {
        for path in watched(options) {
            watcher.watch(&path, RecursiveMode::Recursive)?;
        }
        Ok(watcher)
    });
    let _watcher = match watching {
        Ok(watcher) => watcher,
        Err(error) => {
            tell_line!("error[E1036]: changes can not be watched: {error}");
            return Exit::Failed;
        }
    };
    loop {
        let last = once(options).unwrap_or_else(|exit| exit);
        tell_line!("waiting for changes; Ctrl-C ends");
        if changed.recv().is_err() {
            return last;
        }
        while changed.recv_timeout(QUIET).is_ok() {}
    }
}

/// The paths' own folders, so that a file that is written anew is seen, and the definitions above cases.
fn watched(options: &Options) -> Vec<PathBuf> {
    let mut watched = Vec::new();
    for path in options.paths.iter().chain(&options.nodes) {
        let mut folder = if path.is_dir() {
            path.clone()
        } else {
            path.parent().unwrap_or(Path::new(".")).to_path_buf()
        };
        if folder.as_os_str().is_empty() {
            folder = PathBuf::from(".");
        }
        let service = folder.ancestors().find(|above| above.join("node.toml").is_file());
        watched.push(service.map_or(folder.clone(), Path::to_path_buf));
    }
    watched.sort();
    watched.dedup();
    watched
}
