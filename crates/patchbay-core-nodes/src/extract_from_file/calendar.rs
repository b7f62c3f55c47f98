//! An iCalendar file as JSON: its events and time zones, in the shape that n8n gives them.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use patchbay_model::{Object, Text, Value};
use patchbay_node::NodeError;

pub(super) fn read(text: &str) -> Result<Value, NodeError> {
    let lines = lines(text)?;
    let mut calendar = Object::new();
    let mut zones = Vec::new();
    let mut events = Vec::new();
    let mut rest = lines.as_slice();
    while let [line, after @ ..] = rest {
        rest = after;
        match (line.name.as_str(), line.value.as_str()) {
            ("BEGIN", "VCALENDAR") | ("END", _) => {}
            ("BEGIN", kind) => {
                let Some(end) = after.iter().position(|line| line.is("END", kind)) else {
                    break;
                };
                match kind {
                    "VEVENT" => events.push(&after[..end]),
                    "VTIMEZONE" => zones.push(Zone::of(&after[..end])),
                    _ => {}
                }
                rest = &after[end + 1..];
            }
            ("VERSION", _) => drop(calendar.insert("version", line.text())),
            ("PRODID", _) => drop(calendar.insert("prodId", line.text())),
            ("METHOD", _) => drop(calendar.insert("method", line.text())),
            ("NAME", _) => drop(calendar.insert("name", line.text())),
            _ => {}
        }
    }
    if !zones.is_empty() {
        calendar.insert("timezones", zones.iter().map(Zone::shown).collect::<Vec<_>>());
    }
    if !events.is_empty() {
        let events = events.into_iter().map(|lines| event(lines, &zones)).collect::<Vec<_>>();
        calendar.insert("events", events);
    }
    Ok(Value::object(calendar))
}

/// `NAME;PARAMETER=VALUE:VALUE`
#[derive(Debug)]
struct Line {
    name: String,
    parameters: Vec<(String, String)>,
    value: String,
}

impl Line {
    fn is(&self, name: &str, value: &str) -> bool {
        self.name == name && self.value == value
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn text(&self) -> Text {
        self.value.as_str().into()
    }

    fn address(&self) -> Text {
        without_scheme(&self.value)
    }
}

fn without_scheme(address: &str) -> Text {
    let known = address.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    known.map_or(address, |_| &address[7..]).into()
}

fn lines(text: &str) -> Result<Vec<Line>, NodeError> {
    let whole = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let lines = whole.lines().filter(|line| !line.trim().is_empty());
    lines.map(line).collect()
}

fn line(text: &str) -> Result<Line, NodeError> {
    let mut quoted = false;
    let colon = text.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == ':' && !quoted
    });
    let Some((colon, _)) = colon else {
        let message = format!("Line not valid: {text}");
        return Err(NodeError::new("E0981", message).hint("a line of iCalendar is `NAME:value`"));
    };
    let mut parts = outside_quotes(&text[..colon], ';').into_iter();
    let name = parts.next().unwrap_or_default().to_uppercase();
    let parameters = parts.filter_map(|part| {
        let (name, value) = part.split_once('=')?;
        Some((name.to_uppercase(), value.trim_matches('"').to_owned()))
    });
    Ok(Line {
        name,
        parameters: parameters.collect(),
        value: text[colon + 1..].to_owned(),
    })
}

fn outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c: char| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
    .collect()
}

