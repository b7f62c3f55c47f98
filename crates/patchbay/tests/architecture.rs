//! The architecture, tested: which crate may use which (`crates/README.md` is the list), and the tidiness that every
//! source file keeps.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The table of `crates/README.md`: crate → crates that it may use; `all` for the program.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let readme = fs::read_to_string(root().join("crates/README.md")).expect("crates/README.md");
    let rows = readme.lines().filter(|line| line.starts_with("| `patchbay"));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split('|').map(str::trim).collect()).collect();
    let names: BTreeSet<String> = rows.iter().map(|row| row[1].trim_matches('`').to_owned()).collect();
    rows.iter()
        .map(|row| {
            let may_use = match row[3] {
                "-" => BTreeSet::new(),
                "all" => names.clone(),
                list => list.split(", ").map(|name| format!("patchbay-{name}")).collect(),
            };
            (row[1].trim_matches('`').to_owned(), may_use)
        })
        .collect()
}

/// What cargo knows: crate → crates of ours that it uses, in tests too.
fn actual() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo metadata");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
            let names = dependencies.filter_map(|dependency| dependency["name"].as_str());
            let ours = names
                .filter(|name| name.starts_with("patchbay"))
                .map(str::to_owned)
                .collect();
            (package["name"].as_str().expect("name").to_owned(), ours)
        })
        .collect()
}

#[test]
fn no_crate_uses_what_it_must_not_know() {
    let allowed = allowed();
    let mut faults = Vec::new();
    for (name, uses) in actual() {
        match allowed.get(&name) {
            None => faults.push(format!("{name} is not in the table of crates/README.md")),
            Some(allowed) => {
                faults.extend(
                    uses.difference(allowed)
                        .map(|used| format!("{name} must not use {used}")),
                );
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_source_file_says_what_it_is_for_and_stays_short() {
    let mut files = Vec::new();
    sources(&root().join("crates"), &mut files);
    let mut faults = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("text");
        let name = file.strip_prefix(root()).unwrap_or(&file).display().to_string();
        if !text.starts_with("//!") {
            faults.push(format!("{name} does not open with //!"));
        }
        if text.lines().count() > 800 {
            faults.push(format!("{name} has more than 800 lines"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
