//! Values as `$filter` computes with them, read from JSON by the fact table's types and from literals in a URL.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Span, Timestamp};
use serde_json::Value;

use crate::facts::{Facts, Kind};

/// A single value of a known type.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    Number(f64),
    Text(Cow<'a, str>),
    DateTime(Timestamp),
    Date(Date),
    Time(Time),
    Duration(SignedDuration),
    /// Lower case.
    Guid(String),
    /// The members' numbers, ascending; more than one only for flags.
    Members(Vec<usize>),
}

impl<'a> Scalar<'a> {
    /// A JSON value as its type says; null for a value that is not of the type.
    pub fn from_json(value: &'a Value, kind: Option<&Kind>, facts: &Facts) -> Self {
        match value {
            Value::Bool(boolean) => Self::Boolean(*boolean),
            Value::Number(number) => match number.as_i64() {
                Some(integer) => Self::Integer(integer),
                None => number.as_f64().map_or(Self::Null, Self::Number),
            },
            Value::String(text) => Self::from_text(text, kind, facts),
            Value::Null | Value::Array(_) | Value::Object(_) => Self::Null,
        }
    }

    /// Text of a type: an enum's member, a time, or just text.
    pub fn from_text(text: &'a str, kind: Option<&Kind>, facts: &Facts) -> Self {
        match kind {
            Some(Kind::DateTime) => text.parse().map_or(Self::Null, Self::DateTime),
            Some(Kind::TimeOfDay) => text.parse().map_or(Self::Null, Self::Time),
            Some(Kind::Duration) => duration(text).map_or(Self::Null, Self::Duration),
            Some(Kind::Guid) => Self::Guid(text.to_ascii_lowercase()),
            Some(Kind::Enumeration(name)) => members(text, name, facts).map_or(Self::Null, Self::Members),
            _ => Self::Text(Cow::Borrowed(text)),
        }
    }

    /// Order between two values of one type; none when either is null or they cannot be compared.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Boolean(left), Self::Boolean(right)) => Some(left.cmp(right)),
            (Self::Integer(left), Self::Integer(right)) => Some(left.cmp(right)),
            (Self::Text(left), Self::Text(right)) => Some(left.cmp(right)),
            (Self::DateTime(left), Self::DateTime(right)) => Some(left.cmp(right)),
            (Self::DateTime(left), Self::Date(right)) => Some(left.cmp(&midnight(*right)?)),
            (Self::Date(left), Self::DateTime(right)) => Some(midnight(*left)?.cmp(right)),
            (Self::Date(left), Self::Date(right)) => Some(left.cmp(right)),
            (Self::Time(left), Self::Time(right)) => Some(left.cmp(right)),
            (Self::Duration(left), Self::Duration(right)) => Some(left.cmp(right)),
            (Self::Guid(left), Self::Guid(right)) => Some(left.cmp(right)),
            (Self::Members(left), Self::Members(right)) => Some(left.cmp(right)),
            _ => self.number()?.partial_cmp(&other.number()?),
        }
    }

    /// As a number, when it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(integer) => Some(*integer as f64),
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// A day's beginning in UTC.
pub fn midnight(date: Date) -> Option<Timestamp> {
    date.to_zoned(jiff::tz::TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}

/// An ISO 8601 duration of days, hours, minutes and seconds. A day is 24 hours, as OData says; months have no fixed length and
/// give none.
pub fn duration(text: &str) -> Option<SignedDuration> {
    let span: Span = text.parse().ok()?;
    let relative = jiff::SpanRelativeTo::days_are_24_hours();
    span.to_duration(relative).ok()
}

/// The numbers of an enum's members in comma-separated text; none where one is not a member, or where there are several and the
/// enum is not one of flags.
pub fn members(text: &str, name: &str, facts: &Facts) -> Option<Vec<usize>> {
    let enumeration = facts.enumeration(name)?;
    let mut members: Vec<usize> = text
        .split(',')
        .map(|member| enumeration.ordinal(member.trim()))
        .collect::<Option<_>>()?;
    members.sort_unstable();
    (members.len() == 1 || enumeration.flags).then_some(members)
}

/// Whether text is a GUID: five groups of hexadecimal digits.
pub fn is_guid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = text.split('-').collect();
    groups.len() == lengths.len()
        && groups
            .iter()
            .zip(lengths)
            .all(|(group, length)| group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Text without its single quotes, a doubled quote being one; none when it is not quoted.
pub fn unquote(text: &str) -> Option<String> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let without_pairs = inner.replace("''", "");
    (!without_pairs.contains('\'')).then(|| inner.replace("''", "'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Version;

    #[test]
    fn quotes_are_doubled_inside() {
        let rows = [
            ("'a'", Some("a")),
            ("'it''s'", Some("it's")),
            ("'a'b'", None),
            ("a", None),
            ("'", None),
            ("''", Some("")),
        ];
        for (text, expected) in rows {
            assert_eq!(unquote(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn durations_have_no_months() {
        assert_eq!(duration("PT1H30M"), Some(SignedDuration::from_mins(90)));
        assert_eq!(duration("P1D"), Some(SignedDuration::from_hours(24)));
        assert_eq!(duration("P1M"), None);
    }

    #[test]
    fn only_flags_have_several_members() {
        let facts = Facts::of(Version::default());
        assert_eq!(
            members("Recordings, Voicemail", "TranscriptionType", facts),
            Some(vec![1, 2])
        );
        assert_eq!(members("Queue,IVR", "PeerType", facts), None);
        assert_eq!(members("Nowhere", "PeerType", facts), None);
    }
}
