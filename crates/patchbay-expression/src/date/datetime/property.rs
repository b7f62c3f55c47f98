//! What can be read of a `DateTime`.

use indexmap::IndexMap;
use patchbay_model::Text;

use super::DateTime;
use crate::Js;
use crate::date::civil::{WeekRule, days_in_month, days_in_year, is_leap_year, weeks_in_year};
use crate::date::zone::Zone;
use crate::intl::{Names, Width};

/// `None` where there is no such property.
pub fn get(date: &DateTime, name: &str) -> Option<Js> {
    let civil = date.civil;
    let number = |value: i64| Js::number(if date.is_valid() { value as f64 } else { f64::NAN });
    let or_null = |value: Js| if date.is_valid() { value } else { Js::NULL };
    let week = || civil.week(WeekRule::ISO);
    let local_week = || civil.week(date.local_week_rule());
    let month = |width| date.locale.tables().names(Names::MonthAlone, width)[(civil.month - 1) as usize].clone();
    let weekday =
        |width| date.locale.tables().names(Names::WeekdayAlone, width)[(civil.weekday() - 1) as usize].clone();
    Some(match name {
        "year" => number(civil.year),
        "quarter" => number(civil.quarter()),
        "month" => number(civil.month),
        "day" => number(civil.day),
        "hour" => number(civil.hour),
        "minute" => number(civil.minute),
        "second" => number(civil.second),
        "millisecond" => number(civil.millisecond),
        "weekYear" => number(week().year),
        "weekNumber" => number(week().number),
        "weekday" => number(week().weekday),
        "localWeekday" => number(local_week().weekday),
        "localWeekNumber" => number(local_week().number),
        "localWeekYear" => number(local_week().year),
        "isWeekend" => Js::boolean(date.is_valid() && date.locale.tables().is_weekend(civil.weekday())),
        "ordinal" => number(civil.ordinal()),
        "monthShort" => or_null(Js::text(month(Width::Short))),
        "monthLong" => or_null(Js::text(month(Width::Long))),
        "weekdayShort" => or_null(Js::text(weekday(Width::Short))),
        "weekdayLong" => or_null(Js::text(weekday(Width::Long))),
        "offset" => Js::number(if date.is_valid() {
            f64::from(date.offset) / 60.0
        } else {
            f64::NAN
        }),
        "offsetNameShort" => or_null(Js::text(date.offset_name(Width::Short))),
        "offsetNameLong" => or_null(Js::text(date.offset_name(Width::Long))),
        "isOffsetFixed" => or_null(Js::boolean(date.zone.is_fixed())),
        "isInDST" => Js::boolean(date.is_valid() && date.zone.is_daylight(date.millis)),
        "isInLeapYear" => Js::boolean(date.is_valid() && is_leap_year(civil.year)),
        "daysInMonth" => number(days_in_month(civil.year, civil.month)),
        "daysInYear" => number(days_in_year(civil.year)),
        "weeksInWeekYear" => number(weeks_in_year(week().year, WeekRule::ISO)),
        "weeksInLocalWeekYear" => number(weeks_in_year(local_week().year, date.local_week_rule())),
        "isValid" => Js::boolean(date.is_valid()),
        "isLuxonDateTime" => Js::boolean(true),
        "invalidReason" => date
            .invalid
            .as_ref()
            .map_or(Js::NULL, |invalid| Js::text(invalid.reason.clone())),
        "invalidExplanation" => date
            .invalid
            .as_ref()
            .and_then(|invalid| invalid.explanation.clone())
            .map_or(Js::NULL, Js::text),
        "locale" => or_null(Js::text(date.locale.tag())),
        "numberingSystem" | "outputCalendar" => Js::NULL,
        "zoneName" => or_null(Js::text(date.zone.name())),
        "zone" => zone_object(&date.zone),
        "ts" => Js::number(date.millis),
        "c" => or_null(fields(date)),
        _ => return None,
    })
}

/// `toObject()`
pub fn fields(date: &DateTime) -> Js {
    if !date.is_valid() {
        return Js::record(IndexMap::new());
    }
    let civil = date.civil;
    let entries = [
        ("year", civil.year),
        ("month", civil.month),
        ("day", civil.day),
        ("hour", civil.hour),
        ("minute", civil.minute),
        ("second", civil.second),
        ("millisecond", civil.millisecond),
    ];
    let entries = entries
        .into_iter()
        .map(|(name, value)| (Text::from(name), Js::number(value as f64)));
    Js::record(entries.collect::<IndexMap<_, _>>())
}

fn zone_object(zone: &Zone) -> Js {
    let kind = if zone.is_fixed() { "fixed" } else { "iana" };
    let entries = [
        ("type", Js::text(kind)),
        ("name", Js::text(zone.name())),
        ("isUniversal", Js::boolean(zone.is_fixed())),
        ("isValid", Js::boolean(zone.is_known())),
    ];
    Js::record(
        entries
            .into_iter()
            .map(|(name, value)| (Text::from(name), value))
            .collect::<IndexMap<_, _>>(),
    )
}

impl DateTime {
    /// `EST`, `Eastern Standard Time`; fixed offsets have only their own name.
    pub fn offset_name(&self, width: Width) -> Text {
        match &self.zone {
            Zone::Fixed(_) => self.zone.name(),
            zone => self.locale.tables().zone_name(zone, self.millis, width),
        }
    }
}
