//! `date.beginningOf`.

use super::change;
use crate::Js;
use crate::extension::{Body, Description, Example, Gives, Parameter};

pub const DESCRIPTION: Description = Description {
    name: "beginningOf",
    aliases: &[],
    about: "The first moment of the period that the date is in",
    parameters: &[Parameter::optional(
        "unit",
        "`year`, `month`, `week` (the default), `day` and so on",
    )],
    examples: &[
        Example(
            "'2026-03-04T05:06:07'.toDateTime().beginningOf('month')",
            Gives::Json("\"2026-03-01T00:00:00.000Z\""),
        ),
        Example(
            "'2026-03-04T05:06:07'.toDateTime().beginningOf()",
            Gives::Json("\"2026-03-02T00:00:00.000Z\""),
        ),
    ],
    body: Body::Date(|date, arguments| {
        let unit = match arguments.get(0) {
            Js::Undefined => Js::text("week"),
            unit => unit.clone(),
        };
        change(date, "startOf", &[unit], arguments.scope)
    }),
};
