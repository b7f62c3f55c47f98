//! Reading workflow files.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use indexmap::IndexMap;
use patchbay_engine::Graph;
use patchbay_engine::graph::NO_SUCH_NODE;
use patchbay_model::workflow::place;
use patchbay_model::{Diagnostic, Diagnostics, Severity, Text, Workflow};
use patchbay_node::Registry;
use sha2::{Digest, Sha256};

use super::{Fault, Loaded, Workflows, half_run, own};
use crate::schedule;
use crate::webhook::{self, Hook};

/// A file as it was read last.
pub(super) struct FileState {
    stamp: Stamp,
    pub loaded: Vec<Arc<Loaded>>,
    pub faults: Vec<Fault>,
}

/// Fewer files than this are read as fast by one thread.
const WORTH_A_THREAD: usize = 8;

/// A file that has the same is not read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
}

impl Workflows {
    /// Reads the files that have changed, forgets those that are gone. Gives whether there were any.
    pub(super) fn read_changed(&self, files: &mut IndexMap<PathBuf, FileState>) -> bool {
        let found = match self.list() {
            Ok(found) => found,
            Err(error) => {
                if !self.is_unreadable.swap(true, Ordering::Relaxed) {
                    tracing::error!(code = "E1201", "`{}` can not be read: {error}", self.folder.display());
                }
                return false;
            }
        };
        self.is_unreadable.store(false, Ordering::Relaxed);
        let before = files.len();
        let there: HashSet<&Path> = found.iter().map(|(path, _)| path.as_path()).collect();
        files.retain(|path, _| there.contains(path.as_path()));
        let mut to_read = found;
        to_read.retain(|(path, stamp)| files.get(path).is_none_or(|state| state.stamp != *stamp));
        let changed = files.len() != before || !to_read.is_empty();
        for (path, mut state) in self.read_all(&to_read) {
            if state.loaded.is_empty()
                && !state.faults.is_empty()
                && let Some(before) = files.get_mut(&path)
            {
                state.loaded = std::mem::take(&mut before.loaded);
            }
            files.insert(path, state);
        }
        files.sort_keys();
        changed
    }

    /// On all processors: at the start there may be many.
    fn read_all(&self, files: &[(PathBuf, Stamp)]) -> Vec<(PathBuf, FileState)> {
        let read = |files: &[(PathBuf, Stamp)]| -> Vec<(PathBuf, FileState)> {
            let files = files.iter();
            files
                .map(|(path, stamp)| (path.clone(), self.read(path, *stamp)))
                .collect()
        };
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let share = files.len().div_ceil(processors);
        if share < WORTH_A_THREAD {
            return read(files);
        }
        std::thread::scope(|scope| {
            let shares: Vec<_> = files
                .chunks(share)
                .map(|share| scope.spawn(move || read(share)))
                .collect();
            // A share whose thread broke is read again with the next change.
            shares
                .into_iter()
                .flat_map(|share| share.join().unwrap_or_default())
                .collect()
        })
    }

