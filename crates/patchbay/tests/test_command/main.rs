//! `patchbay test` from outside.

#[path = "../common/mod.rs"]
mod common;

mod exits;
mod recordings;
mod workflows;

use common::Patchbay;

/// Copies files of 3CX's definitions into the folder of a test.
fn three_cx(names: &[&str]) -> Patchbay {
    let patchbay = Patchbay::new();
    for name in names.iter().chain(&["node.toml", "tests/defaults.toml"]) {
        let text = std::fs::read_to_string(common::root().join("nodes/3cx").join(name)).expect("a definition");
        patchbay.file(&format!("3cx/{name}"), &text);
    }
    patchbay
}

/// Copies Pipedrive's definitions, without its cases, into the folder of a test.
fn pipedrive() -> Patchbay {
    let patchbay = Patchbay::new();
    for name in ["node.toml", "persons.toml", "tests/defaults.toml"] {
        let text = std::fs::read_to_string(common::root().join("nodes/pipedrive").join(name)).expect("a definition");
        patchbay.file(&format!("pipedrive/{name}"), &text);
    }
    patchbay
}
