//! Values as a definition declares them: a workflow's value becomes what the service wants, or is refused before
//! anything is sent.

mod json;
mod moments;
#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;
mod words;

use patchbay_model::{Text, Value};
use patchbay_node::NodeError;

use self::json::{any, json, texts};
use self::moments::{date, date_time, duration};
use self::words::wrong;
pub use self::words::{accepted, not_allowed, wanted};
use crate::definition::{Kind, Parameter, Place};

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
        Kind::List | Kind::Files => texts(parameter, value),
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
        _ if parameter.kind.is_file() => Ok(None),
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

fn string(parameter: &Parameter, value: &Value) -> Result<Value, Refusal> {
    let text = match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) if !number.is_finite() => return Err(wrong(parameter, value, wanted(parameter))),
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
    Err(not_allowed(parameter, text, &parameter.values))
}

fn number(parameter: &Parameter, value: &Value) -> Result<Value, Refusal> {
    let number = match value {
        Value::Number(number) => *number,
        // JavaScript takes more: `0x10` is 16 for it, `1e3` a whole number.
        Value::Text(text) if is_plain_number(text, parameter.kind) => patchbay_model::value::text_to_number(text),
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

/// Digits, with a sign and a point; of what need not be whole, with an exponent too.
fn is_plain_number(text: &str, kind: Kind) -> bool {
    let is_exponent = |character: char| kind == Kind::Number && matches!(character, 'e' | 'E');
    let mut characters = text.trim().chars();
    characters
        .all(|character| character.is_ascii_digit() || matches!(character, '+' | '-' | '.') || is_exponent(character))
}

fn integer(parameter: &Parameter, value: &Value) -> Result<Value, Refusal> {
    /// Up to here a number of a workflow is exact.
    const EXACT: f64 = 9_007_199_254_740_991.0;
    let number = number(parameter, value)?;
    if let (Some(exact), Value::Number(rounded)) = (exact_text(parameter, value), &number)
        && rounded.abs() > EXACT
    {
        return Ok(exact);
    }
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

/// Digits of 64 bits, where they are sent as text: ids that no number of a workflow can hold.
fn exact_text(parameter: &Parameter, value: &Value) -> Option<Value> {
    let text = value.as_str()?.trim();
    let is_whole = text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok();
    let fits = parameter.kind == Kind::Integer && !parameter.place.is_body() && is_whole;
    fits.then(|| Value::text(text.trim_start_matches('+')))
}

fn boolean(parameter: &Parameter, value: &Value) -> Result<Value, Refusal> {
    match value {
        Value::Bool(_) => Ok(value.clone()),
        Value::Text(text) if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
        Value::Text(text) if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
        _ => Err(wrong(parameter, value, wanted(parameter))),
    }
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
