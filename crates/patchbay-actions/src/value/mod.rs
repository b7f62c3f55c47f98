//! Values as a definition declares them: a workflow's value becomes what the service wants, or is refused before
//! anything is sent.

#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRound, Timestamp, Unit};
use patchbay_model::diagnostic::nearest;
use patchbay_model::{Text, Value};
use patchbay_node::{NodeError, is_secret_name};

use crate::definition::fault::list;
use crate::definition::{Kind, Parameter, Place, Style};
use crate::mask;
use crate::odata;

/// Why a value can not be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    pub code: &'static str,
    pub message: String,
    pub hints: Vec<String>,
}

impl Refusal {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hints: Vec::new(),
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The error of a parameter, by its path in the node.
    pub fn into_error(self, path: &str) -> NodeError {
        let error = NodeError::new(self.code, self.message).parameter(path);
        self.hints.into_iter().fold(error, NodeError::hint)
    }
}

/// The value as the parameter declares it; `None` where nothing is to be sent. Dates without a zone are in `timezone`,
/// an IANA name.
pub fn coerce(parameter: &Parameter, value: &Value, timezone: &str) -> Result<Option<Value>, Refusal> {
    if value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()) {
        return nothing(parameter, value);
    }
    match parameter.kind {
        Kind::String | Kind::File => string(parameter, value).map(Some),
        Kind::Integer | Kind::Int32 => integer(parameter, value).map(Some),
        Kind::Number => number(parameter, value).map(Some),
        Kind::Boolean => boolean(parameter, value).map(Some),
        Kind::DateTime => date_time(parameter, value, timezone).map(Some),
        Kind::Date => date(parameter, value).map(Some),
        Kind::Duration | Kind::DayTime => duration(parameter, value).map(Some),
        Kind::Uuid => uuid(parameter, value).map(Some),
        Kind::List => texts(parameter, value),
        Kind::Array | Kind::Object | Kind::Json => json(parameter, value).map(Some),
        Kind::Any => Ok(Some(any(value))),
    }
}

/// Null or blank text: a body and a nullable argument can say so; elsewhere they mean that nothing is said.
fn nothing(parameter: &Parameter, value: &Value) -> Result<Option<Value>, Refusal> {
    let is_text = matches!(parameter.kind, Kind::String | Kind::Any) && parameter.values.is_empty();
    let fits = if value.is_null() {
        parameter.takes_null()
    } else {
        is_text
    };
    match parameter.place {
        _ if parameter.kind == Kind::File => Ok(None),
        Place::Body | Place::Content if fits => Ok(Some(value.clone())),
        Place::Body | Place::Content => Err(not_nothing(parameter, value)),
        Place::Path if parameter.nullable && (value.is_null() || is_text) => Ok(Some(value.clone())),
        Place::Path | Place::Query | Place::Header | Place::Cookie => Ok(None),
    }
}

/// The refusal of a value that is nothing, where the service wants something.
fn not_nothing(parameter: &Parameter, value: &Value) -> Refusal {
    let refusal = wrong(parameter, value, wanted(parameter)).hint("take the parameter out to leave it as it is");
    match parameter.kind {
        Kind::Array => refusal.hint("to empty it, set it to `[]`"),
        Kind::String if parameter.values.is_empty() => refusal.hint("to empty it, set it to empty text"),
        _ if parameter.takes_null() => refusal.hint("to set it to nothing, set it to null"),
        _ => refusal,
    }
}

