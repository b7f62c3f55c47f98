//! The files of `docker/`, so far as they can be checked without an engine: every setting in them is one, the image is run
//! by nobody, and its health check tells the truth.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_yaml_ng::Value;

use crate::server::Server;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docker")
}

fn text(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).expect("a file of docker/")
}

/// The variables of a compose file's service `patchbay`, without those that n8n and Postgres read from secrets.
fn variables(name: &str) -> Vec<(String, String)> {
    let compose: Value = serde_yaml_ng::from_str(&text(name)).expect("YAML");
    let variables = compose["services"]["patchbay"]["environment"]
        .as_mapping()
        .expect("variables");
    let pairs = variables.iter().map(|(name, value)| {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        (text(name), text(value))
    });
    pairs.collect()
}

/// What `--show-config` prints with these variables, each secret's file being there.
fn shown(variables: &[(String, String)]) -> String {
    let secrets = tempfile::tempdir().expect("a folder");
    let file = secrets.path().join("secret");
    std::fs::write(&file, "hunter2").expect("written");
    let variables = variables.iter().map(|(name, value)| {
        let value = if name.ends_with("_FILE") {
            file.display().to_string()
        } else {
            value.clone()
        };
        (name.clone(), value)
    });
    let output = Command::new(env!("CARGO_BIN_EXE_patchbay"))
        .args(["serve", "--show-config"])
        .current_dir(secrets.path())
        .env_clear()
        .envs(variables)
        .output()
        .expect("patchbay runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.is_empty(), "{told}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn every_variable_of_compose_is_a_setting() {
    for file in ["compose.yaml", "compose.postgres.yaml"] {
        let variables = variables(file);
        let shown = shown(&variables);
        assert!(!shown.contains("hunter2"), "{shown}");
        // Parts of the database's URL come under one name.
        let is_part = |name: &str| name.starts_with("DB_POSTGRESDB_");
        for (name, _) in variables.iter().filter(|(name, _)| !is_part(name)) {
            let name = name.trim_end_matches("_FILE");
            assert!(
                shown.contains(&format!("# environment: {name}\n")),
                "{file}: {name} in {shown}"
            );
        }
    }
}

#[test]
fn a_compose_file_grants_nothing_that_is_not_needed() {
    for file in ["compose.yaml", "compose.postgres.yaml"] {
        let compose: Value = serde_yaml_ng::from_str(&text(file)).expect("YAML");
        let service = &compose["services"]["patchbay"];
        assert_eq!(service["read_only"], Value::Bool(true), "{file}");
        assert_eq!(service["cap_drop"][0].as_str(), Some("ALL"), "{file}");
        assert_eq!(
            service["security_opt"][0].as_str(),
            Some("no-new-privileges:true"),
            "{file}"
        );
        let named = compose["volumes"].as_mapping().expect("volumes");
        assert!(named.contains_key("data"), "{file}");
        // A volume takes the owner of the folder that it is put over; one that is not in the image would be root's.
        let dockerfile = text("Dockerfile");
        for volume in service["volumes"].as_sequence().expect("volumes") {
            let (_, place) = volume
                .as_str()
                .and_then(|volume| volume.split_once(':'))
                .expect("a place");
            let copied = format!("COPY --from=build --chown=65532:65532 /made{place} {place}\n");
            assert!(dockerfile.contains(&copied), "{file}: {place}");
        }
        let files = service["environment"]["PATCHBAY_FILES"].as_str();
        let is_there = |volume: &Value| volume.as_str().is_some_and(|volume| volume.ends_with(":/shared"));
        assert!(
            files == Some("/shared")
                && service["volumes"]
                    .as_sequence()
                    .is_some_and(|all| all.iter().any(is_there)),
            "{file}"
        );
    }
}

#[test]
fn the_image_is_the_program_alone_run_by_nobody() {
    let dockerfile = text("Dockerfile");
    let last = dockerfile.rsplit("FROM ").next().expect("a stage");
    assert!(last.starts_with("scratch\n"), "{last}");
    for line in [
        "USER 65532:65532",
        "EXPOSE 5678",
        "ENTRYPOINT [\"/patchbay\"]",
        "CMD [\"serve\"]",
    ] {
        assert!(last.lines().any(|found| found == line), "{line} is not in {last}");
    }
    let variables: Vec<(String, String)> = last
        .split_whitespace()
        .filter_map(|word| word.split_once('='))
        .filter(|(name, _)| name.starts_with("PATCHBAY_"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(variables.len(), 3, "{last}");
    let shown = shown(&variables);
    for (name, _) in variables {
        assert!(shown.contains(&format!("# environment: {name}\n")), "{name} in {shown}");
    }
}

#[tokio::test]
async fn the_health_check_asks_the_server_that_runs() {
    let dockerfile = text("Dockerfile");
    let (_, check) = dockerfile.split_once("HEALTHCHECK ").expect("a health check");
    let (_, command) = check
        .lines()
        .next()
        .and_then(|line| line.split_once(" CMD "))
        .expect("a command");
    let command: Vec<String> = serde_json::from_str(command).expect("a list");
    let check = |port: String| {
        let mut asked = Command::new(env!("CARGO_BIN_EXE_patchbay"));
        asked
            .args(&command[1..])
            .env_clear()
            .env("PATCHBAY_HOST", "0.0.0.0")
            .env("PATCHBAY_PORT", port);
        asked.output().expect("patchbay runs")
    };
    let mut server = Server::with(&[], &[]);
    let port = server.url.rsplit(':').next().expect("a port").to_owned();
    let ready = check(port.clone());
    assert!(ready.status.success(), "{}", String::from_utf8_lossy(&ready.stderr));
    server.kill();
    let gone = check(port);
    assert_eq!(gone.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&gone.stderr).contains("error[E1254]"));
}
