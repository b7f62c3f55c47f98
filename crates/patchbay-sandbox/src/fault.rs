//! Faults that the double makes on purpose, so that a client's handling of them can be seen.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A fault, how often it happens, and to which requests.
///
/// As text: `EFFECT[xTIMES][@[METHOD:]PATTERN]`, such as `slow=500`, `500=2@GET:/Users*`, `drop x1@/Groups(*)`. The pattern is of
/// the path below `/xapi/v1`, or of a path that it begins with (`/connect/token`); `*` stands for anything. Without a pattern a
/// fault concerns every request to the API, but not those for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub effect: Effect,
    /// After so many requests all is well; none: always.
    pub times: Option<u32>,
    /// In capitals.
    pub method: Option<String>,
    pub path: Option<String>,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nobody listens on the port. With a pattern, the same as `Drop`.
    Refuse,
    /// The answer comes late.
    Slow(Duration),
    /// The request is read, and never answered.
    Hang,
    /// The connection is closed without an answer, and the request not carried out.
    Drop,
    /// The request is carried out, half of the answer is sent, and the connection closed.
    Truncate,
    /// The answer is called `text/html`.
    WrongContentType,
    /// The answer is cut in the middle of its JSON, at a length that is told correctly.
    BadJson,
    /// 401, as if the token were no longer the active one.
    Unauthorized,
    /// 429 with `Retry-After`, in seconds.
    TooManyRequests(u32),
    /// 500.
    ServerError,
}

impl Fault {
    /// The words of all effects.
    pub const NAMES: [&str; 10] = [
        "refuse",
        "slow",
        "hang",
        "drop",
        "truncate",
        "wrong-content-type",
        "bad-json",
        "401-once",
        "429",
        "500",
    ];

    /// A fault that concerns every request to the API, with the number of times that its name implies.
    pub fn new(effect: Effect) -> Self {
        let times = matches!(effect, Effect::Unauthorized | Effect::TooManyRequests(_)).then_some(1);
        Self {
            effect,
            times,
            method: None,
            path: None,
        }
    }

    /// Limits the fault to the paths of a pattern.
    #[must_use]
    pub fn on(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Limits the fault to so many requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Whether a request is one of those that the fault concerns.
    pub fn concerns(&self, method: &str, path: &str) -> bool {
        if self.times == Some(0) || self.method.as_deref().is_some_and(|only| only != method) {
            return false;
        }
        let below = path.strip_prefix("/xapi/v1");
        match &self.path {
            None => below.is_some(),
            Some(pattern) => {
                below.is_some_and(|below| matches_pattern(pattern, below)) || matches_pattern(pattern, path)
            }
        }
    }
}

/// Whether text is as a pattern says, `*` being any text.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (effect, place) = text
            .split_once('@')
            .map_or((text, None), |(effect, place)| (effect, Some(place)));
        let (effect, times) = match effect.rsplit_once('x') {
            Some((effect, times)) if times.parse::<u32>().is_ok() => (effect.trim_end(), times.parse().ok()),
            _ => (effect, None),
        };
        let (name, value) = effect
            .split_once('=')
            .map_or((effect, None), |(name, value)| (name, Some(value)));
        let number = |what: &str| {
            let value = value.ok_or_else(|| format!("the fault `{name}` needs {what}: `{name}=…`"))?;
            value
                .parse::<u32>()
                .map_err(|_| format!("`{value}` is not {what} for the fault `{name}`"))
        };
        let mut fault = match name {
            "refuse" => Self::new(Effect::Refuse),
            "slow" => Self::new(Effect::Slow(Duration::from_millis(
                number("a number of milliseconds")?.into(),
            ))),
            "hang" => Self::new(Effect::Hang),
            "drop" => Self::new(Effect::Drop),
            "truncate" => Self::new(Effect::Truncate),
            "wrong-content-type" => Self::new(Effect::WrongContentType),
            "bad-json" => Self::new(Effect::BadJson),
            "401-once" => Self::new(Effect::Unauthorized),
            "429" => Self::new(Effect::TooManyRequests(number("a number of seconds")?)),
            "500" if value.is_none() => Self::new(Effect::ServerError),
            "500" => Self::new(Effect::ServerError).times(number("a number of times")?),
            _ => {
                return Err(format!(
                    "`{name}` is not a fault: refuse, slow=MILLISECONDS, hang, drop, truncate, wrong-content-type, bad-json, 401-once, 429=SECONDS, 500 or 500=TIMES"
                ));
            }
        };
        fault.times = times.or(fault.times);
        if let Some(place) = place {
            let (method, path) = place
                .split_once(':')
                .map_or((None, place), |(method, path)| (Some(method), path));
            fault.method = method.map(str::to_ascii_uppercase);
            fault.path = Some(path.to_owned());
        }
        Ok(fault)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Refuse => formatter.write_str("refuse"),
            Self::Slow(duration) => write!(formatter, "slow={}", duration.as_millis()),
            Self::Hang => formatter.write_str("hang"),
            Self::Drop => formatter.write_str("drop"),
            Self::Truncate => formatter.write_str("truncate"),
            Self::WrongContentType => formatter.write_str("wrong-content-type"),
            Self::BadJson => formatter.write_str("bad-json"),
            Self::Unauthorized => formatter.write_str("401"),
            Self::TooManyRequests(seconds) => write!(formatter, "429={seconds}"),
            Self::ServerError => formatter.write_str("500"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read() {
        let on = |fault: Fault, method: Option<&str>, path: &str| Fault {
            method: method.map(str::to_owned),
            ..fault.on(path)
        };
        let rows = [
            ("refuse", Ok(Fault::new(Effect::Refuse))),
            ("slow=250", Ok(Fault::new(Effect::Slow(Duration::from_millis(250))))),
            ("401-once", Ok(Fault::new(Effect::Unauthorized).times(1))),
            ("429=3", Ok(Fault::new(Effect::TooManyRequests(3)).times(1))),
            ("429=3x2", Ok(Fault::new(Effect::TooManyRequests(3)).times(2))),
            (
                "500=2@GET:/Users*",
                Ok(on(Fault::new(Effect::ServerError).times(2), Some("GET"), "/Users*")),
            ),
            (
                "drop x1@/Groups(*)",
                Ok(on(Fault::new(Effect::Drop).times(1), None, "/Groups(*)")),
            ),
            ("500", Ok(Fault::new(Effect::ServerError))),
            ("500x2", Ok(Fault::new(Effect::ServerError).times(2))),
            ("slow", Err(())),
            ("429=soon", Err(())),
            ("explode", Err(())),
        ];
        for (text, expected) in rows {
            assert_eq!(text.parse::<Fault>().map_err(|_| ()), expected, "{text}");
        }
    }

    #[test]
    fn patterns_choose_requests() {
        let rows = [
            (None, "/xapi/v1/Users", true),
            (None, "/connect/token", false),
            (Some("/connect/token"), "/connect/token", true),
            (Some("/Users*"), "/xapi/v1/Users(1)/Groups", true),
            (Some("/Users"), "/xapi/v1/Users(1)", false),
            (Some("/Users(*)/Groups"), "/xapi/v1/Users(1)/Groups", true),
            (Some("/Users(*)/Groups"), "/xapi/v1/Users(1)/Greetings", false),
            (Some("*"), "/connect/token", true),
        ];
        for (pattern, path, expected) in rows {
            let fault = Fault {
                path: pattern.map(str::to_owned),
                ..Fault::new(Effect::Drop)
            };
            assert_eq!(fault.concerns("GET", path), expected, "{pattern:?} {path}");
        }
    }
}
