//! What an expression can do with a `DateTime`.

use indexmap::IndexMap;
use patchbay_model::Text;

use super::create::zone_argument;
use super::property::fields;
use super::{DateTime, property};
use crate::date::arguments::{Arguments, flag, listed, property as option, text_option};
use crate::date::civil::{Civil, WeekRule};
use crate::date::duration::{Duration, unknown_unit};
use crate::date::fields::Fields;
use crate::date::interval::Interval;
use crate::date::iso::{self, IsoStyle};
use crate::date::unit::Unit;
use crate::date::zone::{OffsetStyle, Zone, offset_text};
use crate::date::{Context, Temporal, error, format, no_method, relative};
use crate::intl::{DateOptions, Locale};
use crate::{Error, Js};

/// The names that [`call`] knows.
pub const METHODS: [&str; 41] = [
    "plus",
    "minus",
    "set",
    "startOf",
    "endOf",
    "diff",
    "diffNow",
    "until",
    "hasSame",
    "equals",
    "setZone",
    "toUTC",
    "toLocal",
    "setLocale",
    "reconfigure",
    "get",
    "getPossibleOffsets",
    "toFormat",
    "toISO",
    "toJSON",
    "toString",
    "toISODate",
    "toISOTime",
    "toISOWeekDate",
    "toSQL",
    "toSQLDate",
    "toSQLTime",
    "toRFC2822",
    "toHTTP",
    "toMillis",
    "valueOf",
    "toSeconds",
    "toUnixInteger",
    "toJSDate",
    "toBSON",
    "toObject",
    "toLocaleString",
    "toLocaleParts",
    "toRelative",
    "toRelativeCalendar",
    "resolvedLocaleOptions",
];

pub fn call(date: &DateTime, name: &str, arguments: &Arguments, context: &Context) -> Result<Js, Error> {
    let (first, second) = (arguments.at(0), arguments.at(1));
    let or_null = |text: Option<String>| text.map_or(Js::NULL, Js::text);
    Ok(match name {
        "plus" => date.plus(&Duration::from_arguments(arguments)?).into(),
        "minus" => date.minus(&Duration::from_arguments(arguments)?).into(),
        "set" => date.set(&Fields::from_js(first)?)?.into(),
        "startOf" => date
            .start_of(unit(first)?, flag(second, "useLocaleWeeks", false))
            .into(),
        "endOf" => date.end_of(unit(first)?, flag(second, "useLocaleWeeks", false)).into(),
        "diff" => difference(date, &date_argument(first)?, second, arguments.at(2))?,
        "diffNow" => difference(date, &DateTime::now(context), first, second)?,
        "until" => match first {
            Js::Temporal(Temporal::DateTime(end)) if date.is_valid() => {
                Interval::new(date.clone(), DateTime::clone(end)).into()
            }
            _ => date.clone().into(),
        },
        "hasSame" => {
            let other = date_argument(first)?;
            Js::boolean(date.has_same(&other, unit(second)?, flag(arguments.at(2), "useLocaleWeeks", false)))
        }
        "equals" => Js::boolean(matches!(first, Js::Temporal(Temporal::DateTime(other)) if date.equals(other))),
        "setZone" => date
            .with_zone(zone_argument(first, context), flag(second, "keepLocalTime", false))
            .into(),
        "toUTC" => {
            let minutes = if first.is_nullish() {
                0
            } else {
                first.to_number() as i32
            };
            date.with_zone(Zone::Fixed(minutes), flag(second, "keepLocalTime", false))
                .into()
        }
        "toLocal" => date.with_zone(context.zone(), false).into(),
        "setLocale" => date.with_locale(locale_or_default(first)?).into(),
        "reconfigure" => match text_option(first, "locale") {
            Some(tag) => date.with_locale(Locale::parse(&tag)?).into(),
            None => date.clone().into(),
        },
        "get" => property::get(date, &first.to_text()).unwrap_or_default(),
        "getPossibleOffsets" => Js::list(date.possible().into_iter().map(Js::from).collect()),
        "toFormat" => {
            if first.is_nullish() {
                return Err(error("toFormat requires a format"));
            }
            let localised = match text_option(second, "locale") {
                Some(tag) => date.with_locale(Locale::parse(&tag)?),
                None => date.clone(),
            };
            Js::text(format::write(&localised, &first.to_text()))
        }
        "toISO" | "toJSON" => or_null(date.to_iso(&IsoStyle::from_js(first))),
        "toString" => Js::text(date.to_text()),
        "toISODate" => or_null(date.is_valid().then(|| {
            iso::write_date(
                date.civil,
                text_option(first, "format").is_none_or(|format| format == "extended"),
            )
        })),
        "toISOTime" => or_null(date.to_iso_time(first)),
        "toISOWeekDate" => or_null(date.is_valid().then(|| {
            let week = date.civil.week(WeekRule::ISO);
            format!("{:04}-W{:02}-{}", week.year, week.number, week.weekday)
        })),
        "toSQL" => or_null(
            date.is_valid()
                .then(|| format!("{} {}", date.sql_date(), date.sql_time(first))),
        ),
        "toSQLDate" => or_null(date.is_valid().then(|| date.sql_date())),
        "toSQLTime" => or_null(date.is_valid().then(|| date.sql_time(first))),
        "toRFC2822" => or_null(date.is_valid().then(|| {
            let english = date.with_locale(Locale::default());
            format::write(&english, "EEE, dd LLL yyyy HH:mm:ss ZZZ")
        })),
        "toHTTP" => or_null(date.is_valid().then(|| {
            let utc = date.with_zone(Zone::UTC, false).with_locale(Locale::default());
            format::write(&utc, "EEE, dd LLL yyyy HH:mm:ss 'GMT'")
        })),
        "toMillis" | "valueOf" => Js::number(date.millis),
        "toSeconds" => Js::number(date.millis / 1000.0),
        "toUnixInteger" => Js::number((date.millis / 1000.0).floor()),
        "toJSDate" | "toBSON" => Temporal::date(date.millis).into(),
        "toObject" => fields(date),
        "toLocaleString" => {
            let localised = match text_option(second, "locale") {
                Some(tag) => date.with_locale(Locale::parse(&tag)?),
                None => date.clone(),
            };
            if !date.is_valid() {
                return Ok(Js::text("Invalid DateTime"));
            }
            Js::text(format::localised(&localised, &DateOptions::from_js(first)?))
        }
        "toLocaleParts" => format::localised_parts(date, &DateOptions::from_js(first)?),
        "toRelative" => relative::relative(date, first, context)?,
        "toRelativeCalendar" => relative::relative_calendar(date, first, context)?,
        "resolvedLocaleOptions" => {
            let entries = [
                ("locale", date.locale.tag()),
                ("numberingSystem", "latn".into()),
                ("outputCalendar", "gregory".into()),
            ];
            let entries = entries
                .into_iter()
                .map(|(name, value)| (Text::from(name), Js::text(value)));
            Js::record(entries.collect::<IndexMap<_, _>>())
        }
        _ => return Err(no_method("DateTime", name)),
    })
}

