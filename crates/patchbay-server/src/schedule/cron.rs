//! Cron expressions: five or six fields, the first of six being seconds; lists, ranges, steps, names, `@daily` and its like.
//!
//! As in n8n days of the month and of the week are either-or where both are limited, a time that the clock leaves out comes
//! when the clock has jumped, and a time that comes twice counts once. Only where every hour is meant the hour that comes
//! twice is two hours.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp, ToSpan};

/// When something is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    /// Bits: which are meant.
    seconds: u64,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    /// From Sunday, 0.
    weekdays: u64,
}

/// A field: its name, the least and the greatest number, names for numbers.
struct Field {
    name: &'static str,
    least: u8,
    greatest: u8,
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: [Field; 6] = [
    Field::new("seconds", 0, 59, &[]),
    Field::new("minutes", 0, 59, &[]),
    Field::new("hours", 0, 23, &[]),
    Field::new("days of the month", 1, 31, &[]),
    Field::new("months", 1, 12, &MONTHS),
    Field::new("days of the week", 0, 7, &WEEKDAYS),
];

const PRESETS: [(&str, &str); 9] = [
    ("@secondly", "* * * * * *"),
    ("@minutely", "0 * * * * *"),
    ("@hourly", "0 0 * * * *"),
    ("@daily", "0 0 0 * * *"),
    ("@weekly", "0 0 0 * * 0"),
    ("@weekdays", "0 0 0 * * 1-5"),
    ("@weekends", "0 0 0 * * 0,6"),
    ("@monthly", "0 0 0 1 * *"),
    ("@yearly", "0 0 0 1 1 *"),
];

/// A date that has not come for so many years does not come: the 29th of February may be 8 years away.
const YEARS: i16 = 12;

impl Field {
    const fn new(name: &'static str, least: u8, greatest: u8, names: &'static [&'static str]) -> Self {
        Self {
            name,
            least,
            greatest,
            names,
        }
    }

    fn read(&self, text: &str) -> Result<u64, String> {
        let mut bits = 0;
        for part in text.split(',') {
            bits |= self.part(part).ok_or_else(|| {
                let Self {
                    name, least, greatest, ..
                } = self;
                format!("`{part}` is no part of {name}, which go from {least} to {greatest}")
            })?;
        }
        Ok(bits)
    }

    /// `*`, `5`, `1-5`, `*/15`, `5/15`, `1-30/2`.
    fn part(&self, part: &str) -> Option<u64> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<u8>().ok().filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.least, self.greatest),
            Some((first, last)) => (self.number(first)?, self.number(last)?),
            None => {
                let first = self.number(range)?;
                (first, if step.is_some() { self.greatest } else { first })
            }
        };
        if first > last {
            return None;
        }
        let numbers = (first..=last).step_by(usize::from(step.unwrap_or(1)));
        Some(numbers.fold(0, |bits, number| bits | 1 << number))
    }

    fn number(&self, text: &str) -> Option<u8> {
        let named = self.names.iter().position(|name| text.eq_ignore_ascii_case(name));
        let number = match named {
            Some(place) => place as u8 + self.least,
            None => text.parse().ok()?,
        };
        (self.least..=self.greatest).contains(&number).then_some(number)
    }
}

