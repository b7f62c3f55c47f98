//! What the commands that run workflows share: reading files, finding nodes and credentials, building capabilities.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use patchbay_engine::Finished;
use patchbay_model::{Diagnostic, Severity, Text, Workflow};
use patchbay_node::capability::entropy::Seeded;
use patchbay_node::capability::{Absent, Commands, Entropy, Files, Http, Mail};
use patchbay_node::{Capabilities, NodeError, Registry};

use crate::capability::binary::RealBinaryStore;
use crate::capability::commands::RealCommands;
use crate::capability::credentials::{CredentialFiles, Entry};
use crate::capability::dry_run::{DryRun, DryRunCommands, DryRunHttp, DryRunMail};
use crate::capability::entropy::RealEntropy;
use crate::capability::environment::{RealEnvironment, default_timezone, script_limits};
use crate::capability::files::{DryRunFiles, RealFiles};
use crate::capability::guard::{GuardedHttp, Limits, ReadOnly, ReadOnlyFiles};
use crate::capability::http::RealHttp;
use crate::capability::mail::RealMail;
use crate::capability::reach::Reach;
use crate::capability::timer::RealTimer;
use crate::capability::workflows::{CallableWorkflows, FolderWorkflows};
use crate::exit::Exit;
use crate::registry;
use crate::render::tell_line;
use crate::render::{self, diagnostics};

/// A text that the user named, with the name to show.
pub struct File {
    pub name: String,
    pub text: String,
}

/// Reads a file, or stdin for `-`.
pub fn read_file(path: &Path) -> Result<File, Exit> {
    let name = if path.as_os_str() == "-" {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    };
    let bytes = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    let text = bytes.map_err(|error| error.to_string()).and_then(|bytes| {
        String::from_utf8(bytes)
            .map_err(|error| format!("it is not UTF-8 from byte {} on", error.utf8_error().valid_up_to()))
    });
    match text {
        Ok(text) => Ok(File { name, text }),
        Err(reason) => {
            render::tell_unreadable(&name, &reason);
            Err(Exit::Invalid)
        }
    }
}

/// The one workflow of a file; its faults are told.
pub fn one_workflow(file: &File) -> Result<Workflow, Exit> {
    let (mut workflows, faults) = patchbay_model::workflow::read(&file.text);
    render::tell(&diagnostics::human(&file.name, &file.text, &faults));
    if faults.iter().any(|fault| fault.severity == Severity::Error) {
        return Err(Exit::Invalid);
    }
    match (workflows.pop(), workflows.len()) {
        (Some(workflow), 0) => Ok(workflow),
        (_, others) => {
            let fault = Diagnostic::error(
                "E0803",
                format!("the file holds {} workflows, and one is run", others + 1),
            )
            .hint("keep each workflow in a file of its own");
            render::tell(&diagnostics::human(&file.name, &file.text, &[fault]));
            Err(Exit::Invalid)
        }
    }
}

/// What to set up.
#[derive(Default)]
pub struct Request<'a> {
    pub nodes: &'a [PathBuf],
    pub credentials: &'a [PathBuf],
    pub sandbox: bool,
    pub dry_run: Option<DryRun>,
    pub limits: Limits,
    pub now: Option<f64>,
    /// Where other workflows are looked for.
    pub workflows_beside: Option<&'a Path>,
    pub timezone: Option<Text>,
    /// The same seed gives the same random numbers and bytes.
    pub seed: Option<u64>,
    /// Execute Command may run commands of the machine.
    pub allow_commands: bool,
    /// The folders whose files nodes may use, empty for all; `None` leaves it to the environment.
    pub files: Option<&'a [PathBuf]>,
    /// Files and folders that hold secrets: nodes may not use them, whatever else they may.
    pub closed: &'a [PathBuf],
    /// Whether expressions may read the environment; `None` leaves it to the environment.
    pub allow_variables: Option<bool>,
    pub reach: Reach,
    /// Opens encrypted credentials; `None` leaves it to the environment.
    pub encryption_key: Option<String>,
}

impl<'a> Request<'a> {
    /// Nothing but nodes and credentials.
    pub fn plain(nodes: &'a [PathBuf], credentials: &'a [PathBuf]) -> Self {
        Self {
            nodes,
            credentials,
            sandbox: false,
            dry_run: None,
            limits: Limits::default(),
            now: None,
            workflows_beside: None,
            timezone: None,
            seed: None,
            allow_commands: false,
            files: None,
            closed: &[],
            allow_variables: None,
            reach: Reach::default(),
            encryption_key: None,
        }
    }
}

/// Nodes and the world, ready to run workflows.
pub struct Setup {
    pub registry: Arc<Registry>,
    pub capabilities: Capabilities,
    /// Of workflows that set none.
    pub timezone: Text,
    workflows: Arc<FolderWorkflows>,
    sandbox: Option<crate::sandbox::Running>,
}

