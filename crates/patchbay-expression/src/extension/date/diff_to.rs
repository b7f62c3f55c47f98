//! `date.diffTo`.

use patchbay_model::{Scope, Text};

use super::is_javascript_date;
use crate::date;
use crate::extension::string::to_date_time;
use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "diffTo",
    aliases: &[],
    about: "The time from another date to this one in one unit, or in several as an object",
    parameters: &[
        Parameter::required("other", "a date, or the text of one"),
        Parameter::optional("units", "`days` (the default), `months` and so on, or an array of them"),
    ],
    examples: &[
        Example(
            "'2026-03-04T05:06:07'.toDateTime().diffTo('2026-03-01', 'hours')",
            Gives::Json("77.10194444444444"),
        ),
        Example(
            "'2026-03-04T05:06:07'.toDateTime().diffTo('2026-01-01', ['months', 'days'])",
            Gives::Json("{\"months\":2,\"days\":3.2125810185185184}"),
        ),
        Example(
            "'2026-03-04T05:06:07'.toDateTime().diffTo('2026-01-01', 'd')",
            Gives::Error(
                "Unsupported unit 'd'. Supported: 'milliseconds', 'seconds', 'minutes', 'hours', 'days', 'weeks', 'months', 'quarters', 'years'.",
            ),
        ),
    ],
    body: Body::Date(diff_to),
};

/// Units that Luxon counts in, in n8n's order.
const UNITS: [&str; 9] = [
    "milliseconds",
    "seconds",
    "minutes",
    "hours",
    "days",
    "weeks",
    "months",
    "quarters",
    "years",
];

fn diff_to(date: &Js, arguments: &Arguments<'_>) -> Result<Js, Error> {
    let units = units(arguments.get(1))?;
    let other = match arguments.get(0) {
        Js::Temporal(temporal) if temporal.class() == "Date" => date::call_static(
            "DateTime",
            "fromJSDate",
            arguments.values.get(..1).unwrap_or_default(),
            arguments.scope,
        )?,
        Js::Temporal(_) => arguments.get(0).clone(),
        other => match other.as_str() {
            Some(text) => to_date_time(text, arguments.scope)?,
            None => date::call_static("DateTime", "invalid", &[Js::text("no date")], arguments.scope)?,
        },
    };
    difference(date, &other, &units, arguments.scope)
}

/// The units by their full names: `days` for `day`.
pub fn units(given: &Js) -> Result<Vec<Text>, Error> {
    let given = match given {
        Js::Undefined => vec![Js::text("days")],
        units => units.to_elements().unwrap_or_else(|| vec![units.clone()]),
    };
    let units = given.iter().map(|unit| {
        if !unit.truthy() {
            return Err(Error::type_error("a unit must be text"));
        }
        let name = unit.to_text();
        let known = UNITS
            .iter()
            .find(|known| **known == name || known.strip_suffix('s') == Some(&name));
        known.map(|known| Text::from(*known)).ok_or_else(|| {
            let supported: Vec<String> = UNITS.iter().map(|unit| format!("'{unit}'")).collect();
            Error::new(format!(
                "Unsupported unit '{name}'. Supported: {}.",
                supported.join(", ")
            ))
        })
    });
    let units: Vec<Text> = units.collect::<Result<_, _>>()?;
    Ok(if units.is_empty() { vec!["days".into()] } else { units })
}

/// The time between two dates: a number for one unit, an object for several. n8n has it for `DateTime` only.
pub fn difference(date: &Js, other: &Js, units: &[Text], scope: &Scope<'_>) -> Result<Js, Error> {
    if is_javascript_date(date) {
        return Ok(Js::Undefined);
    }
    let names = Js::list(units.iter().cloned().map(Js::text).collect());
    let duration = date::call(date, "diff", &[other.clone(), names], scope)?;
    match units {
        [unit] => date::call(&duration, "as", &[Js::text(unit.clone())], scope),
        _ => date::call(&duration, "toObject", &[], scope),
    }
}