impl Cron {
    /// An error says what is wrong.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let preset = PRESETS.iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
        let text = preset.map_or(text, |(_, meaning)| meaning);
        let mut parts: Vec<&str> = text.split_whitespace().collect();
        if parts.len() == 5 {
            parts.insert(0, "0");
        }
        if parts.len() != FIELDS.len() {
            return Err(format!("`{text}` has {} fields, and not 5 or 6", parts.len()));
        }
        let mut bits = [0; 6];
        for ((bits, field), part) in bits.iter_mut().zip(&FIELDS).zip(parts) {
            *bits = field.read(part)?;
        }
        let [seconds, minutes, hours, days, months, weekdays] = bits;
        Ok(Self {
            seconds,
            minutes,
            hours,
            days,
            months,
            // Sunday is 7 as well.
            weekdays: (weekdays | weekdays >> 7) & 0x7f,
        })
    }

    /// The next time after this one; `None` where none comes.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        if self.hours == (1 << 24) - 1 {
            self.next_by_the_hour(after, zone)
        } else {
            self.next_by_the_clock(after, zone)
        }
    }

    /// Each offset from UTC has times of its own.
    fn next_by_the_hour(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let (mut from, mut offset) = (after, zone.to_offset(after));
        let mut changes = zone.following(after);
        loop {
            let found = self.next_civil(offset.to_datetime(from))?;
            let found = offset.to_timestamp(found).ok()?;
            match changes.next() {
                Some(change) if change.timestamp() <= found => {
                    // The change itself may be a time.
                    from = change.timestamp() - 1.second();
                    offset = change.offset();
                }
                _ => return Some(found),
            }
        }
    }

    /// What a clock on the wall shows.
    fn next_by_the_clock(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let mut civil = zone.to_datetime(after);
        loop {
            civil = self.next_civil(civil)?;
            let ambiguous = zone.to_ambiguous_timestamp(civil);
            let at = match ambiguous.offset() {
                // Read by the offset after the gap it is a time before it.
                AmbiguousOffset::Gap { after, .. } => {
                    let before = after.to_timestamp(civil).ok()?;
                    zone.following(before).next()?.timestamp()
                }
                AmbiguousOffset::Fold { before, .. } => before.to_timestamp(civil).ok()?,
                AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(civil).ok()?,
            };
            if at > after {
                return Some(at);
            }
        }
    }

    /// The next date and time after this one.
    fn next_civil(&self, after: DateTime) -> Option<DateTime> {
        let holds = |bits: u64, number: i8| bits >> number & 1 == 1;
        let on = |at: DateTime, span: Span| at.checked_add(span).ok();
        let mut at = on(after.with().subsec_nanosecond(0).build().ok()?, 1.second())?;
        while at.year() <= after.year() + YEARS {
            if !holds(self.months, at.month()) {
                at = on(at.date().first_of_month().at(0, 0, 0, 0), 1.month())?;
            } else if !self.holds_day(at) {
                at = on(at.date().at(0, 0, 0, 0), 1.day())?;
            } else if !holds(self.hours, at.hour()) {
                at = on(at.date().at(at.hour(), 0, 0, 0), 1.hour())?;
            } else if !holds(self.minutes, at.minute()) {
                at = on(at.date().at(at.hour(), at.minute(), 0, 0), 1.minute())?;
            } else if !holds(self.seconds, at.second()) {
                at = on(at, 1.second())?;
            } else {
                return Some(at);
            }
        }
        None
    }

    fn holds_day(&self, at: DateTime) -> bool {
        let of_month = self.days >> at.day() & 1 == 1;
        let of_week = self.weekdays >> at.weekday().to_sunday_zero_offset() & 1 == 1;
        // A field that holds all is no limit.
        let (all_of_month, all_of_week) = (self.days == 0xffff_fffe, self.weekdays == 0x7f);
        if all_of_month || all_of_week {
            of_month && of_week
        } else {
            of_month || of_week
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: &str = "Europe/Berlin";

    /// The times after one of a cron expression, in a zone.
    fn check(text: &str, zone: &str, from: &str, expected: &str) {
        let zone = TimeZone::get(zone).expect("a zone");
        let cron = Cron::read(text).expect(text);
        let mut at: Timestamp = from.parse().expect("a time");
        for expected in expected.split(' ') {
            at = cron.next(at, &zone).expect("a time");
            let shown = at.to_zoned(zone.clone()).strftime("%FT%T%:z").to_string();
            assert_eq!(shown, expected, "{text}");
        }
    }

    #[test]
    fn times_are_n8ns() {
        check(
            "0 0 9 31 * *",
            BERLIN,
            "2026-01-31T10:00:00+01:00",
            "2026-03-31T09:00:00+02:00 2026-05-31T09:00:00+02:00 2026-07-31T09:00:00+02:00",
        );
        check(
            "0 0 9 13 * 5",
            BERLIN,
            "2026-01-01T10:00:00+01:00",
            "2026-01-02T09:00:00+01:00 2026-01-09T09:00:00+01:00 2026-01-13T09:00:00+01:00 2026-01-16T09:00:00+01:00",
        );
        check(
            "0 0 9 29 2 *",
            BERLIN,
            "2026-01-01T10:00:00+01:00",
            "2028-02-29T09:00:00+01:00 2032-02-29T09:00:00+01:00",
        );
        check(
            "*/45 * * * * *",
            "UTC",
            "2026-01-01T10:00:00Z",
            "2026-01-01T10:00:45+00:00 2026-01-01T10:01:00+00:00",
        );
        check(
            "0 0 0 * * 7",
            "UTC",
            "2026-01-01T10:00:00Z",
            "2026-01-04T00:00:00+00:00 2026-01-11T00:00:00+00:00",
        );
        check(
            "5/15 * * * *",
            "UTC",
            "2026-01-01T10:00:00Z",
            "2026-01-01T10:05:00+00:00 2026-01-01T10:20:00+00:00",
        );
        check(
            "0 0 * * 1-5/2",
            "UTC",
            "2026-01-01T10:00:00Z",
            "2026-01-02T00:00:00+00:00 2026-01-05T00:00:00+00:00",
        );
        check("@daily", "UTC", "2026-01-01T10:00:00Z", "2026-01-02T00:00:00+00:00");
        check(
            "0 0 12 * JAN-MAR mon",
            "UTC",
            "2026-03-28T10:00:00Z",
            "2026-03-30T12:00:00+00:00 2027-01-04T12:00:00+00:00",
        );
    }

    #[test]
    fn a_time_that_the_clock_leaves_out_comes_when_it_has_jumped() {
        let eve = "2026-03-28T12:00:00+01:00";
        check(
            "0 30 2 * * *",
            BERLIN,
            eve,
            "2026-03-29T03:00:00+02:00 2026-03-30T02:30:00+02:00",
        );
        check(
            "0 30 2,3 * * *",
            BERLIN,
            eve,
            "2026-03-29T03:00:00+02:00 2026-03-29T03:30:00+02:00 2026-03-30T02:30:00+02:00",
        );
        check(
            "0 0 2,3 * * *",
            BERLIN,
            eve,
            "2026-03-29T03:00:00+02:00 2026-03-30T02:00:00+02:00",
        );
        check(
            "0 0 */2 * * *",
            BERLIN,
            "2026-03-28T23:40:00+01:00",
            "2026-03-29T00:00:00+01:00 2026-03-29T03:00:00+02:00 2026-03-29T04:00:00+02:00",
        );
        check(
            "0 */30 * * * *",
            BERLIN,
            "2026-03-29T01:10:00+01:00",
            "2026-03-29T01:30:00+01:00 2026-03-29T03:00:00+02:00 2026-03-29T03:30:00+02:00",
        );
    }

    #[test]
    fn a_time_that_comes_twice_counts_once_but_every_hour_is_every_hour() {
        let eve = "2026-10-24T12:00:00+02:00";
        check(
            "0 30 2 * * *",
            BERLIN,
            eve,
            "2026-10-25T02:30:00+02:00 2026-10-26T02:30:00+01:00",
        );
        check(
            "0 0 */2 * * *",
            BERLIN,
            "2026-10-24T23:40:00+02:00",
            "2026-10-25T00:00:00+02:00 2026-10-25T02:00:00+02:00 2026-10-25T04:00:00+01:00",
        );
        // n8n leaves the second of the two hours out.
        check(
            "0 0 * * * *",
            BERLIN,
            "2026-10-25T01:40:00+02:00",
            "2026-10-25T02:00:00+02:00 2026-10-25T02:00:00+01:00 2026-10-25T03:00:00+01:00",
        );
        check(
            "0 */30 * * * *",
            BERLIN,
            "2026-10-25T02:10:00+02:00",
            "2026-10-25T02:30:00+02:00 2026-10-25T02:00:00+01:00 2026-10-25T02:30:00+01:00 2026-10-25T03:00:00+01:00",
        );
    }

    #[test]
    fn what_is_no_cron_expression_is_refused() {
        for text in [
            "",
            "* * * *",
            "0 0 12 ? * MON-FRI",
            "0 0 12 L * *",
            "0 60 * * * *",
            "0 0 22-2 * * *",
            "*/0 * * * *",
            "@sometimes",
            "a * * * *",
        ] {
            assert!(Cron::read(text).is_err(), "{text}");
        }
        let never = Cron::read("0 0 0 31 2 *").expect("it reads well");
        assert_eq!(never.next(Timestamp::UNIX_EPOCH, &TimeZone::UTC), None);
    }
}
