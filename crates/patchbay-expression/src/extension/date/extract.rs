//! `date.extract`.

use super::property;
use crate::Js;
use crate::extension::{Body, Description, Example, Gives, Parameter};

pub const DESCRIPTION: Description = Description {
    name: "extract",
    aliases: &[],
    about: "A part of the date as a number, or any other property of a `DateTime`",
    parameters: &[Parameter::optional(
        "part",
        "`year`, `month`, `week` (the default), `yearDayNumber` and so on",
    )],
    examples: &[
        Example("'2026-03-04T05:06:07'.toDateTime().extract('month')", Gives::Json("3")),
        Example("'2026-03-04T05:06:07'.toDateTime().extract()", Gives::Json("10")),
        Example(
            "'2026-03-04T05:06:07'.toDateTime().extract('yearDayNumber')",
            Gives::Json("63"),
        ),
    ],
    body: Body::Date(|date, arguments| {
        let part = match arguments.get(0) {
            Js::Undefined => "week".into(),
            part => part.to_property_key(),
        };
        property(date, property_name(&part), arguments.scope)
    }),
};

/// The property of a `DateTime` that holds a part.
fn property_name(part: &str) -> &str {
    match part {
        "week" => "weekNumber",
        "yearDayNumber" => "ordinal",
        "years" => "year",
        "months" => "month",
        "days" => "day",
        "hours" => "hour",
        "minutes" => "minute",
        "seconds" => "second",
        "milliseconds" => "millisecond",
        other => other,
    }
}