/// What a parameter wants, in words.
pub fn wanted(parameter: &Parameter) -> &'static str {
    match parameter.kind {
        Kind::String if parameter.values.is_empty() => "text",
        Kind::String => "one of its values",
        Kind::Integer | Kind::Int32 => "an integer",
        Kind::Number => "a number",
        Kind::Boolean => "true or false",
        Kind::DateTime => "a date and time such as `2026-03-04T05:06:07Z`",
        Kind::Date => "a date such as `2026-03-04`",
        Kind::Duration => "a duration such as `PT1H30M`",
        Kind::DayTime => "a duration of days, hours, minutes and seconds such as `P1DT1H30M`",
        Kind::Uuid => "a UUID",
        Kind::List => "text with commas, or an array of texts",
        Kind::Array => "a JSON array",
        Kind::Object => "a JSON object",
        Kind::Json => "JSON",
        Kind::Any => "text, a number, or JSON",
        Kind::File => "the name of one of the item's files",
    }
}

fn wrong(parameter: &Parameter, value: &Value, wanted: &str) -> Refusal {
    const SHOWN: usize = 60;
    let json = mask::json_text(&value.to_json());
    let shown = match json.char_indices().nth(SHOWN) {
        _ if is_secret_name(&parameter.name) && value.truthy() => "what it was given".to_owned(),
        Some((end, _)) => format!("{}…", &json[..end]),
        None => json,
    };
    Refusal::new("E0413", format!("`{}` wants {wanted}, not {shown}", parameter.name)).hint(format!(
        "set it to {wanted}, as it is or by an expression that gives one"
    ))
}

