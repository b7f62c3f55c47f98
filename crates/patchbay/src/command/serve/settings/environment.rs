//! Settings in the environment: `PATCHBAY_` and the setting's key in capitals, and n8n's own names where they mean the
//! same, and OpenTelemetry's. Of both ours counts. A name with `_FILE` behind it names a file that holds the value, as secrets of containers do.

use std::collections::HashMap;
use std::path::PathBuf;

use patchbay_model::Diagnostic;
use patchbay_model::diagnostic::nearest;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Given, Layer, Source, is_list, options, refused, wrong_value};

/// A value of n8n's as it stands on our command line; nothing where it says that there is none.
type Reading = fn(&str) -> Result<Vec<String>, String>;

/// n8n's name, the key of the setting, and how the value is to be read. Of several for one key the last that is set counts.
const NAMES: &[(&str, &str, Reading)] = &[
    ("N8N_LISTEN_ADDRESS", "host", same),
    ("N8N_PORT", "port", same),
    ("WEBHOOK_URL", "base-url", same),
    ("N8N_ENDPOINT_WEBHOOK", "webhook-path", same),
    ("N8N_ENDPOINT_WEBHOOK_TEST", "webhook-test-path", same),
    ("N8N_ENDPOINT_WEBHOOK_WAIT", "webhook-waiting-path", same),
    ("N8N_ENCRYPTION_KEY", "encryption-key", same),
    ("N8N_PROXY_HOPS", "proxies", same),
    ("N8N_PAYLOAD_SIZE_MAX", "largest-body", same),
    ("N8N_FORMDATA_FILE_SIZE_MAX", "largest-form", same),
    ("GENERIC_TIMEZONE", "timezone", same),
    ("N8N_BLOCK_ENV_ACCESS_IN_NODE", "allow-env", negated),
    ("N8N_RESTRICT_FILE_ACCESS_TO", "files", folders),
    ("N8N_CONCURRENCY_PRODUCTION_LIMIT", "running", limit),
    ("EXECUTIONS_TIMEOUT", "timeout", limit),
    ("EXECUTIONS_TIMEOUT_MAX", "longest-timeout", limit),
    ("EXECUTIONS_DATA_SAVE_ON_SUCCESS", "keep-success", all_or_none),
    ("EXECUTIONS_DATA_SAVE_ON_ERROR", "keep-error", all_or_none),
    ("EXECUTIONS_DATA_MAX_AGE", "keep-hours", same),
    ("EXECUTIONS_DATA_PRUNE_MAX_COUNT", "keep-count", same),
    ("EXECUTIONS_DATA_PRUNE", "keep-hours", everything),
    ("EXECUTIONS_DATA_PRUNE", "keep-count", everything),
    ("N8N_GRACEFUL_SHUTDOWN_TIMEOUT", "grace", same),
    ("N8N_LOG_LEVEL", "log", level),
    ("N8N_LOG_FORMAT", "log-format", same),
    ("N8N_METRICS", "metrics", boolean),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "otlp-endpoint", same),
    ("OTEL_EXPORTER_OTLP_HEADERS", "otlp-headers", same),
    ("OTEL_SERVICE_NAME", "service-name", same),
];

/// Of ours, what is read elsewhere.
const OTHERS: [&str; 3] = ["PATCHBAY_CONFIG", "PATCHBAY_CODE_TIMEOUT", "PATCHBAY_CODE_MEMORY"];

/// What Kubernetes and Docker set where a service is called `patchbay`.
const LINKS: [&str; 3] = ["PATCHBAY_SERVICE_", "PATCHBAY_PORT_", "PATCHBAY_ENV_"];

/// The environment.
pub struct Variables(HashMap<String, String>);

impl Variables {
    pub fn of_process() -> Self {
        let all = std::env::vars_os();
        Self(
            all.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
        )
    }

