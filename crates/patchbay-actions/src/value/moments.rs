//! Moments, dates and durations.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRound, Timestamp, Unit};
use patchbay_model::Value;

use super::Refusal;
use super::words::{wanted, wrong};
use crate::definition::{Kind, Parameter};

/// A moment in UTC with `Z`: from text with or without an offset, or from milliseconds since 1970.
pub(super) fn date_time(parameter: &Parameter, value: &Value, timezone: &str) -> Result<Value, Refusal> {
    let refusal = || wrong(parameter, value, wanted(parameter));
    let moment = match value {
        Value::Number(milliseconds) if milliseconds.is_finite() => {
            Timestamp::from_millisecond(*milliseconds as i64).map_err(|_| refusal())?
        }
        Value::Text(text) => parse_moment(text.trim(), timezone).ok_or_else(refusal)?,
        _ => return Err(refusal()),
    };
    Ok(Value::text(moment.to_string()))
}

fn parse_moment(text: &str, timezone: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    let local: DateTime = text.parse().ok()?;
    let zone = TimeZone::get(timezone).unwrap_or(TimeZone::UTC);
    Some(local.to_zoned(zone).ok()?.timestamp())
}

pub(super) fn date(parameter: &Parameter, value: &Value) -> Result<Value, Refusal> {
    let date = value.as_str().and_then(|text| text.trim().parse::<Date>().ok());
    let date = date.ok_or_else(|| wrong(parameter, value, wanted(parameter)))?;
    Ok(Value::text(date.to_string()))
}

pub(super) fn duration(parameter: &Parameter, value: &Value) -> Result<Value, Refusal> {
    match value {
        Value::Text(text) => {
            let span: Option<Span> = text.trim().parse().ok();
            let span = span.ok_or_else(|| wrong(parameter, value, wanted(parameter)))?;
            let span = match parameter.kind {
                Kind::DayTime => in_days(span).ok_or_else(|| {
                    wrong(parameter, value, wanted(parameter)).hint("a year or a month is no fixed time: write days")
                })?,
                _ => span,
            };
            Ok(Value::text(span.to_string()))
        }
        // Seconds.
        Value::Number(seconds) => {
            let duration = SignedDuration::try_from_secs_f64(*seconds);
            let duration = duration.map_err(|_| wrong(parameter, value, wanted(parameter)))?;
            let span = Span::try_from(duration).and_then(|span| span.round(SpanRound::new().largest(Unit::Hour)));
            let span = span.map_err(|_| wrong(parameter, value, wanted(parameter)))?;
            Ok(Value::text(span.to_string()))
        }
        _ => Err(wrong(parameter, value, wanted(parameter))),
    }
}

/// The span without weeks; none where it has years or months.
fn in_days(span: Span) -> Option<Span> {
    if span.get_years() != 0 || span.get_months() != 0 {
        return None;
    }
    let days = span.get_weeks().checked_mul(7)?.checked_add(span.get_days())?;
    span.try_weeks(0).ok()?.try_days(days).ok()
}
