//! Bodies against the fact table: unknown properties, wrong types, members that an enum does not have, texts that are too long.
//!
//! All faults of a body are told at once, each with its property. Whether a value makes sense beside others is the service's.

use serde_json::{Map, Value};

use crate::facts::{Facts, Kind, ValueType};
use crate::odata::literal::{duration, is_guid};
use crate::odata::{Detail, Error};

/// Checks an entity's or a structure's properties.
pub fn structure(properties: &Map<String, Value>, type_name: &str, facts: &Facts) -> Result<(), Error> {
    refuse(faults(properties, type_name, facts))
}

/// All faults of an entity's or a structure's properties, each with the path of its property.
pub fn faults(properties: &Map<String, Value>, type_name: &str, facts: &Facts) -> Vec<Detail> {
    let mut details = Vec::new();
    check_structure(properties, type_name, "", facts, &mut details);
    details
}

/// Checks the parameters of an action. A parameter that is not given is null, which is refused where the API does not allow it.
pub fn parameters(
    body: &Map<String, Value>,
    parameters: &[(&'static str, ValueType)],
    facts: &Facts,
) -> Result<(), Error> {
    let mut details = Vec::new();
    for name in body.keys().filter(|name| !name.contains('@')) {
        if !parameters.iter().any(|(known, _)| known == name) {
            let names: Vec<&str> = parameters.iter().map(|(name, _)| *name).collect();
            let message = format!(
                "The parameter '{name}' is not one of the action's parameters: {}",
                names.join(", ")
            );
            details.push(Detail {
                code: "UnknownParameter",
                message,
                target: Some(name.clone()),
            });
        }
    }
    for (name, value) in parameters {
        match body.get(*name) {
            Some(given) => check(given, value, name, facts, &mut details),
            // An absent collection or structure is read as none.
            None if value.nullable || matches!(value.kind, Kind::Collection(_) | Kind::Boolean) => {}
            None => {
                let message = format!("The parameter '{name}' is required");
                details.push(Detail {
                    code: "Required",
                    message,
                    target: Some((*name).to_owned()),
                });
            }
        }
    }
    refuse(details)
}

fn refuse(details: Vec<Detail>) -> Result<(), Error> {
    match details.as_slice() {
        [] => Ok(()),
        [only] => Err(Error::of_details(only.code, only.message.clone(), details)),
        several => {
            let message = format!(
                "The request is invalid: {} properties are not as the type says",
                several.len()
            );
            Err(Error::of_details("BadRequest", message, details))
        }
    }
}

fn check_structure(
    properties: &Map<String, Value>,
    type_name: &str,
    path: &str,
    facts: &Facts,
    details: &mut Vec<Detail>,
) {
    // Names with `@` are annotations.
    for (name, value) in properties.iter().filter(|(name, _)| !name.contains('@')) {
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}/{name}")
        };
        if let Some(property) = facts.property(type_name, name) {
            check(value, &property.value, &path, facts, details);
        } else {
            let message = format!(
                "The property '{name}' does not exist on type 'Pbx.{type_name}'. Make sure to only use property names that are defined by the type"
            );
            details.push(Detail {
                code: "UnknownProperty",
                message,
                target: Some(path),
            });
        }
    }
}

fn check(value: &Value, expected: &ValueType, path: &str, facts: &Facts, details: &mut Vec<Detail>) {
    let mut refuse = |code, message| {
        details.push(Detail {
            code,
            message,
            target: Some(path.to_owned()),
        });
    };
    match (value, &expected.kind) {
        (Value::Null, _) if expected.nullable => {}
        (Value::Null, _) => refuse(
            "NullValue",
            format!(
                "The property '{path}' of type '{}' must not be null",
                expected.kind.name()
            ),
        ),
        (Value::String(text), Kind::Text(Some(limit))) if text.chars().count() > *limit => {
            refuse(
                "TooLong",
                format!(
                    "The property '{path}' may have {limit} characters, and this value has {}",
                    text.chars().count()
                ),
            );
        }
        (Value::Array(items), Kind::Collection(item)) => {
            for (index, value) in items.iter().enumerate() {
                check(value, item, &format!("{path}/{index}"), facts, details);
            }
        }
        (Value::Object(properties), Kind::Structure(type_name)) => {
            check_structure(properties, type_name, path, facts, details);
        }
        (Value::String(text), Kind::Enumeration(name)) => {
            let Some(enumeration) = facts.enumeration(name) else {
                return;
            };
            let known = |member: &str| enumeration.members.contains(&member);
            let valid = if enumeration.flags {
                text.split(',').all(|member| known(member.trim()))
            } else {
                known(text)
            };
            if !valid {
                let members = enumeration.members.join(", ");
                refuse(
                    "InvalidMember",
                    format!("'{text}' is not a member of 'Pbx.{name}' for the property '{path}': {members}"),
                );
            }
        }
        (value, kind) if fits(value, kind) => {}
        (value, kind) => {
            let message = format!(
                "Cannot convert the {} `{value}` to the expected type '{}' of the property '{path}'",
                json_type(value),
                kind.name()
            );
            refuse("WrongType", message);
        }
    }
}

