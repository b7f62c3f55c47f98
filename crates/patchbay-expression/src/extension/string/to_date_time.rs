//! `text.toDateTime`: Luxon's `DateTime`.

use indexmap::IndexMap;
use patchbay_model::Scope;
use patchbay_model::value::text_to_number;

use crate::date;
use crate::extension::number::Epoch;
use crate::extension::{Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "toDateTime",
    aliases: &[],
    about: "The `DateTime` that the text is: ISO 8601, HTTP, RFC 2822, SQL, or whatever JavaScript takes for a date",
    parameters: &[Parameter::optional(
        "format",
        "`ms`, `s`, `us` or `excel` for a number since its epoch, else Luxon's tokens",
    )],
    examples: &[
        Example("'2026-03-04'.toDateTime()", Gives::Json("\"2026-03-04T00:00:00.000Z\"")),
        Example(
            "'2026-03-04T05:06:07+02:00'.toDateTime()",
            Gives::Json("\"2026-03-04T05:06:07.000+02:00\""),
        ),
        Example(
            "'04/03/2026'.toDateTime('dd/MM/yyyy')",
            Gives::Json("\"2026-03-04T00:00:00.000Z\""),
        ),
        Example("'soon'.toDateTime()", Gives::Error("cannot convert to Luxon DateTime")),
    ],
    body: Body::Text(|text, arguments| {
        let format = arguments.get(0);
        if !format.truthy() {
            return to_date_time(text, arguments.scope);
        }
        match format.as_str().and_then(Epoch::of) {
            Some(epoch) => epoch.date_time(text_to_number(text), arguments.scope),
            None => date::call_static(
                "DateTime",
                "fromFormat",
                &[Js::text(text), format.clone()],
                arguments.scope,
            ),
        }
    }),
};

/// The `DateTime` of the first way of writing dates that fits, in the zone that the text names, else in the
/// workflow's.
pub fn to_date_time(text: &str, scope: &Scope<'_>) -> Result<Js, Error> {
    let keep_zone = Js::record(IndexMap::from([("setZone".into(), Js::TRUE)]));
    let given = [Js::text(text), keep_zone];
    for way in ["fromISO", "fromHTTP", "fromRFC2822", "fromSQL"] {
        let date = date::call_static("DateTime", way, &given, scope)?;
        if !date.to_number().is_nan() {
            return Ok(date);
        }
    }
    let date = date::construct("Date", &given[..1], scope)?;
    if date.to_number().is_nan() {
        return Err(Error::new("cannot convert to Luxon DateTime"));
    }
    date::call_static("DateTime", "fromJSDate", &[date], scope)
}
