//! How faults, progress and logs look. What is not the result goes to stderr.

pub mod diagnostics;
mod plain;
pub mod progress;

use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::OnceLock;

use serde_json::{Map, Value};
use tracing_subscriber::EnvFilter;

use crate::secrets::{RedactingStderr, redact};

/// A certificate that does not hold is told by the error of the request.
const USUAL_LOG: &str = "warn,rustls_platform_verifier=off";

/// Whether all that goes to stderr is lines of JSON; not set before the log is started.
static AS_JSON: OnceLock<bool> = OnceLock::new();

/// Starts logging to stderr, at `warn` unless told otherwise; as lines of JSON, or for people.
pub fn start_log(filter: Option<EnvFilter>, as_json: bool) {
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|| EnvFilter::new(USUAL_LOG)))
        .with_ansi(colours(&std::io::stderr()))
        .with_writer(|| RedactingStderr);
    // Only the first start counts, and there is only one.
    let _ = AS_JSON.set(as_json);
    let _ = if as_json {
        log.json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .try_init()
    } else {
        log.try_init()
    };
}

/// Whether a stream takes colours: a terminal, where `NO_COLOR` is not set.
pub fn colours(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Tells something on stderr, whole lines, without secrets.
pub fn tell(text: &str) {
    tell_with(text, Map::new());
}

/// As [`tell`], with what the text says as fields, for a log of JSON.
pub fn tell_with(text: &str, fields: Map<String, Value>) {
    let as_json = AS_JSON.get().copied().unwrap_or_default();
    let text = if as_json {
        line_of_json(text, fields)
    } else {
        text.to_owned()
    };
    // Who closed stderr does not want to know: `eprint!` would panic.
    let _ = std::io::stderr().lock().write_all(redact(&text).as_bytes());
}

/// As an event of the log: `error[E1201]: …` says its level and its code.
fn line_of_json(text: &str, fields: Map<String, Value>) -> String {
    let (head, rest) = text.split_once(": ").unwrap_or(("", text));
    let (word, code) = match head.strip_suffix(']').and_then(|head| head.split_once('[')) {
        Some((word, code)) => (word, Some(code)),
        None => (head, None),
    };
    let (level, message) = match word {
        "error" => ("ERROR", rest),
        "warning" => ("WARN", rest),
        _ => ("INFO", text),
    };
    let mut line = Map::new();
    line.insert("timestamp".into(), format!("{:.6}", jiff::Timestamp::now()).into());
    line.insert("level".into(), level.into());
    line.insert("message".into(), message.trim_end().into());
    line.extend(code.map(|code| ("code".into(), code.into())));
    line.extend(fields);
    format!("{}\n", Value::Object(line))
}

/// As `eprintln!`, by [`tell`].
macro_rules! tell_line {
    ($($part:tt)*) => {
        $crate::render::tell(&(format!($($part)*) + "\n"))
    };
}
pub(crate) use tell_line;

/// Tells that a file or folder can not be read, and what to do.
pub fn tell_unreadable(name: &str, reason: &str) {
    tell_line!("error[E0801]: `{name}` can not be read: {reason}");
    tell_line!("hint: check the name, and that you may read it; a relative path begins where patchbay was started");
}

/// Writes to stdout, without secrets.
pub fn tell_result(text: &str) {
    print(&redact(text));
}

/// Writes to stdout. Whoever reads it may have gone: then there is nothing left to say, and nothing went wrong.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush())
        && error.kind() != ErrorKind::BrokenPipe
    {
        tell_line!("error: the result can not be written: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_can_be_an_event_of_the_log() {
        for (text, level, code, message) in [
            ("patchbay ends: soon\n", "INFO", None, "patchbay ends: soon"),
            ("error[E1201]: it is gone\n", "ERROR", Some("E1201"), "it is gone"),
            ("error: it is gone\n", "ERROR", None, "it is gone"),
            ("warning[E1255]: a\n  b\n", "WARN", Some("E1255"), "a\n  b"),
            ("hint: mend it\n", "INFO", None, "hint: mend it"),
        ] {
            let fields = Map::from_iter([("workflows".to_owned(), Value::from(3))]);
            let line = line_of_json(text, fields);
            let read: Value = serde_json::from_str(&line).expect("JSON");
            let found = (read["level"].as_str(), read["code"].as_str(), read["message"].as_str());
            assert_eq!(found, (Some(level), code, Some(message)));
            assert_eq!((line.lines().count(), &read["workflows"]), (1, &Value::from(3)));
        }
    }
}
