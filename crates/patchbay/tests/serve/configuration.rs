//! Settings from the command line, the environment and a file.

use std::path::Path;
use std::process::Command;

/// What `patchbay serve --show-config` prints on stdout and stderr, and its exit code.
fn shown(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (String, String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_patchbay"))
        .args(["serve", "--show-config"])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .expect("patchbay runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

/// The line of a setting, with single spaces.
fn line(shown: &str, key: &str) -> String {
    let line = shown
        .lines()
        .find(|line| line.trim_start_matches("# ").starts_with(&format!("{key} =")));
    let line = line.unwrap_or_else(|| panic!("no `{key}` in {shown}"));
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_setting_is_shown_with_its_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = "port = 1\nhost = \"::1\"\nqueued = 5\nnodes = [\"more\"]\n";
    std::fs::write(folder.path().join("patchbay.toml"), file).expect("written");
    let variables = [
        ("N8N_PORT", "2"),
        ("PATCHBAY_RUNNING", "7"),
        ("DB_TYPE", "postgresdb"),
        ("DB_POSTGRESDB_PASSWORD", "hunter2"),
    ];
    let (shown, told, code) = shown(folder.path(), &["--running", "8"], &variables);
    assert_eq!((told.as_str(), code), ("", Some(0)));
    for (key, expected) in [
        ("port", "port = 2 # environment: N8N_PORT"),
        ("host", "host = \"::1\" # patchbay.toml, line 2"),
        ("queued", "queued = 5 # patchbay.toml, line 3"),
        ("nodes", "nodes = [\"more\"] # patchbay.toml, line 4"),
        ("running", "running = 8 # command line"),
        ("data", "data = \"data\" # default"),
        ("timeout", "# timeout = # not set"),
        (
            "store",
            "# store = \"postgres://postgres:[secret]@localhost:5432/n8n\" # environment: DB_TYPE",
        ),
        ("log", "log = \"info\" # default"),
    ] {
        assert_eq!(line(&shown, key), expected);
    }
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn what_is_shown_is_a_file_of_the_same_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, ..) = shown(
        folder.path(),
        &["--port", "3", "--timeout", "5m", "--nodes", "a b"],
        &[],
    );
    std::fs::write(folder.path().join("copy.toml"), &first).expect("written");
    let (second, told, code) = shown(folder.path(), &["--config", "copy.toml"], &[]);
    assert_eq!((told.as_str(), code), ("", Some(0)));
    let values = |shown: &str| -> Vec<String> {
        let before = |line: &str| {
            line.rsplit_once(" # ")
                .map_or(line, |(value, _)| value)
                .trim_end()
                .to_owned()
        };
        shown.lines().map(before).collect()
    };
    assert_eq!(values(&second), values(&first));
}

#[test]
fn the_page_on_the_server_has_every_setting() {
    let folder = tempfile::tempdir().expect("a folder");
    let (shown, ..) = shown(folder.path(), &[], &[]);
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/server.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let keys = shown
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once(" ="));
    let missing: Vec<&str> = keys
        .map(|(key, _)| key)
        .filter(|key| !page.contains(&format!("`{key}`")))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn secrets_that_are_shown_are_no_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let variables = [
        ("PATCHBAY_API_KEY", "hunter2-hunter2"),
        ("N8N_ENCRYPTION_KEY", "hunter2-hunter2"),
    ];
    let (shown, ..) = shown(folder.path(), &[], &variables);
    for key in ["api-key", "encryption-key"] {
        assert!(
            line(&shown, key).starts_with(&format!("# {key} = \"[secret]\" # environment")),
            "{shown}"
        );
    }
}

#[test]
fn a_folder_of_workflows_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_patchbay"))
        .args(["serve", "--workflows", "nowhere"])
        .current_dir(folder.path())
        .env_clear()
        .output()
        .expect("patchbay runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("error[E1201]") && told.contains("nowhere"), "{told}");
}

#[test]
fn every_fault_is_told_and_nothing_starts() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("patchbay.toml");
    std::fs::write(&path, "porrt = 1\nrunning = \"many\"\n").expect("written");
    let variables = [("EXECUTIONS_DATA_SAVE_ON_ERROR", "perhaps"), ("PATCHBAY_PROT", "3")];
    let (shown, told, code) = shown(folder.path(), &[], &variables);
    assert_eq!((shown.as_str(), code), ("", Some(2)));
    for expected in [
        "error[E1251]: there is no setting `porrt`\n  --> patchbay.toml:1:1\nhint: did you mean `port`?",
        "error[E1252]: `running` can not be `many`: invalid digit found in string\n  --> patchbay.toml:2:11",
        "error[E1251]: there is no setting PATCHBAY_PROT\nhint: did you mean PATCHBAY_PORT?",
        "error[E1252]: `keep-error` can not be `perhaps`: it is `all` or `none`\nhint: it comes from EXECUTIONS_DATA_SAVE_ON_ERROR",
    ] {
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn what_would_do_harm_is_refused_before_anything_starts() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("workflows")).expect("a folder");
    let refused = |arguments: &[&str], file: &str| {
        std::fs::write(folder.path().join("patchbay.toml"), file).expect("written");
        let output = Command::new(env!("CARGO_BIN_EXE_patchbay"))
            .args(["serve", "--port", "0"])
            .args(arguments)
            .current_dir(folder.path())
            .env_clear()
            .output()
            .expect("patchbay runs");
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {file}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for (arguments, file, told) in [
        (&[][..], "api-key = \"[secret]\"", "`[secret]` stands for a secret"),
        (&["--webhook-path", "form"], "", "`/form` is another path of the server"),
        (
            &["--webhook-path", "webhook-test"],
            "",
            "`webhook-path` and `webhook-test-path` can not be",
        ),
        (
            &["--webhook-waiting-path", "webhook/waiting"],
            "",
            "`webhook-path` and `webhook-waiting-path` can not be",
        ),
        (&["--base-url", "foo"], "", "it is a URL such as"),
        (&["--running", "0"], "", "non-zero"),
    ] {
        let found = refused(arguments, file);
        assert!(found.contains(told), "{arguments:?} {file}: {found}");
    }
}
