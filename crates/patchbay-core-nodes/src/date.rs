//! Dates in items and parameters: text as people write it, numbers as they count milliseconds.

use jiff::civil;
use jiff::tz::TimeZone;
use patchbay_model::Value;

/// Milliseconds since 1970 of a text or number that is a date; text without an offset is in the zone.
pub fn parse(value: &Value, zone: &str) -> Option<f64> {
    match value {
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
        value => parse_text(value.to_text().trim(), zone),
    }
}

fn parse_text(text: &str, zone: &str) -> Option<f64> {
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(timestamp.as_millisecond() as f64);
    }
    let date = text.parse::<civil::DateTime>().ok()?;
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    Some(date.to_zoned(zone).ok()?.timestamp().as_millisecond() as f64)
}