    /// The workflow files, with what tells their versions apart.
    fn list(&self) -> std::io::Result<Vec<(PathBuf, Stamp)>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let is_workflow = path.extension().is_some_and(|extension| extension == "json");
            let Some(metadata) = is_workflow.then(|| std::fs::metadata(&path).ok()).flatten() else {
                continue;
            };
            if metadata.is_file() {
                let stamp = Stamp {
                    modified: metadata.modified().ok(),
                    size: metadata.len(),
                };
                found.push((path, stamp));
            }
        }
        Ok(found)
    }

    fn read(&self, path: &Path, stamp: Stamp) -> FileState {
        let mut state = FileState {
            stamp,
            loaded: Vec::new(),
            faults: Vec::new(),
        };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                state.faults.push(Fault {
                    file: path.to_path_buf(),
                    code: "E1201",
                    message: format!("The file can not be read: {error}"),
                    is_warning: false,
                });
                return state;
            }
        };
        let (workflows, faults) = patchbay_model::workflow::read(&text);
        let is_workflow = faults.iter().all(|fault| fault.severity != Severity::Error);
        state.faults.extend(told(path, &text, faults));
        if !is_workflow {
            return state;
        }
        let several = workflows.len() > 1;
        for workflow in workflows {
            let own_text = if several {
                workflow.to_value().to_json()
            } else {
                text.clone()
            };
            match self.compile(path, workflow, own_text.into()) {
                Ok((loaded, faults)) => {
                    state.faults.extend(told(path, &text, faults));
                    state.loaded.push(Arc::new(loaded));
                }
                Err(faults) => state.faults.extend(told(path, &text, faults)),
            }
        }
        state
    }

    /// A workflow made ready, with what is wrong with it all the same.
    pub(crate) fn compile(
        &self,
        path: &Path,
        workflow: Workflow,
        text: Arc<str>,
    ) -> Result<(Loaded, Diagnostics), Diagnostics> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let id = workflow.id.clone().unwrap_or_else(|| Text::from(&*stem));
        let name = if workflow.name.is_empty() {
            Text::from(&*stem)
        } else {
            workflow.name.clone()
        };
        let active = workflow.active;
        let own_faults = own::faults(&workflow);
        let compilation = patchbay_engine::compile(workflow, &self.registry);
        let mut diagnostics = compilation.diagnostics;
        let Some(graph) = compilation.graph else {
            return Err(diagnostics);
        };
        let would_stop = |fault: &Diagnostic| fault.code == NO_SUCH_NODE && half_run::concerns(&graph, fault);
        diagnostics.retain(|fault| active && (fault.severity > Severity::Warning || would_stop(fault)));
        diagnostics.extend(own_faults);
        let graph = Arc::new(graph);
        let (schedules, faults) = schedule::of_workflow(&graph, &*self.environment, &self.timezone);
        if active {
            let faults = faults.into_iter().map(|(node, fault)| Diagnostic {
                node: Some(node.clone()),
                ..Diagnostic::error("E1211", format!("The schedule `{node}` can not be read: {fault}"))
            });
            diagnostics.extend(faults);
        }
        let loaded = Loaded {
            starts: starts(&self.registry, &graph),
            responds: webhook::responds(&graph),
            is_broken: diagnostics.iter().any(|fault| fault.severity == Severity::Error),
            schedules,
            forms: Hook::forms(&graph, &id, &*self.environment, &self.timezone),
            hooks: Hook::all(&graph, &id, &*self.environment, &self.timezone),
            static_data: self.static_data(&id),
            id,
            name,
            file: path.to_path_buf(),
            active,
            graph,
            version: version(&text),
            version_kept: AtomicBool::new(false),
            text,
        };
        Ok((loaded, diagnostics))
    }
}

/// Triggers that start nothing by themselves, in lower case.
const BY_HAND: [&str; 2] = ["n8n-nodes-base.manualtrigger", "n8n-nodes-base.start"];

/// Whether a node starts the workflow by itself, or lets another workflow do so.
fn starts(registry: &Registry, graph: &Graph) -> bool {
    let mut nodes = graph.workflow.nodes.iter().filter(|node| !node.disabled);
    nodes.any(|node| {
        let found = registry.find(&node.kind);
        found.is_some_and(|found| found.description().trigger) && !BY_HAND.contains(&node.kind.to_lowercase().as_str())
    })
}

/// A workflow's text by its hash.
fn version(text: &str) -> Text {
    let hash = Sha256::digest(text.as_bytes());
    let (first, second) = hash.split_at(16);
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0_u128, |number, byte| number << 8 | u128::from(*byte))
    };
    format!("{:032x}{:032x}", number(first), number(second)).into()
}

/// Faults of a file, with their places.
fn told(path: &Path, text: &str, mut faults: Diagnostics) -> Vec<Fault> {
    place(&mut faults, text);
    let faults = faults.into_iter().map(|fault| {
        let place = fault
            .position
            .map(|at| format!(" (line {}, column {})", at.line, at.column));
        Fault {
            file: path.to_path_buf(),
            code: fault.code,
            message: format!("{}{}", fault.message, place.unwrap_or_default()),
            is_warning: fault.severity < Severity::Error,
        }
    });
    faults.collect()
}
