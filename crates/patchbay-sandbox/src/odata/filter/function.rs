//! The functions of `$filter`: their names, what they take and give, and how they are computed.

use std::borrow::Cow;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use regex::Regex;

use crate::facts::Kind;
use crate::odata::literal::Scalar;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Contains,
    StartsWith,
    EndsWith,
    MatchesPattern,
    Length,
    IndexOf,
    Substring,
    ToLower,
    ToUpper,
    Trim,
    Concat,
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    FractionalSeconds,
    Date,
    Time,
    TotalOffsetMinutes,
    TotalSeconds,
    Now,
    MinimumDateTime,
    MaximumDateTime,
    Round,
    Floor,
    Ceiling,
}

/// What an argument may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Text,
    Number,
    /// A date, or a date with its time.
    Day,
    /// A time of day, or a date with its time.
    Clock,
    /// A date with its time.
    Moment,
    Duration,
}

const INTEGER: Kind = Kind::Integer(i32::MIN as i64, i32::MAX as i64);

/// Name, function, arguments, arguments that may be left out, result.
type Signature = (&'static str, Function, &'static [Class], usize, Kind);

const SIGNATURES: &[Signature] = &[
    (
        "contains",
        Function::Contains,
        &[Class::Text, Class::Text],
        0,
        Kind::Boolean,
    ),
    (
        "startswith",
        Function::StartsWith,
        &[Class::Text, Class::Text],
        0,
        Kind::Boolean,
    ),
    (
        "endswith",
        Function::EndsWith,
        &[Class::Text, Class::Text],
        0,
        Kind::Boolean,
    ),
    (
        "matchesPattern",
        Function::MatchesPattern,
        &[Class::Text, Class::Text],
        0,
        Kind::Boolean,
    ),
    ("length", Function::Length, &[Class::Text], 0, INTEGER),
    ("indexof", Function::IndexOf, &[Class::Text, Class::Text], 0, INTEGER),
    (
        "substring",
        Function::Substring,
        &[Class::Text, Class::Number, Class::Number],
        1,
        Kind::Text(None),
    ),
    ("tolower", Function::ToLower, &[Class::Text], 0, Kind::Text(None)),
    ("toupper", Function::ToUpper, &[Class::Text], 0, Kind::Text(None)),
    ("trim", Function::Trim, &[Class::Text], 0, Kind::Text(None)),
    (
        "concat",
        Function::Concat,
        &[Class::Text, Class::Text],
        0,
        Kind::Text(None),
    ),
    ("year", Function::Year, &[Class::Day], 0, INTEGER),
    ("month", Function::Month, &[Class::Day], 0, INTEGER),
    ("day", Function::Day, &[Class::Day], 0, INTEGER),
    ("hour", Function::Hour, &[Class::Clock], 0, INTEGER),
    ("minute", Function::Minute, &[Class::Clock], 0, INTEGER),
    ("second", Function::Second, &[Class::Clock], 0, INTEGER),
    (
        "fractionalseconds",
        Function::FractionalSeconds,
        &[Class::Clock],
        0,
        Kind::Number,
    ),
    ("date", Function::Date, &[Class::Moment], 0, Kind::DateTime),
    ("time", Function::Time, &[Class::Moment], 0, Kind::TimeOfDay),
    (
        "totaloffsetminutes",
        Function::TotalOffsetMinutes,
        &[Class::Moment],
        0,
        INTEGER,
    ),
    (
        "totalseconds",
        Function::TotalSeconds,
        &[Class::Duration],
        0,
        Kind::Number,
    ),
    ("now", Function::Now, &[], 0, Kind::DateTime),
    ("mindatetime", Function::MinimumDateTime, &[], 0, Kind::DateTime),
    ("maxdatetime", Function::MaximumDateTime, &[], 0, Kind::DateTime),
    ("round", Function::Round, &[Class::Number], 0, Kind::Number),
    ("floor", Function::Floor, &[Class::Number], 0, Kind::Number),
    ("ceiling", Function::Ceiling, &[Class::Number], 0, Kind::Number),
];

/// The signature of a function, by its name.
pub(super) fn signature(name: &str) -> Option<&'static Signature> {
    SIGNATURES.iter().find(|signature| signature.0 == name)
}

impl Class {
    pub fn takes(self, kind: Option<&Kind>) -> bool {
        match kind {
            None | Some(Kind::Untyped) => true,
            Some(Kind::Text(_)) => self == Self::Text,
            Some(Kind::Integer(..) | Kind::Number) => self == Self::Number,
            Some(Kind::DateTime) => matches!(self, Self::Day | Self::Clock | Self::Moment),
            Some(Kind::TimeOfDay) => self == Self::Clock,
            Some(Kind::Duration) => self == Self::Duration,
            Some(_) => false,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "Edm.String",
            Self::Number => "a number",
            Self::Day => "Edm.Date or Edm.DateTimeOffset",
            Self::Clock => "Edm.TimeOfDay or Edm.DateTimeOffset",
            Self::Moment => "Edm.DateTimeOffset",
            Self::Duration => "Edm.Duration",
        }
    }
}

