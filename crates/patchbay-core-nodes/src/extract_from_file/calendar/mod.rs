//! An iCalendar file as JSON, in the shape that n8n gives it: here its lines, beside it events and times.

mod event;
mod time;

use patchbay_model::{Object, Text, Value};
use patchbay_node::NodeError;

use event::event;
use time::Zone;

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