impl Setup {
    pub async fn new(request: Request<'_>) -> Result<Self, Exit> {
        let script_limits = script_limits().map_err(|fault| {
            tell_line!("error: {fault}");
            Exit::Usage
        })?;
        let registry = Arc::new(registry::build(request.nodes)?);
        let key = request.encryption_key.or_else(encryption_key);
        let mut credentials = read_all(&credential_files(request.credentials), key)?;
        let sandbox = if request.sandbox {
            Some(crate::sandbox::start(credentials.version_of(crate::sandbox::is_three_cx)).await?)
        } else {
            None
        };
        if let Some(sandbox) = &sandbox {
            credentials.replace(crate::sandbox::is_three_cx, sandbox.credential());
        }
        let binaries = Arc::new(RealBinaryStore::default());
        let reach = Arc::new(request.reach);
        let mut http: Arc<dyn Http> = Arc::new(RealHttp::new(binaries.clone(), reach.clone()));
        let mut mail: Arc<dyn Mail> = Arc::new(RealMail::new(binaries.clone(), reach));
        let mut commands: Arc<dyn Commands> = Arc::new(RealCommands {
            allowed: request.allow_commands,
        });
        if let Some(mode) = request.dry_run {
            http = Arc::new(DryRunHttp::new(http, mode));
            mail = Arc::new(DryRunMail);
            commands = Arc::new(DryRunCommands);
        }
        let entropy: Arc<dyn Entropy> = match request.seed {
            Some(seed) => Arc::new(Seeded::new(seed)),
            None => Arc::new(RealEntropy),
        };
        let secrets = credential_files(request.credentials);
        let mut files = RealFiles::new(&[&secrets, request.closed].concat());
        if let Some(allowed) = request.files {
            files.allow_only(allowed);
        }
        let mut files: Arc<dyn Files> = match request.dry_run {
            Some(_) => Arc::new(DryRunFiles { inner: files }),
            None => Arc::new(files),
        };
        if request.limits.read_only {
            mail = Arc::new(ReadOnly);
            commands = Arc::new(ReadOnly);
            files = Arc::new(ReadOnlyFiles { inner: files });
        }
        let http = Arc::new(GuardedHttp::new(http, request.limits));
        let timezone = request.timezone.unwrap_or_else(default_timezone);
        let workflows = FolderWorkflows::new(request.workflows_beside, registry.clone(), timezone.clone());
        let workflows = Arc::new(match request.now {
            Some(_) => workflows.without_time(),
            None => workflows,
        });
        let mut environment = RealEnvironment::new(request.now, request.seed, script_limits);
        if let Some(allow) = request.allow_variables {
            environment.allow_variables(allow);
        }
        let capabilities = Capabilities {
            environment: Arc::new(environment),
            entropy,
            timer: Arc::new(RealTimer),
            http,
            mail,
            commands,
            answers: Arc::new(Absent),
            credentials: Arc::new(credentials),
            binaries,
            files,
            workflows: Arc::new(CallableWorkflows {
                workflows: workflows.clone(),
                depth: 0,
            }),
        };
        workflows.run_with(capabilities.clone());
        Ok(Self {
            registry,
            capabilities,
            timezone,
            workflows,
            sandbox,
        })
    }

    /// Runs the workflow that is to hear of a failure, if there is one.
    pub async fn tell_of_failure(&self, failed: &Workflow, finished: &Finished) -> Result<(), NodeError> {
        self.workflows.tell_of_failure(failed, finished).await
    }

    /// The way to the double alone, if there is one; else to everywhere.
    pub fn http_of_double(&self) -> Arc<dyn Http> {
        let http = self.capabilities.http.clone();
        match &self.sandbox {
            Some(sandbox) => sandbox.alone(http),
            None => http,
        }
    }

    /// Waits for what was started, and shows what the sandbox was asked.
    pub async fn finish(&self) {
        self.workflows.finish().await;
        if let Some(sandbox) = &self.sandbox {
            sandbox.show_requests();
        }
    }
}

/// The files of `PATCHBAY_CREDENTIALS`, then those that were named.
fn credential_files(named: &[PathBuf]) -> Vec<PathBuf> {
    let from_environment = std::env::var_os("PATCHBAY_CREDENTIALS").unwrap_or_default();
    let from_environment = std::env::split_paths(&from_environment).filter(|path| !path.as_os_str().is_empty());
    let others = from_environment.filter(|path| !named.contains(path));
    others.chain(named.iter().cloned()).collect()
}

pub fn read_credentials(files: &[PathBuf]) -> Result<CredentialFiles, Exit> {
    read_credentials_of(&credential_files(files))
}

/// Just these files.
pub fn read_credentials_of(files: &[PathBuf]) -> Result<CredentialFiles, Exit> {
    read_all(files, encryption_key())
}

fn encryption_key() -> Option<String> {
    std::env::var("N8N_ENCRYPTION_KEY").ok()
}

fn read_all(files: &[PathBuf], key: Option<String>) -> Result<CredentialFiles, Exit> {
    let mut credentials = CredentialFiles::new(key);
    for path in files {
        let file = read_file(path)?;
        credentials.add(&file.name, &file.text).map_err(|faults| {
            render::tell(&diagnostics::human_without_source(&file.name, &faults));
            Exit::Invalid
        })?;
    }
    Ok(credentials)
}

/// Warns of files that show a secret to others on this machine.
pub fn warn_of_readable_secrets(named: &[PathBuf]) {
    for path in credential_files(named) {
        let shows = |files: CredentialFiles| files.entries().any(Entry::shows_secrets);
        if is_readable_by_others(&path) && read_credentials_of(std::slice::from_ref(&path)).is_ok_and(shows) {
            tell_line!(
                "warning[E0516]: `{}` holds secrets, and others on this machine may read it",
                path.display()
            );
            tell_line!(
                "hint: chmod 600 {}, or write `${{NAME}}` for the secrets",
                path.display()
            );
        }
    }
}

#[cfg(unix)]
fn is_readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o044 != 0)
}

#[cfg(not(unix))]
fn is_readable_by_others(_path: &Path) -> bool {
    false
}
