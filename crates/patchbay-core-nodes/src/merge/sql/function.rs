//! The functions that queries call with the values of one row.

use std::cmp::Ordering;

use patchbay_expression::date::{self, Civil, DateTime, Zone};
use patchbay_expression::intl::Locale;
use patchbay_model::{Text, Value};
use patchbay_node::{Context, NodeError};

use super::evaluate::{length, number};
use super::run::refused;
use crate::compare::compare;

type Called = Result<Option<Value>, NodeError>;

/// Calls a function, its name in upper case.
pub fn call(function: &str, arguments: &[Option<Value>], context: &Context<'_>) -> Called {
    let known = |place: usize| {
        arguments
            .get(place)
            .and_then(Option::as_ref)
            .filter(|value| !value.is_null())
    };
    let text = |place: usize| known(place).map(Value::to_text);
    let amount = |place: usize| known(place).map_or(0.0, Value::to_number);
    let changed = |change: fn(&str) -> String| text(0).map(|text| Value::text(change(&text)));
    Ok(match function {
        "UPPER" | "UCASE" => changed(str::to_uppercase),
        "LOWER" | "LCASE" => changed(str::to_lowercase),
        "TRIM" => changed(|text| text.trim().to_owned()),
        "LTRIM" => changed(|text| text.trim_start().to_owned()),
        "RTRIM" => changed(|text| text.trim_end().to_owned()),
        "LEN" | "LENGTH" => match known(0) {
            Some(Value::Text(text)) => Some(length(text.encode_utf16().count())),
            Some(Value::Array(values)) => Some(length(values.len())),
            Some(_) => Some(Value::Number(0.0)),
            None => return Err(refused(format!("{function} of nothing has no value"))),
        },
        "CONCAT" => {
            let texts = (0..arguments.len()).filter_map(text);
            Some(Value::text(texts.collect::<Vec<_>>().concat()))
        }
        "CONCAT_WS" => {
            let texts = (1..arguments.len()).filter_map(text);
            Some(Value::text(
                texts.collect::<Vec<_>>().join(&text(0).unwrap_or_default()),
            ))
        }
        "SUBSTRING" | "SUBSTR" | "MID" if known(0).is_none() => {
            return Err(refused(format!("{function} of nothing has no value")));
        }
        "SUBSTRING" | "SUBSTR" | "MID" => text(0).map(|text| {
            let units: Vec<u16> = text.encode_utf16().collect();
            let start = (amount(1) - 1.0).max(0.0) as usize;
            let count = known(2).map_or(usize::MAX, |count| count.to_number().max(0.0) as usize);
            let part: Vec<u16> = units.into_iter().skip(start).take(count).collect();
            Value::text(String::from_utf16_lossy(&part))
        }),
        "REPLACE" => match (text(0), text(1)) {
            (Some(whole), Some(old)) => Some(Value::text(whole.replace(old.as_str(), &text(2).unwrap_or_default()))),
            _ => None,
        },
        "INSTR" => text(0).map(|whole| {
            let place = whole.find(text(1).unwrap_or_default().as_str());
            length(place.map_or(0, |place| whole[..place].encode_utf16().count() + 1))
        }),
        "ABS" => number(amount(0).abs()),
        "FLOOR" => number(amount(0).floor()),
        "CEIL" | "CEILING" => number(amount(0).ceil()),
        "SQRT" => number(amount(0).sqrt()),
        "POWER" | "POW" => number(amount(0).powf(amount(1))),
        "EXP" => number(amount(0).exp()),
        "ROUND" => {
            let scale = 10_f64.powf(amount(1));
            number((amount(0) * scale + 0.5).floor() / scale)
        }
        "RANDOM" => Some(Value::Number(context.capabilities.environment.random())),
        "GREATEST" => extreme(arguments, Ordering::Greater),
        "LEAST" => extreme(arguments, Ordering::Less),
        "COALESCE" | "IFNULL" => (0..arguments.len()).find_map(|place| known(place).cloned()),
        "NULLIF" => known(0).filter(|value| known(1) != Some(value)).cloned(),
        "ISNULL" => match arguments.first() {
            Some(Some(value)) => Some(value.clone()),
            _ => arguments.get(1).cloned().flatten(),
        },
        "IF" | "IIF" => {
            let place = if known(0).is_some_and(Value::truthy) { 1 } else { 2 };
            arguments.get(place).cloned().flatten()
        }
        "YEAR" | "MONTH" | "DAY" | "HOUR" | "MINUTE" | "SECOND" => date_part(function, known(0), context),
        "NOW" | "GETDATE" | "CURRENT_TIMESTAMP" => {
            let Civil {
                year,
                month,
                day,
                hour,
                minute,
                second,
                millisecond,
            } = civil(date::now(&context.scope).to_millis());
            Some(Value::text(format!(
                "{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{millisecond:03}"
            )))
        }
        _ => {
            return Err(refused(format!("alasql.fn.{function} is not a function")).hint(format!(
                "The function {function} is not there; compute the value in Edit Fields before"
            )));
        }
    })
}

