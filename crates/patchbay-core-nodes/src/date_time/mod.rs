//! Date & Time: the current date, and dates shifted, rounded, compared, taken apart and written. Version 1 reads and writes
//! the tokens of [`moment`], version 2 those of Luxon; calendars and zones are `patchbay_expression`'s.

mod first;
pub(crate) mod moment;
mod second;

use async_trait::async_trait;
use patchbay_expression::Js;
use patchbay_expression::date::{self, DateTime, Temporal, Zone};
use patchbay_expression::intl::Locale;
use patchbay_model::{Item, Object, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.dateTime",
    title: "Date & Time",
    about: "Changes, compares and writes dates",
    versions: &[1.0, 2.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "operation",
            Kind::Options(&[
                "addToDate",
                "extractDate",
                "formatDate",
                "getCurrentDate",
                "roundDate",
                "subtractFromDate",
                "getTimeBetweenDates",
                "add",
                "subtract",
            ]),
            "\"add\"",
            "What is done; in version 1, how to calculate",
        )
        .later(&[(2.0, "\"getCurrentDate\"")]),
        ParameterDescription::new(
            "action",
            Kind::Options(&["format", "calculate"]),
            "\"format\"",
            "What version 1 does",
        ),
        ParameterDescription::new("value", Kind::Text, "\"\"", "The date (version 1)")
            .required()
            .versions(1.0, 1.0),
        ParameterDescription::new(
            "dataPropertyName",
            Kind::Text,
            "\"data\"",
            "The field made by version 1",
        )
        .required()
        .versions(1.0, 1.0),
        ParameterDescription::new("custom", Kind::Boolean, "false", "The format is one's own (version 1)"),
        ParameterDescription::new("toFormat", Kind::Text, "", "The format, in Moment's tokens (version 1)"),
        ParameterDescription::new("duration", Kind::Number, "0", "How many units to add or to take away"),
        ParameterDescription::new("timeUnit", Kind::Text, "\"days\"", "The unit of the duration"),
        ParameterDescription::new("includeTime", Kind::Boolean, "true", "The time too, not only the day"),
        ParameterDescription::new("magnitude", Kind::Text, "\"\"", "The date to add to")
            .required_where("operation", &["addToDate", "subtractFromDate"])
            .versions(2.0, f64::INFINITY),
        ParameterDescription::new("date", Kind::Text, "\"\"", "The date"),
        ParameterDescription::new("part", Kind::Text, "\"month\"", "The part to take out"),
        ParameterDescription::new("format", Kind::Text, "\"MM/dd/yyyy\"", "The format, in Luxon's tokens"),
        ParameterDescription::new(
            "customFormat",
            Kind::Text,
            "\"\"",
            "The format where `format` is `custom`",
        ),
        ParameterDescription::new("startDate", Kind::Text, "\"\"", "The earlier date"),
        ParameterDescription::new("endDate", Kind::Text, "\"\"", "The later date"),
        ParameterDescription::new("units", Kind::Json, "[\"day\"]", "The units of the difference"),
        ParameterDescription::new(
            "mode",
            Kind::Options(&["roundDown", "roundUp"]),
            "\"roundDown\"",
            "Which way to round",
        ),
        ParameterDescription::new("toNearest", Kind::Text, "\"month\"", "The unit to round down to"),
        ParameterDescription::new("to", Kind::Text, "\"month\"", "The unit to round up to"),
        ParameterDescription::new("outputFieldName", Kind::Text, "", "The field made by version 2"),
        ParameterDescription::new(
            "options",
            Kind::Collection,
            "{}",
            "Formats of the input, zones, the output's form",
        ),
    ],
};

pub struct DateAndTime;

#[async_trait]
impl Node for DateAndTime {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let mut made = Vec::with_capacity(context.items().len());
        for (index, item) in context.items().iter().enumerate() {
            let result = if context.version() < 2.0 {
                first::changed(context, item, index)
            } else {
                second::changed(context, item, index).map(Some)
            };
            match result {
                Ok(Some(json)) => made.push(Item::new(json).paired_with(index)),
                Ok(None) => {}
                Err(error) if context.continues_on_fail() && !error.is_cancelled() => {
                    let json: Object = [("error", error.error.message)].into_iter().collect();
                    // Version 2 does not tell which item failed.
                    let item = Item::new(json);
                    made.push(if context.version() < 2.0 {
                        item.paired_with(index)
                    } else {
                        item
                    });
                }
                Err(error) => return Err(error.item(index)),
            }
        }
        Ok(Outcome::items(made))
    }
}

/// The zone in which n8n reads a date that states none: that of its process.
const PROCESS_ZONE: &str = "UTC";

pub(crate) fn at(millis: f64, zone: Zone) -> DateTime {
    DateTime::new(millis, zone, Locale::default())
}

/// What n8n takes for a timestamp: anything that JavaScript makes a number of. Up to eleven digits are seconds.
fn timestamp(value: &Value) -> Option<f64> {
    const FIRST_IN_MILLISECONDS: f64 = 1e11;
    let number = value.to_number();
    if number.is_nan() {
        return None;
    }
    Some(if number.abs() < FIRST_IN_MILLISECONDS {
        number * 1000.0
    } else {
        number
    })
}