    /// A variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The files that variables name which settings may come from.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        let is_ours = |name: &str| {
            ["PATCHBAY_", "N8N_", "DB_", "OTEL_"]
                .iter()
                .any(|start| name.starts_with(start))
        };
        let naming = self
            .0
            .iter()
            .filter(move |(name, _)| is_ours(name) && name.ends_with("_FILE"));
        naming.map(|(_, path)| PathBuf::from(path))
    }

    /// As [`Variables::get`], or what the file holds that `…_FILE` names.
    fn read(&self, name: &str, faults: &mut Vec<Diagnostic>) -> Option<String> {
        if let Some(value) = self.get(name) {
            return Some(value.to_owned());
        }
        let naming = format!("{name}_FILE");
        let path = self.get(&naming)?;
        match std::fs::read_to_string(path) {
            Ok(text) => Some(text.trim().to_owned()),
            Err(error) => {
                let message = format!("the file `{path}` of {naming} can not be read: {error}");
                faults.push(Diagnostic::error("E1252", message));
                None
            }
        }
    }
}

/// What the environment says, and what is wrong with it.
pub fn read(variables: &Variables) -> (Layer, Vec<Diagnostic>) {
    let mut layer = Layer::new();
    let mut faults = Vec::new();
    let mut take = |key: &str, name: &str, values: Result<Vec<String>, String>, faults: &mut Vec<Diagnostic>| {
        let fault = match values {
            Ok(values) if values.is_empty() => return,
            Ok(values) => {
                if let Some(reason) = refused(key, &values) {
                    wrong_value(key, &values, &reason)
                } else {
                    let source = Source::Environment(name.to_owned());
                    layer.insert(key.to_owned(), Given { values, source });
                    return;
                }
            }
            Err(reason) => wrong_value(key, &[variables.get(name).unwrap_or_default().to_owned()], &reason),
        };
        faults.push(fault.hint(format!("it comes from {name} in the environment")));
    };
    if let Some(url) = host_url(variables) {
        let name = variables.get("N8N_HOST").map_or("N8N_PROTOCOL", |_| "N8N_HOST");
        take("base-url", name, Ok(vec![url]), &mut faults);
    }
    if let Some(database) = database(variables, &mut faults) {
        take("store", "DB_TYPE", database, &mut faults);
    }
    for (name, key, reading) in NAMES {
        if let Some(value) = variables.read(name, &mut faults) {
            take(key, name, reading(&value), &mut faults);
        }
    }
    let mut known: Vec<String> = OTHERS.map(str::to_owned).to_vec();
    for option in options() {
        let key = option.get_long().unwrap_or_default();
        let name = ours(key);
        if let Some(value) = variables.read(&name, &mut faults)
            && !(key == "port" && value.starts_with("tcp://"))
        {
            let values = if is_list(&option) {
                let paths = std::env::split_paths(&value);
                paths.map(|path| path.to_string_lossy().into_owned()).collect()
            } else {
                vec![value]
            };
            take(key, &name, Ok(values), &mut faults);
        }
        known.push(name);
    }
    known.push("PATCHBAY_LOG".to_owned());
    faults.extend(unknown(variables, &known));
    (layer, faults)
}

/// Names that look like ours and are not.
fn unknown(variables: &Variables, known: &[String]) -> Vec<Diagnostic> {
    let is_unknown = |name: &&String| {
        let plain = name.strip_suffix("_FILE").unwrap_or(name);
        name.starts_with("PATCHBAY_")
            && !known.iter().any(|known| known == plain)
            && !LINKS.iter().any(|link| name.starts_with(link))
    };
    let mut names: Vec<&String> = variables.0.keys().filter(is_unknown).collect();
    names.sort();
    let told = names.into_iter().map(|name| {
        let fault = Diagnostic::error("E1251", format!("there is no setting {name}"));
        match nearest(name, known.iter().map(String::as_str)) {
            Some(known) => fault.hint(format!("did you mean {known}?")),
            None => fault.hint("`patchbay serve --show-config` prints them all"),
        }
    });
    told.collect()
}

/// Our name of a setting: `PATCHBAY_LARGEST_BODY`.
pub fn ours(key: &str) -> String {
    format!("PATCHBAY_{}", key.replace('-', "_").to_uppercase())
}

/// n8n makes the address of parts where `WEBHOOK_URL` is not set; nothing where no part is set either.
fn host_url(variables: &Variables) -> Option<String> {
    let (host, protocol) = (variables.get("N8N_HOST"), variables.get("N8N_PROTOCOL"));
    host.or(protocol)?;
    let (host, protocol) = (host.unwrap_or("localhost"), protocol.unwrap_or("http"));
    let port = match (protocol, variables.get("N8N_PORT").unwrap_or("5678")) {
        ("http", "80") | ("https", "443") => String::new(),
        (_, port) => format!(":{port}"),
    };
    Some(format!("{protocol}://{host}{port}"))
}

