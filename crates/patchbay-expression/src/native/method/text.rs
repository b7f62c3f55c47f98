//! Methods of texts.

use patchbay_model::{Scope, Text};

use super::{argument, regular_expression, relative, replace};
use crate::js::Pattern;
use crate::native::{check_length, units};
use crate::{Error, Js, intl};

pub(super) const NAMES: [&str; 35] = [
    "at",
    "charAt",
    "charCodeAt",
    "codePointAt",
    "concat",
    "endsWith",
    "includes",
    "indexOf",
    "isWellFormed",
    "lastIndexOf",
    "localeCompare",
    "match",
    "matchAll",
    "normalize",
    "padEnd",
    "padStart",
    "repeat",
    "replace",
    "replaceAll",
    "search",
    "slice",
    "split",
    "startsWith",
    "substr",
    "substring",
    "toLocaleLowerCase",
    "toLocaleUpperCase",
    "toLowerCase",
    "toUpperCase",
    "toWellFormed",
    "trim",
    "trimEnd",
    "trimLeft",
    "trimRight",
    "trimStart",
];

pub(super) fn call(text: &Text, name: &str, arguments: &[Js], scope: &Scope<'_>) -> Option<Result<Js, Error>> {
    let first = argument(arguments, 0);
    let second = argument(arguments, 1);
    // White space as JavaScript knows it has the byte order mark, too.
    let is_space = |character: char| character.is_whitespace() && character != '\u{85}' || character == '\u{feff}';
    Some(Ok(match name {
        "toLowerCase" | "toLocaleLowerCase" => Js::text(text.to_lowercase()),
        "toUpperCase" | "toLocaleUpperCase" => Js::text(text.to_uppercase()),
        "trim" => Js::text(text.trim_matches(is_space)),
        "trimStart" | "trimLeft" => Js::text(text.trim_start_matches(is_space)),
        "trimEnd" | "trimRight" => Js::text(text.trim_end_matches(is_space)),
        "slice" => {
            let length = units::length(text);
            let start = relative(first, length, 0);
            Js::text(units::slice(text, start, relative(second, length, length)))
        }
        "substring" => {
            let length = units::length(text) as f64;
            let clamp = |place: &Js, default: f64| {
                if place.is_undefined() {
                    default
                } else {
                    place.to_integer().clamp(0.0, length)
                }
            };
            let (start, end) = (clamp(first, 0.0), clamp(second, length));
            Js::text(units::slice(text, start.min(end) as usize, start.max(end) as usize))
        }
        "substr" => {
            let length = units::length(text);
            let start = relative(first, length, 0);
            let count = if second.is_undefined() {
                length as f64
            } else {
                second.to_integer()
            };
            let end = (start as f64 + count).clamp(0.0, length as f64) as usize;
            Js::text(units::slice(text, start, end))
        }
        "at" | "charAt" => {
            let length = units::length(text) as f64;
            let place = first.to_integer();
            let place = if name == "at" && place < 0.0 {
                place + length
            } else {
                place
            };
            if place < 0.0 || place >= length {
                return Some(Ok(if name == "at" { Js::Undefined } else { Js::text("") }));
            }
            Js::text(units::slice(text, place as usize, place as usize + 1))
        }
        "charCodeAt" => {
            let place = first.to_integer();
            let unit = (place >= 0.0).then(|| units::at(text, place as usize)).flatten();
            Js::number(unit.map_or(f64::NAN, f64::from))
        }
        "codePointAt" => {
            let place = first.to_integer();
            let character = (place >= 0.0)
                .then(|| text[units::to_bytes(text, place as usize)..].chars().next())
                .flatten();
            Js::optional(character.map(|character| f64::from(u32::from(character))))
        }
        "concat" => {
            let mut result = text.to_string();
            for argument in arguments {
                result.push_str(&argument.to_text());
            }
            Js::text(result)
        }
        "includes" | "startsWith" | "endsWith" => return Some(contains(text, name, first, second)),
        "indexOf" => {
            let start = units::to_bytes(text, second.to_integer().max(0.0) as usize);
            let found = text[start..].find(first.to_text().as_str());
            Js::number(found.map_or(-1.0, |place| units::from_bytes(text, start + place) as f64))
        }
        "lastIndexOf" => {
            let sought = first.to_text();
            let limit = second.to_number();
            let end = if limit.is_nan() {
                text.len()
            } else {
                (units::to_bytes(text, limit.max(0.0) as usize) + sought.len()).min(text.len())
            };
            let found = text.get(..end).and_then(|text| text.rfind(sought.as_str()));
            Js::number(found.map_or(-1.0, |place| units::from_bytes(text, place) as f64))
        }
        "padStart" | "padEnd" => return Some(pad(text, name == "padStart", first, second)),
        "repeat" => {
            let count = first.to_integer();
            if count < 0.0 || count.is_infinite() {
                return Some(Err(Error::range(format!("Invalid count value: {}", first.to_text()))));
            }
            if let Err(error) = check_length((text.len() as f64 * count) as usize) {
                return Some(Err(error));
            }
            Js::text(text.repeat(count as usize))
        }
        "split" => split(text, first, second),
        "replace" | "replaceAll" => return Some(replace::replace(text, name == "replaceAll", first, second, scope)),
        "match" => return Some(regular_expression::match_text(text, first)),
        "search" => {
            let found = pattern_of(first).map(|pattern| pattern.regex.find(text).map(|found| found.start()));
            return Some(
                found.map(|found| Js::number(found.map_or(-1.0, |place| units::from_bytes(text, place) as f64))),
            );
        }
        "localeCompare" => return Some(intl::locale_compare(text, arguments)),
        "normalize" if text.is_ascii() => Js::text(text.clone()),
        "isWellFormed" => Js::TRUE,
        "toWellFormed" => Js::text(text.clone()),
        _ if NAMES.contains(&name) => return Some(Err(Error::unsupported(format!("a text's `{name}`")))),
        _ => return None,
    }))
}

