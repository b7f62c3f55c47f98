//! A script of calls: what happens on the PBX, and when, so that a client of `/callcontrol` has events to see.
//!
//! It is TOML, one `[[step]]` for each thing that happens, in order:
//!
//! ```toml
//! [[step]]
//! call = "first"              # a name for the call, for the steps after it
//! from = "+4930555900"        # an extension, or a number outside
//! to = "101"
//!
//! [[step]]
//! after = 2.5                 # seconds since the step before; at once without it
//! answer = "first"
//!
//! [[step]]
//! press = "first"             # the caller presses keys
//! digits = "1"
//!
//! [[step]]
//! transfer = "first"          # the end that was called leaves, and another one rings
//! to = "102"
//!
//! [[step]]
//! drop = "first"
//!
//! [[step]]
//! disconnect = true           # cuts the connection of everyone who listens
//! ```

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::file::FileFault;

/// Steps in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallScript {
    pub(crate) steps: Vec<Step>,
}

/// One step, and how long after the one before.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub after: Duration,
    pub action: Action,
}

/// What happens. Calls go by the names that the script gives them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    Call { call: String, from: String, to: String },
    Answer(String),
    Press { call: String, digits: String },
    Transfer { call: String, to: String },
    Drop(String),
    Disconnect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    step: Vec<Spanned<Line>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default)]
    after: f64,
    call: Option<String>,
    answer: Option<String>,
    press: Option<String>,
    transfer: Option<String>,
    drop: Option<String>,
    #[serde(default)]
    disconnect: bool,
    from: Option<String>,
    to: Option<String>,
    digits: Option<String>,
}

impl CallScript {
    /// A script from the text of a file, or all that is wrong with it.
    pub fn from_toml(text: &str) -> Result<Self, Vec<FileFault>> {
        let file: File = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            vec![FileFault::at(text, start, error.message())]
        })?;
        let mut names: Vec<String> = Vec::new();
        let mut steps = Vec::new();
        let mut faults = Vec::new();
        for line in file.step {
            let start = line.span().start;
            match line.into_inner().step(&mut names) {
                Ok(step) => steps.push(step),
                Err(reason) => faults.push(FileFault::at(text, start, reason)),
            }
        }
        if faults.is_empty() {
            Ok(Self { steps })
        } else {
            Err(faults)
        }
    }
}

impl Line {
    /// The step that a line means; `names` are those of the calls before it.
    fn step(self, names: &mut Vec<String>) -> Result<Step, String> {
        let after = Duration::try_from_secs_f64(self.after)
            .map_err(|_| format!("`after` is a number of seconds, not {}", self.after))?;
        let needs = |value: Option<String>, name: &str| value.ok_or_else(|| format!("`{name}` is missing"));
        let known = |call: String, names: &[String]| {
            if names.contains(&call) {
                Ok(call)
            } else {
                Err(format!("no step before it makes the call `{call}`"))
            }
        };
        let action = match (
            self.call,
            self.answer,
            self.press,
            self.transfer,
            self.drop,
            self.disconnect,
        ) {
            (Some(call), None, None, None, None, false) => {
                names.push(call.clone());
                Action::Call {
                    call,
                    from: needs(self.from, "from")?,
                    to: needs(self.to, "to")?,
                }
            }
            (None, Some(call), None, None, None, false) => Action::Answer(known(call, names)?),
            (None, None, Some(call), None, None, false) => Action::Press {
                call: known(call, names)?,
                digits: needs(self.digits, "digits")?,
            },
            (None, None, None, Some(call), None, false) => Action::Transfer {
                call: known(call, names)?,
                to: needs(self.to, "to")?,
            },
            (None, None, None, None, Some(call), false) => Action::Drop(known(call, names)?),
            (None, None, None, None, None, true) => Action::Disconnect,
            _ => return Err("it needs one of call, answer, press, transfer, drop and disconnect".to_owned()),
        };
        Ok(Step { after, action })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read() {
        let text = "[[step]]\ncall = 'a'\nfrom = '1'\nto = '2'\n[[step]]\nafter = 0.5\ndrop = 'a'\n";
        let script = CallScript::from_toml(text);
        assert_eq!(
            script.map(|script| script.steps),
            Ok(vec![
                Step {
                    after: Duration::ZERO,
                    action: Action::Call {
                        call: "a".to_owned(),
                        from: "1".to_owned(),
                        to: "2".to_owned()
                    }
                },
                Step {
                    after: Duration::from_millis(500),
                    action: Action::Drop("a".to_owned())
                },
            ])
        );
    }

    #[test]
    fn mistakes_are_told_with_their_lines() {
        let rows = [
            ("[[step]]\nanswer = 'a'", "line 1: no step before it makes the call `a`"),
            ("[[step]]\ncall = 'a'\nfrom = '1'", "line 1: `to` is missing"),
            ("[[step]]\nafter = 1", "line 1: it needs one of call"),
            (
                "\n[[step]]\nafter = -1\ndisconnect = true",
                "line 2: `after` is a number of seconds",
            ),
            ("[[step]]\nhangup = 'a'", "line 2: unknown field `hangup`"),
            ("step", "line 1: key with no value"),
            (
                "[[step]]\nanswer = 'a'\n[[step]]\ndrop = 'b'",
                "line 3: no step before it makes the call `b`",
            ),
        ];
        for (text, expected) in rows {
            let faults = CallScript::from_toml(text).err().unwrap_or_default();
            assert!(
                faults.iter().any(|fault| fault.to_string().contains(expected)),
                "{text}: {faults:?}"
            );
        }
    }
}
