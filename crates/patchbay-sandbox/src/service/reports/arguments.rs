//! What the arguments of a report ask for.

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::charts::Unit;
use crate::calls::Party;
use crate::odata::Error;
use crate::odata::literal::duration;
use crate::service::Call;

/// From a moment to another; both belong to it.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Span {
    pub fn contains(self, moment: Timestamp) -> bool {
        self.from <= moment && moment <= self.to
    }
}

/// The time that a report is about, under whichever names it has it; none for a report that is about all.
pub fn span(call: &Call) -> Result<Option<Span>, Error> {
    let given = |name: &str| call.arguments.contains_key(name);
    if given("chartDate") {
        let (from, until) = Unit::of_chart(call).around(moment(call, "chartDate")?, &zone(call)?)?;
        let to = until - SignedDuration::from_nanos(1);
        return Ok(Some(Span { from, to }));
    }
    let (from, to) = if given("periodFrom") {
        ("periodFrom", "periodTo")
    } else if given("startDt") {
        ("startDt", "endDt")
    } else {
        return Ok(None);
    };
    Ok(Some(Span {
        from: moment(call, from)?,
        to: moment(call, to)?,
    }))
}

/// The zone in which a report's days begin: a name of the zone database or an offset as `+02:00`; UTC where none is given.
pub fn zone(call: &Call) -> Result<TimeZone, Error> {
    let text = call.text("clientTimeZone");
    if text.is_empty() {
        return Ok(TimeZone::UTC);
    }
    let offset = || {
        let (hours, minutes) = text.split_once(':')?;
        let (hours, minutes) = (hours.parse::<i32>().ok()?, minutes.parse::<u8>().ok()?);
        let minutes = if hours.is_negative() {
            -i32::from(minutes)
        } else {
            i32::from(minutes)
        };
        let seconds = hours.checked_mul(3600)?.checked_add(60 * minutes)?;
        Offset::from_seconds(seconds).ok().map(TimeZone::fixed)
    };
    TimeZone::get(text).ok().or_else(offset).ok_or_else(|| {
        let message = format!("'{text}' is not a time zone such as Europe/Berlin or +02:00");
        Error::bad_request(message).target("clientTimeZone")
    })
}

/// An interval in seconds: `0:00:30`, `30` or `PT30S`; zero where none is given.
pub fn interval(call: &Call, name: &str) -> Result<i64, Error> {
    let text = call.text(name);
    if text.is_empty() {
        return Ok(0);
    }
    let parts: Option<Vec<i64>> = text.split(':').map(|part| part.parse().ok()).collect();
    let clock = parts.and_then(|parts| {
        parts
            .iter()
            .try_fold(0_i64, |sum, part| sum.checked_mul(60)?.checked_add(*part))
    });
    let seconds = clock.or_else(|| duration(text).map(|duration| duration.as_secs()));
    seconds.ok_or_else(|| Error::bad_request(format!("'{text}' is not an interval such as 0:00:30")).target(name))
}

/// A moment of the path. The service takes UTC alone.
pub fn moment(call: &Call, name: &str) -> Result<Timestamp, Error> {
    let text = call.text(name);
    let timestamp = text.strip_suffix(['Z', 'z']).and_then(|_| text.parse().ok());
    timestamp.ok_or_else(|| {
        Error::bad_request(format!("'{text}' is not a time in UTC such as 2026-02-27T09:00:00Z")).target(name)
    })
}

/// Comma-separated numbers.
pub fn numbers(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|number| !number.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether a party is one of the wanted numbers, or any is wanted.
pub fn among(wanted: &[String], party: &Party) -> bool {
    wanted.is_empty() || wanted.iter().any(|each| *each == party.dn || *each == party.number)
}
