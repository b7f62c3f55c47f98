//! `date.toDateTime`.

use super::date_time;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toDateTime",
    aliases: &[],
    about: "The date as a `DateTime`",
    parameters: &[],
    examples: &[Example(
        "new Date(0).toDateTime()",
        Gives::Json("\"1970-01-01T00:00:00.000Z\""),
    )],
    body: Body::Date(|date, arguments| date_time(date, arguments.scope)),
};