fn extreme(values: &[Option<Value>], wanted: Ordering) -> Option<Value> {
    let mut values = values.iter().flatten();
    let first = values.next()?;
    let found = values.fold(first, |known, value| {
        if compare(Some(value), Some(known)) == Some(wanted) {
            value
        } else {
            known
        }
    });
    Some(found.clone())
}

fn date_part(function: &str, value: Option<&Value>, context: &Context<'_>) -> Option<Value> {
    let date = civil(crate::date::parse(value?, &context.scope)?);
    let part = match function {
        "YEAR" => date.year,
        "MONTH" => date.month,
        "DAY" => date.day,
        "HOUR" => date.hour,
        "MINUTE" => date.minute,
        _ => date.second,
    };
    Some(Value::Number(part as f64))
}

/// How far it is from one date to another: whole years and months by the calendar, all else by the clock.
pub fn date_difference(unit: &str, from: Option<&Value>, to: Option<&Value>, context: &Context<'_>) -> Option<Value> {
    let (from, to) = (
        crate::date::parse(from?, &context.scope)?,
        crate::date::parse(to?, &context.scope)?,
    );
    let (first, last) = (civil(from), civil(to));
    let milliseconds = match unit.to_ascii_uppercase().as_str() {
        "YEAR" => return number((last.year - first.year) as f64),
        "MONTH" => return number(((last.year - first.year) * 12 + last.month - first.month) as f64),
        "WEEK" => 604_800_000.0,
        "DAY" => 86_400_000.0,
        "HOUR" => 3_600_000.0,
        "MINUTE" => 60_000.0,
        "SECOND" => 1000.0,
        _ => return None,
    };
    number(((to - from) / milliseconds).floor())
}

/// A moment in the zone of the process, as JavaScript's dates have it.
fn civil(millis: f64) -> Civil {
    DateTime::new(millis, Zone::named(PROCESS_ZONE), Locale::default()).civil()
}

/// The zone of n8n's process.
const PROCESS_ZONE: &str = "UTC";

/// `CAST(value AS kind)`.
pub fn cast(value: Option<Value>, kind: &str) -> Option<Value> {
    let undefined = value.is_none();
    let value = value.unwrap_or_default();
    match kind.to_ascii_uppercase().as_str() {
        "INT" | "INTEGER" | "BIGINT" | "SMALLINT" => number(value.to_number().trunc()),
        "NUMBER" | "FLOAT" | "DOUBLE" | "DECIMAL" | "NUMERIC" | "REAL" => number(value.to_number()),
        "STRING" | "TEXT" | "VARCHAR" | "NVARCHAR" | "CHAR" if undefined => Some("undefined".into()),
        "STRING" | "TEXT" | "VARCHAR" | "NVARCHAR" | "CHAR" => Some(Value::Text(value.to_text())),
        "BOOLEAN" | "BOOL" => Some(Value::Bool(value.truthy())),
        _ => Some(value),
    }
}

/// `value->method()`: those of text that people call.
pub fn method(value: Option<Value>, method: &str) -> Called {
    let Some(value) = value else { return Ok(None) };
    let text = value.to_text();
    Ok(Some(Value::Text(match method {
        "toUpperCase" => text.to_uppercase().into(),
        "toLowerCase" => text.to_lowercase().into(),
        "trim" => Text::from(text.trim()),
        "toString" => text,
        _ => return Err(refused(format!("The method `{method}` is not supported in a query"))),
    })))
}
