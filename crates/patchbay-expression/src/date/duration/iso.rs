//! ISO 8601 durations: `P1Y2M3DT4H5M6.7S`, and times as durations: `04:05:06`.

use patchbay_model::value::number_to_text;

use super::Duration;
use crate::date::unit::Unit;

impl Duration {
    /// `None` where the text is no ISO duration.
    pub fn parse_iso(text: &str) -> Option<Self> {
        let (sign, rest) = split_sign(text);
        let rest = rest.strip_prefix('P').filter(|rest| !rest.is_empty())?;
        let (date, time) = rest.split_once('T').unwrap_or((rest, ""));
        let date_units = [
            (Unit::Years, 'Y'),
            (Unit::Months, 'M'),
            (Unit::Weeks, 'W'),
            (Unit::Days, 'D'),
        ];
        let mut values = parse_parts(date, &date_units)?;
        values
            .extend(parse_parts(time, &[(Unit::Hours, 'H'), (Unit::Minutes, 'M')]).or_else(|| parse_time_parts(time))?);
        let duration = Self::new(values.into_iter().map(|(unit, value)| (unit, value * sign)));
        Some(duration)
    }

    /// `04:05:06.789`, with or without `T` before it.
    pub fn parse_iso_time(text: &str) -> Option<Self> {
        let mut time = crate::date::iso::parse_clock(text.strip_prefix('T').unwrap_or(text))?;
        time.resize(time.len().max(3), 0);
        let units = [Unit::Hours, Unit::Minutes, Unit::Seconds, Unit::Milliseconds];
        Some(Self::new(
            units.into_iter().zip(time.into_iter().map(|field| field as f64)),
        ))
    }

    /// `P1DT2H`; `PT0S` where there is nothing.
    pub fn to_iso(&self) -> String {
        let mut text = String::from("P");
        let mut push = |amount: f64, letter: &str| {
            if amount != 0.0 {
                text.push_str(&number_to_text(amount));
                text.push_str(letter);
            }
        };
        push(self.amount(Unit::Years), "Y");
        push(self.amount(Unit::Months) + self.amount(Unit::Quarters) * 3.0, "M");
        push(self.amount(Unit::Weeks), "W");
        push(self.amount(Unit::Days), "D");
        let (hours, minutes) = (self.amount(Unit::Hours), self.amount(Unit::Minutes));
        let (seconds, millis) = (self.amount(Unit::Seconds), self.amount(Unit::Milliseconds));
        let has_time = [hours, minutes, seconds, millis].iter().any(|value| *value != 0.0);
        if has_time {
            text.push('T');
            let mut push = |amount: f64, letter: &str| {
                text.push_str(&number_to_text(amount));
                text.push_str(letter);
            };
            if hours != 0.0 {
                push(hours, "H");
            }
            if minutes != 0.0 {
                push(minutes, "M");
            }
            if seconds != 0.0 || millis != 0.0 {
                push(((seconds + millis / 1000.0) * 1000.0).round() / 1000.0, "S");
            }
        }
        if text == "P" { "PT0S".to_owned() } else { text }
    }
}

fn split_sign(text: &str) -> (f64, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (-1.0, &text[1..]),
        Some(b'+') => (1.0, &text[1..]),
        _ => (1.0, text),
    }
}

/// Numbers, each with the letter of its unit, in the order of the units.
fn parse_parts(text: &str, units: &[(Unit, char)]) -> Option<Vec<(Unit, f64)>> {
    let mut rest = text;
    let mut values = Vec::new();
    for (unit, letter) in units {
        let Some(end) = rest.find(|c: char| c.is_ascii_alphabetic()) else {
            break;
        };
        if rest[end..].starts_with(*letter) {
            values.push((*unit, number(&rest[..end])?));
            rest = &rest[end + 1..];
        }
    }
    rest.is_empty().then_some(values)
}

/// Hours, minutes and seconds; the fraction of the seconds becomes milliseconds.
fn parse_time_parts(text: &str) -> Option<Vec<(Unit, f64)>> {
    let (clock, seconds) = match text.strip_suffix('S') {
        Some(rest) => rest.split_at(rest.rfind(['H', 'M']).map_or(0, |place| place + 1)),
        None => (text, ""),
    };
    let mut values = parse_parts(clock, &[(Unit::Hours, 'H'), (Unit::Minutes, 'M')])?;
    let (whole, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, ""));
    values.push((Unit::Seconds, number(whole)?));
    if !fraction.is_empty() {
        let sign = if whole.starts_with('-') { -1.0 } else { 1.0 };
        values.push((
            Unit::Milliseconds,
            sign * crate::date::iso::parse_fraction(fraction)? as f64,
        ));
    }
    Some(values)
}

fn number(text: &str) -> Option<f64> {
    let (sign, digits) = split_sign(text);
    let plain = !digits.is_empty()
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b',');
    let value: f64 = plain.then(|| digits.replace(',', ".").parse().ok())??;
    Some(sign * value)
}
