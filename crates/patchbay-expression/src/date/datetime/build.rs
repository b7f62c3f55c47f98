//! A `DateTime` of fields: what an object, a list of numbers or a text says of it.

use super::DateTime;
use crate::date::civil::{
    Civil, Week, WeekRule, date_of, day_of_week, days_in_month, days_in_year, days_since_1970, weeks_in_year,
};
use crate::date::fields::Fields;
use crate::date::iso::IsoStyle;
use crate::date::zone::Zone;
use crate::date::{Context, error};
use crate::intl::Locale;
use crate::{Error, Js};

pub const GREGORIAN: [&str; 7] = ["year", "month", "day", "hour", "minute", "second", "millisecond"];

pub fn out_of_range(unit: &str, value: &Js) -> DateTime {
    let (shown, kind) = (value.to_text(), value.type_of());
    let explanation = format!("you specified {shown} (of type {kind}) as a {unit}, which is invalid");
    DateTime::invalid("unit out of range", Some(explanation.into()))
}

/// The date that fields mean: those larger than any that is set come from now, the smaller ones are at their least.
pub fn build(fields: &Fields, zone: Zone, locale: Locale, context: &Context) -> Result<DateTime, Error> {
    if !zone.is_known() {
        return Ok(DateTime::new(0.0, zone, locale));
    }
    refuse_mixtures(fields)?;
    let offset = zone.offset_at(context.now());
    let now = DateTime::new(context.now(), zone.clone(), locale.clone()).civil;
    let local_weeks = fields.has_local_week();
    let rule = if local_weeks { locale.week_rule() } else { WeekRule::ISO };
    let mut filler = Filler { set: false };
    let year;
    let day = if local_weeks || fields.has_week() || (fields.weekday.is_some() && !fields.has_date()) {
        let week = now.week(rule);
        let (week_year, number, weekday) = if local_weeks {
            (fields.local_week_year, fields.local_week_number, fields.local_weekday)
        } else {
            (fields.week_year, fields.week_number, fields.weekday)
        };
        let week_year = filler.fill(week_year, week.year as f64, week.year as f64);
        let number = filler.fill(number, week.number as f64, 1.0);
        let weekday = filler.fill(weekday, week.weekday as f64, 1.0);
        for (name, value, most) in [
            ("weekYear", week_year, f64::MAX),
            ("week", number, weeks_in_year(week_year as i64, rule) as f64),
            ("weekday", weekday, 7.0),
        ] {
            if value.fract() != 0.0 || value > most || (name != "weekYear" && value < 1.0) {
                return Ok(out_of_range(name, &Js::number(value)));
            }
        }
        day_of_week(
            Week {
                year: week_year as i64,
                number: number as i64,
                weekday: weekday as i64,
            },
            rule,
        )
    } else if fields.ordinal.is_some() {
        year = filler.fill(fields.year, now.year as f64, now.year as f64);
        let ordinal = filler.fill(fields.ordinal, 1.0, 1.0);
        if ordinal.fract() != 0.0 || !(1.0..=days_in_year(year as i64) as f64).contains(&ordinal) {
            return Ok(out_of_range("ordinal", &Js::number(ordinal)));
        }
        days_since_1970(year as i64, 1, 1) + ordinal as i64 - 1
    } else {
        year = filler.fill(fields.year, now.year as f64, now.year as f64);
        let month = fields
            .quarter
            .filter(|_| fields.month.is_none())
            .map(|quarter| (quarter - 1.0) * 3.0 + 1.0);
        let month = filler.fill(fields.month.or(month), now.month as f64, 1.0);
        let day = filler.fill(fields.day, now.day as f64, 1.0);
        let in_month = |value: f64| (1.0..=days_in_month(year as i64, month as i64) as f64).contains(&value);
        for (name, value, valid) in [
            ("year", year, true),
            ("month", month, (1.0..=12.0).contains(&month)),
            ("day", day, in_month(day)),
        ] {
            if value.fract() != 0.0 || !valid {
                return Ok(out_of_range(name, &Js::number(value)));
            }
        }
        days_since_1970(year as i64, month as i64, day as i64)
    };
    let clock = [
        filler.fill(fields.hour, now.hour as f64, 0.0),
        filler.fill(fields.minute, now.minute as f64, 0.0),
        filler.fill(fields.second, now.second as f64, 0.0),
        filler.fill(fields.millisecond, now.millisecond as f64, 0.0),
    ];
    let midnight = clock == [24.0, 0.0, 0.0, 0.0];
    for ((value, most), name) in clock.into_iter().zip([23.0, 59.0, 59.0, 999.0]).zip(&GREGORIAN[3..]) {
        if value.fract() != 0.0 || (!(0.0..=most).contains(&value) && !midnight) {
            return Ok(out_of_range(name, &Js::number(value)));
        }
    }
    let (year, month, day) = date_of(day);
    let [hour, minute, second, millisecond] = clock.map(|value| value as i64);
    let civil = Civil {
        year,
        month,
        day,
        hour,
        minute,
        second,
        millisecond,
    };
    let date = DateTime::from_local(civil.to_millis(), offset, zone, locale);
    if let Some(weekday) = fields.weekday
        && fields.has_date()
        && weekday != date.civil.weekday() as f64
    {
        let shown = date.to_iso(&IsoStyle::PLAIN).unwrap_or_default();
        let explanation = format!("you can't specify both a weekday of {weekday} and a date of {shown}");
        return Ok(DateTime::invalid("mismatched weekday", Some(explanation.into())));
    }
    Ok(date)
}

/// Fills fields that are not set, from the largest to the smallest.
struct Filler {
    set: bool,
}

impl Filler {
    fn fill(&mut self, field: Option<f64>, now: f64, least: f64) -> f64 {
        match field {
            Some(value) => {
                self.set = true;
                value
            }
            None if self.set => least,
            None => now,
        }
    }
}

/// Fails for fields that count the same days in two ways.
pub fn refuse_mixtures(fields: &Fields) -> Result<(), Error> {
    if fields.has_local_week() && (fields.has_week() || fields.weekday.is_some()) {
        return Err(error("Cannot mix locale-based week fields with ISO-based week fields"));
    }
    if (fields.has_date() || fields.ordinal.is_some()) && (fields.has_week() || fields.has_local_week()) {
        return Err(error(
            "Can't mix weekYear/weekNumber units with year/month/day or ordinals",
        ));
    }
    if fields.has_month_or_day() && fields.ordinal.is_some() {
        return Err(error("Can't mix ordinal dates with month/day"));
    }
    Ok(())
}
