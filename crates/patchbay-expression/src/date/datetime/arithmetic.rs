//! Moving a `DateTime`: `plus`, `set`, `startOf`, `endOf`.

use super::DateTime;
use super::build::refuse_mixtures;
use crate::Error;
use crate::date::civil::{Civil, WeekRule, date_of, day_of_week, days_in_month, days_since_1970};
use crate::date::duration::Duration;
use crate::date::fields::Fields;
use crate::date::unit::Unit;

impl DateTime {
    /// Years to weeks move the calendar's day (kept inside its month), days to milliseconds follow. Fractions of
    /// calendar units are time.
    #[must_use]
    pub fn plus(&self, duration: &Duration) -> Self {
        if !self.is_valid() {
            return self.clone();
        }
        if !duration.is_valid() {
            return Self::invalid("invalid input", None);
        }
        let whole = |unit| duration.amount(unit).trunc();
        let fraction = |unit| (unit, duration.amount(unit) - whole(unit));
        let year = self.civil.year + whole(Unit::Years) as i64;
        let month = self.civil.month + (whole(Unit::Months) + whole(Unit::Quarters) * 3.0) as i64;
        let day =
            self.civil.day.min(days_in_month(year, month)) + (whole(Unit::Days) + whole(Unit::Weeks) * 7.0) as i64;
        let rest = Duration::new([
            fraction(Unit::Years),
            fraction(Unit::Quarters),
            fraction(Unit::Months),
            fraction(Unit::Weeks),
            fraction(Unit::Days),
            (Unit::Hours, duration.amount(Unit::Hours)),
            (Unit::Minutes, duration.amount(Unit::Minutes)),
            (Unit::Seconds, duration.amount(Unit::Seconds)),
            (Unit::Milliseconds, duration.amount(Unit::Milliseconds)),
        ])
        .as_unit(Unit::Milliseconds);
        let civil = Civil {
            year,
            month,
            day,
            ..self.civil
        };
        let moved = Self::from_local(civil.to_millis(), self.offset, self.zone.clone(), self.locale.clone());
        if rest == 0.0 || !moved.is_valid() {
            moved
        } else {
            self.at(moved.millis + rest)
        }
    }

    #[must_use]
    pub fn minus(&self, duration: &Duration) -> Self {
        self.plus(&duration.negate())
    }

    /// With some fields replaced; what is out of range is carried over.
    pub fn set(&self, fields: &Fields) -> Result<Self, Error> {
        if !self.is_valid() {
            return Ok(self.clone());
        }
        refuse_mixtures(fields)?;
        let with = |field: Option<f64>, current: i64| field.map_or(current, |value| value.trunc() as i64);
        let local_weeks = fields.has_local_week();
        let mut civil = self.civil;
        if local_weeks || fields.has_week() || fields.weekday.is_some() {
            let rule = if local_weeks {
                self.local_week_rule()
            } else {
                WeekRule::ISO
            };
            let mut week = civil.week(rule);
            let (year, number, weekday) = if local_weeks {
                (fields.local_week_year, fields.local_week_number, fields.local_weekday)
            } else {
                (fields.week_year, fields.week_number, fields.weekday)
            };
            week.year = with(year, week.year);
            week.number = with(number, week.number);
            week.weekday = with(weekday, week.weekday);
            (civil.year, civil.month, civil.day) = date_of(day_of_week(week, rule));
        } else if let Some(ordinal) = fields.ordinal {
            let year = with(fields.year, civil.year);
            (civil.year, civil.month, civil.day) = date_of(days_since_1970(year, 1, 1) + ordinal.trunc() as i64 - 1);
        } else {
            let month = fields.quarter.filter(|_| fields.month.is_none()).map(|quarter| {
                let into_quarter = (civil.month - 1) % 3;
                (quarter - 1.0) * 3.0 + into_quarter as f64 + 1.0
            });
            civil.year = with(fields.year, civil.year);
            civil.month = with(fields.month.or(month), civil.month);
            civil.day = match fields.day {
                Some(day) => day.trunc() as i64,
                None => civil.day.min(days_in_month(civil.year, civil.month)),
            };
        }
        civil.hour = with(fields.hour, civil.hour);
        civil.minute = with(fields.minute, civil.minute);
        civil.second = with(fields.second, civil.second);
        civil.millisecond = with(fields.millisecond, civil.millisecond);
        Ok(Self::from_local(
            civil.to_millis(),
            self.offset,
            self.zone.clone(),
            self.locale.clone(),
        ))
    }

    /// The first moment of the year, quarter, month, … that this is in.
    #[must_use]
    pub fn start_of(&self, unit: Unit, local_weeks: bool) -> Self {
        if !self.is_valid() {
            return self.clone();
        }
        let mut civil = self.civil;
        if unit <= Unit::Years {
            civil.month = 1;
        }
        if unit == Unit::Quarters {
            civil.month = (civil.month - 1) / 3 * 3 + 1;
        }
        if unit <= Unit::Months {
            civil.day = 1;
        }
        if unit == Unit::Weeks {
            let rule = if local_weeks {
                self.local_week_rule()
            } else {
                WeekRule::ISO
            };
            civil.day -= civil.week(rule).weekday - 1;
        }
        if unit <= Unit::Days {
            civil.hour = 0;
        }
        if unit <= Unit::Hours {
            civil.minute = 0;
        }
        if unit <= Unit::Minutes {
            civil.second = 0;
        }
        if unit <= Unit::Seconds {
            civil.millisecond = 0;
        }
        Self::from_local(civil.to_millis(), self.offset, self.zone.clone(), self.locale.clone())
    }

    /// The last millisecond of the year, quarter, month, … that this is in.
    #[must_use]
    pub fn end_of(&self, unit: Unit, local_weeks: bool) -> Self {
        self.plus(&Duration::new([(unit, 1.0)]))
            .start_of(unit, local_weeks)
            .minus(&Duration::from_millis(1.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::date::zone::Zone;
    use crate::intl::Locale;

    proptest! {
        #[test]
        fn minus_undoes_plus(millis in -4e12..4e12_f64, days in -30_f64..30.0, hours in -30_f64..30.0) {
            let date = DateTime::new(millis, Zone::UTC, Locale::default());
            let duration = Duration::new([(Unit::Days, days.trunc()), (Unit::Hours, hours.trunc())]);
            prop_assert_eq!(date.plus(&duration).minus(&duration).to_millis(), date.to_millis());
        }

        #[test]
        fn a_unit_holds_the_moment(millis in -4e12..4e12_f64, index in 0_usize..9) {
            let date = DateTime::new(millis, Zone::named("Europe/Berlin"), Locale::default());
            let unit = Unit::ALL[index];
            prop_assert!(date.start_of(unit, false).to_millis() <= date.to_millis());
            prop_assert!(date.to_millis() <= date.end_of(unit, false).to_millis());
        }
    }
}
