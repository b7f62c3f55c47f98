//! Extensions of JavaScript's `Date` and Luxon's `DateTime`. What they compute is Luxon's: a `Date` is made a
//! `DateTime` in the workflow's zone, and the result a `Date` again.

mod beginning_of;
mod diff_to;
mod diff_to_now;
mod end_of_month;
mod extract;
mod format;
mod is_between;
mod is_dst;
mod is_in_last;
mod is_weekend;
mod minus;
mod plus;
mod to_boolean;
mod to_date_time;
mod to_int;

use patchbay_model::Scope;

use super::Description;
use crate::date;
use crate::{Error, Js};

pub const ALL: &[Description] = &[
    beginning_of::DESCRIPTION,
    diff_to::DESCRIPTION,
    diff_to_now::DESCRIPTION,
    end_of_month::DESCRIPTION,
    extract::DESCRIPTION,
    format::DESCRIPTION,
    is_between::DESCRIPTION,
    is_dst::DESCRIPTION,
    is_in_last::DESCRIPTION,
    is_weekend::DESCRIPTION,
    minus::DESCRIPTION,
    plus::DESCRIPTION,
    to_boolean::DESCRIPTION,
    to_date_time::DESCRIPTION,
    to_int::DESCRIPTION,
];

/// Whether it is JavaScript's `Date`.
fn is_javascript_date(date: &Js) -> bool {
    matches!(date, Js::Temporal(temporal) if temporal.class() == "Date")
}

/// The date as a `DateTime`.
fn date_time(date: &Js, scope: &Scope<'_>) -> Result<Js, Error> {
    if is_javascript_date(date) {
        return date::call_static("DateTime", "fromJSDate", std::slice::from_ref(date), scope);
    }
    Ok(date.clone())
}

/// Calls a method that gives a `DateTime`; the result is of the class of the date.
fn change(date: &Js, method: &str, arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
    let changed = date::call(&date_time(date, scope)?, method, arguments, scope)?;
    if is_javascript_date(date) {
        return date::call(&changed, "toJSDate", &[], scope);
    }
    Ok(changed)
}

/// A property of the date as a `DateTime`.
fn property(date: &Js, name: &str, scope: &Scope<'_>) -> Result<Js, Error> {
    Ok(date::get(&date_time(date, scope)?, name, scope).unwrap_or_default())
}
