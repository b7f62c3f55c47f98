//! Resource paths: `Users(12)/Groups`, `Users/Pbx.GetPhoneRegistrar(mac='0015651234ab')`.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::Error;
use super::literal::{is_guid, members, unquote};
use crate::facts::{Facts, Kind, ValueType};

/// One part of a requested path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub name: String,
    pub arguments: Arguments,
}

/// What stands in a segment's parentheses, literals as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arguments {
    None,
    Key(String),
    Named(Vec<(String, String)>),
}

/// Reads a path as it stands in a request, percent-encoded.
pub fn parse(path: &str) -> Result<Vec<Segment>, Error> {
    let decoded = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| Error::bad_request("The path is not percent-encoded UTF-8"))?;
    let trimmed = decoded.trim_matches('/');
    split(trimmed, '/').into_iter().map(segment).collect()
}

/// The path without its values, in the form of [`crate::facts::PathTemplate::shape`].
pub fn shape(segments: &[Segment]) -> String {
    let shapes: Vec<String> = segments
        .iter()
        .map(|segment| match &segment.arguments {
            Arguments::None => segment.name.clone(),
            Arguments::Key(_) => format!("{}(*)", segment.name),
            Arguments::Named(arguments) => {
                let mut names: Vec<&str> = arguments.iter().map(|(name, _)| name.as_str()).collect();
                names.sort_unstable();
                format!("{}({})", segment.name, names.join(","))
            }
        })
        .collect();
    shapes.join("/")
}

fn segment(text: &str) -> Result<Segment, Error> {
    let Some((name, rest)) = text.split_once('(') else {
        return Ok(Segment {
            name: text.to_owned(),
            arguments: Arguments::None,
        });
    };
    let list = rest
        .strip_suffix(')')
        .ok_or_else(|| Error::bad_request(format!("The segment '{text}' has no closing parenthesis")))?;
    let arguments = if list.is_empty() {
        Arguments::Named(Vec::new())
    } else if let [key] = split(list, ',').as_slice()
        && split(key, '=').len() == 1
    {
        Arguments::Key(key.trim().to_owned())
    } else {
        let pairs = split(list, ',')
            .into_iter()
            .map(|part| match split(part, '=').as_slice() {
                [name, value] => Ok((name.trim().to_owned(), value.trim().to_owned())),
                _ => Err(Error::bad_request(format!(
                    "'{part}' in the segment '{text}' is not an argument of the form name=value"
                ))),
            });
        Arguments::Named(pairs.collect::<Result<_, _>>()?)
    };
    Ok(Segment {
        name: name.to_owned(),
        arguments,
    })
}

/// Cuts text at a separator that is not inside quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|character: char| {
        quoted ^= character == '\'';
        character == separator && !quoted
    })
    .collect()
}

/// A literal of a path as a JSON value of the type that the API asks for.
pub fn argument(name: &str, literal: &str, value: &ValueType, facts: &Facts) -> Result<Value, Error> {
    let fault = |expected: &str| {
        let message = format!("The argument `{name}` must be {expected}, not `{literal}`");
        Error::new(400, "InvalidArgument", message).target(name)
    };
    if literal == "null" {
        return if value.nullable {
            Ok(Value::Null)
        } else {
            Err(fault("given"))
        };
    }
    match &value.kind {
        Kind::Text(_) => unquote(literal)
            .map(Value::from)
            .ok_or_else(|| fault("text in single quotes, quotes inside doubled")),
        Kind::Boolean => literal
            .parse::<bool>()
            .map(Value::from)
            .map_err(|_| fault("true or false")),
        Kind::Integer(least, greatest) => match literal.parse::<i64>() {
            Ok(integer) if (*least..=*greatest).contains(&integer) => Ok(Value::from(integer)),
            _ => Err(fault(&format!("a whole number of type '{}'", value.kind.name()))),
        },
        Kind::Number => literal.parse::<f64>().map(Value::from).map_err(|_| fault("a number")),
        Kind::DateTime => {
            let is_utc = literal.ends_with('Z') && literal.parse::<jiff::Timestamp>().is_ok();
            is_utc
                .then(|| Value::from(literal))
                .ok_or_else(|| fault("a time in UTC without quotes, such as 2026-01-31T08:00:00Z"))
        }
        Kind::Guid => is_guid(literal)
            .then(|| Value::from(literal))
            .ok_or_else(|| fault("a GUID without quotes")),
        Kind::Enumeration(enumeration) => {
            let quoted = literal
                .strip_prefix("Pbx.")
                .and_then(|rest| rest.strip_prefix(enumeration))
                .unwrap_or(literal);
            let text = unquote(quoted).ok_or_else(|| fault("a member's name in single quotes"))?;
            members(&text, enumeration, facts).ok_or_else(|| fault(&format!("a member of 'Pbx.{enumeration}'")))?;
            Ok(Value::from(text))
        }
        Kind::Duration => {
            let text = unquote(literal.strip_prefix("duration").unwrap_or(literal))
                .ok_or_else(|| fault("a duration such as duration'PT5M'"))?;
            Ok(Value::from(text))
        }
        Kind::TimeOfDay => literal
            .parse::<jiff::civil::Time>()
            .map(|_| Value::from(literal))
            .map_err(|_| fault("a time of day")),
        Kind::Structure(_) | Kind::Collection(_) | Kind::Untyped => Err(fault("sent in the body")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Version;

    #[test]
    fn paths_have_shapes() {
        let rows = [
            ("Users", "Users"),
            ("/Users(12)/Groups/", "Users(*)/Groups"),
            ("Users%2812%29/Groups", "Users(*)/Groups"),
            ("Users/Pbx.GetByNumber(number='1/0')", "Users/Pbx.GetByNumber(number)"),
            (
                "Users/Pbx.GetByNumber(number='it''s,a=b')",
                "Users/Pbx.GetByNumber(number)",
            ),
            ("X/Pbx.F(b=1,a=2)", "X/Pbx.F(a,b)"),
            ("Fax/Pbx.InitFax()", "Fax/Pbx.InitFax()"),
            ("Backups('a(1).zip')", "Backups(*)"),
        ];
        for (path, expected) in rows {
            assert_eq!(
                shape(&parse(path).unwrap_or_else(|error| panic!("{path}: {error:?}"))),
                expected,
                "{path}"
            );
        }
    }

    #[test]
    fn arguments_are_of_their_types() {
        let typed = |kind| ValueType { kind, nullable: false };
        let text = || typed(Kind::Text(None));
        let integer = || typed(Kind::Integer(0, 255));
        let rows = [
            (text(), "'it''s'", Some(Value::from("it's"))),
            (text(), "101", None),
            (text(), "null", None),
            (integer(), "12", Some(Value::from(12))),
            (integer(), "256", None),
            (integer(), "'12'", None),
            (
                typed(Kind::DateTime),
                "2026-01-31T08:00:00Z",
                Some(Value::from("2026-01-31T08:00:00Z")),
            ),
            (typed(Kind::DateTime), "2026-01-31T08:00:00+01:00", None),
            (
                typed(Kind::Enumeration("PeerType")),
                "Pbx.PeerType'Queue'",
                Some(Value::from("Queue")),
            ),
            (typed(Kind::Enumeration("PeerType")), "'Nowhere'", None),
            (
                ValueType {
                    kind: Kind::Text(None),
                    nullable: true,
                },
                "null",
                Some(Value::Null),
            ),
        ];
        for (value, literal, expected) in rows {
            assert_eq!(
                argument("a", literal, &value, Facts::of(Version::default())).ok(),
                expected,
                "{literal}"
            );
        }
    }
}