fn locale_or_default(value: &Js) -> Result<Locale, Error> {
    if value.is_nullish() {
        Ok(Locale::default())
    } else {
        Locale::parse(&value.to_text())
    }
}

fn unit(value: &Js) -> Result<Unit, Error> {
    let name = value.to_text();
    Unit::parse(&name).ok_or_else(|| unknown_unit(&name))
}

/// A `DateTime` argument; JavaScript fails on anything else when it reads a method of it.
pub fn date_argument(value: &Js) -> Result<DateTime, Error> {
    match value {
        Js::Temporal(Temporal::DateTime(date)) => Ok(DateTime::clone(date)),
        _ => Err(Error::type_error("otherDateTime.valueOf is not a function")),
    }
}

fn difference(date: &DateTime, other: &DateTime, units: &Js, options: &Js) -> Result<Js, Error> {
    let names = match units {
        Js::Undefined => vec![Js::text("milliseconds")],
        units => listed(units),
    };
    if !date.is_valid() || !other.is_valid() {
        return Ok(Duration::missing("created by diffing an invalid DateTime").into());
    }
    let units = names.iter().map(unit).collect::<Result<Vec<_>, _>>()?;
    let mut duration = date.difference(other, &units);
    duration.locale = date.locale.clone();
    Ok(duration.configured(&with_locale_of(options))?.into())
}

/// Options of a difference without what is undefined in them.
fn with_locale_of(options: &Js) -> Js {
    if (option(options, "conversionAccuracy")).is_nullish() {
        Js::Undefined
    } else {
        options.clone()
    }
}

impl DateTime {
    /// The same instant, zone and locale.
    pub fn equals(&self, other: &Self) -> bool {
        self.is_valid()
            && other.is_valid()
            && self.millis == other.millis
            && self.zone == other.zone
            && self.locale == other.locale
    }

    /// `toISO`; `None` where it is invalid.
    pub fn to_iso(&self, style: &IsoStyle) -> Option<String> {
        if !self.is_valid() {
            return None;
        }
        let mut text = iso::write_date(self.civil, style.extended);
        text.push('T');
        text.push_str(&self.clock_with_offset(*style));
        Some(text)
    }

