//! Dates: JavaScript's `Date`, and Luxon's `DateTime`, `Duration` and `Interval`, with the results that n8n gives.
//!
//! Written once for both evaluators. The rest of the crate knows [`Temporal`] and the functions below, and nothing
//! of calendars. Time zones are `jiff`'s; the words and patterns of languages are in [`crate::intl`]. What needs
//! "now" or the default zone takes it from the [`Scope`].

mod arguments;
mod civil;
mod conversion;
mod datetime;
mod duration;
mod fields;
mod format;
mod interval;
mod iso;
mod javascript;
mod parse;
mod relative;
mod rfc;
mod token;
mod unit;
pub mod zone;

use std::cell::Cell;
use std::rc::Rc;

use patchbay_model::{Environment, Scope, Text, Value};

use crate::js::Function;
use crate::{Error, Js, Missing};

use arguments::Arguments;

pub use civil::{Civil, WeekRule};
pub use conversion::{FormatError, format_date, parse_any};
pub use datetime::DateTime;
pub use duration::Duration;
pub use interval::Interval;
pub use javascript::{iso_of as javascript_iso, parse as parse_javascript, to_text as javascript_text};
pub use zone::{OffsetStyle, Zone, offset_text, process_zone};

pub(crate) use arguments::{flag, property, text_option};
pub(crate) use format::parts_to_js;
pub(crate) use javascript::{localised_parts, write_localised};

/// The classes that [`construct`] and [`call_static`] know.
pub const CLASSES: [&str; 4] = ["Date", "DateTime", "Duration", "Interval"];

/// A date of any class. Cloning shares it: JavaScript's `Date` can change.
#[derive(Clone, Debug)]
pub enum Temporal {
    /// Milliseconds since 1970; NaN where it is invalid.
    Date(Rc<Cell<f64>>),
    DateTime(Rc<DateTime>),
    Duration(Rc<Duration>),
    Interval(Rc<Interval>),
}

impl Temporal {
    /// A JavaScript `Date` of its own.
    pub fn date(millis: f64) -> Self {
        Self::Date(Rc::new(Cell::new(millis)))
    }

    /// As `JSON.stringify` writes it (`toJSON`): ISO text, null for an invalid date, an interval's bounds.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Date(time) => javascript::to_iso(time.get()).into(),
            Self::DateTime(date) => date.to_iso(&iso::IsoStyle::PLAIN).into(),
            Self::Duration(duration) => duration.is_valid().then(|| duration.to_iso()).into(),
            Self::Interval(interval) => interval::bounds_object(interval)
                .to_value(Missing::Null)
                .unwrap_or_default(),
        }
    }

    /// `String(value)`.
    pub fn to_text(&self) -> Text {
        match self {
            Self::Date(time) => javascript::to_text(time.get()).into(),
            Self::DateTime(date) => date.to_text().into(),
            Self::Duration(duration) if duration.is_valid() => duration.to_iso().into(),
            Self::Duration(_) => "null".into(),
            Self::Interval(interval) => interval.to_text().into(),
        }
    }

    /// `Number(value)`, `valueOf`.
    pub fn to_number(&self) -> f64 {
        match self {
            Self::Date(time) => time.get(),
            Self::DateTime(date) => date.to_millis(),
            Self::Duration(duration) => duration.to_millis(),
            Self::Interval(_) => f64::NAN,
        }
    }

    /// `ToPrimitive` with no wish: text for `Date` and intervals, which have no `valueOf`, a number for the others.
    pub fn to_primitive(&self) -> Js {
        match self {
            Self::Date(_) | Self::Interval(_) => Js::text(self.to_text()),
            Self::DateTime(_) | Self::Duration(_) => Js::number(self.to_number()),
        }
    }

    /// `Date`, `DateTime`, `Duration`, `Interval`: what `instanceof` and messages go by.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Date(_) => "Date",
            Self::DateTime(_) => "DateTime",
            Self::Duration(_) => "Duration",
            Self::Interval(_) => "Interval",
        }
    }

    /// `===`: the same object.
    pub fn is_same(&self, other: &Self) -> bool {
        self.address() == other.address()
    }

    /// Where the shared object is, to tell it from others.
    pub fn address(&self) -> usize {
        match self {
            Self::Date(time) => Rc::as_ptr(time).addr(),
            Self::DateTime(date) => Rc::as_ptr(date).addr(),
            Self::Duration(duration) => Rc::as_ptr(duration).addr(),
            Self::Interval(interval) => Rc::as_ptr(interval).addr(),
        }
    }
}

impl From<Temporal> for Js {
    fn from(temporal: Temporal) -> Self {
        Self::Temporal(temporal)
    }
}

/// Why a date, a duration or an interval is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    pub reason: Text,
    pub explanation: Option<Text>,
}

/// What dates need to know of the execution.
pub struct Context<'a> {
    environment: &'a dyn Environment,
    timezone: &'a str,
}

impl<'a> Context<'a> {
    pub fn new(environment: &'a dyn Environment, timezone: &'a str) -> Self {
        Self { environment, timezone }
    }

    pub fn of(scope: &Scope<'a>) -> Self {
        Self::new(scope.environment, &scope.execution.timezone)
    }

