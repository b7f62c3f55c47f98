//! The folder of workflow files: the truth about which workflows there are.
//!
//! A file that is changed, added or removed is picked up at once; of one that is broken the version before stays, and the
//! fault is told.

mod active;
mod half_run;
mod load;
mod own;
mod routes;
mod told;
mod watch;
mod write;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use indexmap::IndexMap;
use patchbay_engine::Graph;
use patchbay_model::{Environment, Object, Text, Value};
use patchbay_node::Registry;
use tokio::sync::watch as latest;

use crate::schedule::Schedule;
use crate::webhook::Hook;
use crate::{Configuration, World};
pub(crate) use active::tell_what_is_missing;
use load::FileState;
pub use routes::{Match, Routes};
use told::{tell_changes, tell_faults};
pub use watch::Watcher;

/// One workflow, ready to run.
pub struct Loaded {
    pub id: Text,
    pub name: Text,
    pub file: PathBuf,
    pub active: bool,
    /// Whether one of its nodes starts it by itself, or lets another workflow do so.
    pub starts: bool,
    /// Whether one of its nodes answers webhooks.
    pub responds: bool,
    /// What is wrong with it keeps it from running as a whole.
    pub is_broken: bool,
    pub graph: Arc<Graph>,
    /// The workflow as its file has it, to be kept with its executions.
    pub text: Arc<str>,
    /// The hash of `text`.
    pub version: Text,
    /// Whether the store has this version.
    pub version_kept: AtomicBool,
    pub hooks: Vec<Hook>,
    pub forms: Vec<Hook>,
    pub schedules: Vec<Schedule>,
    /// `$getWorkflowStaticData`, shared by all its executions.
    pub static_data: Arc<Mutex<Object>>,
}

impl Loaded {
    /// A setting of the workflow's file.
    pub fn setting(&self, name: &str) -> Option<&Value> {
        self.graph.workflow.settings.extra.get(name)
    }

    /// Whether it is the first to be asked: who asks keeps the version.
    pub fn must_be_kept(&self) -> bool {
        !self.version_kept.swap(true, Ordering::Relaxed)
    }
}

/// What is wrong with a file, or between files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub file: PathBuf,
    pub code: &'static str,
    pub message: String,
    /// It does no harm by itself.
    pub is_warning: bool,
}

/// All workflows at one moment.
pub struct Table {
    /// By id, in the order of their files.
    pub workflows: IndexMap<Text, Arc<Loaded>>,
    /// Of the active workflows.
    pub routes: Routes,
    pub form_routes: Routes,
    /// Of all workflows.
    pub test_routes: Routes,
    pub test_form_routes: Routes,
    pub faults: Vec<Fault>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            workflows: IndexMap::new(),
            routes: Routes::of_webhooks(),
            form_routes: Routes::of_forms(),
            test_routes: Routes::of_webhooks(),
            test_form_routes: Routes::of_forms(),
            faults: Vec::new(),
        }
    }
}

impl Table {
    /// A workflow by its id, its name, or its file's with or without the ending; of several the first.
    pub fn find(&self, wanted: &str) -> Option<&Arc<Loaded>> {
        self.all(wanted).into_iter().next()
    }

    /// As [`Table::find`]: the one with that id, else all that have the name or the file.
    pub fn all(&self, wanted: &str) -> Vec<&Arc<Loaded>> {
        if let Some(loaded) = self.workflows.get(wanted) {
            return vec![loaded];
        }
        let is_it = |name: Option<&std::ffi::OsStr>| name.is_some_and(|name| name == wanted);
        let is_file = |loaded: &Loaded| is_it(loaded.file.file_stem()) || is_it(loaded.file.file_name());
        let all = self.workflows.values();
        all.filter(|loaded| loaded.name == wanted || is_file(loaded)).collect()
    }

    /// Whether a workflow is active, and nothing keeps it from being so.
    pub fn runs(&self, loaded: &Loaded) -> bool {
        let is_reached = || self.routes.has(loaded) && self.form_routes.has(loaded);
        loaded.active && loaded.starts && !loaded.is_broken && is_reached()
    }

    /// How many workflows run, and how many should and do not.
    pub fn count(&self) -> (usize, usize) {
        let active = self.workflows.values().filter(|loaded| loaded.active);
        let (run, faulty): (Vec<_>, Vec<_>) = active.partition(|loaded| self.runs(loaded));
        (run.len(), faulty.len())
    }
}

/// The workflows as they are now.
pub struct Workflows {
    folder: PathBuf,
    registry: Arc<Registry>,
    environment: Arc<dyn Environment>,
    timezone: Text,
    webhook_path: String,
    files: Mutex<IndexMap<PathBuf, FileState>>,
    /// By workflow: they outlive a change of its file.
    static_data: Mutex<HashMap<Text, Arc<Mutex<Object>>>>,
    current: RwLock<Arc<Table>>,
    changed: latest::Sender<()>,
    /// The folder could not be read when it was looked at last, and that is told.
    is_unreadable: AtomicBool,
}

