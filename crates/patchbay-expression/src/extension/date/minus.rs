//! `date.minus`.

use super::change;
use super::plus::duration;
use crate::extension::{Body, Description, Example, Gives, Parameter};

pub const DESCRIPTION: Description = Description {
    name: "minus",
    aliases: &[],
    about: "The date with a time taken off",
    parameters: &[
        Parameter::required("amount", "a number, or an object or `Duration`, which needs no unit"),
        Parameter::optional("unit", "`days`, `hours` and so on; milliseconds by default"),
    ],
    examples: &[
        Example(
            "'2026-03-04T05:06:07'.toDateTime().minus(1, 'day')",
            Gives::Json("\"2026-03-03T05:06:07.000Z\""),
        ),
        Example(
            "'2026-03-04T05:06:07'.toDateTime().minus({ days: 1 })",
            Gives::Json("\"2026-03-03T05:06:07.000Z\""),
        ),
    ],
    body: Body::Date(|date, arguments| {
        if arguments.is_empty() {
            return Ok(date.clone());
        }
        change(date, "minus", &[duration(arguments)?], arguments.scope)
    }),
};