/// The pattern of a regular expression, or of a text that is made one.
pub(super) fn pattern_of(value: &Js) -> Result<std::sync::Arc<Pattern>, Error> {
    match value {
        Js::RegularExpression(expression) => Ok(expression.pattern.clone()),
        Js::Undefined => Pattern::new("(?:)", "").map(Into::into),
        other => Pattern::new(&other.to_text(), "").map(Into::into),
    }
}

fn contains(text: &Text, name: &str, sought: &Js, place: &Js) -> Result<Js, Error> {
    if matches!(sought, Js::RegularExpression(_)) {
        return Err(Error::type_error(format!(
            "First argument to String.prototype.{name} must not be a regular expression"
        )));
    }
    let sought = sought.to_text();
    let found = match name {
        "endsWith" if !place.is_undefined() => {
            let end = units::to_bytes(text, place.to_integer().max(0.0) as usize);
            text[..end].ends_with(sought.as_str())
        }
        "endsWith" => text.ends_with(sought.as_str()),
        _ => {
            let start = units::to_bytes(text, place.to_integer().max(0.0) as usize);
            if name == "includes" {
                text[start..].contains(sought.as_str())
            } else {
                text[start..].starts_with(sought.as_str())
            }
        }
    };
    Ok(Js::boolean(found))
}

fn pad(text: &Text, at_start: bool, target: &Js, filler: &Js) -> Result<Js, Error> {
    let filler = if filler.is_undefined() {
        " ".into()
    } else {
        filler.to_text()
    };
    let length = units::length(text);
    let target = target.to_integer().max(0.0) as usize;
    check_length(target)?;
    if target <= length || filler.is_empty() {
        return Ok(Js::text(text.clone()));
    }
    let missing = target - length;
    let filler = filler.repeat(missing / units::length(&filler) + 1);
    let filler = units::slice(&filler, 0, missing);
    Ok(Js::text(if at_start {
        format!("{filler}{text}")
    } else {
        format!("{text}{filler}")
    }))
}

fn split(text: &Text, separator: &Js, limit: &Js) -> Js {
    let limit = if limit.is_undefined() {
        usize::MAX
    } else {
        limit.to_int32() as u32 as usize
    };
    let parts: Vec<Js> = match separator {
        Js::Undefined => vec![Js::text(text.clone())],
        Js::RegularExpression(expression) => regular_expression::split(text, &expression.pattern),
        other => {
            let separator = other.to_text();
            if separator.is_empty() {
                units::split(text).map(Js::Json).collect()
            } else {
                text.split(separator.as_str()).map(Js::text).collect()
            }
        }
    };
    Js::list(parts.into_iter().take(limit).collect())
}