/// The date of a text without a format. Text in the form of ISO 8601 must be a date that there is, and a time alone is
/// none; all else is read as JavaScript reads it.
fn date_of(text: &str, context: &Context<'_>) -> Result<Option<DateTime>, NodeError> {
    if is_time(text) {
        return Ok(None);
    }
    if is_iso(text) {
        let zone = Js::record(indexmap::IndexMap::from([("zone".into(), Js::text(PROCESS_ZONE))]));
        let text = Js::text(text.trim().replacen(' ', "T", 1));
        let date = date::call_static("DateTime", "fromISO", &[text, zone], &context.scope);
        if !matches!(date.map_err(|error| failed(&error))?, Js::Temporal(Temporal::DateTime(date)) if date.is_valid()) {
            return Ok(None);
        }
    }
    let dates = date::Context::new(context.scope.environment, PROCESS_ZONE);
    Ok(date::parse_any(text, &dates))
}

/// `5:06`, `T05:06:07`.
fn is_time(text: &str) -> bool {
    let text = text.trim();
    let rest = text.strip_prefix('T').unwrap_or(text);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    (1..=2).contains(&digits) && rest[digits..].starts_with(':')
}

/// Whether a text has the form of an ISO 8601 date, with or without a time: `2026-03-04 05:06`, `2026-W10`, `20260304T05Z`.
fn is_iso(text: &str) -> bool {
    let text = text.trim();
    let end = text.find(['T', ' ']).unwrap_or(text.len());
    let (date, time) = (&text[..end], text[end..].trim_start_matches(['T', ' ']));
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    let year_ends = date.bytes().take_while(u8::is_ascii_digit).count();
    let is_date = digits(date, 8)
        || year_ends == 4
            && match date[4..].strip_prefix('-') {
                Some(rest) => match rest.strip_prefix('W') {
                    Some(week) => digits(week, 2) || week.len() == 4 && week.as_bytes()[2] == b'-',
                    None => digits(rest, 2) || digits(rest, 3) || rest.len() == 5 && rest.as_bytes()[2] == b'-',
                },
                None => false,
            };
    let is_sign = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.' | ',' | '+' | '-' | 'Z');
    is_date && time.chars().all(is_sign)
}

/// The zone of the workflow.
pub(crate) fn workflow_zone(context: &Context<'_>) -> Zone {
    Zone::parse(&context.scope.execution.timezone, &Zone::UTC)
}

/// What Luxon or JavaScript object to.
fn failed(error: &patchbay_expression::Error) -> NodeError {
    NodeError::new("E0950", error.message.clone())
}

/// `date.method(arguments)`, as in an expression.
fn call(date: &Js, method: &str, arguments: &[Js], context: &Context<'_>) -> Result<Js, NodeError> {
    date::call(date, method, arguments, &context.scope).map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn dates_are_changed() {
        for (version, parameters, expected) in [
            (2.0, r"{}", Ok(r#"{"currentDate":"2026-03-04T05:06:07.000Z"}"#)),
            (
                2.0,
                r#"{"options": {"timezone": "Nope"}}"#,
                Err("The timezone Nope is not valid. Please check the timezone."),
            ),
            (
                2.0,
                r#"{"operation": "subtractFromDate", "magnitude": "1715780730", "duration": 1, "timeUnit": "quarters"}"#,
                Ok(r#"{"newDate":"2024-02-15T13:45:30.000Z"}"#),
            ),
            (
                2.0,
                r#"{"operation": "formatDate", "date": "2024-05-15T10:00:00+03:00", "format": "custom", "customFormat": "HH ZZ"}"#,
                Ok(r#"{"formattedDate":"10 +03:00"}"#),
            ),
            (
                2.0,
                r#"{"operation": "getTimeBetweenDates", "startDate": "2024-05-15", "endDate": "2025-07-01", "units": ["month", "day"]}"#,
                Ok(r#"{"timeDifference":{"months":13,"days":16}}"#),
            ),
            (
                2.0,
                r#"{"operation": "roundDate", "date": "2024-05-01", "mode": "roundUp"}"#,
                Ok(r#"{"roundedDate":"2024-06-01T00:00:00.000Z"}"#),
            ),
            (
                2.0,
                r#"{"operation": "extractDate", "date": "2024-05-15", "part": "week"}"#,
                Ok(r#"{"datePart":20}"#),
            ),
            (
                2.0,
                r#"{"operation": "extractDate", "date": "15/05/2024"}"#,
                Err("Invalid date format"),
            ),
            (1.0, r#"{"value": "2024-05-15"}"#, Ok(r#"{"data":"05/15/2024"}"#)),
            (
                1.0,
                r#"{"value": "2024-05-15 10:00", "custom": true, "toFormat": "HH:mm Z", "options": {"fromTimezone": "Asia/Tokyo"}}"#,
                Ok(r#"{"data":"01:00 +00:00"}"#),
            ),
            (
                1.0,
                r#"{"action": "calculate", "value": "2024-01-31", "duration": 1, "timeUnit": "months"}"#,
                Ok(r#"{"data":"2024-02-29T00:00:00.000Z"}"#),
            ),
            (
                1.0,
                r#"{"action": "calculate", "value": "1715780730"}"#,
                Err("Unrecognized date input. Please specify a format in the \"From Format\" field."),
            ),
        ] {
            let result = run(version, parameters, "[{}]").of(&DateAndTime);
            let expected = expected.map(|json| format!("[[{json}]]")).map_err(str::to_owned);
            assert_eq!(result, expected, "{parameters}");
        }
    }
}
