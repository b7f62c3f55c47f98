//! Luxon's `Duration`: an amount of each unit, with rules to convert one into another.

mod iso;
mod method;
mod text;

use std::rc::Rc;

use patchbay_model::Text;

use super::arguments::Arguments;
use super::unit::Unit;
use super::{Invalid, Temporal, error};
use crate::intl::Locale;
use crate::{Error, Js};

pub use method::{METHODS, call, call_static, get};

/// An amount of time by units: a month is not a number of days until one asks for days.
#[derive(Clone, Debug, PartialEq)]
pub struct Duration {
    /// By [`Unit::index`]; `None` where the unit was never set.
    values: [Option<f64>; 9],
    accuracy: Accuracy,
    pub(crate) locale: Locale,
    invalid: Option<Rc<Invalid>>,
}

/// How many days a month and a year have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Accuracy {
    /// 30 and 365 days, 4 and 52 weeks.
    #[default]
    Casual,
    /// The Gregorian calendar's average.
    LongTerm,
}

impl Accuracy {
    /// How many of a smaller unit a larger one has.
    fn ratio(self, larger: Unit, smaller: Unit) -> f64 {
        if larger == smaller {
            return 1.0;
        }
        let days_in_year = if self == Self::Casual { 365.0 } else { 365.2425 };
        match (larger, smaller) {
            (Unit::Years, Unit::Quarters) => 4.0,
            (Unit::Years, Unit::Months) => 12.0,
            (Unit::Quarters, Unit::Months) => 3.0,
            (Unit::Years, Unit::Weeks) if self == Self::Casual => 52.0,
            (Unit::Quarters, Unit::Weeks) if self == Self::Casual => 13.0,
            (Unit::Months, Unit::Weeks) if self == Self::Casual => 4.0,
            (_, Unit::Weeks) => self.ratio(larger, Unit::Days) / 7.0,
            (Unit::Years, Unit::Days) => days_in_year,
            (Unit::Quarters, Unit::Days) if self == Self::Casual => 91.0,
            (Unit::Quarters, Unit::Days) => days_in_year / 4.0,
            (Unit::Months, Unit::Days) if self == Self::Casual => 30.0,
            (Unit::Months, Unit::Days) => days_in_year / 12.0,
            (Unit::Weeks, Unit::Days) => 7.0,
            (_, Unit::Hours) => self.ratio(larger, Unit::Days) * 24.0,
            (_, Unit::Minutes) => self.ratio(larger, Unit::Hours) * 60.0,
            (_, Unit::Seconds) => self.ratio(larger, Unit::Minutes) * 60.0,
            _ => self.ratio(larger, Unit::Seconds) * 1000.0,
        }
    }
}

impl Duration {
    pub fn new(values: impl IntoIterator<Item = (Unit, f64)>) -> Self {
        let mut duration = Self {
            values: [None; 9],
            accuracy: Accuracy::Casual,
            locale: Locale::default(),
            invalid: None,
        };
        for (unit, value) in values {
            duration.values[unit.index()] = Some(value);
        }
        duration
    }

    pub fn from_millis(millis: f64) -> Self {
        Self::new([(Unit::Milliseconds, millis)])
    }

    fn invalid(reason: impl Into<Text>, explanation: Option<Text>) -> Self {
        Self {
            invalid: Some(Rc::new(Invalid {
                reason: reason.into(),
                explanation,
            })),
            ..Self::new([])
        }
    }

    /// The duration that there is not, with the reason.
    pub fn missing(reason: &str) -> Self {
        Self::invalid(reason, None)
    }

    /// What `plus`, `minus` and `Interval.after` take: a duration, milliseconds, or an object of units.
    pub fn from_js(value: &Js) -> Result<Self, Error> {
        match value {
            Js::Temporal(Temporal::Duration(duration)) => Ok(Self::clone(duration)),
            value if value.as_number().is_some() => Ok(Self::from_millis(value.to_number())),
            value if value.is_object() => Self::from_object(value),
            value => Err(error(format!(
                "Unknown duration argument {} of type {}",
                value.to_text(),
                value.type_of()
            ))),
        }
    }

    /// `Duration.fromObject`, and the two-argument form `plus(1, 'day')`.
    pub fn from_arguments(arguments: &Arguments) -> Result<Self, Error> {
        match (arguments.at(0), arguments.at(1)) {
            (Js::Undefined, _) => Ok(Self::new([])),
            (amount, unit) if amount.as_number().is_some() && unit.as_str().is_some() => {
                let name = unit.to_text();
                let unit = Unit::parse(&name).ok_or_else(|| unknown_unit(&name))?;
                Ok(Self::new([(unit, amount.to_number())]))
            }
            (value, _) => Self::from_js(value),
        }
    }

    pub fn from_object(object: &Js) -> Result<Self, Error> {
        let mut duration = Self::new([]);
        for (name, value) in object.entries().into_iter().flatten() {
            if value.is_nullish() {
                continue;
            }
            let unit = Unit::parse(name).ok_or_else(|| unknown_unit(name))?;
            duration.values[unit.index()] = Some(amount(name, &value)?);
        }
        Ok(duration)
    }

    pub fn is_valid(&self) -> bool {
        self.invalid.is_none()
    }

    /// 0 where the unit is not set.
    pub fn amount(&self, unit: Unit) -> f64 {
        self.values[unit.index()].unwrap_or(0.0)
    }

