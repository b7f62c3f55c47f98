//! What an expression can do with a `Duration`.

use std::rc::Rc;

use indexmap::IndexMap;

use super::{Accuracy, Duration, amount, unknown_unit};
use crate::date::arguments::{Arguments, property, text_option};
use crate::date::unit::Unit;
use crate::date::{Temporal, error, no_method};
use crate::intl::Locale;
use crate::{Error, Js};

pub fn call_static(name: &str, arguments: &Arguments) -> Result<Js, Error> {
    let first = arguments.at(0);
    Ok(match name {
        "fromObject" if first.is_object() => Duration::from_object(first)?.configured(arguments.at(1))?.into(),
        "fromObject" => {
            return Err(error(format!(
                "Duration.fromObject: argument expected to be an object, got {}",
                if first.is_nullish() {
                    first.to_text()
                } else {
                    first.type_of().into()
                }
            )));
        }
        "fromMillis" => Duration::new([(Unit::Milliseconds, amount("milliseconds", first)?)])
            .configured(arguments.at(1))?
            .into(),
        "fromDurationLike" => Duration::from_js(first)?.into(),
        "fromISO" | "fromISOTime" => {
            let input = first.to_text();
            let parsed = if name == "fromISO" {
                Duration::parse_iso(&input)
            } else {
                Duration::parse_iso_time(&input)
            };
            let Some(duration) = parsed else {
                let explanation = format!("the input \"{input}\" can't be parsed as ISO 8601");
                return Ok(Duration::invalid("unparsable", Some(explanation.into())).into());
            };
            duration.configured(arguments.at(1))?.into()
        }
        "invalid" => Duration::invalid(first.to_text(), None).into(),
        "isDuration" => Js::boolean(matches!(first, Js::Temporal(Temporal::Duration(_)))),
        _ => return Err(no_method("Duration", name)),
    })
}

pub fn get(duration: &Duration, name: &str) -> Option<Js> {
    Some(match name {
        "isValid" => Js::boolean(duration.is_valid()),
        "isLuxonDuration" => Js::boolean(true),
        "invalidReason" => duration
            .invalid
            .as_ref()
            .map_or(Js::NULL, |invalid| Js::text(invalid.reason.clone())),
        "invalidExplanation" => duration
            .invalid
            .as_ref()
            .and_then(|invalid| invalid.explanation.clone())
            .map_or(Js::NULL, Js::text),
        "locale" => Js::text(duration.locale.tag()),
        "numberingSystem" => Js::NULL,
        "conversionAccuracy" => Js::text(match duration.accuracy {
            Accuracy::Casual => "casual",
            Accuracy::LongTerm => "longterm",
        }),
        "values" => duration.to_object(),
        _ => {
            let unit = Unit::ALL.into_iter().find(|unit| unit.name() == name)?;
            Js::number(if duration.is_valid() {
                duration.amount(unit)
            } else {
                f64::NAN
            })
        }
    })
}

/// The names that [`call`] knows.
pub const METHODS: [&str; 22] = [
    "as",
    "get",
    "shiftTo",
    "shiftToAll",
    "normalize",
    "rescale",
    "removeZeros",
    "negate",
    "plus",
    "minus",
    "set",
    "equals",
    "reconfigure",
    "toFormat",
    "toHuman",
    "toObject",
    "toISO",
    "toJSON",
    "toString",
    "toISOTime",
    "toMillis",
    "valueOf",
];

pub fn call(duration: &Duration, name: &str, arguments: &Arguments) -> Result<Js, Error> {
    let first = arguments.at(0);
    let unit = || {
        let name = first.to_text();
        Unit::parse(&name).ok_or_else(|| unknown_unit(&name))
    };
    let units = || {
        let names = arguments.flattened();
        let units = names.iter().map(|value| {
            let name = value.to_text();
            Unit::parse(&name).ok_or_else(|| unknown_unit(&name))
        });
        units.collect::<Result<Vec<_>, _>>()
    };
    Ok(match name {
        "as" => Js::number(duration.as_unit(unit()?)),
        "get" => Js::number(duration.amount(unit()?)),
        "shiftTo" => duration.shift_to(&units()?).into(),
        "shiftToAll" => duration
            .shift_to(&[
                Unit::Years,
                Unit::Months,
                Unit::Weeks,
                Unit::Days,
                Unit::Hours,
                Unit::Minutes,
                Unit::Seconds,
                Unit::Milliseconds,
            ])
            .into(),
        "normalize" => duration.normalize().into(),
        "rescale" => duration.rescale().into(),
        "removeZeros" => duration.without_zeros().into(),
        "negate" => duration.negate().into(),
        "plus" | "minus" if !duration.is_valid() => duration.clone().into(),
        "plus" => duration.plus(&Duration::from_arguments(arguments)?).into(),
        "minus" => duration.plus(&Duration::from_arguments(arguments)?.negate()).into(),
        "set" => {
            let mut changed = duration.clone();
            for (unit, value) in Duration::from_object(first)?.entries() {
                changed.values[unit.index()] = Some(value);
            }
            changed.into()
        }
        "equals" => Js::boolean(match first {
            Js::Temporal(Temporal::Duration(other)) => {
                let same = |unit: &Unit| duration.amount(*unit) == other.amount(*unit);
                duration.is_valid() && other.is_valid() && Unit::ALL.iter().all(same)
            }
            _ => false,
        }),
        "reconfigure" => duration.configured(first)?.into(),
        "toFormat" => Js::text(duration.to_format(&first.to_text(), arguments.at(1))),
        "toHuman" => Js::text(duration.to_human(first)?),
        "toObject" => duration.to_object(),
        "toISO" | "toJSON" | "toString" => duration.iso(),
        "toISOTime" => duration.to_iso_time(first).map_or(Js::NULL, Js::text),
        "toMillis" | "valueOf" => Js::number(duration.to_millis()),
        _ => return Err(no_method("Duration", name)),
    })
}

impl Duration {
    /// `toISO()`; null where it is invalid.
    pub fn iso(&self) -> Js {
        if self.is_valid() {
            Js::text(self.to_iso())
        } else {
            Js::NULL
        }
    }

    pub fn to_object(&self) -> Js {
        let entries = self
            .entries()
            .map(|(unit, value)| (unit.name().into(), Js::number(value)));
        Js::record(entries.collect::<IndexMap<_, _>>())
    }

    /// With the locale and the accuracy of an options object.
    pub fn configured(&self, options: &Js) -> Result<Self, Error> {
        let mut result = self.clone();
        if let Some(tag) = text_option(options, "locale") {
            result.locale = Locale::parse(&tag)?;
        }
        match property(options, "conversionAccuracy") {
            Js::Undefined => {}
            value => {
                result.accuracy = if value.to_text() == "longterm" {
                    Accuracy::LongTerm
                } else {
                    Accuracy::Casual
                }
            }
        }
        Ok(result)
    }
}

impl From<Duration> for Js {
    fn from(duration: Duration) -> Self {
        Self::Temporal(Temporal::Duration(Rc::new(duration)))
    }
}
