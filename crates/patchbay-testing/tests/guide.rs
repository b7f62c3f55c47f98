//! The guide of `docs/testing.md`, followed step by step in an empty folder: its files are those under `nodes/pipedrive`, its cases
//! pass, and the mistake that it suggests is told as it says.

mod common;

use std::fs;
use std::path::Path;

use patchbay_actions::Library;
use patchbay_testing::{CaseResult, collect, report, run};

/// The files that the guide shows: each block of TOML after a paragraph that begins with its name.
fn files(guide: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut parts = guide.split("```toml\n");
    let mut before = parts.next().unwrap_or_default();
    for part in parts {
        let (text, after) = part.split_once("```").expect("the end of a block");
        let paragraph = before.trim_end().rsplit("\n\n").next().unwrap_or_default();
        if let Some(name) = paragraph
            .strip_prefix("`nodes/")
            .and_then(|rest| rest.split('`').next())
        {
            files.push((name.to_owned(), text.to_owned()));
        }
        before = after;
    }
    files
}

fn write(folder: &Path, files: &[(String, String)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
}

/// Runs the cases in a folder with the definitions beside them.
fn results(folder: &Path) -> Vec<CaseResult> {
    let service = folder.join("pipedrive");
    let definitions = ["node.toml", "persons.toml"].map(|name| {
        let text = fs::read_to_string(service.join(name)).expect("a definition");
        (name.to_owned(), text)
    });
    let mut library = Library::default();
    library
        .add("pipedrive", definitions.to_vec())
        .expect("definitions without faults");
    let collected = collect(&[service]).expect("cases");
    assert!(collected.faults.is_empty(), "{:?}", collected.faults);
    run(&common::host(library), &collected.jobs, 1)
}

#[test]
fn the_guide_shows_the_committed_test_of_a_workflow() {
    let guide = fs::read_to_string(common::root().join("docs/testing.md")).expect("the guide");
    let name = "workflows/user-groups.test.toml";
    let after = guide
        .split(&format!("`{name}`\n\n```toml\n"))
        .nth(1)
        .expect("the example");
    let shown = after.split("```").next().expect("the end of the example");
    let committed = fs::read_to_string(common::root().join(name)).expect("a committed file");
    assert_eq!(shown, committed);
}

#[test]
fn the_guide_does_what_it_says() {
    let guide = fs::read_to_string(common::root().join("docs/testing.md")).expect("the guide");
    let mut files = files(&guide);
    assert_eq!(files.len(), 4);
    for (name, text) in &files {
        let committed = fs::read_to_string(common::root().join("nodes").join(name)).expect("a committed file");
        assert_eq!(*text, committed, "{name}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &files);
    let passed = results(folder.path());
    assert_eq!(passed.len(), 4);
    common::all_passed(&passed);
    let (_, cases) = &mut files[3];
    *cases = cases.replace("limit=2&start=2", "limit=2&start=3");
    write(folder.path(), &files);
    let told = report::human::report(&results(folder.path()), false, None);
    let message = guide
        .split("```text\n")
        .nth(1)
        .and_then(|rest| rest.split("\n```").next());
    assert!(told.contains(message.expect("the message of the guide")), "{told}");
    assert!(told.contains("3 passed, 1 failed"), "{told}");
}
