//! Whether a request that failed is sent again, and after which wait.
//!
//! A live service must not be asked to do a thing twice. What has surely not been done may be sent again; where nobody
//! knows whether it was done, only what comes out the same if it is done twice: a read, an update with the same body, a
//! deletion.

use patchbay_node::NodeError;
use patchbay_node::capability::http::{BROKEN_OFF, Effect, NO_ANSWER, NO_CONNECTION, Response};

/// How often a request is sent again.
const REPEATS: i32 = 2;
/// Before it is sent again for the first time, in milliseconds; each time it is twice as long.
const FIRST_WAIT: f64 = 500.0;
/// A service that wants to be left alone for longer is not waited for, in milliseconds.
const LONGEST_WAIT: f64 = 30_000.0;

/// What comes of sending a request twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twice {
    /// The same as of sending it once.
    Same,
    /// The same, but the second answer says that there is no such thing: the first has removed it.
    Gone,
    /// Two of what was meant to be one.
    Two,
}

/// Whether a request that failed was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    No,
    Perhaps,
}

impl Twice {
    pub fn of(method: &str, effect: Effect) -> Self {
        match (effect, method) {
            (Effect::Read, _) | (Effect::Write, "PATCH" | "PUT") => Self::Same,
            (Effect::Write, "DELETE") => Self::Gone,
            (Effect::Write, _) => Self::Two,
        }
    }
}

/// Of an answer's status; `None` where it is no failure, or one that lasts.
pub fn done_by_status(status: u16) -> Option<Done> {
    match status {
        425 | 429 => Some(Done::No),
        408 | 500 | 502..=504 => Some(Done::Perhaps),
        _ => None,
    }
}

/// Of an error on the way; `None` where sending again is of no use.
pub fn done_by_error(error: &NodeError) -> Option<Done> {
    match error.error.code.as_str() {
        NO_CONNECTION => Some(Done::No),
        NO_ANSWER | BROKEN_OFF => Some(Done::Perhaps),
        _ => None,
    }
}

/// How many milliseconds to wait before a request that failed so is sent again; `None` if it is not. `asked_for` is what
/// the service wants ([`wait_asked_for`]), `random` is from 0 to 1.
pub fn wait(twice: Twice, done: Done, repeated: i32, asked_for: Option<f64>, random: f64) -> Option<f64> {
    let is_safe = done == Done::No || twice != Twice::Two;
    if !is_safe || repeated >= REPEATS {
        return None;
    }
    let wait = asked_for.unwrap_or_else(|| FIRST_WAIT * 2_f64.powi(repeated) * (0.5 + random));
    (wait <= LONGEST_WAIT).then_some(wait)
}

/// The milliseconds of `Retry-After`: it has seconds, or a moment. `now` is in milliseconds since 1970.
pub fn wait_asked_for(response: &Response, now: f64) -> Option<f64> {
    let text = response.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Some((seconds * 1000.0).max(0.0));
    }
    let moment = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some((moment.as_millisecond() as f64 - now).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_limit() {
        let rows = [
            (Twice::Same, Done::Perhaps, 0, None, Some(500.0)),
            (Twice::Same, Done::Perhaps, 1, None, Some(1000.0)),
            (Twice::Same, Done::Perhaps, 2, None, None),
            (Twice::Gone, Done::Perhaps, 0, None, Some(500.0)),
            (Twice::Two, Done::Perhaps, 0, None, None),
            (Twice::Two, Done::No, 0, None, Some(500.0)),
            (Twice::Two, Done::No, 0, Some(2000.0), Some(2000.0)),
            (Twice::Same, Done::No, 0, Some(60_000.0), None),
        ];
        for (twice, done, repeated, asked_for, wanted) in rows {
            assert_eq!(
                wait(twice, done, repeated, asked_for, 0.5),
                wanted,
                "{twice:?} {done:?} {repeated}"
            );
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_moment() {
        let now = 1_445_412_470_000.0;
        for (text, wanted) in [
            ("3", Some(3000.0)),
            (" 0.5 ", Some(500.0)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(10_000.0)),
            ("Wed, 21 Oct 2015 07:27:00 GMT", Some(0.0)),
            ("soon", None),
        ] {
            let response = Response {
                status: 429,
                status_text: "".into(),
                headers: vec![("retry-after".into(), text.into())],
                body: Box::pin(futures::stream::empty()),
                url: "".into(),
            };
            assert_eq!(wait_asked_for(&response, now), wanted, "{text}");
        }
    }
}
