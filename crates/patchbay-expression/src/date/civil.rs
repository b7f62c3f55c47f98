//! The Gregorian calendar as arithmetic on integers, for every year that JavaScript's dates reach.
//!
//! Knows nothing of time zones: a [`Civil`] is what a wall shows.

pub const SECOND: f64 = 1000.0;
pub const MINUTE: f64 = 60.0 * SECOND;
pub const HOUR: f64 = 60.0 * MINUTE;
pub const DAY: f64 = 24.0 * HOUR;

/// The furthest instant from 1970 that JavaScript knows, in milliseconds.
pub const FURTHEST: f64 = 8.64e15;

/// A date and a time of day without a zone. Months and days count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    pub millisecond: i64,
}

/// A day counted in weeks; `weekday` counts from 1, the first day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Week {
    pub year: i64,
    pub number: i64,
    pub weekday: i64,
}

/// How a region counts weeks: the first day (1 is Monday) and how many days of January week 1 holds at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeekRule {
    pub first_day: i64,
    pub minimal_days: i64,
}

impl WeekRule {
    /// ISO 8601.
    pub const ISO: Self = Self {
        first_day: 1,
        minimal_days: 4,
    };
}

impl Civil {
    /// The first moment of a day.
    pub fn midnight(year: i64, month: i64, day: i64) -> Self {
        Self {
            year,
            month,
            day,
            hour: 0,
            minute: 0,
            second: 0,
            millisecond: 0,
        }
    }

    /// What a clock shows that is this many milliseconds past 1970.
    pub fn from_millis(millis: f64) -> Self {
        let days = (millis / DAY).floor();
        let rest = (millis - days * DAY) as i64;
        let (year, month, day) = date_of(days as i64);
        Self {
            year,
            month,
            day,
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1000 % 60,
            millisecond: rest % 1000,
        }
    }

    /// Milliseconds since 1970; any field may be out of its range and is carried over.
    pub fn to_millis(self) -> f64 {
        days_since_1970(self.year, self.month, self.day) as f64 * DAY
            + self.hour as f64 * HOUR
            + self.minute as f64 * MINUTE
            + self.second as f64 * SECOND
            + self.millisecond as f64
    }

    /// 1 is Monday.
    pub fn weekday(self) -> i64 {
        weekday_of(days_since_1970(self.year, self.month, self.day))
    }

    /// The day of the year, from 1.
    pub fn ordinal(self) -> i64 {
        days_since_1970(self.year, self.month, self.day) - days_since_1970(self.year, 1, 1) + 1
    }

    pub fn quarter(self) -> i64 {
        (self.month + 2) / 3
    }

    pub fn week(self, rule: WeekRule) -> Week {
        let day = days_since_1970(self.year, self.month, self.day);
        let mut year = self.year + 1;
        while first_day_of_week_year(year, rule) > day {
            year -= 1;
        }
        let since = day - first_day_of_week_year(year, rule);
        Week {
            year,
            number: since / 7 + 1,
            weekday: since % 7 + 1,
        }
    }
}

/// Days since 1970 of the day that a week names; weekdays and weeks out of range are carried over.
pub fn day_of_week(week: Week, rule: WeekRule) -> i64 {
    first_day_of_week_year(week.year, rule) + (week.number - 1) * 7 + week.weekday - 1
}

pub fn weeks_in_year(year: i64, rule: WeekRule) -> i64 {
    (first_day_of_week_year(year + 1, rule) - first_day_of_week_year(year, rule)) / 7
}

fn first_day_of_week_year(year: i64, rule: WeekRule) -> i64 {
    let january = days_since_1970(year, 1, 1);
    let into_week = (weekday_of(january) - rule.first_day).rem_euclid(7);
    if 7 - into_week >= rule.minimal_days {
        january - into_week
    } else {
        january - into_week + 7
    }
}

/// 1 is Monday.
pub fn weekday_of(days: i64) -> i64 {
    (days + 3).rem_euclid(7) + 1
}

pub fn is_leap_year(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub fn days_in_year(year: i64) -> i64 {
    if is_leap_year(year) { 366 } else { 365 }
}

/// The month may be out of its range and is carried over.
pub fn days_in_month(year: i64, month: i64) -> i64 {
    days_since_1970(year, month + 1, 1) - days_since_1970(year, month, 1)
}

/// Days from 1970-01-01; month and day may be out of their ranges.
pub fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March put the leap day last, so that the days before a month follow a line.
    let months = year * 12 + month - 3;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12));
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// Year, month and day of a day counted from 1970.
pub fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year_of_era;
    if month < 10 {
        (year, month + 3, day)
    } else {
        (year + 1, month - 9, day)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn weeks_follow_iso_8601_and_other_rules() {
        let american = WeekRule {
            first_day: 7,
            minimal_days: 1,
        };
        for (year, month, day, rule, week) in [
            (2025, 1, 1, WeekRule::ISO, (2025, 1, 3)),
            (2024, 12, 30, WeekRule::ISO, (2025, 1, 1)),
            (2021, 1, 3, WeekRule::ISO, (2020, 53, 7)),
            (2026, 3, 4, american, (2026, 10, 4)),
            (2024, 12, 29, american, (2025, 1, 1)),
        ] {
            let found = Civil::midnight(year, month, day).week(rule);
            assert_eq!((found.year, found.number, found.weekday), week, "{year}-{month}-{day}");
        }
        assert_eq!(weeks_in_year(2026, WeekRule::ISO), 53);
        assert_eq!(weeks_in_year(2025, WeekRule::ISO), 52);
    }

    #[test]
    fn months_out_of_range_are_carried_over() {
        assert_eq!(days_since_1970(2025, 14, 1), days_since_1970(2026, 2, 1));
        assert_eq!(days_since_1970(2025, 0, 1), days_since_1970(2024, 12, 1));
        assert_eq!(days_in_month(2024, 2), 29);
        assert_eq!(days_in_month(2023, 14), 29);
    }

    proptest! {
        #[test]
        fn a_day_survives_the_round_trip(days in -100_000_000_i64..100_000_000) {
            let (year, month, day) = date_of(days);
            prop_assert_eq!(days_since_1970(year, month, day), days);
            prop_assert!((1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day));
        }

        #[test]
        fn a_week_names_its_day(days in -1_000_000_i64..1_000_000, first_day in 1_i64..=7, minimal_days in 1_i64..=7) {
            let rule = WeekRule { first_day, minimal_days };
            let (year, month, day) = date_of(days);
            prop_assert_eq!(day_of_week(Civil::midnight(year, month, day).week(rule), rule), days);
        }
    }
}
