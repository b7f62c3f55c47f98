//! Version 2: operations of Luxon's dates, in the zone of the workflow.

use indexmap::IndexMap;
use patchbay_expression::date::{self, DateTime, Temporal, Zone};
use patchbay_expression::{Js, Missing};
use patchbay_model::{Item, Object, Text, Value};
use patchbay_node::{Context, NodeError};

use super::{at, call, date_of, failed, timestamp, workflow_zone};

/// What Luxon and n8n write for an invalid date.
const INVALID: &str = "Invalid DateTime";

/// The item with the field that the operation makes.
pub fn changed(context: &Context<'_>, item: &Item, index: usize) -> Result<Object, NodeError> {
    let operation = context.text("operation", index)?;
    let (default_name, value) = match operation.as_str() {
        "addToDate" | "subtractFromDate" => ("newDate", Some(shifted(context, &operation, index)?)),
        "extractDate" => ("datePart", Some(part(context, index)?)),
        "formatDate" => ("formattedDate", written(context, index)?),
        "getTimeBetweenDates" => ("timeDifference", Some(difference(context, index)?)),
        "roundDate" => ("roundedDate", Some(rounded(context, index)?)),
        "getCurrentDate" => ("currentDate", Some(current(context, index)?)),
        other => {
            let message = format!("There is no operation `{other}`");
            return Err(NodeError::new("E0951", message).parameter("operation"));
        }
    };
    let mut json = if context.boolean("options.includeInputFields", index)? {
        item.json.as_ref().clone()
    } else {
        Object::default()
    };
    let name = match context.optional("outputFieldName", index)? {
        Some(name) => name.to_text(),
        None => default_name.into(),
    };
    if let Some(value) = value {
        json.insert(name, value);
    }
    Ok(json)
}

fn current(context: &Context<'_>, index: usize) -> Result<Value, NodeError> {
    let zone = match context.optional("options.timezone", index)? {
        Some(name) if name.truthy() => {
            let name = name.to_text();
            let zone = Zone::parse(&name, &workflow_zone(context));
            if !zone.is_known() {
                let message = format!("The timezone {name} is not valid. Please check the timezone.");
                return Err(NodeError::new("E0952", message).parameter("options.timezone"));
            }
            zone
        }
        _ => workflow_zone(context),
    };
    let now = Js::from(date::now(&context.scope).with_zone(zone, false));
    let now = if context.boolean("includeTime", index)? {
        now
    } else {
        call(&now, "startOf", &[Js::text("day")], context)?
    };
    Ok(shown(&now))
}

fn shifted(context: &Context<'_>, operation: &str, index: usize) -> Result<Value, NodeError> {
    let date = zoned(context, "magnitude", index)?;
    let unit = context.text("timeUnit", index)?;
    let amount = Js::Json(context.value("duration", index)?);
    let duration = Js::record(IndexMap::from([(unit, amount)]));
    let method = if operation == "addToDate" { "plus" } else { "minus" };
    call(&date, method, &[duration], context).map(|date| shown(&date))
}

fn part(context: &Context<'_>, index: usize) -> Result<Value, NodeError> {
    let date = zoned(context, "date", index)?;
    let name = match context.text("part", index)?.as_str() {
        "week" => "weekNumber".into(),
        other => Text::from(other),
    };
    let part = date::get(&date, &name, &context.scope);
    Ok(part.and_then(|part| part.to_value(Missing::Null)).unwrap_or_default())
}

/// The date by the format; `None` where the parameter is undefined.
fn written(context: &Context<'_>, index: usize) -> Result<Option<Value>, NodeError> {
    let date = match context.optional("date", index)? {
        None => return Ok(None),
        Some(Value::Null) => return Ok(Some(Value::Null)),
        Some(Value::Object(_)) => {
            return Err(NodeError::new("E0953", "date.includes is not a function").parameter("date"));
        }
        Some(value) => {
            let format = context.text("options.fromFormat", index)?;
            parsed(context, &value, &format, "date")?
        }
    };
    let date = if context.boolean("options.timezone", index)? {
        date.with_zone(workflow_zone(context), false)
    } else {
        date
    };
    let format = match context.text("format", index)?.as_str() {
        "custom" => context.text("customFormat", index)?,
        format => format.into(),
    };
    let written = call(&Js::from(date), "toFormat", &[Js::text(format)], context)?;
    Ok(written.to_value(Missing::Null))
}

