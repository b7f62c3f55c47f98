//! Runs every workflow of `tests/workflows/` with the real program and compares the run data with what n8n left behind,
//! which stands beside it in `*.golden.json`: status, order, each output of each run, paired items, errors.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

const GOLDEN: &str = ".golden.json";

#[test]
fn workflows_run_as_in_n8n() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/workflows");
    let mut goldens = Vec::new();
    find_goldens(&root, &mut goldens);
    assert!(!goldens.is_empty(), "no golden files below {}", root.display());

    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(golden) = goldens.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let name = golden.strip_prefix(&root).unwrap_or(golden).display().to_string();
                    let found = differences(golden);
                    let found = found.into_iter().map(|difference| format!("{name}: {difference}"));
                    faults.lock().expect("no thread panics").extend(found);
                }
            });
        }
    });
    let mut faults = faults.into_inner().expect("no thread panics");
    faults.sort();
    assert!(faults.is_empty(), "{} differences\n{}", faults.len(), faults.join("\n"));
}

fn find_goldens(folder: &Path, goldens: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder of workflows") {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            find_goldens(&path, goldens);
        } else if path.to_string_lossy().ends_with(GOLDEN) {
            goldens.push(path);
        }
    }
}

/// How a run differs from its golden file.
fn differences(golden: &Path) -> Vec<String> {
    let expected = std::fs::read_to_string(golden).expect("a golden file");
    let expected: Value = serde_json::from_str(&expected).expect("a golden file is JSON");
    let workflow = golden.to_string_lossy().replace(GOLDEN, ".json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchbay"));
    command.args(["run", &workflow, "--output", "run-data"]);
    command.args(["--now", "2026-03-04T05:06:07Z", "--timezone", "UTC", "--allow-commands"]);
    command.args([
        "--credentials",
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/workflows/credentials.json"),
    ]);
    let input = trigger_input(&workflow, &mut command);
    let output = command.output().expect("the program starts");
    drop(input);
    let Ok(found) = serde_json::from_slice::<Value>(&output.stdout) else {
        return vec![format!("no run data: {}", String::from_utf8_lossy(&output.stderr))];
    };
    let keys = ["status", "error", "order", "lastNode"];
    let mut differences: Vec<String> = keys
        .into_iter()
        .filter(|key| found.get(key) != expected.get(key))
        .map(|key| format!("{key}: {} for {}", text(found.get(key)), text(expected.get(key))))
        .collect();
    for (node, runs) in expected["nodes"].as_object().into_iter().flatten() {
        let (found, expected) = (shape(&found["nodes"][node]), shape(runs));
        if found != expected {
            differences.push(format!("{node}: {found}\n    for {expected}"));
        }
    }
    differences
}

fn text(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}

/// What only a server can start is fed with the items that the file's `trigger` holds: `{"node", "items"}`.
fn trigger_input(workflow: &str, command: &mut Command) -> Option<tempfile::NamedTempFile> {
    let text = std::fs::read_to_string(workflow).expect("the workflow beside the golden file");
    let file: Value = serde_json::from_str(&text).ok()?;
    let items = file["trigger"].get("items")?;
    let input = tempfile::NamedTempFile::new().expect("a file for the items");
    std::fs::write(input.path(), items.to_string()).expect("the items are written");
    command.arg("--input").arg(input.path());
    command.args(["--trigger", file["trigger"]["node"].as_str()?]);
    Some(input)
}

/// What archives hold is compared where it is unpacked: their bytes tell the time, and how hard they were packed.
const PACKED: [&str; 6] = ["gz", "gzip", "ods", "xls", "xlsx", "zip"];

/// The runs of a node without what means nothing: empty outputs after the last one, `pairedItem: 1` for `{"item": 1}`, and
/// the bytes of archives.
fn shape(runs: &Value) -> Value {
    let mut runs = runs.clone();
    for run in runs.as_array_mut().into_iter().flatten() {
        // Golden files have n8n's message alone.
        run.as_object_mut().map(|run| run.remove("description"));
        let Some(outputs) = run["outputs"].as_array_mut() else {
            continue;
        };
        while outputs.last().and_then(Value::as_array).is_some_and(Vec::is_empty) {
            outputs.pop();
        }
        for item in outputs.iter_mut().filter_map(Value::as_array_mut).flatten() {
            if let Some(paired) = item.get_mut("pairedItem").filter(|paired| paired.is_number()) {
                *paired = serde_json::json!({ "item": paired });
            }
            let files = item.get_mut("binary").and_then(Value::as_object_mut);
            for file in files
                .into_iter()
                .flat_map(|files| files.values_mut())
                .filter_map(Value::as_object_mut)
            {
                let extension = file.get("fileExtension").and_then(Value::as_str).unwrap_or_default();
                if PACKED.contains(&extension) {
                    file.remove("data");
                    file.remove("fileSize");
                }
            }
        }
    }
    runs
}
