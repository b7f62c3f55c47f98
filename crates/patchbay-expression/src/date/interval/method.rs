//! What an expression can do with an `Interval`.

use indexmap::IndexMap;
use patchbay_model::Text;

use super::{DateTime, Duration, Interval};
use crate::date::arguments::{Arguments, flag, listed, property, text_option};
use crate::date::datetime;
use crate::date::duration::unknown_unit;
use crate::date::fields::Fields;
use crate::date::iso::IsoStyle;
use crate::date::unit::Unit;
use crate::date::{Context, Temporal, error, format, no_method};
use crate::intl::{DateOptions, Locale};
use crate::{Error, Js};

pub fn call_static(name: &str, arguments: &Arguments, context: &Context) -> Result<Js, Error> {
    let (first, second) = (arguments.at(0), arguments.at(1));
    let interval = match name {
        "fromDateTimes" => Interval::new(date_like(first, context)?, date_like(second, context)?),
        "after" => {
            let start = date_like(first, context)?;
            let end = start.plus(&Duration::from_js(second)?);
            Interval::new(start, end)
        }
        "before" => {
            let end = date_like(first, context)?;
            Interval::new(end.minus(&Duration::from_js(second)?), end)
        }
        "fromISO" => from_iso(&first.to_text(), context),
        "invalid" => {
            let missing = DateTime::invalid(first.to_text(), None);
            Interval::new(missing.clone(), missing)
        }
        "isInterval" => return Ok(Js::boolean(matches!(first, Js::Temporal(Temporal::Interval(_))))),
        "merge" => return Ok(list(Interval::merge(intervals(first)))),
        "xor" => return Ok(list(Interval::xor(&intervals(first)))),
        _ => return Err(no_method("Interval", name)),
    };
    Ok(interval.into())
}

fn intervals(value: &Js) -> Vec<Interval> {
    let elements = value.to_elements().unwrap_or_default();
    let intervals = elements.into_iter().filter_map(|element| match element {
        Js::Temporal(Temporal::Interval(interval)) => Some(Interval::clone(&interval)),
        _ => None,
    });
    intervals.collect()
}

fn list(intervals: Vec<Interval>) -> Js {
    Js::list(intervals.into_iter().map(Js::from).collect())
}

/// A `DateTime`, a `Date`, or an object of units.
fn date_like(value: &Js, context: &Context) -> Result<DateTime, Error> {
    match value {
        Js::Temporal(Temporal::DateTime(date)) => Ok(DateTime::clone(date)),
        Js::Temporal(Temporal::Date(time)) => Ok(DateTime::new(time.get(), context.zone(), Locale::default())),
        value if value.is_object() => {
            datetime::build(&Fields::from_js(value)?, context.zone(), Locale::default(), context)
        }
        value => {
            let (shown, kind) = (value.to_text(), value.type_of());
            Err(error(format!("Unknown datetime argument: {shown}, of type {kind}")))
        }
    }
}

fn from_iso(input: &str, context: &Context) -> Interval {
    let Some((first, second)) = input
        .split_once('/')
        .filter(|(one, two)| !one.is_empty() && !two.is_empty())
    else {
        return Interval::unparsable(input);
    };
    let (start, end) = (datetime::from_iso(first, context), datetime::from_iso(second, context));
    match (start.is_valid(), end.is_valid()) {
        (true, true) => Interval::new(start, end),
        (true, false) => match Duration::parse_iso(second) {
            Some(duration) => Interval::new(start.clone(), start.plus(&duration)),
            None => Interval::unparsable(input),
        },
        (false, true) => match Duration::parse_iso(first) {
            Some(duration) => Interval::new(end.minus(&duration), end),
            None => Interval::unparsable(input),
        },
        (false, false) => Interval::unparsable(input),
    }
}

pub fn get(interval: &Interval, name: &str) -> Option<Js> {
    let bound = |date: &DateTime| {
        if interval.is_valid() {
            date.clone().into()
        } else {
            Js::NULL
        }
    };
    Some(match name {
        "start" | "s" => bound(&interval.start),
        "end" | "e" => bound(&interval.end),
        "lastDateTime" if !interval.is_valid() => Js::NULL,
        "isValid" => Js::boolean(interval.is_valid()),
        "isLuxonInterval" => Js::boolean(true),
        "invalidReason" => interval
            .invalid
            .as_ref()
            .map_or(Js::NULL, |invalid| Js::text(invalid.reason.clone())),
        "invalidExplanation" => interval
            .invalid
            .as_ref()
            .and_then(|invalid| invalid.explanation.clone())
            .map_or(Js::NULL, Js::text),
        _ => return None,
    })
}

/// The names that [`call`] knows.
pub const METHODS: [&str; 28] = [
    "length",
    "count",
    "contains",
    "isEmpty",
    "isAfter",
    "isBefore",
    "hasSame",
    "overlaps",
    "abutsStart",
    "abutsEnd",
    "engulfs",
    "equals",
    "intersection",
    "union",
    "difference",
    "set",
    "splitBy",
    "splitAt",
    "divideEqually",
    "toDuration",
    "toString",
    "toISO",
    "toISODate",
    "toISOTime",
    "toFormat",
    "toLocaleString",
    "toJSON",
    "valueOf",
];

