//! JavaScript's `Date`: milliseconds since 1970, shown in the process's zone.
//!
//! A `Date` is changed in place by its setters: what holds the time is shared ([`Temporal::Date`]).

mod parse;
mod scan;

use std::cell::Cell;

use patchbay_model::Value;

use super::arguments::Arguments;
use super::civil::{Civil, DAY, FURTHEST, HOUR, MINUTE, SECOND};
use super::iso::{IsoStyle, write_clock, write_date};
use super::zone::{OffsetStyle, Zone, offset_text, process_zone};
use super::{Context, Temporal, error, no_method};
use crate::intl::{DateOptions, Defaults, Locale, Moment, Part, Width};
use crate::{Error, Js};

pub use parse::parse;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// `new Date(…)`
pub fn construct(arguments: &Arguments, context: &Context) -> f64 {
    match arguments.0 {
        [] => context.now(),
        [value] => from_value(value),
        _ => clip(local_to_millis(from_fields(arguments))),
    }
}

fn from_value(value: &Js) -> f64 {
    match value {
        Js::Temporal(Temporal::Date(time)) => time.get(),
        Js::Json(Value::Text(text)) => parse(text),
        Js::Temporal(Temporal::DateTime(date)) => clip(date.to_millis()),
        value if value.is_object() => {
            let primitive = value.to_number();
            if primitive.is_nan() {
                parse(&value.to_text())
            } else {
                clip(primitive)
            }
        }
        value => clip(value.to_number()),
    }
}

/// Year, month from 0, day, hour, minute, second, millisecond; on the clock's face.
fn from_fields(arguments: &Arguments) -> f64 {
    let field = |index: usize, default: f64| {
        if index < arguments.len() {
            arguments.at(index).to_number().trunc()
        } else {
            default
        }
    };
    let year = field(0, f64::NAN);
    let year = if (0.0..=99.0).contains(&year) {
        1900.0 + year
    } else {
        year
    };
    make_date(
        make_day(year, field(1, 0.0), field(2, 1.0)),
        make_time(field(3, 0.0), field(4, 0.0), field(5, 0.0), field(6, 0.0)),
    )
}

/// Days since 1970 of a year, a month from 0 and a day, each carried over.
fn make_day(year: f64, month: f64, day: f64) -> f64 {
    let possible = |value: f64| value.is_finite() && value.abs() < 1e9;
    if !possible(year) || !possible(month) || !day.is_finite() {
        return f64::NAN;
    }
    let month = month.trunc() as i64 + 1;
    super::civil::days_since_1970(year.trunc() as i64, month, 1) as f64 + day.trunc() - 1.0
}

fn make_time(hour: f64, minute: f64, second: f64, millisecond: f64) -> f64 {
    hour.trunc() * HOUR + minute.trunc() * MINUTE + second.trunc() * SECOND + millisecond.trunc()
}

fn make_date(day: f64, time: f64) -> f64 {
    day * DAY + time
}

/// `TimeClip`: whole milliseconds that a `Date` can hold, else NaN.
fn clip(millis: f64) -> f64 {
    if millis.is_finite() && millis.abs() <= FURTHEST {
        millis.trunc() + 0.0
    } else {
        f64::NAN
    }
}

fn local_to_millis(local: f64) -> f64 {
    if local.is_nan() {
        return local;
    }
    let zone = process_zone();
    local - f64::from(zone.offset_of_local(local, zone.offset_at(local))) * SECOND
}

pub fn call_static(name: &str, arguments: &Arguments, context: &Context) -> Result<Js, Error> {
    Ok(Js::number(match name {
        "" => return Ok(Js::text(to_text(context.now()))),
        "now" => context.now(),
        "parse" => parse(&arguments.at(0).to_text()),
        "UTC" => clip(from_fields(arguments)),
        _ => return Err(no_method("Date", name)),
    }))
}

/// What `new Date(text).toISOString()` gives; `None` where the text is no date.
pub fn iso_of(text: &str) -> Option<String> {
    to_iso(parse::parse(text))
}

/// `toISOString`; `None` where the date is invalid.
pub fn to_iso(millis: f64) -> Option<String> {
    if millis.is_nan() {
        return None;
    }
    let civil = Civil::from_millis(millis);
    Some(format!(
        "{}T{}Z",
        write_date(civil, true),
        write_clock(civil, IsoStyle::PLAIN)
    ))
}

