//! Cases that fail on purpose, and what the reports say of them: one service, one mistake of each kind.

mod common;

use std::time::Duration;

use patchbay_actions::Library;
use patchbay_testing::{CaseResult, collect, drift, report, rewrite, run};
use tempfile::TempDir;

const SERVICE: &str = r#"
types = ["test.shop"]
title = "Shop"
about = "Sells things"
[connection]
base = "https://shop.example.com"
path = "/api"
[auth]
type = "none"
[error]
message = "$.error"
"#;

const RESOURCE: &str = r#"
resource = "Things"
[[operation]]
name = "Get Thing"
about = "Gives a thing"
method = "GET"
path = "/things/{{encode id}}"
[operation.parameter]
id = { in = "path", type = "integer", required = true }
[[operation]]
name = "Make Thing"
about = "Makes a thing"
method = "POST"
path = "/things"
[operation.parameter]
name = {}
size = { type = "integer" }
"#;

const CASES: &str = r#"# Every one of these fails but the last.
resource = "Things"
origin = "https://shop.example.com"

[[case]]
name = "another request, another output"
operation = "Make Thing"
parameters = { name = "chair", size = 4 }
output = [{ id = 1, tags = ["a", "b"] }]
[[case.exchange]]
request = "POST /api/things"
json = { name = "table", size = 4 }
answer = { json = { id = 2, tags = ["a"] } }

[[case]]
name = "nothing answers"
operation = "Get Thing"
parameters = { id = 1 }
output = []

[[case]]
name = "it does not go out"
operation = "Get Thing"
parameters = { id = "one" }
error = "E0413"
[[case.exchange]]
request = "GET /api/things/1"
answer = { json = {} }

[[case]]
name = "another error"
operation = "Get Thing"
parameters = { id = 1 }
error = { code = "E0433", description = "gone", hint = "look" }
[[case.exchange]]
request = "GET /api/things/1"
answer = { status = 409, json = { error = "in use" } }

[[case]]
name = "an error that nobody expects"
operation = "Get Thing"
parameters = { id = 1 }
output = [{ id = 1 }]
[[case.exchange]]
request = "GET /api/things/1"
fault = "drop"
times = 3

[[case]]
name = "no error though one is expected"
operation = "Get Thing"
parameters = { id = 1 }
error = "E0433"
[[case.exchange]]
request = "GET /api/things/1"
answer = { json = { id = 1 } }

[[case]]
name = "other pairs"
operation = "Get Thing"
parameters = { id = "={{ $json.id }}" }
input = [{ id = 1 }, { id = 2 }]
output = [{ id = 1 }, { id = 2 }]
paired = [1, 0]
[[case.exchange]]
request = "GET /api/things/1"
answer = { json = { id = 1 } }
[[case.exchange]]
request = "GET /api/things/2"
answer = { json = { id = 2 } }

[[case]]
name = "nothing is expected"
operation = "Get Thing"
parameters = { id = 1 }
[[case.exchange]]
request = "GET /api/things/1"
answer = { json = { id = 1 } }

[[case]]
name = "all is well"
operation = "Get Thing"
parameters = { id = 1 }
output = [{ id = 1, name = { "~matches" = "^ch" } }]
[[case.exchange]]
request = "GET /api/things/1"
answer = { json = { id = 1, name = "chair" } }
"#;

/// A folder with the service and cases, and what they find.
struct World {
    folder: TempDir,
}

impl World {
    fn new(cases: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let tests = folder.path().join("shop/tests");
        std::fs::create_dir_all(&tests).expect("a folder");
        std::fs::write(folder.path().join("shop/node.toml"), SERVICE).expect("a file");
        std::fs::write(tests.join("things.toml"), cases).expect("a file");
        Self { folder }
    }

    fn collected(&self) -> patchbay_testing::Collected {
        collect(&[self.folder.path().to_path_buf()]).expect("cases")
    }

    fn run(&self) -> (Vec<patchbay_testing::collect::Job>, Vec<CaseResult>) {
        let files = vec![
            ("node.toml".to_owned(), SERVICE.to_owned()),
            ("things.toml".to_owned(), RESOURCE.to_owned()),
        ];
        let mut library = Library::default();
        library.add("shop", files).expect("definitions without faults");
        let collected = self.collected();
        assert!(collected.faults.is_empty(), "{:?}", collected.faults);
        let mut results = run(&common::host(library), &collected.jobs, 2);
        for result in &mut results {
            result.elapsed = Duration::ZERO;
        }
        (collected.jobs, results)
    }

    /// The text without the folder, which is another each time.
    fn placeless(&self, text: &str) -> String {
        text.replace(&self.folder.path().display().to_string(), "FOLDER")
    }
}

