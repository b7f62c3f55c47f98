//! `date.endOfMonth`.

use super::change;
use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "endOfMonth",
    aliases: &[],
    about: "The last millisecond of the month that the date is in",
    parameters: &[],
    examples: &[Example(
        "'2026-03-04T05:06:07'.toDateTime().endOfMonth()",
        Gives::Json("\"2026-03-31T23:59:59.999Z\""),
    )],
    body: Body::Date(|date, arguments| change(date, "endOf", &[Js::text("month")], arguments.scope)),
};
