//! Luxon's `Interval`: from a start up to, not including, an end.

mod method;

use std::rc::Rc;

use super::datetime::DateTime;
use super::duration::Duration;
use super::unit::Unit;
use super::{Invalid, Temporal};
use crate::{Error, Js};

pub use method::{METHODS, bounds_object, call, call_static, get};

/// Half open: the end is not in it.
#[derive(Clone, Debug)]
pub struct Interval {
    start: DateTime,
    end: DateTime,
    invalid: Option<Rc<Invalid>>,
}

impl Interval {
    pub fn new(start: DateTime, end: DateTime) -> Self {
        let invalid = if !start.is_valid() {
            Some(("missing or invalid start", None))
        } else if !end.is_valid() {
            Some(("missing or invalid end", None))
        } else if end.to_millis() < start.to_millis() {
            let explanation = format!(
                "The end of an interval must be after its start, but you had start={} and end={}",
                start.to_text(),
                end.to_text()
            );
            Some(("end before start", Some(explanation.into())))
        } else {
            None
        };
        let invalid = invalid.map(|(reason, explanation)| {
            Rc::new(Invalid {
                reason: reason.into(),
                explanation,
            })
        });
        Self { start, end, invalid }
    }

    fn unparsable(input: &str) -> Self {
        let missing = DateTime::invalid("unparsable", None);
        Self {
            start: missing.clone(),
            end: missing,
            invalid: Some(Rc::new(Invalid {
                reason: "unparsable".into(),
                explanation: Some(format!("the input \"{input}\" can't be parsed as ISO 8601").into()),
            })),
        }
    }

    pub fn is_valid(&self) -> bool {
        self.invalid.is_none()
    }

    /// Both ends changed by a function of the expression.
    pub fn map_endpoints(&self, change: impl Fn(&DateTime) -> Result<Js, Error>) -> Result<Self, Error> {
        let changed = |date| change(date).and_then(|changed| super::datetime::date_argument(&changed));
        Ok(Self::new(changed(&self.start)?, changed(&self.end)?))
    }

    fn bounds(&self) -> (f64, f64) {
        (self.start.to_millis(), self.end.to_millis())
    }

    /// As a duration in the given units.
    fn to_duration(&self, units: &[Unit]) -> Duration {
        if self.is_valid() {
            self.end.difference(&self.start, units)
        } else {
            Duration::missing("invalid interval")
        }
    }

    fn contains(&self, date: &DateTime) -> bool {
        let (start, end) = self.bounds();
        self.is_valid() && start <= date.to_millis() && date.to_millis() < end
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.end.to_millis() > other.start.to_millis() && self.start.to_millis() < other.end.to_millis()
    }

    fn intersection(&self, other: &Self) -> Option<Self> {
        if !self.is_valid() {
            return Some(self.clone());
        }
        let start = later(&self.start, &other.start);
        let end = earlier(&self.end, &other.end);
        (start.to_millis() < end.to_millis()).then(|| Self::new(start.clone(), end.clone()))
    }

    fn union(&self, other: &Self) -> Self {
        if !self.is_valid() {
            return self.clone();
        }
        Self::new(
            earlier(&self.start, &other.start).clone(),
            later(&self.end, &other.end).clone(),
        )
    }

    /// How many years, months, days, … it touches.
    fn count(&self, unit: Unit, local_weeks: bool) -> f64 {
        if !self.is_valid() {
            return f64::NAN;
        }
        let start = self.start.start_of(unit, local_weeks);
        let end = self
            .end
            .with_zone(self.start.zone().clone(), false)
            .start_of(unit, local_weeks);
        let whole = end.difference(&start, &[unit]).as_unit(unit).floor();
        whole + f64::from(u8::from(end.to_millis() != self.end.to_millis()))
    }

    /// Parts that begin each at the next of these dates.
    fn split_at(&self, mut dates: Vec<DateTime>) -> Vec<Self> {
        dates.retain(|date| self.contains(date));
        dates.sort_by(|one, two| one.to_millis().total_cmp(&two.to_millis()));
        let mut parts = Vec::new();
        let mut start = self.start.clone();
        for end in dates.into_iter().chain([self.end.clone()]) {
            if end.to_millis() > start.to_millis() {
                parts.push(Self::new(start, end.clone()));
            }
            start = end;
        }
        parts
    }

    /// Parts of the same length, the last perhaps shorter. A list too long for any use ends early.
    fn split_by(&self, duration: &Duration) -> Vec<Self> {
        const MOST: u32 = 1_000_000;
        if !self.is_valid() || duration.to_millis() <= 0.0 || duration.to_millis().is_nan() {
            return Vec::new();
        }
        let mut parts = Vec::new();
        let mut start = self.start.clone();
        for step in 1..=MOST {
            if start.to_millis() >= self.end.to_millis() {
                break;
            }
            let next = self.start.plus(&duration.map(|value| value * f64::from(step)));
            let end = earlier(&self.end, &next).clone();
            parts.push(Self::new(start, end.clone()));
            start = end;
        }
        parts
    }

    /// Overlapping and touching intervals become one.
    fn merge(mut intervals: Vec<Self>) -> Vec<Self> {
        intervals.sort_by(|one, two| one.start.to_millis().total_cmp(&two.start.to_millis()));
        let mut merged: Vec<Self> = Vec::new();
        for interval in intervals {
            match merged.last_mut() {
                Some(last) if last.end.to_millis() >= interval.start.to_millis() => *last = last.union(&interval),
                _ => merged.push(interval),
            }
        }
        merged
    }

    /// What an odd number of the intervals covers.
    fn xor(intervals: &[Self]) -> Vec<Self> {
        let mut borders: Vec<(&DateTime, bool)> = intervals
            .iter()
            .flat_map(|interval| [(&interval.start, true), (&interval.end, false)])
            .collect();
        borders.sort_by(|one, two| one.0.to_millis().total_cmp(&two.0.to_millis()));
        let mut covering = 0_i32;
        let mut start: Option<&DateTime> = None;
        let mut parts = Vec::new();
        for (border, opens) in borders {
            covering += if opens { 1 } else { -1 };
            if covering == 1 {
                start = Some(border);
            } else if let Some(begun) = start.take()
                && begun.to_millis() != border.to_millis()
            {
                parts.push(Self::new(begun.clone(), border.clone()));
            }
        }
        Self::merge(parts)
    }

    /// `[start – end)`
    pub fn to_text(&self) -> String {
        if self.is_valid() {
            format!("[{} – {})", self.start.to_text(), self.end.to_text())
        } else {
            "Invalid Interval".to_owned()
        }
    }
}

fn earlier<'a>(one: &'a DateTime, two: &'a DateTime) -> &'a DateTime {
    if two.to_millis() < one.to_millis() { two } else { one }
}

fn later<'a>(one: &'a DateTime, two: &'a DateTime) -> &'a DateTime {
    if two.to_millis() > one.to_millis() { two } else { one }
}

impl From<Interval> for Js {
    fn from(interval: Interval) -> Self {
        Self::Temporal(Temporal::Interval(Rc::new(interval)))
    }
}
