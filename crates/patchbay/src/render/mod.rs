//! How faults, progress and logs look. What is not the result goes to stderr.

pub mod diagnostics;
mod plain;
pub mod progress;

use std::io::{ErrorKind, IsTerminal, Write};

use tracing_subscriber::EnvFilter;

use crate::secrets::{RedactingStderr, redact};

/// A certificate that does not hold is told by the error of the request.
const USUAL_LOG: &str = "warn,rustls_platform_verifier=off";

/// Starts logging to stderr, at `warn` unless told otherwise; as lines of JSON, or for people.
pub fn start_log(filter: Option<EnvFilter>, as_json: bool) {
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|| EnvFilter::new(USUAL_LOG)))
        .with_ansi(colours(&std::io::stderr()))
        .with_writer(|| RedactingStderr);
    // Only the first start counts, and there is only one.
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
    // Who closed stderr does not want to know: `eprint!` would panic.
    let _ = std::io::stderr().lock().write_all(redact(text).as_bytes());
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
