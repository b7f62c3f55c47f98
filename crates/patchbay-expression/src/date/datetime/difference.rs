//! How far two `DateTime`s are apart: in calendar units as far as these reach, the rest as time.

use super::DateTime;
use crate::date::civil::days_since_1970;
use crate::date::duration::Duration;
use crate::date::unit::Unit;

impl DateTime {
    /// From `other` to this, in the given units.
    pub fn difference(&self, other: &Self, units: &[Unit]) -> Duration {
        if other.millis > self.millis {
            between(self, other, units).negate()
        } else {
            between(other, self, units)
        }
    }

    /// Whether both are in the same year, month, day, …, by the other's zone.
    pub fn has_same(&self, other: &Self, unit: Unit, local_weeks: bool) -> bool {
        if !self.is_valid() {
            return false;
        }
        let here = self.with_zone(other.zone.clone(), true);
        let (start, end) = (
            here.start_of(unit, local_weeks).millis,
            here.end_of(unit, local_weeks).millis,
        );
        start <= other.millis && other.millis <= end
    }
}

fn between(earlier: &DateTime, later: &DateTime, units: &[Unit]) -> Duration {
    let calendar = Unit::ALL
        .into_iter()
        .filter(|unit| *unit <= Unit::Days && units.contains(unit));
    let mut counted: Vec<(Unit, f64)> = Vec::new();
    // As far as whole calendar units reach, and one unit further.
    let mut reached = earlier.clone();
    let mut beyond = earlier.clone();
    for unit in calendar {
        let place = counted.len();
        counted.push((unit, apart(&reached, later, unit)));
        beyond = earlier.plus(&Duration::new(counted.iter().copied()));
        if beyond.millis > later.millis {
            counted[place].1 -= 1.0;
            reached = earlier.plus(&Duration::new(counted.iter().copied()));
            // One step back can still be too far where a month is shorter than the day it began on.
            if reached.millis > later.millis {
                beyond = reached;
                counted[place].1 -= 1.0;
                reached = earlier.plus(&Duration::new(counted.iter().copied()));
            }
        } else {
            reached = beyond.clone();
        }
    }
    let remaining = later.millis - reached.millis;
    let clock: Vec<Unit> = Unit::ALL
        .into_iter()
        .filter(|unit| *unit > Unit::Days && units.contains(unit))
        .collect();
    if clock.is_empty()
        && let Some((unit, amount)) = counted.last_mut()
    {
        if beyond.millis < later.millis {
            beyond = reached.plus(&Duration::new([(*unit, 1.0)]));
        }
        if beyond.millis != reached.millis {
            *amount += remaining / (beyond.millis - reached.millis);
        }
    }
    let whole = Duration::new(counted);
    if clock.is_empty() {
        whole
    } else {
        Duration::from_millis(remaining).shift_to(&clock).plus(&whole)
    }
}

/// How many borders of a unit lie between two dates, by their faces.
fn apart(earlier: &DateTime, later: &DateTime, unit: Unit) -> f64 {
    let (from, to) = (earlier.civil, later.civil);
    let years = to.year - from.year;
    let day = |date: crate::date::civil::Civil| days_since_1970(date.year, date.month, date.day);
    let days = day(to) - day(from);
    let count = match unit {
        Unit::Years => years,
        Unit::Quarters => to.quarter() - from.quarter() + years * 4,
        Unit::Months => to.month - from.month + years * 12,
        Unit::Weeks => (days - days % 7) / 7,
        _ => days,
    };
    count as f64
}
