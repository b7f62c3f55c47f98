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

/// The error codes in a text.
fn codes(text: &str) -> BTreeSet<String> {
    let starts = text.match_indices('E').map(|(start, _)| start);
    let codes = starts.filter_map(|start| {
        let code = text.get(start..start + 5)?;
        let alone = !text[..start].ends_with(|before: char| before.is_alphanumeric())
            && !text[start + 5..].starts_with(|after: char| after.is_alphanumeric());
        (alone && code[1..].bytes().all(|byte| byte.is_ascii_digit())).then(|| code.to_owned())
    });
    codes.collect()
}

/// The code of a source file, without its tests.
fn without_tests(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_error_code_is_listed_and_belongs_to_one_crate() {
    let listed = codes(&fs::read_to_string(root().join("docs/errors.md")).expect("docs/errors.md"));
    let mut files = Vec::new();
    sources(&root().join("crates"), &mut files);
    let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files {
        let name = file
            .strip_prefix(root().join("crates"))
            .expect("below crates")
            .display()
            .to_string();
        if name.contains("/tests") || name.contains("/testing.rs") || name.contains("/benches/") {
            continue;
        }
        let crate_name = name.split('/').next().unwrap_or_default().to_owned();
        for code in codes(&without_tests(&fs::read_to_string(&file).expect("text"))) {
            users.entry(code).or_default().insert(crate_name.clone());
        }
    }
    let used: BTreeSet<String> = users.keys().cloned().collect();
    assert_eq!(
        used.difference(&listed).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "not in docs/errors.md"
    );
    assert_eq!(
        listed.difference(&used).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "in docs/errors.md, and nowhere used"
    );
    // Who reacts to another's code names it too, so only crates that raise codes of their own ranges are compared.
    let range = |code: &str| match &code[..3] {
        "E00" => "patchbay-model",
        "E01" => "patchbay-engine",
        "E02" => "patchbay-expression",
        "E03" | "E09" => "patchbay-core-nodes",
        "E04" => "patchbay-actions",
        // What the command says of paths, thresholds and files is the program's.
        "E10" if code.starts_with("E103") => "patchbay",
        "E10" => "patchbay-testing",
        "E11" => "patchbay-store",
        // What can be set, and whom workflows may ask, is the program's.
        "E12" if code.starts_with("E125") => "patchbay",
        "E12" => "patchbay-server",
        _ => "patchbay",
    };
    let strangers = users.iter().filter(|(code, crates)| {
        let owner = range(code);
        owner != "patchbay" && !crates.contains(owner) && !crates.contains("patchbay-node")
    });
    assert_eq!(
        strangers.collect::<Vec<_>>(),
        Vec::new(),
        "raised outside of the crate that has the range"
    );
}
