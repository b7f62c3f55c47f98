//! Wait: lets the execution rest for a time, until a time, or until its resume URL is called.

use async_trait::async_trait;
use patchbay_model::Diagnostics;
use patchbay_model::workflow::Node as FileNode;
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription, Wait as Until};

use crate::conversion::Type;
use crate::{date, issues};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.wait",
    title: "Wait",
    about: "Lets the execution rest for a while",
    versions: &[1.0, 1.1],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "resume",
            Kind::Options(&["timeInterval", "specificTime", "webhook", "form"]),
            "\"timeInterval\"",
            "What ends the rest",
        ),
        ParameterDescription::new("amount", Kind::Number, "1", "How long").later(&[(1.1, "5")]),
        ParameterDescription::new(
            "unit",
            Kind::Options(&["seconds", "minutes", "hours", "days"]),
            "\"hours\"",
            "The unit of how long",
        )
        .later(&[(1.1, "\"seconds\"")]),
        ParameterDescription::new("dateTime", Kind::Text, "\"\"", "Until when")
            .required_where("resume", &["specificTime"]),
        ParameterDescription::new(
            "limitWaitTime",
            Kind::Boolean,
            "false",
            "A call is awaited for some time only",
        ),
        ParameterDescription::new("resumeAmount", Kind::Number, "1", "For how long"),
        ParameterDescription::new("resumeUnit", Kind::Text, "\"hours\"", "The unit of for how long"),
    ],
};

pub struct Wait;

/// A shorter rest than this, in milliseconds, is not worth to be put aside for: so it is in n8n.
const SHORT: f64 = 65_000.0;

#[async_trait]
impl Node for Wait {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    fn check(&self, node: &FileNode) -> Diagnostics {
        let shown = issues::literal(node, "resume", "timeInterval") == "timeInterval";
        let amount = node.parameters.get("amount").filter(|_| shown);
        amount
            .and_then(|amount| issues::wrong_type(amount, Type::Number, "amount"))
            .into_iter()
            .collect()
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let outputs = vec![context.inputs.first().cloned().unwrap_or_default()];
        let now = context.capabilities.environment.now();
        let until = match context.text("resume", 0)?.as_str() {
            "timeInterval" => now + duration(context, "amount", "unit")?,
            "specificTime" => {
                let value = context.value("dateTime", 0)?;
                date::parse(&value, &context.scope).ok_or_else(|| {
                    NodeError::new(
                        "E0916",
                        "Cannot put execution to wait because `dateTime` parameter is not a valid date. Please pick a specific \
                         date and time to wait until.",
                    )
                    .description(value.to_text())
                    .parameter("dateTime")
                })?
            }
            _ => {
                let limited = context.boolean("limitWaitTime", 0)?;
                let until = if limited {
                    Some(now + duration(context, "resumeAmount", "resumeUnit")?)
                } else {
                    None
                };
                return Ok(Outcome::Wait {
                    until: Until::Webhook { until },
                    outputs,
                });
            }
        };
        if until - now >= SHORT {
            return Ok(Outcome::Wait {
                until: Until::Until(until),
                outputs,
            });
        }
        if until > now {
            return Ok(Outcome::Pause { until, outputs });
        }
        Ok(Outcome::Outputs(outputs))
    }
}

/// Milliseconds.
fn duration(context: &Context<'_>, amount: &str, unit: &str) -> Result<f64, NodeError> {
    let unit = match context.text(unit, 0)?.as_str() {
        "minutes" => 60.0,
        "hours" => 3_600.0,
        "days" => 86_400.0,
        _ => 1.0,
    };
    let given = context.optional(amount, 0)?.filter(|given| !given.is_null());
    let given = given.map_or(f64::NAN, |given| given.to_number());
    if given >= 0.0 {
        return Ok(given * unit * 1_000.0);
    }
    let message = "Invalid wait amount. Please enter a number that is 0 or greater.";
    Err(NodeError::new("E0302", message).parameter(amount))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn items_pass_after_a_rest() {
        for parameters in [
            r#"{"amount": 1, "unit": "seconds"}"#,
            r#"{"amount": 2, "unit": "days"}"#,
            r#"{"resume": "specificTime", "dateTime": "2030-01-01T00:00:00Z"}"#,
            r#"{"resume": "webhook"}"#,
        ] {
            let result = run(1.1, parameters, r#"[{"a":1}]"#).of(&Wait);
            assert_eq!(result.as_deref(), Ok(r#"[[{"a":1}]]"#), "{parameters}");
        }
        let parameters = r#"{"resume": "specificTime", "dateTime": "some day"}"#;
        assert!(run(1.1, parameters, r#"[{"a":1}]"#).of(&Wait).is_err());
        for amount in ["-1", "null", r#""={{ $json.missing }}""#] {
            let parameters = format!(r#"{{"resume": "timeInterval", "unit": "seconds", "amount": {amount}}}"#);
            let result = run(1.1, &parameters, r#"[{"a":1}]"#).of(&Wait);
            let message = "Invalid wait amount. Please enter a number that is 0 or greater.";
            assert_eq!(result.as_deref(), Err(&message.to_owned()), "{amount}");
        }
    }
}
