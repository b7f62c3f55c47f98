//! `date.diffToNow`.

use super::diff_to::{difference, units};
use crate::date;
use crate::extension::{Body, Description, Example, Gives, Parameter};

pub const DESCRIPTION: Description = Description {
    name: "diffToNow",
    aliases: &[],
    about: "The time from now to the date in one unit, or in several as an object",
    parameters: &[Parameter::optional(
        "units",
        "`days` (the default), `months` and so on, or an array of them",
    )],
    examples: &[
        Example("$now.plus(1, 'day').diffToNow('hours')", Gives::Json("24")),
        Example(
            "$now.minus(36, 'hours').diffToNow(['days', 'hours'])",
            Gives::Json("{\"days\":-1,\"hours\":-12}"),
        ),
    ],
    body: Body::Date(|date, arguments| {
        let units = units(arguments.get(0))?;
        let now = date::call_static("DateTime", "now", &[], arguments.scope)?;
        difference(date, &now, &units, arguments.scope)
    }),
};
