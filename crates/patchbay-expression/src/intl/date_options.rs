//! The options of `Intl.DateTimeFormat`, `toLocaleString` and Luxon's presets.

use patchbay_model::Text;

use crate::date::{Zone, error, property, text_option};
use crate::{Error, Js};

/// How a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Numeric,
    TwoDigit,
    Long,
    Short,
    Narrow,
    /// An offset from GMT instead of a zone's name.
    ShortOffset,
    LongOffset,
}

/// Which hours a clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HourCycle {
    /// 0 to 11
    H11,
    /// 12, 1 to 11
    H12,
    /// 0 to 23
    H23,
    /// 24, 1 to 23
    H24,
}

/// A whole date or time in one of four lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    Full,
    Long,
    Medium,
    Short,
}

/// What is written where the options name no field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defaults {
    Date,
    Time,
    DateAndTime,
}

/// Which fields are written, and how.
#[derive(Clone, Debug, Default)]
pub struct DateOptions {
    pub weekday: Option<Style>,
    pub era: Option<Style>,
    pub year: Option<Style>,
    pub month: Option<Style>,
    pub day: Option<Style>,
    pub hour: Option<Style>,
    pub minute: Option<Style>,
    pub second: Option<Style>,
    pub fraction_digits: usize,
    pub time_zone_name: Option<Style>,
    pub hour12: Option<bool>,
    pub hour_cycle: Option<HourCycle>,
    pub date_style: Option<Length>,
    pub time_style: Option<Length>,
    pub time_zone: Option<Zone>,
}

impl DateOptions {
    /// Fails with JavaScript's `RangeError` for a value that an option does not have.
    pub fn from_js(options: &Js) -> Result<Self, Error> {
        let text = |name: &str| match text_option(options, name) {
            Some(value) if value.is_empty() => Err(invalid(&value, name)),
            value => Ok(value),
        };
        let style = |name: &str| -> Result<Option<Style>, Error> {
            let Some(value) = text(name)? else { return Ok(None) };
            let named = matches!(name, "weekday" | "era" | "month" | "timeZoneName");
            let counted = !matches!(name, "weekday" | "era" | "timeZoneName");
            Ok(Some(match value.as_str() {
                "numeric" if counted => Style::Numeric,
                "2-digit" if counted => Style::TwoDigit,
                "long" if named => Style::Long,
                "short" if named => Style::Short,
                "narrow" if named && name != "timeZoneName" => Style::Narrow,
                "shortOffset" if name == "timeZoneName" => Style::ShortOffset,
                "longOffset" if name == "timeZoneName" => Style::LongOffset,
                "shortGeneric" if name == "timeZoneName" => Style::Short,
                "longGeneric" if name == "timeZoneName" => Style::Long,
                _ => return Err(invalid(&value, name)),
            }))
        };
        let length = |name: &str| -> Result<Option<Length>, Error> {
            let Some(value) = text(name)? else { return Ok(None) };
            Ok(Some(match value.as_str() {
                "full" => Length::Full,
                "long" => Length::Long,
                "medium" => Length::Medium,
                "short" => Length::Short,
                _ => return Err(invalid(&value, name)),
            }))
        };
        let hour12 = property(options, "hour12");
        let hour_cycle = match text("hourCycle")?.as_deref() {
            None => None,
            Some("h11") => Some(HourCycle::H11),
            Some("h12") => Some(HourCycle::H12),
            Some("h23") => Some(HourCycle::H23),
            Some("h24") => Some(HourCycle::H24),
            Some(value) => return Err(invalid(value, "hourCycle")),
        };
        let fraction_digits = match property(options, "fractionalSecondDigits") {
            value if value.is_nullish() => 0,
            value => match value.to_number() {
                digits if (1.0..=3.0).contains(&digits) => digits as usize,
                _ => return Err(error("fractionalSecondDigits value is out of range.")),
            },
        };
        let options = Self {
            weekday: style("weekday")?,
            era: style("era")?,
            year: style("year")?,
            month: style("month")?,
            day: style("day")?,
            hour: style("hour")?,
            minute: style("minute")?,
            second: style("second")?,
            fraction_digits,
            time_zone_name: style("timeZoneName")?,
            hour12: (!hour12.is_nullish()).then(|| crate::date::flag(options, "hour12", false)),
            hour_cycle,
            date_style: length("dateStyle")?,
            time_style: length("timeStyle")?,
            time_zone: match text("timeZone")? {
                Some(name) => Some(time_zone(&name)?),
                None => None,
            },
        };
        if options.has_style() && (options.has_date() || options.has_time() || options.time_zone_name.is_some()) {
            return Err(Error::type_error(
                "Can't set option fields when dateStyle or timeStyle is used",
            ));
        }
        Ok(options)
    }

    pub fn has_date(&self) -> bool {
        self.weekday.is_some() || self.year.is_some() || self.month.is_some() || self.day.is_some()
    }

    pub fn has_time(&self) -> bool {
        self.hour.is_some() || self.minute.is_some() || self.second.is_some() || self.fraction_digits > 0
    }

    fn has_style(&self) -> bool {
        self.date_style.is_some() || self.time_style.is_some()
    }

    /// As `toLocaleString`, `toLocaleDateString` and `toLocaleTimeString` fill in what is not asked for.
    pub fn with_defaults(mut self, defaults: Defaults) -> Result<Self, Error> {
        if self.has_style() {
            let unfit = match defaults {
                Defaults::Date => self.time_style.is_some(),
                Defaults::Time => self.date_style.is_some(),
                Defaults::DateAndTime => false,
            };
            if unfit {
                return Err(Error::type_error("Invalid option : dateStyle or timeStyle"));
            }
            return Ok(self);
        }
        let asked = match defaults {
            Defaults::Date => self.has_date(),
            Defaults::Time => self.has_time(),
            Defaults::DateAndTime => self.has_date() || self.has_time(),
        };
        if !asked && defaults != Defaults::Time {
            self.year = Some(Style::Numeric);
            self.month = Some(Style::Numeric);
            self.day = Some(Style::Numeric);
        }
        if !asked && defaults != Defaults::Date {
            self.hour = Some(Style::Numeric);
            self.minute = Some(Style::Numeric);
            self.second = Some(Style::Numeric);
        }
        Ok(self)
    }

    /// As `Intl.DateTimeFormat` does: a date, where neither a date nor a time is asked for.
    #[must_use]
    pub fn with_default_date(&self) -> Self {
        let mut options = self.clone();
        if !options.has_style() && !options.has_date() && !options.has_time() {
            options.year = Some(Style::Numeric);
            options.month = Some(Style::Numeric);
            options.day = Some(Style::Numeric);
        }
        options
    }
}

/// A zone as `Intl` takes it: a name of the tz database, `UTC`, or an offset (`+05:30`).
fn time_zone(name: &Text) -> Result<Zone, Error> {
    let zone = match name.to_ascii_uppercase().as_str() {
        "UTC" | "GMT" | "ETC/UTC" | "ETC/GMT" => Zone::named("Etc/UTC"),
        _ => Zone::named(name),
    };
    if zone.is_known() {
        Ok(zone)
    } else {
        Err(error(format!("Invalid time zone specified: {name}")))
    }
}

fn invalid(value: &str, name: &str) -> Error {
    error(format!(
        "Value {value} out of range for Intl.DateTimeFormat options property {name}"
    ))
}
