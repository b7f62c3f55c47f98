//! `date.plus`.

use indexmap::IndexMap;

use super::change;
use crate::error::Kind;
use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "plus",
    aliases: &[],
    about: "The date with a time added",
    parameters: &[
        Parameter::required("amount", "a number, or an object or `Duration`, which needs no unit"),
        Parameter::optional("unit", "`days`, `hours` and so on; milliseconds by default"),
    ],
    examples: &[
        Example(
            "'2026-03-04T05:06:07'.toDateTime().plus(1, 'day')",
            Gives::Json("\"2026-03-05T05:06:07.000Z\""),
        ),
        Example(
            "'2026-03-04T05:06:07'.toDateTime().plus({ days: 1 })",
            Gives::Json("\"2026-03-05T05:06:07.000Z\""),
        ),
    ],
    body: Body::Date(|date, arguments| {
        if arguments.is_empty() {
            return Ok(date.clone());
        }
        change(date, "plus", &[duration(arguments)?], arguments.scope)
    }),
};

/// What Luxon takes as a duration.
pub fn duration(arguments: &Arguments<'_>) -> Result<Js, Error> {
    let amount = arguments.get(0);
    if arguments.len() < 2 {
        let is_duration = match amount {
            Js::Temporal(temporal) => temporal.class() == "Duration",
            amount => amount.as_number().is_some() || amount.is_plain_object(),
        };
        return if is_duration {
            Ok(amount.clone())
        } else {
            Err(Error::of(
                Kind::Error,
                format!(
                    "Unknown duration argument {} of type {}",
                    amount.to_text(),
                    amount.type_of()
                ),
            ))
        };
    }
    let unit = match arguments.get(1) {
        Js::Undefined => "minutes".into(),
        unit => unit.to_property_key(),
    };
    Ok(Js::record(IndexMap::from([(unit, amount.clone())])))
}