fn string(parameter: &Parameter, value: &Value) -> Result<Value, Refusal> {
    let text = match value {
        Value::Text(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_text(),
        Value::Null | Value::Array(_) | Value::Object(_) => return Err(wrong(parameter, value, wanted(parameter))),
    };
    if parameter.place == Place::Header && text.contains(|character: char| character.is_control()) {
        return Err(Refusal::new(
            "E0417",
            format!("`{}` is a header: it can not hold line breaks", parameter.name),
        )
        .hint("take them out: an expression's `.trim()` removes those at its ends"));
    }
    check_allowed(parameter, &text)?;
    Ok(Value::Text(text))
}

/// Refuses what is not among the parameter's values, if it has any.
fn check_allowed(parameter: &Parameter, text: &Text) -> Result<(), Refusal> {
    if parameter.values.is_empty() || parameter.values.contains(text) {
        return Ok(());
    }
    Err(not_allowed(&parameter.name, text, &parameter.values))
}

/// The refusal of what is not among the allowed values.
pub fn not_allowed(name: &str, text: &str, values: &[Text]) -> Refusal {
    let allowed = list(values);
    let refusal = Refusal::new("E0414", format!("`{name}` can not be `{text}`: it is one of {allowed}"));
    match nearest(text, values.iter().map(Text::as_str)) {
        Some(near) => refusal.hint(format!("did you mean `{near}`?")),
        None => refusal,
    }
}

fn number(parameter: &Parameter, value: &Value) -> Result<Value, Refusal> {
    let number = match value {
        Value::Number(number) => *number,
        Value::Text(text) => patchbay_model::value::text_to_number(text),
        _ => f64::NAN,
    };
    if !number.is_finite() {
        return Err(wrong(parameter, value, wanted(parameter)));
    }
    let range = match (parameter.minimum, parameter.maximum) {
        (Some(minimum), _) if number < minimum => Some(format!("at least {minimum}")),
        (_, Some(maximum)) if number > maximum => Some(format!("at most {maximum}")),
        _ => None,
    };
    if let Some(range) = range {
        return Err(wrong(parameter, value, &range));
    }
    let number = Value::Number(number);
    check_allowed(parameter, &number.to_text())?;
    Ok(number)
}

fn integer(parameter: &Parameter, value: &Value) -> Result<Value, Refusal> {
    /// Up to here a number of a workflow is exact.
    const EXACT: f64 = 9_007_199_254_740_991.0;
    let number = number(parameter, value)?;
    let range = match parameter.kind {
        Kind::Int32 => f64::from(i32::MIN)..=f64::from(i32::MAX),
        _ => -EXACT..=EXACT,
    };
    match number {
        Value::Number(whole) if whole.fract() == 0.0 && range.contains(&whole) => Ok(number),
        Value::Number(whole) if whole.fract() == 0.0 && parameter.kind == Kind::Int32 => {
            let wanted = format!("an integer from {} to {}", i32::MIN, i32::MAX);
            Err(wrong(parameter, value, &wanted))
        }
        Value::Number(whole) if whole.fract() == 0.0 => {
            Err(wrong(parameter, value, wanted(parameter))
                .hint(format!("a workflow's numbers are exact up to {EXACT}")))
        }
        _ => Err(wrong(parameter, value, wanted(parameter))),
    }
}

fn boolean(parameter: &Parameter, value: &Value) -> Result<Value, Refusal> {
    match value {
        Value::Bool(_) => Ok(value.clone()),
        Value::Text(text) if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
        Value::Text(text) if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
        _ => Err(wrong(parameter, value, wanted(parameter))),
    }
}

/// A moment in UTC with `Z`: from text with or without an offset, or from milliseconds since 1970.
fn date_time(parameter: &Parameter, value: &Value, timezone: &str) -> Result<Value, Refusal> {
    let refusal = || wrong(parameter, value, wanted(parameter));
    let moment = match value {
        Value::Number(milliseconds) if milliseconds.is_finite() => {
            Timestamp::from_millisecond(*milliseconds as i64).map_err(|_| refusal())?
        }
        Value::Text(text) => parse_moment(text.trim(), timezone).ok_or_else(refusal)?,
        _ => return Err(refusal()),
    };
    Ok(Value::text(moment.to_string()))
}

fn parse_moment(text: &str, timezone: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    let local: DateTime = text.parse().ok()?;
    let zone = TimeZone::get(timezone).unwrap_or(TimeZone::UTC);
    Some(local.to_zoned(zone).ok()?.timestamp())
}

fn date(parameter: &Parameter, value: &Value) -> Result<Value, Refusal> {
    let date = value.as_str().and_then(|text| text.trim().parse::<Date>().ok());
    let date = date.ok_or_else(|| wrong(parameter, value, wanted(parameter)))?;
    Ok(Value::text(date.to_string()))
}

fn duration(parameter: &Parameter, value: &Value) -> Result<Value, Refusal> {
    match value {
        Value::Text(text) => {
            let span: Option<Span> = text.trim().parse().ok();
            let span = span.ok_or_else(|| wrong(parameter, value, wanted(parameter)))?;
            let span = match parameter.kind {
                Kind::DayTime => in_days(span).ok_or_else(|| {
                    wrong(parameter, value, wanted(parameter)).hint("a year or a month is no fixed time: write days")
                })?,
                _ => span,
            };
            Ok(Value::text(span.to_string()))
        }
        // Seconds.
        Value::Number(seconds) => {
            let duration = SignedDuration::try_from_secs_f64(*seconds);
            let duration = duration.map_err(|_| wrong(parameter, value, wanted(parameter)))?;
            let span = Span::try_from(duration).and_then(|span| span.round(SpanRound::new().largest(Unit::Hour)));
            let span = span.map_err(|_| wrong(parameter, value, wanted(parameter)))?;
            Ok(Value::text(span.to_string()))
        }
        _ => Err(wrong(parameter, value, wanted(parameter))),
    }
}

/// The span without weeks; none where it has years or months.
fn in_days(span: Span) -> Option<Span> {
    if span.get_years() != 0 || span.get_months() != 0 {
        return None;
    }
    let days = span.get_weeks().checked_mul(7)?.checked_add(span.get_days())?;
    span.try_weeks(0).ok()?.try_days(days).ok()
}

fn uuid(parameter: &Parameter, value: &Value) -> Result<Value, Refusal> {
    let text = value.as_str().map(str::trim).unwrap_or_default();
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    let hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if groups == [8, 4, 4, 4, 12] && hexadecimal {
        Ok(Value::text(text))
    } else {
        Err(wrong(parameter, value, wanted(parameter)))
    }
}

/// Comma text, an array, or JSON text of an array: as comma text without white space around its parts, or as an array of
/// texts where the parameter's style is another.
fn texts(parameter: &Parameter, value: &Value) -> Result<Option<Value>, Refusal> {
    let parsed;
    let value = match value {
        Value::Text(text) if text.trim_start().starts_with('[') => {
            parsed = parse_json(parameter, text)?;
            &parsed
        }
        value => value,
    };
    let parts: Vec<String> = match value {
        Value::Text(text) => odata::split_list(text).into_iter().map(str::to_owned).collect(),
        Value::Array(values) => {
            let mut parts = Vec::with_capacity(values.len());
            for part in values.iter().filter(|part| !part.is_null()) {
                match part {
                    Value::Text(text) if text.trim().is_empty() => {}
                    Value::Text(text) => parts.push(text.trim().to_owned()),
                    Value::Number(_) | Value::Bool(_) => parts.push(part.to_text().to_string()),
                    _ => return Err(wrong(parameter, value, wanted(parameter))),
                }
            }
            parts
        }
        _ => return Err(wrong(parameter, value, wanted(parameter))),
    };
    if parts.is_empty() {
        return Ok(None);
    }
    Ok(Some(match parameter.style {
        // What stands in a part with commas are parts as well.
        Style::Commas => match odata::split_list(&parts.join(",")).join(",") {
            nothing if nothing.is_empty() => return Ok(None),
            list => Value::text(list),
        },
        _ => Value::array(parts.into_iter().map(Value::text).collect::<Vec<_>>()),
    }))
}

/// A real array or object, or JSON text of one.
fn json(parameter: &Parameter, value: &Value) -> Result<Value, Refusal> {
    let parsed = match value {
        Value::Text(text) => parse_json(parameter, text).map_err(|refusal| {
            if parameter.kind == Kind::Array && !text.trim_start().starts_with('[') {
                wrong(parameter, value, wanted(parameter)).hint("write it in brackets: `[1, 2]`, `[\"a\"]`")
            } else {
                refusal
            }
        })?,
        value => value.clone(),
    };
    if parsed.is_null() {
        return match nothing(parameter, &parsed)? {
            Some(null) => Ok(null),
            None => Err(wrong(parameter, &parsed, wanted(parameter))),
        };
    }
    let fits = match parameter.kind {
        Kind::Array => parsed.as_array().is_some(),
        Kind::Object => parsed.as_object().is_some(),
        _ => true,
    };
    if fits {
        Ok(parsed)
    } else {
        Err(wrong(parameter, &parsed, wanted(parameter)))
    }
}

/// Text as it is, but for that of an array or an object.
fn any(value: &Value) -> Value {
    let text = value.as_str().map(str::trim).unwrap_or_default();
    let parsed = text
        .starts_with(['{', '['])
        .then(|| Value::from_json(text).ok())
        .flatten();
    parsed.unwrap_or_else(|| value.clone())
}

fn parse_json(parameter: &Parameter, text: &str) -> Result<Value, Refusal> {
    Value::from_json(text).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default();
        let (line, column) = (error.line().max(1), error.column().max(1));
        let message = format!(
            "`{}` is not valid JSON: {reason} at line {line}, column {column}",
            parameter.name
        );
        Refusal::new("E0415", message).hint(format!("it breaks at the end of `{}`", before(text, line, column)))
    })
}

/// The last few characters of a line up to and with a column; both from 1, columns count bytes, as serde_json has them.
fn before(text: &str, line: usize, column: usize) -> &str {
    const SHOWN: usize = 30;
    let line = text.lines().nth(line - 1).unwrap_or_default();
    let end = (column.min(line.len())..=line.len())
        .find(|end| line.is_char_boundary(*end))
        .unwrap_or(line.len());
    let start = line[..end]
        .char_indices()
        .rev()
        .nth(SHOWN - 1)
        .map_or(0, |(start, _)| start);
    &line[start..end]
}