fn fits(value: &Value, kind: &Kind) -> bool {
    match (value, kind) {
        (Value::String(_), Kind::Text(_))
        | (Value::Bool(_), Kind::Boolean)
        | (Value::Number(_), Kind::Number)
        | (_, Kind::Untyped) => true,
        (Value::Number(number), Kind::Integer(least, greatest)) => number
            .as_i64()
            .is_some_and(|integer| (*least..=*greatest).contains(&integer)),
        (Value::String(text), Kind::DateTime) => text.parse::<jiff::Timestamp>().is_ok(),
        (Value::String(text), Kind::TimeOfDay) => text.parse::<jiff::civil::Time>().is_ok(),
        (Value::String(text), Kind::Duration) => duration(text).is_some(),
        (Value::String(text), Kind::Guid) => is_guid(text),
        _ => false,
    }
}

fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Version;

    #[test]
    fn properties_are_checked_by_type() {
        let rows = [
            (
                json!({"Number": "101", "Enabled": true, "PinProtectTimeout": 5, "Number@odata.type": "#String"}),
                None,
            ),
            (json!({"Mobile": null}), None),
            (json!({"Nmber": "101"}), Some(("UnknownProperty", "Nmber"))),
            (json!({"Number": 101}), Some(("WrongType", "Number"))),
            (json!({"Enabled": "true"}), Some(("WrongType", "Enabled"))),
            (json!({"Id": null}), Some(("NullValue", "Id"))),
            (json!({"Id": 3_000_000_000_i64}), Some(("WrongType", "Id"))),
            (
                json!({"PinProtectTimeout": 1.5}),
                Some(("WrongType", "PinProtectTimeout")),
            ),
            (json!({"Groups": {}}), Some(("WrongType", "Groups"))),
            (
                json!({"Groups": [{"GroupId": "1"}]}),
                Some(("WrongType", "Groups/0/GroupId")),
            ),
            (
                json!({"Groups": [{"Rights": {"CanBargeIn": 1}}]}),
                Some(("WrongType", "Groups/0/Rights/CanBargeIn")),
            ),
            (
                json!({"QueueStatus": "Sleeping"}),
                Some(("InvalidMember", "QueueStatus")),
            ),
            (json!({"TranscriptionMode": "Voicemail, Recordings"}), None),
            (json!({"Blfs": "x".repeat(20_481)}), Some(("TooLong", "Blfs"))),
            (json!({"Hours": {"Periods": [{"Start": "08:00"}]}}), None),
            (
                json!({"Hours": {"Periods": [{"Start": "8 o'clock"}]}}),
                Some(("WrongType", "Hours/Periods/0/Start")),
            ),
        ];
        for (body, expected) in rows {
            let result = structure(
                body.as_object().unwrap_or(&Map::new()),
                "User",
                Facts::of(Version::default()),
            );
            let found = result.err().map(|error| (error.code, error.target.unwrap_or_default()));
            assert_eq!(
                found,
                expected.map(|(code, target)| (code, target.to_owned())),
                "{body}"
            );
        }
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let body = json!({"Nmber": 1, "Enabled": 2});
        let error = structure(
            body.as_object().unwrap_or(&Map::new()),
            "User",
            Facts::of(Version::default()),
        )
        .err();
        assert_eq!(error.map(|error| error.details.len()), Some(2));
    }
}