pub fn call(interval: &Interval, name: &str, arguments: &Arguments, context: &Context) -> Result<Js, Error> {
    let (first, second) = (arguments.at(0), arguments.at(1));
    let (start, end) = interval.bounds();
    let valid = interval.is_valid();
    let both = |write: &dyn Fn(&DateTime) -> String, between: &str| {
        if valid {
            Js::text(format!("{}{between}{}", write(&interval.start), write(&interval.end)))
        } else {
            Js::text("Invalid Interval")
        }
    };
    Ok(match name {
        "length" => Js::number(interval.to_duration(&[unit(first)?]).as_unit(unit(first)?)),
        "count" => Js::number(interval.count(unit(first)?, flag(second, "useLocaleWeeks", false))),
        "contains" => Js::boolean(interval.contains(&datetime::date_argument(first)?)),
        "isEmpty" => Js::boolean(valid && start == end),
        "isAfter" => Js::boolean(valid && start > first.to_number()),
        "isBefore" => Js::boolean(valid && end <= first.to_number()),
        "hasSame" => {
            let last = interval.end.minus(&Duration::from_millis(1.0));
            Js::boolean(valid && (start == end || last.has_same(&interval.start, unit(first)?, false)))
        }
        "overlaps" => Js::boolean(interval.overlaps(other(first)?)),
        "abutsStart" => Js::boolean(valid && end == other(first)?.start.to_millis()),
        "abutsEnd" => Js::boolean(valid && other(first)?.end.to_millis() == start),
        "engulfs" => {
            let (from, to) = other(first)?.bounds();
            Js::boolean(valid && start <= from && end >= to)
        }
        "equals" => {
            let other = other(first)?;
            Js::boolean(interval.start.equals(&other.start) && interval.end.equals(&other.end))
        }
        "intersection" => interval.intersection(other(first)?).map_or(Js::NULL, Js::from),
        "union" => interval.union(other(first)?).into(),
        "difference" => {
            let mut all = vec![interval.clone()];
            for other in arguments.flattened() {
                all.push(self::other(&other)?.clone());
            }
            let parts = Interval::xor(&all);
            let parts = parts
                .iter()
                .filter_map(|part| part.intersection(interval))
                .filter(|part| part.bounds().0 < part.bounds().1);
            list(parts.collect())
        }
        "set" => {
            let replaced = |name: &str, bound: &DateTime| match property(first, name) {
                Js::Undefined => Ok(bound.clone()),
                value => date_like(&value, context),
            };
            Interval::new(replaced("start", &interval.start)?, replaced("end", &interval.end)?).into()
        }
        "splitBy" => list(interval.split_by(&Duration::from_js(first)?)),
        "splitAt" => {
            let dates = arguments.flattened();
            list(
                interval.split_at(
                    dates
                        .iter()
                        .map(|date| date_like(date, context))
                        .collect::<Result<_, _>>()?,
                ),
            )
        }
        "divideEqually" => {
            let count = first.to_number();
            let mut parts = interval.split_by(&Duration::from_millis((end - start) / count));
            parts.truncate(count as usize);
            list(parts)
        }
        "toDuration" => {
            let names = match first {
                Js::Undefined => vec![Js::text("milliseconds")],
                first => listed(first),
            };
            interval
                .to_duration(&names.iter().map(unit).collect::<Result<Vec<_>, _>>()?)
                .into()
        }
        "toString" => Js::text(interval.to_text()),
        "toISO" => both(&|date| date.to_iso(&IsoStyle::from_js(first)).unwrap_or_default(), "/"),
        "toISODate" | "toISOTime" => {
            let write = |date: &DateTime| -> Result<Text, Error> {
                Ok(
                    (datetime::call(date, name, &Arguments(&arguments.0[..arguments.len().min(1)]), context)?)
                        .to_text(),
                )
            };
            let (from, to) = (write(&interval.start)?, write(&interval.end)?);
            Js::text(if valid {
                format!("{from}/{to}")
            } else {
                "Invalid Interval".to_owned()
            })
        }
        "toFormat" => {
            let separator = text_option(second, "separator").unwrap_or_else(|| " – ".into());
            both(&|date| format::write(date, &first.to_text()), &separator)
        }
        "toLocaleString" => {
            let options = DateOptions::from_js(first)?;
            let (from, to) = (
                format::localised(&interval.start, &options),
                format::localised(&interval.end, &options),
            );
            Js::text(match valid {
                true if from == to => from,
                true => format!("{from} – {to}"),
                false => "Invalid Interval".to_owned(),
            })
        }
        "toJSON" | "valueOf" => bounds_object(interval),
        _ => return Err(no_method("Interval", name)),
    })
}

fn unit(value: &Js) -> Result<Unit, Error> {
    if value.is_nullish() {
        return Ok(Unit::Milliseconds);
    }
    let name = value.to_text();
    Unit::parse(&name).ok_or_else(|| unknown_unit(&name))
}

fn other(value: &Js) -> Result<&Interval, Error> {
    match value {
        Js::Temporal(Temporal::Interval(interval)) => Ok(interval),
        _ => Err(Error::type_error("other is not an Interval")),
    }
}

/// What `JSON.stringify` makes of it: the fields of Luxon's object.
pub fn bounds_object(interval: &Interval) -> Js {
    let bound = |date: &DateTime| {
        if interval.is_valid() {
            Js::text(date.to_text())
        } else {
            Js::NULL
        }
    };
    let invalid = interval.invalid.as_ref().map_or(Js::NULL, |invalid| {
        let entries = [
            ("reason", Js::text(invalid.reason.clone())),
            ("explanation", invalid.explanation.clone().map_or(Js::NULL, Js::text)),
        ];
        Js::record(
            entries
                .into_iter()
                .map(|(name, value)| (Text::from(name), value))
                .collect::<IndexMap<_, _>>(),
        )
    });
    let entries = [
        ("s", bound(&interval.start)),
        ("e", bound(&interval.end)),
        ("invalid", invalid),
        ("isLuxonInterval", Js::boolean(true)),
    ];
    Js::record(
        entries
            .into_iter()
            .map(|(name, value)| (Text::from(name), value))
            .collect::<IndexMap<_, _>>(),
    )
}