/// n8n's parts of a Postgres URL.
fn database(variables: &Variables, faults: &mut Vec<Diagnostic>) -> Option<Result<Vec<String>, String>> {
    match variables.get("DB_TYPE")? {
        "sqlite" => return None,
        "postgresdb" => {}
        _ => return Some(Err("only sqlite and postgresdb are kept".to_owned())),
    }
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let mut part = |name: &str, otherwise: &str| {
        let value = variables.read(&format!("DB_POSTGRESDB_{name}"), faults);
        value.unwrap_or_else(|| otherwise.to_owned())
    };
    let (user, password) = (part("USER", "postgres"), part("PASSWORD", ""));
    let (host, port) = (part("HOST", "localhost"), part("PORT", "5432"));
    let (name, schema) = (part("DATABASE", "n8n"), part("SCHEMA", "public"));
    let mut url = format!(
        "postgres://{}:{}@{host}:{port}/{}",
        encoded(&user),
        encoded(&password),
        encoded(&name)
    );
    if schema != "public" {
        url.push_str(&format!("?options=-csearch_path%3D{}", encoded(&schema)));
    }
    Some(Ok(vec![url]))
}

#[expect(clippy::unnecessary_wraps, reason = "it is one of several readings")]
fn same(value: &str) -> Result<Vec<String>, String> {
    Ok(vec![value.to_owned()])
}

/// -1 and 0 stand for none.
#[expect(clippy::unnecessary_wraps, reason = "it is one of several readings")]
fn limit(value: &str) -> Result<Vec<String>, String> {
    Ok(match value {
        "-1" | "0" => Vec::new(),
        value => vec![value.to_owned()],
    })
}

#[expect(clippy::unnecessary_wraps, reason = "it is one of several readings")]
fn folders(value: &str) -> Result<Vec<String>, String> {
    let folders = value.split(';').map(str::trim).filter(|folder| !folder.is_empty());
    Ok(folders.map(str::to_owned).collect())
}

/// n8n takes them in any case, and as numbers.
fn truth(value: &str) -> Result<bool, String> {
    match value.to_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err("it is `true` or `false`".to_owned()),
    }
}

fn boolean(value: &str) -> Result<Vec<String>, String> {
    Ok(vec![truth(value)?.to_string()])
}

fn negated(value: &str) -> Result<Vec<String>, String> {
    Ok(vec![(!truth(value)?).to_string()])
}

fn all_or_none(value: &str) -> Result<Vec<String>, String> {
    match value {
        "all" => Ok(vec!["true".to_owned()]),
        "none" => Ok(vec!["false".to_owned()]),
        _ => Err("it is `all` or `none`".to_owned()),
    }
}

/// Nothing is removed where pruning is off.
fn everything(value: &str) -> Result<Vec<String>, String> {
    Ok(if truth(value)? {
        Vec::new()
    } else {
        vec!["0".to_owned()]
    })
}

