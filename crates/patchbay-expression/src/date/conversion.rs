//! Dates for nodes: any text that n8n takes for a date, and writing one by a format.

use patchbay_model::Text;

use super::datetime::{self, DateTime};
use super::{Context, format, javascript};
use crate::intl::Locale;

/// Why a date was not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    #[error("the date is invalid: {0}")]
    Invalid(Text),
}

/// The date of a text as n8n converts it (`.toDateTime()`, a field of the type dateTime): ISO 8601, HTTP, RFC 2822,
/// SQL, each keeping the zone that it states, and then whatever `new Date(text)` takes.
///
/// `None` where it is none of these. Text without a zone is in the execution's.
pub fn parse_any(text: &str, context: &Context) -> Option<DateTime> {
    let trimmed = text.trim();
    let known = datetime::from_any_form(trimmed, context)
        .into_iter()
        .find(DateTime::is_valid);
    known.or_else(|| {
        let millis = javascript::parse(text);
        (!millis.is_nan()).then(|| DateTime::new(millis, context.zone(), Locale::default()))
    })
}

/// Writes a date by Luxon's tokens.
pub fn format_date(date: &DateTime, tokens: &str) -> Result<String, FormatError> {
    match date.invalid_reason() {
        Some(reason) => Err(FormatError::Invalid(reason.clone())),
        None => Ok(format::write(date, tokens)),
    }
}
