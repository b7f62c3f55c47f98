//! `date.isWeekend`.

use super::property;
use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "isWeekend",
    aliases: &[],
    about: "Whether the date is a Saturday or a Sunday, in the date's zone",
    parameters: &[],
    examples: &[
        Example("'2026-03-04T05:06:07'.toDateTime().isWeekend()", Gives::Json("false")),
        Example("'2026-03-07'.toDateTime().isWeekend()", Gives::Json("true")),
    ],
    body: Body::Date(|date, arguments| {
        let weekday = property(date, "weekday", arguments.scope)?.to_number();
        Ok(Js::boolean(weekday >= 6.0))
    }),
};
