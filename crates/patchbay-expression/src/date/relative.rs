//! `toRelative` and `toRelativeCalendar`: how long ago, in words.

use patchbay_model::Text;

use super::arguments::{flag, property, text_option};
use super::datetime::DateTime;
use super::duration::{Duration, unknown_unit};
use super::unit::Unit;
use super::zone::Zone;
use super::{Context, Temporal, error};
use crate::intl::{Locale, NumberOptions, Width, format_number};
use crate::{Error, Js};

const UNITS: [Unit; 6] = [
    Unit::Years,
    Unit::Months,
    Unit::Days,
    Unit::Hours,
    Unit::Minutes,
    Unit::Seconds,
];

/// `in 2 days`, `3 hours ago`; null for an invalid date.
pub fn relative(date: &DateTime, options: &Js, context: &Context) -> Result<Js, Error> {
    if !date.is_valid() {
        return Ok(Js::NULL);
    }
    let base = base(date, options, context)?;
    let padding = match property(options, "padding") {
        Js::Undefined => 0.0,
        padding => padding.to_number(),
    };
    let padding = if date.to_millis() < base.to_millis() {
        -padding
    } else {
        padding
    };
    let date = date.plus(&Duration::from_millis(padding));
    let mut units = UNITS.to_vec();
    let unit = property(options, "unit");
    if let Some(names) = unit.to_elements() {
        units = names
            .iter()
            .map(|name| parse_unit(&name.to_text()))
            .collect::<Result<_, _>>()?;
    } else if !unit.is_nullish() {
        units = vec![parse_unit(&unit.to_text())?];
    }
    let round = flag(options, "round", true);
    let measure = |unit: Unit| {
        let amount = date.difference(&base, &[unit]).amount(unit);
        if round {
            amount.trunc()
        } else {
            (amount * 100.0).trunc() / 100.0
        }
    };
    let Some(last) = units.last().copied() else {
        return Err(error("Invalid unit undefined"));
    };
    let first = units.into_iter().find(|unit| measure(*unit).abs() >= 1.0);
    let unit = first.unwrap_or(last);
    let future = base.to_millis() <= date.to_millis();
    Ok(Js::text(words(
        measure(unit),
        future,
        unit,
        &locale_of(&date, options)?,
        options,
    )))
}

/// `tomorrow`, `in 2 days`, `last year`: counts calendar days, months and years.
pub fn relative_calendar(date: &DateTime, options: &Js, context: &Context) -> Result<Js, Error> {
    if !date.is_valid() {
        return Ok(Js::NULL);
    }
    let base = base(date, options, context)?;
    let unit = match text_option(options, "unit") {
        Some(name) => Some(parse_unit(&name)?),
        None => None,
    };
    let count = |unit: Unit| {
        let (to, from) = (date.start_of(unit, false), base.start_of(unit, false));
        to.difference(&from, &[unit]).amount(unit)
    };
    let units = unit.map_or_else(|| vec![Unit::Years, Unit::Months, Unit::Days], |unit| vec![unit]);
    let unit = units
        .iter()
        .copied()
        .find(|unit| count(*unit).abs() >= 1.0)
        .unwrap_or(units[units.len() - 1]);
    let amount = count(unit);
    let locale = locale_of(date, options)?;
    if let Some(words) = locale
        .tables()
        .relative_word(amount, unit.index(), width_of(options))
        .filter(|_| unit <= Unit::Days)
    {
        return Ok(Js::text(words));
    }
    Ok(Js::text(words(amount, amount >= 0.0, unit, &locale, options)))
}

fn parse_unit(name: &str) -> Result<Unit, Error> {
    Unit::parse(name).ok_or_else(|| unknown_unit(name))
}

fn base(date: &DateTime, options: &Js, context: &Context) -> Result<DateTime, Error> {
    let zone: Zone = date.zone().clone();
    match property(options, "base") {
        Js::Temporal(Temporal::DateTime(base)) => Ok(base.with_zone(zone, false)),
        Js::Undefined => Ok(DateTime::new(context.now(), zone, Locale::default())),
        _ => Err(Error::type_error("opts.base is not a DateTime")),
    }
}

fn words(amount: f64, future: bool, unit: Unit, locale: &Locale, options: &Js) -> Text {
    let amount = amount.abs();
    let number_options = NumberOptions {
        use_grouping: false,
        ..NumberOptions::default()
    };
    let number = format_number(locale, amount, &number_options);
    let form = locale
        .tables()
        .relative(amount, future, unit.index(), width_of(options));
    form.replace("{0}", &number).into()
}

/// Luxon asks for `narrow` and `short` alike in the short form.
fn width_of(options: &Js) -> Width {
    match text_option(options, "style") {
        Some(style) if style != "long" => Width::Short,
        _ => Width::Long,
    }
}

fn locale_of(date: &DateTime, options: &Js) -> Result<Locale, Error> {
    text_option(options, "locale").map_or_else(|| Ok(date.locale().clone()), |tag| Locale::parse(&tag))
}