    /// The units that are set, the largest first.
    pub fn entries(&self) -> impl Iterator<Item = (Unit, f64)> + '_ {
        Unit::ALL
            .into_iter()
            .filter_map(|unit| Some((unit, self.values[unit.index()]?)))
    }

    #[must_use]
    pub fn map(&self, change: impl Fn(f64) -> f64) -> Self {
        let mut result = self.clone();
        for value in result.values.iter_mut().flatten() {
            *value = change(*value);
        }
        result
    }

    /// Each amount changed, which may fail.
    pub fn try_map(&self, change: impl Fn(Unit, f64) -> Result<f64, Error>) -> Result<Self, Error> {
        let mut result = self.clone();
        for (unit, amount) in self.entries() {
            result.values[unit.index()] = Some(change(unit, amount)?);
        }
        Ok(result)
    }

    #[must_use]
    pub fn negate(&self) -> Self {
        // JavaScript's zero would get a sign here that it never shows.
        self.map(|value| if value == 0.0 { 0.0 } else { -value })
    }

    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let mut result = self.clone();
        for (unit, value) in other.entries() {
            result.values[unit.index()] = Some(self.amount(unit) + value);
        }
        result
    }

    /// `valueOf`: all of it in milliseconds; NaN where it is invalid.
    pub fn to_millis(&self) -> f64 {
        if !self.is_valid() {
            return f64::NAN;
        }
        let smaller_first = Unit::ALL.iter().rev().skip(1);
        smaller_first.fold(self.amount(Unit::Milliseconds), |sum, unit| {
            let value = self.amount(*unit);
            if value == 0.0 {
                sum
            } else {
                sum + value * self.accuracy.ratio(*unit, Unit::Milliseconds)
            }
        })
    }

    /// All of it in one unit.
    pub fn as_unit(&self, unit: Unit) -> f64 {
        if self.is_valid() {
            self.shift_to(&[unit]).amount(unit)
        } else {
            f64::NAN
        }
    }

    /// The same time in these units; what a unit cannot hold whole goes to the smaller ones.
    #[must_use]
    pub fn shift_to(&self, units: &[Unit]) -> Self {
        if !self.is_valid() || units.is_empty() {
            return self.clone();
        }
        let mut built: [Option<f64>; 9] = [None; 9];
        // What larger units left over, in each unit's own measure.
        let mut left: [Option<f64>; 9] = [None; 9];
        let mut last = units[0];
        for unit in Unit::ALL {
            let index = unit.index();
            if units.contains(&unit) {
                last = unit;
                let mut own = 0.0;
                for larger in Unit::ALL.into_iter().take(index) {
                    if let Some(value) = left[larger.index()].take() {
                        own += self.accuracy.ratio(larger, unit) * value;
                    }
                }
                own += self.amount(unit);
                let whole = own.trunc();
                built[index] = Some(whole);
                left[index] = Some((own * 1000.0 - whole * 1000.0) / 1000.0);
            } else if let Some(value) = self.values[index] {
                left[index] = Some(value);
            }
        }
        for unit in Unit::ALL {
            let Some(value) = left[unit.index()].filter(|value| *value != 0.0) else {
                continue;
            };
            let share = if unit <= last {
                value * self.accuracy.ratio(unit, last)
            } else {
                value / self.accuracy.ratio(last, unit)
            };
            built[last.index()] = Some(built[last.index()].unwrap_or(0.0) + share);
        }
        let mut result = self.clone();
        result.values = built;
        result.roll_up();
        result
    }

    /// Every unit as large as it can be, none with a sign of its own.
    #[must_use]
    pub fn normalize(&self) -> Self {
        let mut result = self.clone();
        if result.is_valid() {
            result.roll_up();
        }
        result
    }

    /// Moves what overflows a unit to the next larger one that is set, then fractions to the next smaller one.
    fn roll_up(&mut self) {
        let sign = if self.to_millis() < 0.0 { -1.0 } else { 1.0 };
        let set: Vec<Unit> = self.entries().map(|(unit, _)| unit).collect();
        for pair in set.windows(2).rev() {
            let (larger, smaller) = (pair[0], pair[1]);
            let ratio = self.accuracy.ratio(larger, smaller);
            let whole = (self.amount(smaller) * sign / ratio).floor();
            self.add(larger, whole * sign);
            self.add(smaller, -(whole * ratio * sign));
        }
        for pair in set.windows(2) {
            let (larger, smaller) = (pair[0], pair[1]);
            let fraction = self.amount(larger) % 1.0;
            if fraction != 0.0 {
                self.add(larger, -fraction);
                self.add(smaller, fraction * self.accuracy.ratio(larger, smaller));
            }
        }
    }

    fn add(&mut self, unit: Unit, amount: f64) {
        let sum = self.amount(unit) + amount;
        self.values[unit.index()] = Some(if sum == 0.0 { 0.0 } else { sum });
    }

    /// The units that are not zero, rescaled to years, months, weeks, days, hours, minutes, seconds, milliseconds.
    #[must_use]
    pub fn rescale(&self) -> Self {
        let shifted = self.normalize().shift_to(&[
            Unit::Years,
            Unit::Months,
            Unit::Weeks,
            Unit::Days,
            Unit::Hours,
            Unit::Minutes,
            Unit::Seconds,
            Unit::Milliseconds,
        ]);
        shifted.without_zeros()
    }

    #[must_use]
    fn without_zeros(&self) -> Self {
        let mut result = self.clone();
        for value in &mut result.values {
            *value = value.filter(|value| *value != 0.0);
        }
        result
    }
}

pub fn unknown_unit(name: &str) -> Error {
    error(format!("Invalid unit {name}"))
}

/// A unit's amount; text is read as a number, as JavaScript does.
pub fn amount(name: &str, value: &Js) -> Result<f64, Error> {
    let number = value.to_number();
    let refused = matches!(value, Js::Json(patchbay_model::Value::Bool(_)))
        || (value.as_str().is_some() && value.to_text().is_empty());
    if refused || !number.is_finite() {
        return Err(error(format!("Invalid value for unit {name}: {}", value.to_text())));
    }
    Ok(number)
}
