//! `date.isBetween`.

use crate::error::Kind;
use crate::extension::string::to_date;
use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "isBetween",
    aliases: &[],
    about: "Whether the date lies between two others, in any order, and is neither",
    parameters: &[
        Parameter::required("first", "a date, or the text of one"),
        Parameter::required("second", "a date, or the text of one"),
    ],
    examples: &[
        Example(
            "'2026-03-04T05:06:07'.toDateTime().isBetween('2026-01-01', '2027-01-01')",
            Gives::Json("true"),
        ),
        Example(
            "'2026-03-04T05:06:07'.toDateTime().isBetween('2026-01-01')",
            Gives::Error("isBetween(): expected exactly two args"),
        ),
    ],
    body: Body::Date(is_between),
};

fn is_between(date: &Js, arguments: &Arguments<'_>) -> Result<Js, Error> {
    let [first, second] = arguments.values else {
        return Err(Error::new("isBetween(): expected exactly two args"));
    };
    let (Some(first), Some(second)) = (time(first, arguments)?, time(second, arguments)?) else {
        return Ok(Js::Undefined);
    };
    let time = date.to_number();
    Ok(Js::boolean(
        (first < time && time < second) || (second < time && time < first),
    ))
}

/// Milliseconds since 1970; `None` for what is no date.
fn time(value: &Js, arguments: &Arguments<'_>) -> Result<Option<f64>, Error> {
    match value {
        Js::Temporal(temporal) if matches!(temporal.class(), "Date" | "DateTime") => Ok(Some(temporal.to_number())),
        value => match value.as_str() {
            Some(text) => match to_date(text, arguments.scope) {
                Ok(date) => Ok(Some(date.to_number())),
                Err(error) if error.kind == Kind::Unsupported => Err(error),
                Err(_) => Ok(None),
            },
            None => Ok(None),
        },
    }
}
