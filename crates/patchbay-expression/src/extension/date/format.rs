//! `date.format`.

use super::date_time;
use crate::Js;
use crate::date;
use crate::extension::{Body, Description, Example, Gives, Parameter};

pub const DESCRIPTION: Description = Description {
    name: "format",
    aliases: &[],
    about: "The date as Luxon's tokens say",
    parameters: &[
        Parameter::required("format", "Luxon's tokens"),
        Parameter::optional("options", "`locale` and so on"),
    ],
    examples: &[Example(
        "'2026-03-04T05:06:07'.toDateTime().format('dd LLL yyyy')",
        Gives::Json("\"04 Mar 2026\""),
    )],
    body: Body::Date(|date, arguments| {
        let format = arguments.get(0);
        if !format.is_nullish() && format.as_str().is_none() {
            return Ok(Js::text(""));
        }
        date::call(
            &date_time(date, arguments.scope)?,
            "toFormat",
            arguments.values,
            arguments.scope,
        )
    }),
};
