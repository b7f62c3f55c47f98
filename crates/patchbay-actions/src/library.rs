//! All services: those that the binary carries, and those of folders that are added.
//!
//! The files of resources are only read when somebody asks for one of them, so that hundreds of operations cost nothing
//! at start. This crate touches no disk: who adds a folder reads its files.

use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use patchbay_node::capability::Credential;
use patchbay_node::{Capabilities, NodeError, Registry};

use crate::check::{Checked, Versions};
use crate::definition::fault::Fault;
use crate::definition::{Resource, Service, read_resource, read_service};
use crate::node::ServiceNode;
use crate::token::Tokens;

/// `(folder, file name, text)` of each file under `nodes/`.
static EMBEDDED: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

const SERVICE_FILE: &str = "node.toml";
/// Files of that kind are for the importer, whose output already holds them.
const OVERLAY: &str = ".overlay";

/// All services, by folder.
#[derive(Default)]
pub struct Library {
    services: IndexMap<String, Arc<LazyService>>,
    /// Faults of the embedded `node.toml`s: none, as the tests see to.
    faults: Vec<Fault>,
    tokens: Arc<Tokens>,
    versions: Arc<Versions>,
}

/// A service whose resources are read when they are asked for.
pub struct LazyService {
    definition: Service,
    /// By the file's stem.
    resources: IndexMap<String, LazyResource>,
}

struct LazyResource {
    file: String,
    text: std::borrow::Cow<'static, str>,
    read: OnceLock<Result<Resource, Vec<Fault>>>,
}

/// What was found under a name.
pub enum Found<'service> {
    Yes(&'service Resource),
    No,
    Faulty(&'service [Fault]),
}

impl Library {
    /// The services that the binary carries.
    pub fn built_in() -> Self {
        let mut library = Self::default();
        let mut folders: IndexMap<&str, Vec<(&str, &'static str)>> = IndexMap::new();
        for (folder, file, text) in EMBEDDED {
            folders.entry(folder).or_default().push((file, text));
        }
        for (folder, files) in folders {
            let files = files.into_iter().map(|(file, text)| (file.to_owned(), text.into()));
            match LazyService::new(folder, files.collect()) {
                Ok(service) => drop(library.services.insert(folder.to_owned(), Arc::new(service))),
                Err(faults) => library.faults.extend(faults),
            }
        }
        library
    }

    /// The same services, with no tokens yet: for tests, which must not share them.
    #[must_use]
    pub fn without_tokens(&self) -> Self {
        Self {
            services: self.services.clone(),
            faults: self.faults.clone(),
            tokens: Arc::default(),
            versions: Arc::default(),
        }
    }

    /// Adds a folder, in place of one of that name: `(file name, text)` of its TOML files. Unlike what the binary carries,
    /// all of it is read at once, and not used if it has faults.
    pub fn add(&mut self, folder: &str, files: Vec<(String, String)>) -> Result<(), Vec<Fault>> {
        let files = files
            .into_iter()
            .filter(|(file, _)| file.strip_suffix(".toml").is_some_and(|stem| !stem.ends_with(OVERLAY)));
        let service = LazyService::new(folder, files.map(|(file, text)| (file, text.into())).collect())?;
        let faults = service.faults();
        if !faults.is_empty() {
            return Err(faults);
        }
        self.services.insert(folder.to_owned(), Arc::new(service));
        Ok(())
    }

    /// The service of a folder; without regard to case.
    pub fn service(&self, folder: &str) -> Option<&Arc<LazyService>> {
        self.services
            .get(&folder.to_lowercase())
            .or_else(|| self.services.get(folder))
    }

    pub fn services(&self) -> impl Iterator<Item = &Arc<LazyService>> {
        self.services.values()
    }

    /// Every fault of every file; reads them all.
    pub fn faults(&self) -> Vec<Fault> {
        let others = self.services.values().flat_map(|service| service.faults());
        self.faults.iter().cloned().chain(others).collect()
    }

    /// The service that has credentials of a type.
    pub fn service_of_credential(&self, kind: &str) -> Option<&Arc<LazyService>> {
        let has = |service: &&Arc<LazyService>| {
            let types = &service.definition().credential.types;
            types.iter().any(|known| known.eq_ignore_ascii_case(kind))
        };
        self.services.values().find(has)
    }

    /// Sends the cheap request that the service's definition names for this; `Ok` if the service answers it.
    pub async fn check_credential(
        &self,
        service: &LazyService,
        credential: &Credential,
        capabilities: &Capabilities,
    ) -> Result<Checked, NodeError> {
        crate::check::check(service.definition(), credential, &self.tokens, capabilities).await
    }

    /// Adds a node for each type of each service. All share their tokens.
    pub fn register(&self, registry: &mut Registry) {
        for service in self.services.values() {
            for kind in &service.definition.types {
                registry.add(Arc::new(ServiceNode::new(
                    service.clone(),
                    kind,
                    self.tokens.clone(),
                    self.versions.clone(),
                )));
            }
        }
    }
}

impl LazyService {
    fn new(folder: &str, files: Vec<(String, std::borrow::Cow<'static, str>)>) -> Result<Self, Vec<Fault>> {
        let mut resources = IndexMap::new();
        let mut definition = None;
        for (file, text) in files {
            if file == SERVICE_FILE {
                definition = Some(read_service(folder, &text)?);
            } else {
                let resource = LazyResource {
                    file: format!("{folder}/{file}"),
                    text,
                    read: OnceLock::new(),
                };
                resources.insert(resource_key(file.trim_end_matches(".toml")), resource);
            }
        }
        match definition {
            Some(definition) => Ok(Self { definition, resources }),
            None => Err(vec![Fault {
                file: folder.into(),
                diagnostic: patchbay_model::Diagnostic::error("E0404", format!("the folder has no `{SERVICE_FILE}`")),
            }]),
        }
    }

    pub fn definition(&self) -> &Service {
        &self.definition
    }

    /// The resource of that name, without regard to case and white space.
    pub fn resource(&self, name: &str) -> Found<'_> {
        match self.resources.get(&resource_key(name)) {
            Some(resource) => match resource.read(&self.definition) {
                Ok(resource) => Found::Yes(resource),
                Err(faults) => Found::Faulty(faults),
            },
            None => Found::No,
        }
    }

    /// How many resources have been read.
    #[cfg(test)]
    pub fn read_count(&self) -> usize {
        let resources = self.resources.values();
        resources.filter(|resource| resource.read.get().is_some()).count()
    }

    /// All resources; those with faults are left out.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources
            .values()
            .filter_map(|resource| resource.read(&self.definition).as_ref().ok())
    }

    /// Their names; reads them all.
    pub fn resource_names(&self) -> Vec<String> {
        self.resources().map(|resource| resource.name.to_string()).collect()
    }

    /// The names of the resources that have an operation of that name; reads them all.
    pub fn resources_with(&self, operation: &str) -> Vec<String> {
        let having = self
            .resources()
            .filter(|resource| resource.variants(operation).is_some());
        having.map(|resource| resource.name.to_string()).collect()
    }

    fn faults(&self) -> Vec<Fault> {
        let read = self
            .resources
            .values()
            .filter_map(|resource| resource.read(&self.definition).as_ref().err());
        read.flatten().cloned().collect()
    }
}

impl LazyResource {
    fn read(&self, service: &Service) -> &Result<Resource, Vec<Fault>> {
        self.read.get_or_init(|| read_resource(service, &self.file, &self.text))
    }
}

/// `Service Principals`, `service-principals` and `ServicePrincipals` are one name.
pub(crate) fn resource_key(name: &str) -> String {
    name.chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