    fn now(&self) -> f64 {
        self.environment.now().floor()
    }

    /// The zone of dates that name none.
    fn zone(&self) -> Zone {
        match self.timezone {
            "" | "UTC" => Zone::UTC,
            name => Zone::parse(name, &Zone::UTC),
        }
    }
}

/// `new Class(…)`. Luxon's classes are not made to be constructed, but `new DateTime("2026")` is now, whatever it is
/// given.
pub fn construct(class: &str, arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
    match class {
        "Date" => Ok(Temporal::date(javascript::construct(&Arguments(arguments), &Context::of(scope))).into()),
        "DateTime"
            if arguments
                .first()
                .is_some_and(|value| !value.is_object() && !value.is_nullish()) =>
        {
            call_static(class, "now", &[], scope)
        }
        _ => Err(error(format!("{class} has no public constructor"))),
    }
}

/// `Class.name(…)`; `Date()` itself is called with the empty name.
pub fn call_static(class: &str, name: &str, arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
    let (arguments, context) = (Arguments(arguments), Context::of(scope));
    match class {
        "Date" => javascript::call_static(name, &arguments, &context),
        "DateTime" => datetime::call_static(name, &arguments, &context),
        "Duration" => duration::call_static(name, &arguments),
        "Interval" => interval::call_static(name, &arguments, &context),
        _ => Err(no_method(class, name)),
    }
}

/// A property of a class that is no function: the presets `DateTime.DATE_SHORT` and so on.
pub fn get_static(class: &str, name: &str) -> Option<Js> {
    if class == "DateTime" {
        datetime::preset(name)
    } else {
        None
    }
}

/// A property of a date that is no method; `None` where there is none.
pub fn get(value: &Js, name: &str, scope: &Scope<'_>) -> Option<Js> {
    match value {
        // An invalid date was made now, unless it was made of a number that is none.
        Js::Temporal(Temporal::DateTime(date))
            if name == "ts" && date.invalid_reason().is_some_and(|reason| reason != "invalid input") =>
        {
            Some(Js::number(scope.environment.now()))
        }
        Js::Temporal(Temporal::DateTime(date)) => datetime::get(date, name),
        Js::Temporal(Temporal::Duration(duration)) => duration::get(duration, name),
        Js::Temporal(Temporal::Interval(interval)) => interval::get(interval, name),
        _ => None,
    }
}

/// Whether the date has a method of this name.
pub fn has_method(value: &Js, name: &str) -> bool {
    let methods: &[&str] = match value {
        Js::Temporal(Temporal::Date(_)) => return javascript::has_method(name),
        Js::Temporal(Temporal::DateTime(_)) => &datetime::METHODS,
        Js::Temporal(Temporal::Duration(_)) if name == "mapUnits" => return true,
        Js::Temporal(Temporal::Duration(_)) => &duration::METHODS,
        Js::Temporal(Temporal::Interval(_)) if name == "mapEndpoints" => return true,
        Js::Temporal(Temporal::Interval(_)) => &interval::METHODS,
        _ => return false,
    };
    methods.contains(&name)
}

/// A method of a date; a `TypeError` where there is none.
pub fn call(value: &Js, name: &str, arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
    let (arguments, context) = (Arguments(arguments), Context::of(scope));
    match value {
        Js::Temporal(Temporal::Date(time)) => javascript::call(time, name, &arguments),
        Js::Temporal(Temporal::DateTime(date)) => datetime::call(date, name, &arguments, &context),
        Js::Temporal(Temporal::Duration(duration)) if name == "mapUnits" => {
            let change = callback(arguments.at(0))?;
            let changed = duration.try_map(|unit, amount| {
                Ok(change
                    .call(&[Js::number(amount), Js::text(unit.name())], scope)?
                    .to_number())
            });
            changed.map(Js::from)
        }
        Js::Temporal(Temporal::Interval(interval)) if name == "mapEndpoints" => {
            let change = callback(arguments.at(0))?;
            interval
                .map_endpoints(|date| change.call(&[date.clone().into()], scope))
                .map(Js::from)
        }
        Js::Temporal(Temporal::Duration(duration)) => duration::call(duration, name, &arguments),
        Js::Temporal(Temporal::Interval(interval)) => interval::call(interval, name, &arguments, &context),
        _ => Err(no_method(value.type_of(), name)),
    }
}

fn callback(value: &Js) -> Result<&Function, Error> {
    match value {
        Js::Function(function) => Ok(function),
        _ => Err(Error::type_error("fn is not a function")),
    }
}

/// `$now`
pub fn now(scope: &Scope<'_>) -> DateTime {
    DateTime::now(&Context::of(scope))
}

/// `$today`
pub fn today(scope: &Scope<'_>) -> DateTime {
    now(scope).start_of(unit::Unit::Days, false)
}

/// What Luxon and JavaScript throw for a value that is out of the question.
pub(crate) fn error(message: impl Into<Text>) -> Error {
    Error::range(message)
}

fn no_method(class: &str, name: &str) -> Error {
    Error::type_error(format!("{class}.{name} is not a function"))
}
