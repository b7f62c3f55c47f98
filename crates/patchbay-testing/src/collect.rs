//! Finds files of cases, and reads them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use patchbay_actions::Fault;

use crate::case::node::{self, Defaults, NodeCase, service_folder};
use crate::case::workflow::{self, WorkflowCase};
use crate::case::{File, unreadable};
use crate::run::CaseResult;

/// What was found.
#[derive(Default)]
pub struct Collected {
    pub jobs: Vec<Job>,
    /// What is wrong with files, each with its text. None of the cases of such a file is among the jobs.
    pub faults: Vec<(Arc<File>, Fault)>,
    /// Folders of the services that cases are for.
    pub services: Vec<PathBuf>,
}

/// One case, ready to run.
#[derive(Clone, Debug)]
pub struct Job {
    pub file: Arc<File>,
    pub case: Case,
}

/// A case of either kind.
#[derive(Clone, Debug)]
pub enum Case {
    Node {
        case: Box<NodeCase>,
        /// The name of the service's folder.
        service: Arc<str>,
    },
    Workflow(Box<WorkflowCase>),
}

impl Job {
    pub fn name(&self) -> &str {
        match &self.case {
            Case::Node { case, .. } => &case.name,
            Case::Workflow(case) => &case.name,
        }
    }

    /// Its place in the file.
    pub fn place(&self) -> usize {
        match &self.case {
            Case::Node { case, .. } => case.place,
            Case::Workflow(case) => case.place,
        }
    }

    /// `users.toml: lists groups`, as `--filter` sees it.
    pub fn title(&self) -> String {
        format!("{}: {}", self.file.name, self.name())
    }
}

/// The name that holds what the cases of a folder share.
const DEFAULTS: &str = "defaults.toml";

/// Every case of files, and of folders with all below them, in the order of names.
pub fn collect(paths: &[PathBuf]) -> std::io::Result<Collected> {
    let mut files = Vec::new();
    for path in paths {
        let named = |error: std::io::Error| std::io::Error::new(error.kind(), format!("`{}`: {error}", path.display()));
        if std::fs::metadata(path).map_err(named)?.is_dir() {
            walk(path, &mut files).map_err(named)?;
        } else {
            files.push(path.clone());
        }
    }
    files.dedup();
    let mut collected = Collected::default();
    let mut defaults = BTreeMap::new();
    for path in files {
        collected.add(&path, &mut defaults);
    }
    Ok(collected)
}

/// Files that hold cases: `*.test.toml`, and what is in a folder `tests` beside a `node.toml`.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let entries = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut entries = entries.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" && name != "node_modules" {
                walk(&path, found)?;
            }
        } else if name.ends_with(".test.toml")
            || (path.extension().is_some_and(|extension| extension == "toml")
                && name != DEFAULTS
                && service_folder(&path).is_some())
        {
            found.push(path);
        }
    }
    Ok(())
}

impl Collected {
    /// The files with faults as reports tell of them.
    pub fn invalid(&self) -> Vec<CaseResult> {
        let files = self.faults.chunk_by(|(one, _), (other, _)| one.path == other.path);
        let told = files.filter_map(|faults| {
            let (file, _) = faults.first()?;
            let faults: Vec<&Fault> = faults.iter().map(|(_, fault)| fault).collect();
            Some(CaseResult::of_invalid(file, &faults))
        });
        told.collect()
    }

    fn add(&mut self, path: &Path, defaults: &mut BTreeMap<PathBuf, Option<Defaults>>) {
        let Some(file) = self.read(path) else { return };
        if workflow::workflow_of(path).is_some() {
            match workflow::read(&file) {
                Ok(cases) => self.jobs.extend(cases.into_iter().map(|case| Job {
                    file: file.clone(),
                    case: Case::Workflow(Box::new(case)),
                })),
                Err(faults) => self.blame(&file, faults),
            }
            return;
        }
        let Some(service) = service_folder(path) else {
            let fault = Fault {
                file: file.name.as_str().into(),
                diagnostic: patchbay_model::Diagnostic::error("E1005", "the file is for no service and no workflow")
                    .hint("cases of a node are in `tests` beside its `node.toml`, those of a workflow in `NAME.test.toml` beside `NAME.json`"),
            };
            self.blame(&file, vec![fault]);
            return;
        };
        if !self.services.contains(&service) {
            self.services.push(service.clone());
        }
        let shared = service.join("tests").join(DEFAULTS);
        if !defaults.contains_key(&shared) {
            let read = if shared.is_file() {
                self.read_defaults(&shared)
            } else {
                Some(Defaults::default())
            };
            defaults.insert(shared.clone(), read);
        }
        // Without what they share, its cases would fail for no reason of their own.
        let Some(defaults) = &defaults[&shared] else { return };
        let name: Arc<str> = service
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .as_ref()
            .into();
        match node::read(&file, defaults) {
            Ok(cases) => self.jobs.extend(cases.into_iter().map(|case| Job {
                file: file.clone(),
                case: Case::Node {
                    case: Box::new(case),
                    service: name.clone(),
                },
            })),
            Err(faults) => self.blame(&file, faults),
        }
    }

    fn read_defaults(&mut self, path: &Path) -> Option<Defaults> {
        let file = self.read(path)?;
        node::read_defaults(&file)
            .map_err(|faults| self.blame(&file, faults))
            .ok()
    }

    fn read(&mut self, path: &Path) -> Option<Arc<File>> {
        let file = |text: &str| {
            Arc::new(File {
                path: path.to_path_buf(),
                name: path.display().to_string(),
                text: text.into(),
            })
        };
        match std::fs::read_to_string(path) {
            Ok(text) => Some(file(&text)),
            Err(error) => {
                self.blame(&file(""), vec![unreadable(path, &error)]);
                None
            }
        }
    }

    fn blame(&mut self, file: &Arc<File>, faults: Vec<Fault>) {
        self.faults
            .extend(faults.into_iter().map(|fault| (file.clone(), fault)));
    }
}
