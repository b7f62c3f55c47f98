//! `text.toDate`: JavaScript's `Date`.

use patchbay_model::Scope;

use crate::date;
use crate::extension::{Body, Description, Example, Gives};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "toDate",
    aliases: &[],
    about: "The `Date` that the text is for JavaScript",
    parameters: &[],
    examples: &[
        Example(
            "'2026-03-04T05:06:07+02:00'.toDate().toISOString()",
            Gives::Json("\"2026-03-04T03:06:07.000Z\""),
        ),
        Example("'soon'.toDate()", Gives::Error("cannot convert to date")),
    ],
    body: Body::Text(|text, arguments| to_date(text, arguments.scope)),
};

/// The `Date` that `new Date(text)` makes.
pub fn to_date(text: &str, scope: &Scope<'_>) -> Result<Js, Error> {
    let date = date::construct("Date", &[Js::text(text)], scope)?;
    if date.to_number().is_nan() {
        return Err(Error::new("cannot convert to date"));
    }
    Ok(date)
}
