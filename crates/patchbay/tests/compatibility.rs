//! The ledger of compatibility: which node runs as n8n's in which version and operation, from the golden workflows that
//! `workflows.rs` compares. `docs/compatibility.md` is what this test makes of them; with `UPDATE_DOCS=1` it writes the page.
//!
//! What there is to cover is `tests/workflows/operations.toml`. Whether the golden workflows come out equal is left to
//! `workflows.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use patchbay_node::Node;
use serde::Deserialize;
use serde_json::Value;

const HEAD: &str = "# What runs as in n8n

Made from the golden workflows in `tests/workflows/`: n8n ran each of them, and CI runs each with patchbay and compares status, order, every
output of every run, paired items and errors. Do not edit; `UPDATE_DOCS=1 cargo nextest run -p patchbay compatibility` writes it anew.

**As n8n**: a golden workflow runs this operation of the node in this version. **Tested**: n8n's answer cannot be a file (it needs a network, a
server or chance), and a test of our own stands for it. **Not compared**: it runs, and no golden workflow says how n8n does. **Missing**: it does not run.

";

/// One node of `operations.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    versions: Vec<f64>,
    /// None: the node does one thing.
    #[serde(default)]
    operations: Vec<Operation>,
    /// The test, from the project's root, that stands for all of the node's operations.
    tested: Option<String>,
    #[serde(default)]
    differs: Vec<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation {
    name: String,
    #[serde(default)]
    parameters: BTreeMap<String, Value>,
    /// All of the node's, where it names none.
    versions: Option<Vec<f64>>,
    tested: Option<String>,
}

/// A node that ran in a golden workflow.
struct Seen {
    kind: String,
    version: f64,
    parameters: Value,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    AsN8n,
    Tested,
    NotCompared,
    Missing,
}

#[test]
fn compatibility_page_is_what_the_golden_workflows_show() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = page(&root);
    let path = root.join("docs/compatibility.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page).expect("the page is written");
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "docs/compatibility.md is not what the golden workflows show; write it with\n    \
         UPDATE_DOCS=1 cargo nextest run -p patchbay compatibility"
    );
}

#[test]
fn every_core_node_is_in_the_list_of_operations() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let entries = entries(&root);
    let missing: Vec<&str> = patchbay_core_nodes::all()
        .iter()
        .map(|node| node.description().name)
        .filter(|name| !entries.contains_key(*name))
        .collect();
    assert!(missing.is_empty(), "tests/workflows/operations.toml lacks {missing:?}");
    let tests = entries.values().flat_map(|entry| {
        let operations = entry
            .operations
            .iter()
            .filter_map(|operation| operation.tested.as_ref());
        operations.chain(&entry.tested)
    });
    for test in tests {
        assert!(root.join(test).exists(), "there is no {test}");
    }
}

fn page(root: &Path) -> String {
    let nodes = patchbay_core_nodes::all();
    let seen = seen(&root.join("tests/workflows"));
    let (mut rows, mut differences) = (String::new(), String::new());
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    for (name, entry) in entries(root) {
        let node = nodes.iter().find(|node| node.description().name == name);
        let short = name.trim_start_matches("n8n-nodes-base.");
        for operation in operations(&entry) {
            let mut versions: BTreeMap<Verdict, Vec<String>> = BTreeMap::new();
            for version in operation.versions.as_ref().unwrap_or(&entry.versions) {
                let verdict = verdict(node, &name, *version, &operation, entry.tested.as_ref(), &seen);
                versions.entry(verdict).or_default().push(version.to_string());
                *counts.entry(verdict).or_default() += 1;
            }
            let column = |verdict| versions.get(&verdict).map_or(String::new(), |list| list.join(", "));
            let _ = writeln!(
                rows,
                "| {short} | {} | {} | {} | {} | {} |",
                operation.name,
                column(Verdict::AsN8n),
                column(Verdict::Tested),
                column(Verdict::NotCompared),
                column(Verdict::Missing)
            );
        }
        for difference in &entry.differs {
            let _ = writeln!(differences, "- **{short}**: {difference}");
        }
    }
    let count = |verdict| counts.get(&verdict).copied().unwrap_or_default();
    format!(
        "{HEAD}Of {} combinations of node, version and operation: {} as n8n, {} tested, {} not compared, {} missing.\n\n\
         | node | operation | as n8n in version | tested | not compared | missing |\n| --- | --- | --- | --- | --- | --- |\n{rows}\n\
         ## Where patchbay differs\n\n{differences}",
        counts.values().sum::<usize>(),
        count(Verdict::AsN8n),
        count(Verdict::Tested),
        count(Verdict::NotCompared),
        count(Verdict::Missing)
    )
}

/// The node's operations; one without a name for a node that does one thing.
fn operations(entry: &Entry) -> Vec<Operation> {
    if !entry.operations.is_empty() {
        return entry.operations.clone();
    }
    let only = Operation {
        name: String::new(),
        parameters: BTreeMap::new(),
        versions: None,
        tested: None,
    };
    vec![only]
}

fn verdict(
    node: Option<&Arc<dyn Node>>,
    name: &str,
    version: f64,
    operation: &Operation,
    tested: Option<&String>,
    seen: &[Seen],
) -> Verdict {
    let Some(node) = node.filter(|node| node.description().versions.contains(&version)) else {
        return Verdict::Missing;
    };
    let chosen = |seen: &&Seen| {
        seen.kind == name
            && seen.version == version
            && operation.parameters.iter().all(|(parameter, expected)| {
                let default = || {
                    let default = node.description().default_of(parameter, version)?;
                    serde_json::from_str(&default.to_json()).ok()
                };
                seen.parameters.get(parameter).cloned().or_else(default).as_ref() == Some(expected)
            })
    };
    if seen.iter().any(|seen| chosen(&seen)) {
        Verdict::AsN8n
    } else if operation.tested.is_some() || tested.is_some() {
        Verdict::Tested
    } else {
        Verdict::NotCompared
    }
}

fn entries(root: &Path) -> BTreeMap<String, Entry> {
    let text = std::fs::read_to_string(root.join("tests/workflows/operations.toml")).expect("the list of operations");
    toml::from_str(&text).unwrap_or_else(|error| panic!("operations.toml: {error}"))
}

/// Every node that ran in a golden workflow.
fn seen(folder: &Path) -> Vec<Seen> {
    let mut goldens = Vec::new();
    find_goldens(folder, &mut goldens);
    let mut seen = Vec::new();
    for golden in goldens {
        let workflow = PathBuf::from(golden.to_string_lossy().replace(".golden.json", ".json"));
        let (workflow, golden) = (json(&workflow), json(&golden));
        let ran: BTreeSet<&str> = golden["nodes"]
            .as_object()
            .into_iter()
            .flat_map(|nodes| nodes.keys().map(String::as_str))
            .collect();
        for node in workflow["nodes"].as_array().into_iter().flatten() {
            if node["name"].as_str().is_some_and(|name| ran.contains(name)) {
                seen.push(Seen {
                    kind: node["type"].as_str().unwrap_or_default().to_owned(),
                    version: node["typeVersion"].as_f64().unwrap_or(1.0),
                    parameters: node["parameters"].clone(),
                });
            }
        }
    }
    seen
}

fn find_goldens(folder: &Path, goldens: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder of workflows") {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            find_goldens(&path, goldens);
        } else if path.to_string_lossy().ends_with(".golden.json") {
            goldens.push(path);
        }
    }
}

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("a file beside the golden one");
    serde_json::from_str(&text).expect("it is JSON")
}
