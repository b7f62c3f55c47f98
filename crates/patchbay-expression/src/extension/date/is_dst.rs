//! `date.isDst`.

use super::property;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "isDst",
    aliases: &[],
    about: "Whether daylight saving time applies at the date, in the date's zone",
    parameters: &[],
    examples: &[Example(
        "'2026-03-04T05:06:07'.toDateTime().isDst()",
        Gives::Json("false"),
    )],
    body: Body::Date(|date, arguments| property(date, "isInDST", arguments.scope)),
};
