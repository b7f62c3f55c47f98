//! What the tests of the harness share: its host without core nodes, and the repository's cases.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use patchbay_actions::Library;
use patchbay_node::Registry;
use patchbay_testing::{CaseResult, Collected, Host, collect, report, run};

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Services, and no core nodes.
pub fn host(library: Library) -> Host {
    Host {
        core: Registry::new(),
        library,
        workflows: Box::new(|_, _, _, capabilities| Arc::clone(&capabilities.workflows)),
    }
}

/// The cases of paths below the root.
pub fn collected(paths: &[&str]) -> Collected {
    let paths: Vec<PathBuf> = paths.iter().map(|path| root().join(path)).collect();
    let collected = collect(&paths).expect("the cases can be read");
    let faults: Vec<String> = collected.faults.iter().map(|(_, fault)| fault.to_string()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    collected
}

/// Runs the cases of paths below the root with the services that the binary carries.
pub fn results(paths: &[&str]) -> Vec<CaseResult> {
    let host = host(Library::built_in());
    run(&host, &collected(paths).jobs, 2)
}

pub fn all_passed(results: &[CaseResult]) {
    assert!(
        results.iter().all(CaseResult::passed),
        "{}",
        report::human::report(results, false, None)
    );
}
