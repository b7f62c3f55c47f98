//! An event as an iCalendar file, as n8n writes it.

use patchbay_model::{Binary, Text, Value};
use patchbay_node::{Context, NodeError};

use crate::{date, files};

const DAY: f64 = 86_400_000.0;

pub(super) async fn file(context: &Context<'_>, index: usize) -> Result<Binary, NodeError> {
    let text = event(context, index)?;
    let path = files::text(context, "additionalFields.fileName", index)?.unwrap_or_else(|| "event.ics".into());
    files::keep_bytes(context, text, Some(&path), Some("text/calendar")).await
}

fn event(context: &Context<'_>, index: usize) -> Result<String, NodeError> {
    let field = |name: &str| files::text(context, &format!("additionalFields.{name}"), index);
    let all_day = context.boolean("allDay", index)?;
    let (start, end) = (moment(context, "start", index)?, moment(context, "end", index)?);
    let mut lines = Lines::default();
    for line in [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        "PRODID:adamgibbons/ics",
        "METHOD:PUBLISH",
    ] {
        lines.add(line);
    }
    if let Some(name) = field("calName")? {
        lines.add(&format!("X-WR-CALNAME:{name}"));
    }
    lines.add("X-PUBLISHED-TTL:PT1H");
    lines.add("BEGIN:VEVENT");
    let id = field("uid")?.unwrap_or_else(|| new_id(context));
    lines.add(&format!("UID:{id}"));
    let title = files::text(context, "title", index)?.unwrap_or_else(|| "undefined".into());
    lines.add(&format!("SUMMARY:{}", escaped(&title)));
    lines.add(&format!("DTSTAMP:{}", minute(context.capabilities.environment.now())));
    if all_day {
        // The end is the first day that is not of the event.
        lines.add(&format!("DTSTART;VALUE=DATE:{}", day(start)));
        lines.add(&format!("DTEND;VALUE=DATE:{}", day(end + DAY)));
    } else {
        lines.add(&format!("DTSTART:{}", minute(start)));
        lines.add(&format!("DTEND:{}", minute(end)));
    }
    let sequence = context.value("additionalFields.sequence", index)?;
    if sequence.truthy() {
        lines.add(&format!("SEQUENCE:{}", sequence.to_text()));
    }
    for (name, key) in [
        ("DESCRIPTION", "description"),
        ("URL", "url"),
        ("LOCATION", "location"),
        ("STATUS", "status"),
    ] {
        if let Some(text) = field(key)? {
            let text = if key == "url" { text.to_string() } else { escaped(&text) };
            lines.add(&format!("{name}:{text}"));
        }
    }
    if let Some(organizer) = context.optional("additionalFields.organizerUi.organizerValues", index)? {
        let (name, email) = (part(&organizer, "name"), part(&organizer, "email"));
        lines.add(&format!("ORGANIZER;CN={name}:mailto:{email}"));
    }
    if let Some(status) = field("busyStatus")? {
        lines.add(&format!("X-MICROSOFT-CDO-BUSYSTATUS:{status}"));
    }
    let attendees = context.value("additionalFields.attendeesUi.attendeeValues", index)?;
    for attendee in attendees.as_array().unwrap_or_default() {
        let name = Some(part(attendee, "name")).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| "Unnamed attendee".into());
        let reply = if attendee.get("rsvp").is_some_and(Value::truthy) {
            "TRUE"
        } else {
            "FALSE"
        };
        lines.add(&format!(
            "ATTENDEE;RSVP={reply};CN={name}:mailto:{}",
            part(attendee, "email")
        ));
    }
    if let Some(rule) = field("recurrenceRule")? {
        lines.add(&format!("RRULE:{rule}"));
    }
    lines.add("END:VEVENT");
    lines.add("END:VCALENDAR");
    Ok(lines.0)
}

fn part(value: &Value, key: &str) -> Text {
    value.get(key).map(Value::to_text).unwrap_or_default()
}

/// Milliseconds since 1970.
fn moment(context: &Context<'_>, name: &str, index: usize) -> Result<f64, NodeError> {
    let value = context.value(name, index)?;
    date::parse(&value, &context.scope_for(index))
        .filter(|moment| moment.is_finite())
        .ok_or_else(|| {
            let message = format!("`{name}` is not a date: {}", value.to_json());
            NodeError::new("E0981", message)
                .parameter(name)
                .hint("write it as 2026-03-04T05:06:07")
        })
}

fn civil(moment: f64) -> jiff::civil::DateTime {
    let moment = jiff::Timestamp::from_millisecond(moment as i64).unwrap_or_default();
    moment.to_zoned(jiff::tz::TimeZone::UTC).datetime()
}

fn day(moment: f64) -> String {
    let date = civil(moment).date();
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

/// Without seconds, as n8n has it.
fn minute(moment: f64) -> String {
    let time = civil(moment);
    format!("{}T{:02}{:02}00Z", day(moment), time.hour(), time.minute())
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace("\r\n", "\\n")
        .replace('\n', "\\n")
        .replace(';', "\\;")
        .replace(',', "\\,")
}

/// Twenty-one letters, as n8n makes them.
fn new_id(context: &Context<'_>) -> Text {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letter = |_| char::from(LETTERS[(context.capabilities.environment.random() * 64.0) as usize % 64]);
    (0..21).map(letter).collect::<String>().into()
}

/// Lines of 75 UTF-16 units at most: what is longer goes on after a tab.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, line: &str) {
        let mut length = 0;
        for c in line.chars() {
            if length + c.len_utf16() > 75 {
                self.0.push_str("\r\n\t");
                length = 1;
            }
            length += c.len_utf16();
            self.0.push(c);
        }
        self.0.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_folded() {
        let mut lines = Lines::default();
        lines.add(&"é".repeat(160));
        let lengths: Vec<usize> = lines.0.lines().map(|line| line.chars().count()).collect();
        assert_eq!(lengths, [75, 75, 12]);
    }

    #[test]
    fn texts_and_moments_are_written() {
        assert_eq!(escaped("a\\b;c,d\r\ne"), "a\\\\b\\;c\\,d\\ne");
        assert_eq!(minute(1_772_600_767_000.0), "20260304T050600Z");
        assert_eq!(day(1_772_600_767_000.0 + DAY), "20260305");
    }
}
