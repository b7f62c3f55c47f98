//! Version 1: writes a date by Moment's tokens, or adds to it and takes away from it.

use indexmap::IndexMap;
use patchbay_expression::date::{self, Civil, DateTime, Temporal, Zone};
use patchbay_expression::{Js, Missing};
use patchbay_model::{Item, Object, Text, Value};
use patchbay_node::{Context, NodeError};

use super::moment::{self, Strictness};
use super::{at, call, date_of, failed, is_iso, timestamp, workflow_zone};

const ISO: &str = "YYYY-MM-DDTHH:mm:ssZ";
/// Where a zone was asked for that is at Greenwich's time.
const ISO_UTC: &str = "YYYY-MM-DDTHH:mm:ss[Z]";
const INVALID: &str = "Invalid date";

/// The units that can be added.
const UNITS: [&str; 9] = [
    "years",
    "quarters",
    "months",
    "weeks",
    "days",
    "hours",
    "minutes",
    "seconds",
    "milliseconds",
];

/// The item with the new field; `None` where a date to write is undefined: n8n leaves such items out.
pub fn changed(context: &Context<'_>, item: &Item, index: usize) -> Result<Option<Object>, NodeError> {
    let value = context.optional("value", index)?;
    let made = if context.text("action", index)? == "calculate" {
        calculated(context, value, index)?
    } else {
        match value {
            Some(value) => written(context, &value, index)?,
            None => return Ok(None),
        }
    };
    let mut json = item.json.as_ref().clone();
    json.insert(context.text("dataPropertyName", index)?, made);
    Ok(Some(json))
}

fn written(context: &Context<'_>, value: &Value, index: usize) -> Result<Value, NodeError> {
    let from_zone = context.text("options.fromTimezone", index)?;
    let to_zone = context.text("options.toTimezone", index)?;
    let moved = !from_zone.is_empty() || !to_zone.is_empty();
    let zone_of = |name: &str| {
        let zone = Zone::named(name);
        if zone.is_known() { zone } else { workflow_zone(context) }
    };
    let (from_zone, to_zone) = if moved {
        (zone_of(&from_zone), zone_of(&to_zone))
    } else {
        (Zone::UTC, Zone::UTC)
    };
    let format = context.text("options.fromFormat", index)?;
    let date = if let Some(millis) = timestamp(value) {
        Some(at(millis, Zone::UTC)).filter(DateTime::is_valid)
    } else if format.is_empty() {
        let text = value.to_text();
        // What is not in the form of ISO 8601 is in the zone of the process, whatever zone was asked for.
        let in_that_zone = is_iso(&text) && is_without_zone(&text);
        date_of(&text, context)?.map(|date| date.with_zone(from_zone.clone(), in_that_zone))
    } else {
        match read(context, &value.to_text(), &format, &from_zone, Strictness::Lenient) {
            Some(date) => Some(date),
            None => return Ok(INVALID.into()),
        }
    };
    let Some(date) = date else {
        let message = "The date input format could not be recognized. Please set the \"From Format\" field";
        return Err(NodeError::new("E0954", message).parameter("value"));
    };
    let format = match context.optional("toFormat", index)? {
        Some(format) => format.to_text(),
        None if context.boolean("custom", index)? => Text::default(),
        None => "MM/DD/YYYY".into(),
    };
    let at_greenwich = to_zone.offset_at(date.to_millis()) == 0;
    let date = date.with_zone(to_zone, false);
    let format = match format.as_str() {
        "" if moved && at_greenwich => ISO_UTC,
        "" => ISO,
        format => format,
    };
    Ok(moment::write(&date, format, moved).into())
}

/// Whether a date states no zone: neither `Z`, a name nor an offset after the time.
fn is_without_zone(text: &str) -> bool {
    let text = text.trim();
    let time = text.find(':').map_or("", |place| &text[place..]);
    !time.contains(['Z', '+', '-']) && !time.ends_with(|c: char| c.is_ascii_alphabetic() && c != 'M')
}

fn calculated(context: &Context<'_>, value: Option<Value>, index: usize) -> Result<Value, NodeError> {
    let format = context.text("options.fromFormat", index)?;
    let date = if format.is_empty() {
        let argument = Js::optional(value);
        let date = date::construct("Date", &[argument], &context.scope).map_err(|error| failed(&error))?;
        let millis = date.to_number();
        let message = "Unrecognized date input. Please specify a format in the \"From Format\" field.";
        Some(millis)
            .filter(|millis| !millis.is_nan())
            .map(|millis| at(millis, Zone::UTC))
            .ok_or_else(|| NodeError::new("E0955", message))
    } else {
        let text = value.unwrap_or_default().to_text();
        let message = "Date input cannot be parsed. Please recheck the value and the \"From Format\" field.";
        read(context, &text, &format, &Zone::UTC, Strictness::Strict).ok_or_else(|| NodeError::new("E0956", message))
    };
    let date = date.map_err(|error| error.parameter("value"))?;
    let unit = context.text("timeUnit", index)?;
    let duration = context.value("duration", index)?.to_number();
    // Moment adds nothing where the number is none, or the unit one that it does not know.
    if duration.is_nan() || !UNITS.contains(&unit.as_str()) {
        let millis = date.to_millis();
        let date = Js::from(Temporal::date(millis));
        return Ok(date.to_value(Missing::Null).unwrap_or_default());
    }
    let (unit, duration) = whole(unit, duration);
    let method = match context.text("operation", index)?.as_str() {
        "subtract" => "minus",
        _ => "plus",
    };
    let duration = Js::record(IndexMap::from([(unit, Js::number(duration))]));
    let date = call(&date.into(), method, &[duration], context)?;
    let iso = match &date {
        Js::Temporal(Temporal::DateTime(date)) => Js::from(Temporal::date(date.to_millis())),
        _ => date,
    };
    Ok(iso.to_value(Missing::Null).unwrap_or_default())
}

/// Moment adds days and months, and no parts of them; what is shorter than a day is added as it is.
fn whole(unit: Text, duration: f64) -> (Text, f64) {
    let (unit, duration) = match unit.as_str() {
        "years" => ("months", duration * 12.0),
        "quarters" => ("months", duration * 3.0),
        "weeks" => ("days", duration * 7.0),
        "months" | "days" => (unit.as_str(), duration),
        _ => return (unit, duration),
    };
    (unit.into(), (duration.abs() + 0.5).floor().copysign(duration))
}

/// Reads a text by Moment's tokens; what the format leaves out is today's, midnight's where it is of the time.
fn read(context: &Context<'_>, text: &str, format: &str, zone: &Zone, strictness: Strictness) -> Option<DateTime> {
    let now = at(context.scope.environment.now(), zone.clone()).civil();
    match moment::read(text, format, strictness, Civil::midnight(now.year, now.month, now.day))? {
        moment::Read::Instant(millis) => Some(at(millis, zone.clone())),
        moment::Read::Local(civil) => Some(at(civil.to_millis(), Zone::UTC).with_zone(zone.clone(), true)),
    }
    .filter(DateTime::is_valid)
}
