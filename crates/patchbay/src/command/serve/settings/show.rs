//! Settings as they are shown: a file of settings, each line with where it comes from, without secrets.

use super::super::allowed::SHOWN;
use super::{Setting, Source};

/// Whose values are not shown.
const SECRETS: [&str; 3] = ["api-key", "encryption-key", "otlp-headers"];

/// Where the source stands in a line, if the value is not longer.
const COLUMN: usize = 44;

pub fn is_secret(key: &str) -> bool {
    SECRETS.contains(&key)
}

/// All settings, a line each.
pub fn show(settings: &[Setting]) -> String {
    settings.iter().map(line).collect()
}

fn line(setting: &Setting) -> String {
    let source = match &setting.source {
        Source::CommandLine => "command line".to_owned(),
        Source::Environment(name) => format!("environment: {name}"),
        Source::File { name, line } => format!("{name}, line {line}"),
        Source::Default if setting.values.is_empty() => "not set".to_owned(),
        Source::Default => "default".to_owned(),
    };
    let values: Vec<String> = setting.values.iter().map(|value| shown(&setting.key, value)).collect();
    let text = match (setting.is_list, values.as_slice()) {
        (true, values) => format!("{} = [{}]", setting.key, values.join(", ")),
        (false, [value]) => format!("{} = {value}", setting.key),
        (false, _) => format!("# {} =", setting.key),
    };
    // Who uses what is shown as a file must not get a secret that everybody knows.
    let is_hidden = values.iter().any(|value| value.contains(SHOWN));
    let text = if is_hidden { format!("# {text}") } else { text };
    format!("{text:<COLUMN$} # {source}\n")
}

/// A value as the file has it.
fn shown(key: &str, value: &str) -> String {
    if is_secret(key) {
        return format!("\"{SHOWN}\"");
    }
    let value = if key == "store" {
        without_password(value)
    } else {
        value.to_owned()
    };
    if value.parse::<i64>().is_ok() || value.parse::<bool>().is_ok() {
        return value;
    }
    toml::Value::from(value).to_string()
}

/// `postgres://user:password@host/…`
fn without_password(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            // It has a host, so it can have one.
            let _ = parsed.set_password(Some("secret"));
            parsed.to_string().replacen(":secret@", &format!(":{SHOWN}@"), 1)
        }
        Ok(_) => url.to_owned(),
        Err(_) => SHOWN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_can_be_copied_into_the_file() {
        for (key, values, is_list, source, expected) in [
            ("port", vec!["8080"], false, Source::CommandLine, "port = 8080"),
            ("host", vec!["::1"], false, Source::Default, "host = \"::1\""),
            (
                "nodes",
                vec!["a", "b \"c\""],
                true,
                Source::Default,
                "nodes = [\"a\", 'b \"c\"']",
            ),
            ("nodes", vec![], true, Source::Default, "nodes = []"),
            ("timeout", vec![], false, Source::Default, "# timeout ="),
            (
                "store",
                vec!["postgres://me:hunter2@db/p?x=y"],
                false,
                Source::Environment("DB_TYPE".to_owned()),
                "# store = \"postgres://me:[secret]@db/p?x=y\"",
            ),
            (
                "store",
                vec!["hunter2"],
                false,
                Source::Default,
                "# store = \"[secret]\"",
            ),
        ] {
            let setting = Setting {
                key: key.to_owned(),
                values: values.into_iter().map(str::to_owned).collect(),
                is_list,
                source,
            };
            let line = line(&setting);
            let (text, _) = line.rsplit_once(" # ").unwrap_or((&line, ""));
            assert_eq!(text.trim_end(), expected);
        }
    }
}
