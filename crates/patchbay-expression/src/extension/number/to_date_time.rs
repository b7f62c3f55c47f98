//! `number.toDateTime`: a point in time counted from an epoch.

use patchbay_model::Scope;

use crate::date;
use crate::extension::{Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "toDateTime",
    aliases: &[],
    about: "The `DateTime` that lies so many units after the epoch",
    parameters: &[Parameter::optional(
        "format",
        "`ms` (the default), `s` or `us` since 1970, or `excel`: days since 30 December 1899",
    )],
    examples: &[
        Example(
            "(1700000000000).toDateTime()",
            Gives::Json("\"2023-11-14T22:13:20.000Z\""),
        ),
        Example(
            "(1700000000).toDateTime('s')",
            Gives::Json("\"2023-11-14T22:13:20.000Z\""),
        ),
        Example(
            "(45000.5).toDateTime('excel')",
            Gives::Json("\"2023-03-15T12:00:00.000Z\""),
        ),
        Example(
            "(1).toDateTime('min')",
            Gives::Error("Unsupported format 'min'. toDateTime() supports 'ms', 's', 'us' and 'excel'."),
        ),
    ],
    body: Body::Number(|number, arguments| {
        let epoch = match arguments.get(0) {
            Js::Undefined => Epoch::Milliseconds,
            format => format.as_str().and_then(Epoch::of).ok_or_else(|| {
                Error::new(format!(
                    "Unsupported format '{}'. toDateTime() supports 'ms', 's', 'us' and 'excel'.",
                    format.to_text()
                ))
            })?,
        };
        epoch.date_time(number, arguments.scope)
    }),
};

/// What a number that stands for a point in time counts.
#[derive(Clone, Copy)]
pub enum Epoch {
    Milliseconds,
    Seconds,
    Microseconds,
    /// Days since 30 December 1899, as spreadsheets have them.
    Excel,
}

impl Epoch {
    /// By n8n's name of it.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "ms" => Some(Self::Milliseconds),
            "s" => Some(Self::Seconds),
            "us" => Some(Self::Microseconds),
            "excel" => Some(Self::Excel),
            _ => None,
        }
    }

    pub fn date_time(self, number: f64, scope: &Scope<'_>) -> Result<Js, Error> {
        const DAYS_TO_1970: f64 = 25_569.0;
        const MILLISECONDS_OF_A_DAY: f64 = 86_400_000.0;
        let milliseconds = match self {
            Self::Milliseconds => number,
            Self::Seconds => number * 1000.0,
            Self::Microseconds => number / 1000.0,
            Self::Excel => (number - DAYS_TO_1970) * MILLISECONDS_OF_A_DAY,
        };
        date::call_static("DateTime", "fromMillis", &[Js::number(milliseconds.trunc())], scope)
    }
}