impl Workflows {
    pub fn new(configuration: &Configuration, world: &World) -> Self {
        Self {
            folder: configuration.workflows.clone(),
            registry: world.registry.clone(),
            environment: world.capabilities.environment.clone(),
            timezone: configuration.timezone.clone(),
            webhook_path: configuration.webhook_path.clone(),
            files: Mutex::new(IndexMap::new()),
            static_data: Mutex::new(HashMap::new()),
            current: RwLock::new(Arc::new(Table::default())),
            changed: latest::Sender::new(()),
            is_unreadable: AtomicBool::new(false),
        }
    }

    /// Says when the workflows have changed.
    pub fn changes(&self) -> latest::Receiver<()> {
        self.changed.subscribe()
    }

    pub fn table(&self) -> Arc<Table> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What `$getWorkflowStaticData` gives of a workflow.
    pub fn static_data(&self, id: &Text) -> Arc<Mutex<Object>> {
        let mut all = self.static_data.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(id.clone()).or_default().clone()
    }

    /// Reads what has changed in the folder. Gives whether anything had.
    pub fn refresh(&self) -> bool {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.read_changed(&mut files) {
            return false;
        }
        let table = self.put_together(&files);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        tell_changes(&self.webhook_path, &current, &table);
        tell_faults(&current.faults, &table.faults);
        *current = Arc::new(table);
        drop(current);
        self.changed.send_replace(());
        true
    }

    fn put_together(&self, files: &IndexMap<PathBuf, FileState>) -> Table {
        let before = self.table();
        let mut table = Table::default();
        // Who has an id keeps it, and who takes it as well comes after.
        let mut owners: HashMap<&Text, &Path> = HashMap::new();
        for loaded in files.values().flat_map(|state| &state.loaded) {
            let had_it = || {
                before
                    .workflows
                    .get(&loaded.id)
                    .is_some_and(|had| had.file == loaded.file)
            };
            if !owners.contains_key(&loaded.id) || had_it() {
                owners.insert(&loaded.id, &loaded.file);
            }
        }
        for (file, state) in files {
            table.faults.extend(state.faults.iter().cloned());
            for loaded in &state.loaded {
                let owner = owners.get(&loaded.id).copied().unwrap_or(file);
                if owner != file || table.workflows.contains_key(&loaded.id) {
                    table.faults.push(Fault {
                        file: file.clone(),
                        code: "E1202",
                        message: format!("The id `{}` is also that of `{}`", loaded.id, owner.display()),
                        is_warning: false,
                    });
                } else {
                    table.workflows.insert(loaded.id.clone(), loaded.clone());
                }
            }
        }
        // Who has a path keeps it, and who takes another one comes after.
        let (kept, new): (Vec<_>, Vec<_>) = table
            .workflows
            .values()
            .partition(|loaded| before.routes.has(loaded) && before.form_routes.has(loaded));
        for loaded in kept.into_iter().chain(new).filter(|loaded| loaded.active) {
            table.faults.extend(table.routes.add(loaded));
            table.faults.extend(table.form_routes.add(loaded));
        }
        for loaded in table.workflows.values().filter(|loaded| loaded.active) {
            table.faults.extend(lacking(&table, loaded));
        }
        for loaded in table.workflows.values() {
            // Of two with the same path the first is the one that is tried.
            let _ = table.test_routes.add(loaded);
            let _ = table.test_form_routes.add(loaded);
        }
        table
    }
}

/// What an active workflow names or needs, and there is not.
fn lacking(table: &Table, loaded: &Loaded) -> Vec<Fault> {
    let fault = |code, message| Fault {
        file: loaded.file.clone(),
        code,
        message,
        is_warning: true,
    };
    let settings = &loaded.graph.workflow.settings;
    let handler = settings.error_workflow.as_deref();
    let handler = handler.filter(|handler| !handler.is_empty() && table.find(handler).is_none());
    let no_handler = handler.map(|handler| {
        let message = format!(
            "The error workflow `{handler}` of workflow `{}` is not there",
            loaded.name
        );
        fault("E1206", message)
    });
    let zone = settings.timezone.as_deref();
    let zone = zone.filter(|zone| jiff::tz::TimeZone::get(zone).is_err());
    let no_zone = zone.map(|zone| {
        let message = format!("The time zone `{zone}` of workflow `{}` is not known", loaded.name);
        fault("E1225", message)
    });
    let no_start = (!loaded.starts).then(|| {
        let message = format!(
            "Workflow `{}` is active, and no node of it starts it by itself",
            loaded.name
        );
        fault("E1226", message)
    });
    no_handler.into_iter().chain(no_zone).chain(no_start).collect()
}