fn difference(context: &Context<'_>, index: usize) -> Result<Value, NodeError> {
    let start = zoned(context, "startDate", index)?;
    let end = zoned(context, "endDate", index)?;
    let units = Js::Json(context.value("units", index)?);
    let duration = call(&end, "diff", &[start, units], context)?;
    let form = if context.boolean("options.isoString", index)? {
        "toISO"
    } else {
        "toObject"
    };
    let value = call(&duration, form, &[], context)?;
    Ok(value.to_value(Missing::Null).unwrap_or_default())
}

/// A date is rounded up to the start of the unit that comes next, also if it is such a start itself.
fn rounded(context: &Context<'_>, index: usize) -> Result<Value, NodeError> {
    let date = zoned(context, "date", index)?;
    let (date, unit) = if context.text("mode", index)? == "roundUp" {
        let unit = context.text("to", index)?;
        let duration = Js::record(IndexMap::from([(unit.clone(), Js::number(1))]));
        (call(&date, "plus", &[duration], context)?, unit)
    } else {
        (date, context.text("toNearest", index)?)
    };
    call(&date, "startOf", &[Js::text(unit)], context).map(|date| shown(&date))
}

/// The date of a parameter in the zone of the workflow; now where it is undefined.
fn zoned(context: &Context<'_>, path: &str, index: usize) -> Result<Js, NodeError> {
    let date = match context.optional(path, index)? {
        None => date::now(&context.scope),
        // Moment makes now of an object without properties, and of those that name no part of a date the begin of today.
        Some(Value::Object(parts)) if !parts.keys().any(|key| is_unit(key)) => {
            let now = Js::from(date::now(&context.scope).with_zone(workflow_zone(context), false));
            return if parts.is_empty() {
                Ok(now)
            } else {
                call(&now, "startOf", &[Js::text("day")], context)
            };
        }
        Some(value) => parsed(context, &value, "", path)?,
    };
    Ok(date.with_zone(workflow_zone(context), false).into())
}

/// Whether Moment knows a property as a part of a date.
fn is_unit(key: &str) -> bool {
    const UNITS: [&str; 18] = [
        "y", "year", "years", "M", "month", "months", "d", "D", "day", "days", "date", "h", "hour", "hours", "m", "s",
        "ms", "Q",
    ];
    UNITS.contains(&key)
}

/// The date of a value, in the zone that it states; `format`: how it is written, empty if not known.
fn parsed(context: &Context<'_>, value: &Value, format: &str, path: &str) -> Result<DateTime, NodeError> {
    let date = if value.as_str() == Some(INVALID) {
        // An expression gave an invalid date: it stays one.
        Some(at(f64::NAN, Zone::UTC))
    } else if !format.is_empty() && !matches!(value, Value::Number(_)) {
        let arguments = [Js::text(value.to_text()), Js::text(format)];
        match date::call_static("DateTime", "fromFormat", &arguments, &context.scope).map_err(|error| failed(&error))? {
            // Read in the workflow's zone, and then shown in the process's.
            Js::Temporal(Temporal::DateTime(date)) if date.is_valid() => Some(date.with_zone(Zone::UTC, false)),
            _ => None,
        }
    } else if let Some(millis) = timestamp(value) {
        // n8n takes a number with a fraction for seconds, and looks at the milliseconds as at any number.
        let number = value.to_number();
        let millis = if number.fract() == 0.0 {
            millis
        } else {
            timestamp(&Value::Number((number * 1000.0).trunc())).unwrap_or(millis)
        };
        Some(at(millis, Zone::UTC))
    } else {
        date_of(&value.to_text(), context)?
    };
    date.ok_or_else(|| {
        NodeError::new("E0953", "Invalid date format")
            .parameter(Text::from(path))
            .hint("Give the format of the date in the option `From Format`")
    })
}

/// As n8n writes dates in items.
fn shown(date: &Js) -> Value {
    match date {
        Js::Temporal(Temporal::DateTime(date)) if !date.is_valid() => INVALID.into(),
        date => date.to_value(Missing::Null).unwrap_or_default(),
    }
}
