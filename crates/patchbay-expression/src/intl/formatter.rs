//! The objects that `new Intl.DateTimeFormat(…)` and `new Intl.NumberFormat(…)` make. Scripts hold only their
//! arguments and make one anew for each call: see [`call`].

use indexmap::IndexMap;
use patchbay_model::Text;

use super::collator::Collator;
use super::date_options::{DateOptions, HourCycle, Style};
use super::language;
use super::locale::Locale;
use super::number::{format_number, number_parts};
use super::number_options::{NumberOptions, NumberStyle};
use crate::date::{error, localised_parts, parts_to_js, process_zone, write_localised};
use crate::{Error, Js};

/// A locale with options.
#[derive(Clone, Debug)]
enum Formatter {
    Dates { locale: Locale, options: Box<DateOptions> },
    Numbers { locale: Locale, options: NumberOptions },
}

impl Formatter {
    fn dates(locale: &Js, options: &Js) -> Result<Self, Error> {
        Ok(Self::Dates {
            locale: Locale::from_js(locale)?,
            options: Box::new(DateOptions::from_js(options)?.with_default_date()),
        })
    }

    fn numbers(locale: &Js, options: &Js) -> Result<Self, Error> {
        Ok(Self::Numbers {
            locale: Locale::from_js(locale)?,
            options: NumberOptions::from_js(options)?,
        })
    }

    /// `format`, `formatToParts`, `resolvedOptions`; `now` is what a date that is not given is.
    fn call(&self, name: &str, arguments: &[Js], now: f64) -> Result<Js, Error> {
        let first = arguments.first().unwrap_or(&Js::Undefined);
        match (self, name) {
            (Self::Dates { locale, options }, "format") => {
                Ok(Js::text(write_localised(time_of(first, now)?, locale, options)))
            }
            (Self::Dates { locale, options }, "formatToParts") => {
                Ok(parts_to_js(localised_parts(time_of(first, now)?, locale, options)))
            }
            (Self::Numbers { locale, options }, "format") => {
                Ok(Js::text(format_number(locale, first.to_number(), options)))
            }
            (Self::Numbers { locale, options }, "formatToParts") => {
                Ok(parts_to_js(number_parts(locale, first.to_number(), options)))
            }
            (_, "resolvedOptions") => Ok(self.resolved()),
            _ => Err(Error::type_error(format!("{name} is not a function"))),
        }
    }

    fn resolved(&self) -> Js {
        let mut entries: IndexMap<Text, Js> = IndexMap::new();
        let mut set = |name: &str, value: Js| {
            entries.insert(name.into(), value);
        };
        match self {
            Self::Dates { locale, options } => {
                set("locale", Js::text(locale.tag()));
                set("calendar", Js::text("gregory"));
                set("numberingSystem", Js::text("latn"));
                let zone = options
                    .time_zone
                    .as_ref()
                    .map_or_else(|| process_zone().name(), crate::date::Zone::name);
                set(
                    "timeZone",
                    Js::text(if zone == "Etc/UTC" { "UTC".into() } else { zone }),
                );
                if options.hour.is_some() {
                    let cycle = locale.tables().hour_cycle(options);
                    set("hourCycle", Js::text(cycle_name(cycle)));
                    set("hour12", Js::boolean(matches!(cycle, HourCycle::H11 | HourCycle::H12)));
                }
                for (name, style) in [
                    ("weekday", options.weekday),
                    ("era", options.era),
                    ("year", options.year),
                    ("month", options.month),
                    ("day", options.day),
                    ("hour", options.hour),
                    ("minute", options.minute),
                    ("second", options.second),
                    ("timeZoneName", options.time_zone_name),
                ] {
                    if let Some(style) = style {
                        set(name, Js::text(style_name(style)));
                    }
                }
            }
            Self::Numbers { locale, options } => {
                set("locale", Js::text(locale.tag()));
                set("numberingSystem", Js::text("latn"));
                let (style, currency) = match &options.style {
                    NumberStyle::Decimal => ("decimal", None),
                    NumberStyle::Percent => ("percent", None),
                    NumberStyle::Currency { code, .. } => ("currency", Some(code.clone())),
                    NumberStyle::Unit { .. } => ("unit", None),
                };
                set("style", Js::text(style));
                if let Some(code) = currency {
                    set("currency", Js::text(code));
                }
                set(
                    "minimumIntegerDigits",
                    Js::number(options.minimum_integer_digits as f64),
                );
                set(
                    "minimumFractionDigits",
                    Js::number(options.minimum_fraction_digits as f64),
                );
                set(
                    "maximumFractionDigits",
                    Js::number(options.maximum_fraction_digits as f64),
                );
                set(
                    "useGrouping",
                    if options.use_grouping {
                        Js::text("auto")
                    } else {
                        Js::boolean(false)
                    },
                );
                set(
                    "notation",
                    Js::text(if options.compact.is_some() {
                        "compact"
                    } else {
                        "standard"
                    }),
                );
                set("signDisplay", Js::text("auto"));
                set("roundingMode", Js::text("halfExpand"));
                set("roundingIncrement", Js::number(1));
                set("trailingZeroDisplay", Js::text("auto"));
                set("roundingPriority", Js::text("auto"));
            }
        }
        Js::record(entries)
    }
}

fn cycle_name(cycle: HourCycle) -> &'static str {
    match cycle {
        HourCycle::H11 => "h11",
        HourCycle::H12 => "h12",
        HourCycle::H23 => "h23",
        HourCycle::H24 => "h24",
    }
}

fn style_name(style: Style) -> &'static str {
    match style {
        Style::Numeric => "numeric",
        Style::TwoDigit => "2-digit",
        Style::Long => "long",
        Style::Short => "short",
        Style::Narrow => "narrow",
        Style::ShortOffset => "shortOffset",
        Style::LongOffset => "longOffset",
    }
}

/// The instant of a `Date`, a `DateTime` or a number; now where there is none.
fn time_of(value: &Js, now: f64) -> Result<f64, Error> {
    let millis = if matches!(value, Js::Undefined) {
        now
    } else {
        value.to_number()
    };
    if millis.is_nan() {
        Err(error("Invalid time value"))
    } else {
        Ok(millis)
    }
}

/// A method of an object of `Intl`: `arguments` are the locales and the options that it was made with, the method's
/// name, and what the method is called with. `now` (milliseconds since 1970) is a date that is not given.
pub fn call(class: &str, arguments: &[Js], now: f64) -> Result<Js, Error> {
    let at = |index: usize| arguments.get(index).unwrap_or(&Js::Undefined);
    let (name, given) = (at(2).to_text(), arguments.get(3..).unwrap_or_default());
    let formatter = match class {
        "Collator" => return Collator::call(at(0), at(1), &name, given),
        "DateTimeFormat" => Formatter::dates(at(0), at(1))?,
        "NumberFormat" => Formatter::numbers(at(0), at(1))?,
        _ => {
            let given = arguments.get(3..).unwrap_or_default();
            return language::call(class, at(0), at(1), &at(2).to_text(), given);
        }
    };
    formatter.call(&name, given, now)
}

/// `Number.prototype.toLocaleString(locales, options)`
pub fn number_to_locale_string(number: f64, arguments: &[Js]) -> Result<Text, Error> {
    let at = |index: usize| arguments.get(index).unwrap_or(&Js::Undefined);
    Ok(format_number(
        &Locale::from_js(at(0))?,
        number,
        &NumberOptions::from_js(at(1))?,
    ))
}