/// `String(date)`
pub fn to_text(millis: f64) -> String {
    if millis.is_nan() {
        return "Invalid Date".to_owned();
    }
    format!("{} {}", date_text(millis), time_text(millis))
}

fn local(millis: f64) -> (Civil, i32) {
    let offset = process_zone().offset_at(millis);
    (Civil::from_millis(millis + f64::from(offset) * SECOND), offset)
}

fn date_text(millis: f64) -> String {
    let (civil, _) = local(millis);
    let (weekday, month) = names(civil);
    format!("{weekday} {month} {:02} {:04}", civil.day, civil.year)
}

fn time_text(millis: f64) -> String {
    let (civil, offset) = local(millis);
    let Civil {
        hour, minute, second, ..
    } = civil;
    let offset = offset_text(offset, OffsetStyle::Compact);
    let zone = match process_zone() {
        Zone::Fixed(0) => "Coordinated Universal Time".into(),
        zone => Locale::default().tables().zone_name(&zone, millis, Width::Long),
    };
    format!("{hour:02}:{minute:02}:{second:02} GMT{offset} ({zone})")
}

fn utc_text(millis: f64) -> String {
    let civil = Civil::from_millis(millis);
    let (weekday, month) = names(civil);
    let Civil {
        year,
        day,
        hour,
        minute,
        second,
        ..
    } = civil;
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

fn names(civil: Civil) -> (&'static str, &'static str) {
    (
        WEEKDAYS[(civil.weekday() - 1) as usize],
        MONTHS[(civil.month - 1) as usize],
    )
}

/// Whether a `Date` has a method of this name.
pub fn has_method(name: &str) -> bool {
    const OTHERS: [&str; 15] = [
        "getTime",
        "valueOf",
        "toISOString",
        "toJSON",
        "toString",
        "toDateString",
        "toTimeString",
        "toUTCString",
        "toGMTString",
        "toLocaleString",
        "toLocaleDateString",
        "toLocaleTimeString",
        "getTimezoneOffset",
        "getYear",
        "setTime",
    ];
    const FIELDS: [&str; 7] = [
        "FullYear",
        "Month",
        "Date",
        "Hours",
        "Minutes",
        "Seconds",
        "Milliseconds",
    ];
    let field = name.strip_prefix("get").or_else(|| name.strip_prefix("set"));
    let field = field.map(|field| field.strip_prefix("UTC").unwrap_or(field));
    OTHERS.contains(&name)
        || matches!(name, "getDay" | "getUTCDay")
        || field.is_some_and(|field| FIELDS.contains(&field))
}

pub fn call(time: &Cell<f64>, name: &str, arguments: &Arguments) -> Result<Js, Error> {
    let millis = time.get();
    let or_invalid = |write: fn(f64) -> String| {
        Js::text(if millis.is_nan() {
            "Invalid Date".to_owned()
        } else {
            write(millis)
        })
    };
    Ok(match name {
        "getTime" | "valueOf" => Js::number(millis),
        "toISOString" => match to_iso(millis) {
            Some(text) => Js::text(text),
            None => return Err(error("Invalid time value")),
        },
        "toJSON" => to_iso(millis).map_or(Js::NULL, Js::text),
        "toString" => Js::text(to_text(millis)),
        "toDateString" => or_invalid(date_text),
        "toTimeString" => or_invalid(time_text),
        "toUTCString" | "toGMTString" => or_invalid(utc_text),
        "toLocaleString" => localised(millis, arguments, Defaults::DateAndTime)?,
        "toLocaleDateString" => localised(millis, arguments, Defaults::Date)?,
        "toLocaleTimeString" => localised(millis, arguments, Defaults::Time)?,
        "getTimezoneOffset" if millis.is_nan() => Js::number(f64::NAN),
        "getTimezoneOffset" => Js::number(0.0 - f64::from(local(millis).1) / 60.0),
        _ => {
            if let Some(value) = getter(millis, name) {
                return Ok(Js::number(value));
            }
            let changed = setter(millis, name, arguments).ok_or_else(|| no_method("Date", name))?;
            time.set(changed);
            Js::number(changed)
        }
    })
}

fn localised(millis: f64, arguments: &Arguments, defaults: Defaults) -> Result<Js, Error> {
    // The arguments are not looked at then, whatever they are.
    if millis.is_nan() {
        return Ok(Js::text("Invalid Date"));
    }
    let locale = Locale::from_js(arguments.at(0))?;
    let options = DateOptions::from_js(arguments.at(1))?.with_defaults(defaults)?;
    Ok(Js::text(write_localised(millis, &locale, &options)))
}

/// What `Intl.DateTimeFormat` writes: the zone is the options' or the process's.
pub fn write_localised(millis: f64, locale: &Locale, options: &DateOptions) -> String {
    at_moment(millis, options, |moment| locale.tables().date_text(options, moment))
}

/// The same in parts.
pub fn localised_parts(millis: f64, locale: &Locale, options: &DateOptions) -> Vec<Part> {
    at_moment(millis, options, |moment| locale.tables().date_parts(options, moment))
}

fn at_moment<T>(millis: f64, options: &DateOptions, write: impl FnOnce(&Moment<'_>) -> T) -> T {
    // A zone that has a name: Luxon's UTC shows none.
    let process = match process_zone() {
        Zone::Fixed(0) => Zone::named("Etc/UTC"),
        zone => zone,
    };
    let zone = options.time_zone.as_ref().unwrap_or(&process);
    let offset = f64::from(zone.offset_at(millis)) * SECOND;
    write(&Moment {
        civil: Civil::from_millis(millis + offset),
        millis,
        zone,
    })
}

fn getter(millis: f64, name: &str) -> Option<f64> {
    let name = name.strip_prefix("get")?;
    let (civil, field) = match name.strip_prefix("UTC") {
        Some(field) => (Civil::from_millis(if millis.is_nan() { 0.0 } else { millis }), field),
        None => (local(if millis.is_nan() { 0.0 } else { millis }).0, name),
    };
    let value = match field {
        "FullYear" => civil.year,
        "Year" => civil.year - 1900,
        "Month" => civil.month - 1,
        "Date" => civil.day,
        "Day" => civil.weekday() % 7,
        "Hours" => civil.hour,
        "Minutes" => civil.minute,
        "Seconds" => civil.second,
        "Milliseconds" => civil.millisecond,
        _ => return None,
    };
    Some(if millis.is_nan() { f64::NAN } else { value as f64 })
}

/// The time after a setter; `None` where the name is of no setter.
fn setter(millis: f64, name: &str, arguments: &Arguments) -> Option<f64> {
    let name = name.strip_prefix("set")?;
    let (utc, field) = match name.strip_prefix("UTC") {
        Some(field) => (true, field),
        None => (false, name),
    };
    if field == "Time" {
        return Some(clip(arguments.at(0).to_number()));
    }
    // Only setting the year makes a date of what was none.
    let known = if millis.is_nan() && field == "FullYear" {
        0.0
    } else {
        millis
    };
    let civil = match (known.is_nan(), utc) {
        (true, _) => Civil::from_millis(0.0),
        (false, true) => Civil::from_millis(known),
        (false, false) => local(known).0,
    };
    let argument = |index: usize, current: i64| {
        if index < arguments.len() {
            arguments.at(index).to_number().trunc()
        } else {
            current as f64
        }
    };
    let required = || arguments.at(0).to_number().trunc();
    let mut date = (civil.year as f64, (civil.month - 1) as f64, civil.day as f64);
    let mut time = [civil.hour, civil.minute, civil.second, civil.millisecond].map(|value| value as f64);
    match field {
        "FullYear" => date = (required(), argument(1, civil.month - 1), argument(2, civil.day)),
        "Month" => (date.1, date.2) = (required(), argument(1, civil.day)),
        "Date" => date.2 = required(),
        "Hours" => {
            time = [
                required(),
                argument(1, civil.minute),
                argument(2, civil.second),
                argument(3, civil.millisecond),
            ];
        }
        "Minutes" => {
            (time[1], time[2], time[3]) = (required(), argument(1, civil.second), argument(2, civil.millisecond));
        }
        "Seconds" => (time[2], time[3]) = (required(), argument(1, civil.millisecond)),
        "Milliseconds" => time[3] = required(),
        _ => return None,
    }
    if known.is_nan() {
        return Some(f64::NAN);
    }
    let changed = make_date(
        make_day(date.0, date.1, date.2),
        make_time(time[0], time[1], time[2], time[3]),
    );
    Some(clip(if utc { changed } else { local_to_millis(changed) }))
}