#[test]
fn failures_are_told_to_people_and_machines() {
    let world = World::new(CASES);
    let (_, results) = world.run();
    insta::assert_snapshot!("human", world.placeless(&report::human::report(&results, false, None)));
    insta::assert_snapshot!(
        "json",
        world.placeless(&report::json::report(&results).to_json_pretty())
    );
    insta::assert_snapshot!("junit", world.placeless(&report::junit::report(&results)));
    insta::assert_snapshot!("tap", world.placeless(&report::tap::report(&results)));
}

#[test]
fn expectations_are_rewritten_and_then_pass() {
    let world = World::new(CASES);
    let (jobs, results) = world.run();
    let rewritten = rewrite::update(&jobs, &results);
    let [file] = rewritten.files.as_slice() else {
        panic!("{rewritten:?}");
    };
    insta::assert_snapshot!("update", world.placeless(&file.diff()));
    let unwritten = rewritten.unwritten.join("\n");
    assert!(
        rewritten.unwritten.len() == 2
            && unwritten.contains("nothing answers (nothing answers a request of it)")
            && unwritten.contains("it does not go out (a request of it did not go out)"),
        "{unwritten}"
    );
    std::fs::write(&file.path, &file.after).expect("a file");
    let (_, results) = world.run();
    let failed: Vec<&str> = results
        .iter()
        .filter(|result| !result.passed())
        .map(|result| result.name.as_str())
        .collect();
    assert_eq!(
        failed,
        ["nothing answers", "it does not go out"],
        "requests want answers from people"
    );
}

#[test]
fn a_case_that_was_changed_while_it_ran_is_left_alone() {
    let world = World::new(CASES);
    let (jobs, results) = world.run();
    let path = world.folder.path().join("shop/tests/things.toml");
    let changed = CASES
        .replace("name = \"chair\", size = 4", "name = \"stool\", size = 4")
        .replace("resource =", "# moved\n\nresource =");
    std::fs::write(path, &changed).expect("a file");
    let changes = rewrite::update(&jobs, &results);
    let file = changes.files.first().expect("the other cases are written");
    assert!(
        file.after.contains("name = \"stool\", size = 4") && file.after.contains("# moved"),
        "{}",
        file.after
    );
    let told = changes.conflicts.join("\n");
    assert!(
        told.ends_with("another request, another output` was changed while it ran"),
        "{told}"
    );
    assert_eq!(changes.conflicts.len(), 1, "{told}");
}

#[test]
fn a_case_has_exchanges_or_the_double() {
    let case = "[[case]]\nname = \"x\"\nresource = \"Things\"\noutput = []\n";
    let exchange = "[[case.exchange]]\nrequest = \"GET /things\"\n";
    for (sandbox, code) in [("true", Some("E1005")), ("{}", Some("E1005")), ("false", None)] {
        let collected = World::new(&format!("{case}sandbox = {sandbox}\n{exchange}")).collected();
        let codes: Vec<String> = collected
            .faults
            .iter()
            .map(|(_, fault)| fault.diagnostic.code.to_string())
            .collect();
        assert_eq!(codes.first().map(String::as_str), code, "{sandbox}");
    }
}

#[test]
fn what_is_known_to_have_ended_is_no_drift() {
    let with = |size: &str| {
        let files = vec![
            ("node.toml".to_owned(), SERVICE.to_owned()),
            (
                "things.toml".to_owned(),
                RESOURCE.replace("size = { type = \"integer\" }", size),
            ),
        ];
        let mut library = Library::default();
        library.add("shop", files).expect("definitions without faults");
        common::host(library)
    };
    let today = with("size = { type = \"integer\", until = \"2.0.9\" }\nweight = { since = \"2.0.10\" }");
    for (newer, changed) in [
        ("weight = {}", ""),
        ("", "Things: Make Thing: parameter `weight` is `gone`, was `there`"),
        (
            "weight = { values = [\"1\"] }",
            "Things: Make Thing: values of parameter `weight` is `1`, was `any`",
        ),
    ] {
        let drift = drift::drift(&today, &with(newer), "shop", &[], 1);
        assert_eq!(drift.changed.join("\n"), changed, "{newer}");
    }
}

#[test]
fn faults_of_files_are_told_all_at_once() {
    let cases = r#"
resource = "Things"
[[case]]
nmae = "x"
operation = "Get Thing"
parameters = 5
output = [{ a = { "~mtaches" = "x" } }]
[[case.exchange]]
request = "/things"
fault = "explode"
answer = { json = {}, text = "" }
timezone = "Mars"
[[case]]
name = "right forms are shown"
output = []
[[case.exchange]]
request = { method = "POST", path = "/things" }
answer = 404
[[case.exchange]]
request = "post"
fault = "truncat"
[[case]]
name = "a header in one bracket"
output = []
[case.exchange]
request = "GET /things"
"#;
    let world = World::new(cases);
    let faults: Vec<String> = world
        .collected()
        .faults
        .iter()
        .map(|(_, fault)| fault.to_string())
        .collect();
    insta::assert_snapshot!("faults", world.placeless(&faults.join("\n")));
}
