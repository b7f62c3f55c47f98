//! Times of a calendar: moments, rules of repetition, the zones that the file describes.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use patchbay_model::{Object, Text, Value};

use super::Line;

pub(super) fn rule(text: &str, zones: &[Zone]) -> Value {
    let mut rule = Object::new();
    let numbers = |value: &str, less: f64| {
        let numbers = value.split(',').filter_map(|part| part.parse::<f64>().ok());
        Value::array(numbers.map(|number| Value::Number(number - less)).collect())
    };
    for (name, value) in text.split(';').filter_map(|part| part.split_once('=')) {
        match name.to_uppercase().as_str() {
            "FREQ" => drop(rule.insert("frequency", value)),
            "UNTIL" => drop(rule.insert("until", moment(&line_of(value), zones))),
            "COUNT" => drop(rule.insert("count", value.parse::<f64>().ok())),
            "INTERVAL" => drop(rule.insert("interval", value.parse::<f64>().ok())),
            "WKST" => drop(rule.insert("workweekStart", value)),
            "BYDAY" => drop(rule.insert("byDay", value.split(',').map(weekday).collect::<Vec<_>>())),
            // JavaScript counts months from 0.
            "BYMONTH" => drop(rule.insert("byMonth", numbers(value, 1.0))),
            "BYMONTHDAY" => drop(rule.insert("byMonthday", numbers(value, 0.0))),
            "BYYEARDAY" => drop(rule.insert("byYearday", numbers(value, 0.0))),
            "BYWEEKNO" => drop(rule.insert("byWeekNo", numbers(value, 0.0))),
            "BYHOUR" => drop(rule.insert("byHour", numbers(value, 0.0))),
            "BYMINUTE" => drop(rule.insert("byMinute", numbers(value, 0.0))),
            "BYSECOND" => drop(rule.insert("bySecond", numbers(value, 0.0))),
            "BYSETPOS" => drop(rule.insert("bySetPos", numbers(value, 0.0))),
            _ => {}
        }
    }
    Value::object(rule)
}

fn line_of(value: &str) -> Line {
    Line {
        name: String::new(),
        parameters: Vec::new(),
        value: value.to_owned(),
    }
}

/// `2TU`: the second Tuesday.
fn weekday(text: &str) -> Value {
    let start = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let mut weekday = Object::new();
    weekday.insert("day", &text[start..]);
    if let Ok(number) = text[..start].parse::<f64>() {
        weekday.insert("occurence", number);
    }
    Value::object(weekday)
}

/// `{date, type, local?}`: the moment in UTC, and as its zone's clocks show it; null for what is none.
pub(super) fn moment(line: &Line, zones: &[Zone]) -> Value {
    let text = line.value.trim();
    let is_date = line.parameter("VALUE") == Some("DATE") || text.len() == 8;
    let mut moment = Object::new();
    let local = civil(text);
    let zone = line.parameter("TZID").filter(|_| !text.ends_with('Z'));
    let offset = local.zip(zone).and_then(|(local, zone)| offset_at(zone, local, zones));
    let universal = match (local, offset) {
        (Some(local), Some(offset)) => offset.to_timestamp(local).ok().map(|moment| moment.to_string()),
        (local, _) => local.map(|local| local.to_string()),
    };
    moment.insert("date", universal.map(|text| iso(&text)));
    moment.insert("type", if is_date { "DATE" } else { "DATE-TIME" });
    if let (Some(local), Some(offset), Some(zone)) = (local, offset, zone) {
        let mut shown = Object::new();
        shown.insert("date", iso(&local.to_string()));
        shown.insert("timezone", zone);
        shown.insert("tzoffset", offset_text(offset));
        moment.insert("local", shown);
    }
    Value::object(moment)
}

/// As JavaScript writes a moment.
fn iso(text: &str) -> String {
    format!("{}.000Z", text.trim_end_matches('Z'))
}

/// `20260304` or `20260304T100000`, with or without `Z`.
fn civil(text: &str) -> Option<DateTime> {
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<i16>().ok();
    let small = |range: std::ops::Range<usize>| i8::try_from(part(range)?).ok();
    let (hour, minute, second) = if text.len() > 8 {
        (small(9..11)?, small(11..13)?, small(13..15)?)
    } else {
        (0, 0, 0)
    };
    DateTime::new(part(0..4)?, small(4..6)?, small(6..8)?, hour, minute, second, 0).ok()
}

/// A time zone that the file describes.
pub(super) struct Zone {
    id: Text,
    parts: Vec<Value>,
}

impl Zone {
    pub(super) fn of(lines: &[Line]) -> Self {
        let mut zone = Self {
            id: Text::default(),
            parts: Vec::new(),
        };
        let mut part = Object::new();
        for line in lines {
            match line.name.as_str() {
                "TZID" => zone.id = line.text(),
                "BEGIN" => part = [("type", line.text())].into_iter().collect(),
                "END" => zone.parts.push(Value::object(std::mem::take(&mut part))),
                "DTSTART" => drop(part.insert("start", civil(&line.value).map(|start| iso(&start.to_string())))),
                "TZOFFSETFROM" => drop(part.insert("offsetFrom", line.text())),
                "TZOFFSETTO" => drop(part.insert("offsetTo", line.text())),
                "TZNAME" => drop(part.insert("name", line.text())),
                "RRULE" => drop(part.insert("recurrenceRule", rule(&line.value, &[]))),
                _ => {}
            }
        }
        zone
    }

    pub(super) fn shown(&self) -> Value {
        let mut zone = Object::new();
        zone.insert("props", self.parts.clone());
        zone.insert("id", self.id.clone());
        Value::object(zone)
    }

    /// The offset, where the zone has but one.
    fn only_offset(&self) -> Option<Offset> {
        match self.parts.as_slice() {
            [part] => {
                let text = part.get("offsetTo")?.as_str()?;
                let (sign, digits) = (text.get(..1)?, text.get(1..)?);
                let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i32>().ok();
                let seconds = number(0..2)? * 3600 + number(2..4)? * 60;
                Offset::from_seconds(if sign == "-" { -seconds } else { seconds }).ok()
            }
            _ => None,
        }
    }
}

/// A zone's offset from UTC at a time of its own clocks: as the file says, if it is always the same, else as is known.
fn offset_at(id: &str, local: DateTime, zones: &[Zone]) -> Option<Offset> {
    let described = zones.iter().find(|zone| zone.id == id).and_then(Zone::only_offset);
    described.or_else(|| {
        let zone = TimeZone::get(id).ok()?;
        let moment = zone.to_ambiguous_timestamp(local).compatible().ok()?;
        Some(zone.to_offset(moment))
    })
}

/// `+0100`
fn offset_text(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60)
}