impl Function {
    /// The result; null where an argument is null or out of range.
    pub fn compute<'a>(self, arguments: &[Scalar<'a>], now: Timestamp) -> Scalar<'a> {
        match self {
            Self::Now => Scalar::DateTime(now),
            Self::MinimumDateTime => Scalar::DateTime(Timestamp::MIN),
            Self::MaximumDateTime => Scalar::DateTime(Timestamp::MAX),
            _ => self.on_values(arguments).unwrap_or(Scalar::Null),
        }
    }

    fn on_values<'a>(self, arguments: &[Scalar<'a>]) -> Option<Scalar<'a>> {
        let first = arguments.first()?;
        if let Scalar::Text(text) = first {
            return self.on_text(text, &arguments[1..]);
        }
        if let Some(number) = first.number() {
            return Some(Scalar::Number(match self {
                // OData rounds halves away from zero, as Rust does.
                Self::Round => number.round(),
                Self::Floor => number.floor(),
                Self::Ceiling => number.ceil(),
                _ => return None,
            }));
        }
        match first {
            Scalar::DateTime(timestamp) => self.on_zoned(&timestamp.to_zoned(TimeZone::UTC)),
            Scalar::Date(date) => self.on_zoned(&date.to_zoned(TimeZone::UTC).ok()?),
            Scalar::Time(time) => Some(match self {
                Self::Hour => Scalar::Integer(time.hour().into()),
                Self::Minute => Scalar::Integer(time.minute().into()),
                Self::Second => Scalar::Integer(time.second().into()),
                Self::FractionalSeconds => Scalar::Number(f64::from(time.subsec_nanosecond()) / 1e9),
                _ => return None,
            }),
            Scalar::Duration(duration) if self == Self::TotalSeconds => Some(Scalar::Number(duration.as_secs_f64())),
            _ => None,
        }
    }

    fn on_text<'a>(self, text: &Cow<'a, str>, rest: &[Scalar<'a>]) -> Option<Scalar<'a>> {
        let other = || match rest.first() {
            Some(Scalar::Text(other)) => Some(other.as_ref()),
            _ => None,
        };
        Some(match self {
            Self::Contains => Scalar::Boolean(text.contains(other()?)),
            Self::StartsWith => Scalar::Boolean(text.starts_with(other()?)),
            Self::EndsWith => Scalar::Boolean(text.ends_with(other()?)),
            // A pattern that is none is true of nothing.
            Self::MatchesPattern => Scalar::Boolean(Regex::new(other()?).is_ok_and(|pattern| pattern.is_match(text))),
            Self::Length => Scalar::Integer(text.chars().count() as i64),
            Self::IndexOf => Scalar::Integer(
                text.find(other()?)
                    .map_or(-1, |bytes| text[..bytes].chars().count() as i64),
            ),
            Self::Substring => {
                let number = |index: usize| match rest.get(index) {
                    Some(Scalar::Integer(integer)) => usize::try_from(*integer).ok(),
                    _ => None,
                };
                let length = if rest.len() > 1 { number(1)? } else { usize::MAX };
                Scalar::Text(text.chars().skip(number(0)?).take(length).collect())
            }
            Self::ToLower => Scalar::Text(text.to_lowercase().into()),
            Self::ToUpper => Scalar::Text(text.to_uppercase().into()),
            Self::Trim => Scalar::Text(text.trim().to_owned().into()),
            Self::Concat => Scalar::Text(format!("{text}{}", other()?).into()),
            _ => return None,
        })
    }

    fn on_zoned(self, zoned: &Zoned) -> Option<Scalar<'static>> {
        Some(match self {
            Self::Year => Scalar::Integer(zoned.year().into()),
            Self::Month => Scalar::Integer(zoned.month().into()),
            Self::Day => Scalar::Integer(zoned.day().into()),
            Self::Hour => Scalar::Integer(zoned.hour().into()),
            Self::Minute => Scalar::Integer(zoned.minute().into()),
            Self::Second => Scalar::Integer(zoned.second().into()),
            Self::FractionalSeconds => Scalar::Number(f64::from(zoned.subsec_nanosecond()) / 1e9),
            Self::Date => Scalar::Date(zoned.date()),
            Self::Time => Scalar::Time(zoned.time()),
            // Times are kept in UTC.
            Self::TotalOffsetMinutes => Scalar::Integer(0),
            _ => return None,
        })
    }
}