    /// `toString()`
    pub fn to_text(&self) -> String {
        self.to_iso(&IsoStyle::PLAIN)
            .unwrap_or_else(|| "Invalid DateTime".to_owned())
    }

    fn to_iso_time(&self, options: &Js) -> Option<String> {
        let prefix = if flag(options, "includePrefix", false) { "T" } else { "" };
        self.is_valid()
            .then(|| format!("{prefix}{}", self.clock_with_offset(IsoStyle::from_js(options))))
    }

    fn clock_with_offset(&self, style: IsoStyle) -> String {
        let mut text = iso::write_clock(self.civil, style);
        if style.include_offset {
            let is_utc = self.zone.is_fixed() && self.offset == 0 && !style.extended_zone;
            text.push_str(&iso::write_offset(self.offset, is_utc, style.extended));
            if style.extended_zone {
                text.push('[');
                text.push_str(&self.zone.iana_name());
                text.push(']');
            }
        }
        text
    }

    fn sql_date(&self) -> String {
        iso::write_date(self.civil, true)
    }

    fn sql_time(&self, options: &Js) -> String {
        let Civil {
            hour,
            minute,
            second,
            millisecond,
            ..
        } = self.civil;
        let mut text = format!("{hour:02}:{minute:02}:{second:02}.{millisecond:03}");
        let with_zone = flag(options, "includeZone", false);
        if with_zone || flag(options, "includeOffset", true) {
            if flag(options, "includeOffsetSpace", true) {
                text.push(' ');
            }
            if with_zone {
                text.push_str(&self.zone.name());
            } else {
                let is_utc = self.zone.is_fixed() && self.offset == 0;
                text.push_str(&if is_utc {
                    "Z".to_owned()
                } else {
                    offset_text(self.offset, OffsetStyle::Short)
                });
            }
        }
        text
    }

    /// This, and the other instant at which the clock shows the same.
    fn possible(&self) -> Vec<Self> {
        match self.zone.possible_offsets(self.local_millis()) {
            Some(offsets) if self.is_valid() => {
                let local = self.local_millis();
                offsets
                    .into_iter()
                    .map(|offset| self.at(local - f64::from(offset) * 1000.0))
                    .collect()
            }
            _ => vec![self.clone()],
        }
    }
}

#[cfg(test)]
mod tests {
    use patchbay_model::Text;
    use patchbay_model::scope::{Denied, Environment};
    use proptest::prelude::*;

    use super::*;
    use crate::date::datetime::{call_static, from_iso};

    struct Still;

    impl Environment for Still {
        fn now(&self) -> f64 {
            0.0
        }

        fn random(&self) -> f64 {
            0.0
        }

        fn variable(&self, _name: &str) -> Result<Option<Text>, Denied> {
            Err(Denied)
        }
    }

    const ZONES: [&str; 5] = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
    ];

    proptest! {
        #[test]
        fn iso_text_is_the_same_instant(millis in -4_000_000_000_000_i64..4_000_000_000_000, zone in 0_usize..5) {
            // Offsets before 1970 have seconds, which ISO text has not.
            let millis = millis.abs() as f64;
            let date = DateTime::new(millis, Zone::named(ZONES[zone]), Locale::default());
            let read = from_iso(&date.to_text(), &Context::new(&Still, "UTC"));
            prop_assert_eq!(read.to_millis(), millis);
        }

        #[test]
        fn what_a_format_writes_it_reads(millis in 0_i64..4_000_000_000_000, format in 0_usize..4, locale in 0_usize..4) {
            let locale = Locale::parse(["en-US", "de", "fr", "ru"][locale]).expect("a locale");
            let format = [
                "yyyy-MM-dd HH:mm:ss.SSS ZZ",
                "cccc, d MMMM yyyy h:mm:ss.SSS a Z",
                "kkkk-'W'WW-E HH:mm:ss.SSS ZZZ",
                "yyyy.ooo H'h'm's's'u'u Z",
            ][format];
            let date = DateTime::new(millis as f64, Zone::named("Asia/Kolkata"), locale.clone());
            let text = format::write(&date, format);
            let options = Js::record([(Text::from("locale"), Js::text(locale.tag()))].into_iter().collect());
            let arguments = [Js::text(text.as_str()), Js::text(format), options];
            let read = call_static("fromFormat", &Arguments(&arguments), &Context::new(&Still, "UTC"));
            prop_assert_eq!(read.map_or(f64::NAN, |read| read.to_number()), millis as f64, "{}", text);
        }
    }
}