fn event(lines: &[Line], zones: &[Zone]) -> Value {
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

fn rule(text: &str, zones: &[Zone]) -> Value {
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
fn moment(line: &Line, zones: &[Zone]) -> Value {
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
struct Zone {
    id: Text,
    parts: Vec<Value>,
}

impl Zone {
    fn of(lines: &[Line]) -> Self {
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

    fn shown(&self) -> Value {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(lines: &str, expected: &str) {
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}\r\nEND:VCALENDAR\r\n",
            lines.replace('\n', "\r\n")
        );
        let read = read(&text).expect("read").to_json();
        assert_eq!(read, format!("{{\"version\":\"2.0\"{expected}}}"), "{lines}");
    }

    #[test]
    fn events_become_json() {
        for (lines, expected) in [
            (
                "UID:1\nSUMMARY:a\\, b\nDESCRIPTION:long \n line",
                r#""uid":"1","summary":"a\\, b","description":"long line""#,
            ),
            (
                "DTSTART;VALUE=DATE:20260304\nDTEND:20260304T100000Z",
                r#""start":{"date":"2026-03-04T00:00:00.000Z","type":"DATE"},"end":{"date":"2026-03-04T10:00:00.000Z","type":"DATE-TIME"}"#,
            ),
            (
                "DTSTART;TZID=Europe/Berlin:20260304T120000",
                r#""start":{"date":"2026-03-04T11:00:00.000Z","type":"DATE-TIME","local":{"date":"2026-03-04T12:00:00.000Z","timezone":"Europe/Berlin","tzoffset":"+0100"}}"#,
            ),
            ("DTSTART:xx", r#""start":{"date":null,"type":"DATE-TIME"}"#),
            ("DURATION:PT1H30M", r#""duration":{"hours":1,"minutes":30}"#),
            (
                "RRULE:FREQ=WEEKLY;BYDAY=MO,2TU;BYMONTH=1,2;COUNT=2",
                r#""recurrenceRule":{"frequency":"WEEKLY","byDay":[{"day":"MO"},{"day":"TU","occurence":2}],"byMonth":[0,1],"count":2}"#,
            ),
            (
                "ATTENDEE;CN=\"A, B\";ROLE=CHAIR:mailto:a@x.y\nCATEGORIES:a,b",
                r#""categories":["a","b"],"attendees":[{"email":"a@x.y","name":"A, B","role":"CHAIR"}]"#,
            ),
            (
                "BEGIN:VALARM\nTRIGGER;RELATED=END:-PT15M\nACTION:AUDIO\nEND:VALARM",
                r#""alarms":[{"trigger":{"type":"relative","value":{"before":true,"minutes":15},"options":{"related":"END"}},"action":"AUDIO"}]"#,
            ),
        ] {
            check(
                &format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT"),
                &format!(",\"events\":[{{{expected}}}]"),
            );
        }
        check("BEGIN:VTODO\nUID:1\nEND:VTODO", "");
        check("BEGIN:VEVENT\nUID:1", "");
    }

    #[test]
    fn the_files_own_zone_counts() {
        check(
            "BEGIN:VTIMEZONE\nTZID:Mine\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0530\nEND:STANDARD\nEND:VTIMEZONE\n\
             BEGIN:VEVENT\nDTSTART;TZID=Mine:20260704T100000\nEND:VEVENT",
            r#","timezones":[{"props":[{"type":"STANDARD","start":"1970-01-01T00:00:00.000Z","offsetFrom":"-0400","offsetTo":"-0530"}],"id":"Mine"}],"events":[{"start":{"date":"2026-07-04T15:30:00.000Z","type":"DATE-TIME","local":{"date":"2026-07-04T10:00:00.000Z","timezone":"Mine","tzoffset":"-0530"}}}]"#,
        );
    }

    #[test]
    fn a_line_without_a_colon_is_an_error() {
        let error = read("héllo\nworld").expect_err("no calendar");
        assert_eq!(error.error.message, "Line not valid: héllo");
    }

    proptest! {
        #[test]
        fn no_text_does_harm(text in "(BEGIN|END|DTSTART|RRULE|TRIGGER|TZOFFSETTO|[A-Z;=\"]{0,6}):(VEVENT|VALARM|VTIMEZONE|2026\\PC{0,12}|P1W|\\PC{0,8})(\r\n(BEGIN|END|DTSTART;TZID=a|TZID|RRULE):(VEVENT|VTIMEZONE|UNTIL=1|\\PC{0,20})){0,6}") {
            let _ = read(&text);
        }
    }
}
