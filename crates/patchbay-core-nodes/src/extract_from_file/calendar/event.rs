//! What an event of a calendar says: what, who, alarms.

use patchbay_model::{Object, Value};

use super::time::{Zone, moment, rule};
use super::{Line, without_scheme};

pub(super) fn event(lines: &[Line], zones: &[Zone]) -> Value {
    let mut event = Object::new();
    let (mut attendees, mut alarms) = (Vec::new(), Vec::new());
    let mut rest = lines;
    while let [line, after @ ..] = rest {
        rest = after;
        let key = match line.name.as_str() {
            "BEGIN" => {
                let end = after
                    .iter()
                    .position(|other| other.is("END", &line.value))
                    .unwrap_or(after.len());
                if line.value == "VALARM" {
                    alarms.push(alarm(&after[..end], zones));
                }
                rest = after.get(end + 1..).unwrap_or_default();
                continue;
            }
            "DTSTAMP" | "DTSTART" | "DTEND" | "CREATED" | "LAST-MODIFIED" => {
                let key = match line.name.as_str() {
                    "DTSTAMP" => "stamp",
                    "DTSTART" => "start",
                    "DTEND" => "end",
                    "CREATED" => "created",
                    _ => "lastModified",
                };
                event.insert(key, moment(line, zones));
                continue;
            }
            "DURATION" => {
                event.insert("duration", duration(&line.value));
                continue;
            }
            "RRULE" => {
                event.insert("recurrenceRule", rule(&line.value, zones));
                continue;
            }
            "CATEGORIES" => {
                let names = line.value.split(',').map(Value::from).collect::<Vec<_>>();
                event.insert("categories", names);
                continue;
            }
            "ORGANIZER" => {
                event.insert(
                    "organizer",
                    person(line, &[("CN", "name"), ("DIR", "directory"), ("SENT-BY", "sentBy")]),
                );
                continue;
            }
            "ATTENDEE" => {
                attendees.push(attendee(line));
                continue;
            }
            "UID" => "uid",
            "SUMMARY" => "summary",
            "DESCRIPTION" => "description",
            "LOCATION" => "location",
            "STATUS" => "status",
            "URL" => "url",
            "CLASS" => "class",
            "TRANSP" => "timeTransparent",
            "GEO" => "geo",
            "PRIORITY" => "priority",
            "COMMENT" => "comment",
            "RECURRENCE-ID" => "recurrenceId",
            "ATTACH" => "attach",
            _ => continue,
        };
        event.insert(key, line.text());
    }
    if !alarms.is_empty() {
        event.insert("alarms", alarms);
    }
    if !attendees.is_empty() {
        event.insert("attendees", attendees);
    }
    Value::object(event)
}

fn attendee(line: &Line) -> Value {
    person(line, &[("CN", "name"), ("PARTSTAT", "partstat"), ("ROLE", "role")])
}

fn person(line: &Line, keys: &[(&str, &str)]) -> Value {
    let mut person = Object::new();
    person.insert("email", line.address());
    for (parameter, key) in keys {
        if let Some(value) = line.parameter(parameter) {
            person.insert(*key, without_scheme(value));
        }
    }
    Value::object(person)
}

fn alarm(lines: &[Line], zones: &[Zone]) -> Value {
    let mut alarm = Object::new();
    let mut attendees = Vec::new();
    for line in lines {
        match line.name.as_str() {
            "TRIGGER" => {
                let mut options = Object::new();
                if let Some(related) = line.parameter("RELATED") {
                    options.insert("related", related);
                }
                let absolute = line.parameter("VALUE") == Some("DATE-TIME");
                let (kind, value) = if absolute {
                    ("absolute", moment(line, zones))
                } else {
                    ("relative", duration(&line.value))
                };
                let mut trigger = Object::new();
                trigger.insert("type", kind);
                trigger.insert("value", value);
                trigger.insert("options", options);
                alarm.insert("trigger", trigger);
            }
            "ACTION" => drop(alarm.insert("action", line.text())),
            "DESCRIPTION" => drop(alarm.insert("description", line.text())),
            "SUMMARY" => drop(alarm.insert("summary", line.text())),
            "REPEAT" => drop(alarm.insert("repeat", line.value.parse::<f64>().ok())),
            "DURATION" => drop(alarm.insert("duration", duration(&line.value))),
            "ATTENDEE" => attendees.push(attendee(line)),
            _ => {}
        }
    }
    if !attendees.is_empty() {
        alarm.insert("attendees", attendees);
    }
    Value::object(alarm)
}

/// `-P1DT2H30M`
fn duration(text: &str) -> Value {
    let mut duration = Object::new();
    if text.starts_with('-') {
        duration.insert("before", true);
    }
    let mut number = String::new();
    let mut of_day = false;
    for c in text.chars() {
        let key = match c {
            '0'..='9' => {
                number.push(c);
                continue;
            }
            'T' => {
                of_day = true;
                continue;
            }
            'W' => "weeks",
            'D' => "days",
            'H' => "hours",
            'M' if of_day => "minutes",
            'S' => "seconds",
            _ => continue,
        };
        if let Ok(number) = std::mem::take(&mut number).parse::<f64>() {
            duration.insert(key, number);
        }
    }
    Value::object(duration)
}