#[expect(clippy::unnecessary_wraps, reason = "it is one of several readings")]
fn level(value: &str) -> Result<Vec<String>, String> {
    let level = match value {
        "silent" => "off",
        "verbose" => "debug",
        level => level,
    };
    Ok(vec![level.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(all: &[(&str, &str)]) -> Variables {
        Variables(
            all.iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    fn value(all: &[(&str, &str)], key: &str) -> Option<String> {
        let (layer, faults) = read(&variables(all));
        assert_eq!(faults, [], "{all:?}");
        layer.get(key).map(|given| given.values.join(" "))
    }

    #[test]
    fn names_of_n8n_mean_the_same() {
        for (name, given, key, expected) in [
            ("N8N_PORT", "8080", "port", Some("8080")),
            ("PATCHBAY_PORT", "8080", "port", Some("8080")),
            ("PATCHBAY_PORT", "tcp://10.0.0.1:5678", "port", None),
            (
                "WEBHOOK_URL",
                "https://example.com/",
                "base-url",
                Some("https://example.com/"),
            ),
            ("N8N_HOST", "example.com", "base-url", Some("http://example.com:5678")),
            ("N8N_PROTOCOL", "https", "base-url", Some("https://localhost:5678")),
            ("N8N_LISTEN_ADDRESS", "localhost", "host", Some("localhost")),
            ("N8N_METRICS", "TRUE", "metrics", Some("true")),
            ("N8N_METRICS", "1", "metrics", Some("true")),
            ("N8N_BLOCK_ENV_ACCESS_IN_NODE", "False", "allow-env", Some("true")),
            ("GENERIC_TIMEZONE", "Europe/Berlin", "timezone", Some("Europe/Berlin")),
            ("EXECUTIONS_TIMEOUT", "3600", "timeout", Some("3600")),
            ("EXECUTIONS_TIMEOUT", "-1", "timeout", None),
            ("N8N_CONCURRENCY_PRODUCTION_LIMIT", "-1", "running", None),
            ("EXECUTIONS_DATA_SAVE_ON_SUCCESS", "none", "keep-success", Some("false")),
            ("EXECUTIONS_DATA_PRUNE", "false", "keep-hours", Some("0")),
            ("EXECUTIONS_DATA_PRUNE", "true", "keep-hours", None),
            ("N8N_BLOCK_ENV_ACCESS_IN_NODE", "false", "allow-env", Some("true")),
            ("N8N_RESTRICT_FILE_ACCESS_TO", "one; two", "files", Some("one two")),
            ("N8N_LOG_LEVEL", "verbose", "log", Some("debug")),
            ("DB_TYPE", "sqlite", "store", None),
            (
                "DB_TYPE",
                "postgresdb",
                "store",
                Some("postgres://postgres:@localhost:5432/n8n"),
            ),
        ] {
            assert_eq!(value(&[(name, given)], key).as_deref(), expected, "{name}={given}");
        }
        let database = [
            ("DB_TYPE", "postgresdb"),
            ("DB_POSTGRESDB_HOST", "db"),
            ("DB_POSTGRESDB_PASSWORD", "p@ss"),
            ("DB_POSTGRESDB_SCHEMA", "flows"),
        ];
        let expected = "postgres://postgres:p%40ss@db:5432/n8n?options=-csearch_path%3Dflows";
        assert_eq!(value(&database, "store").as_deref(), Some(expected));
        let both = [("N8N_PORT", "1"), ("PATCHBAY_PORT", "2")];
        assert_eq!(value(&both, "port").as_deref(), Some("2"));
    }

    #[test]
    fn wrong_values_and_names_are_told() {
        for (name, given, code, told) in [
            ("N8N_PORT", "many", "E1252", "it comes from N8N_PORT in the environment"),
            (
                "N8N_LISTEN_ADDRESS",
                "no host",
                "E1252",
                "it comes from N8N_LISTEN_ADDRESS in the environment",
            ),
            (
                "EXECUTIONS_DATA_SAVE_ON_ERROR",
                "some",
                "E1252",
                "it comes from EXECUTIONS_DATA_SAVE_ON_ERROR in the environment",
            ),
            (
                "DB_TYPE",
                "mysqldb",
                "E1252",
                "it comes from DB_TYPE in the environment",
            ),
            (
                "PATCHBAY_LARGEST_BODI",
                "1",
                "E1251",
                "did you mean PATCHBAY_LARGEST_BODY?",
            ),
        ] {
            let (_, faults) = read(&variables(&[(name, given)]));
            let found: Vec<_> = faults
                .iter()
                .map(|fault| (fault.code, fault.hints[0].as_str()))
                .collect();
            assert_eq!(found, [(code, told)], "{name}");
        }
        assert_eq!(value(&[("PATCHBAY_SERVICE_HOST", "10.0.0.1")], "host"), None);
    }

    #[test]
    fn a_file_can_hold_the_value() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "8081\n").expect("written");
        let path = file.path().display().to_string();
        assert_eq!(value(&[("N8N_PORT_FILE", &path)], "port").as_deref(), Some("8081"));
        let (_, faults) = read(&variables(&[("N8N_PORT_FILE", "nowhere")]));
        assert_eq!(faults.len(), 1);
    }
}
