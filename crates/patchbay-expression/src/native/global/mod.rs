//! JavaScript's global functions, classes and namespaces.

mod math;
mod number;
mod object;
mod uri;

use std::rc::Rc;
use std::sync::Arc;

use patchbay_model::{Scope, Value};

use super::method::{self, argument};
use super::{check_length, json, units};
use crate::js::{Collection, ErrorObject, Function, Pattern, RegularExpression};
use crate::{Error, Js, Kind, date, intl};

pub(super) use object::keys;

/// Calls a global without `new`.
pub(super) fn call(name: &str, arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
    let first = argument(arguments, 0);
    Ok(match name {
        "String" => Js::text(if arguments.is_empty() {
            "".into()
        } else {
            first.to_text()
        }),
        "Number" => Js::number(if arguments.is_empty() { 0.0 } else { first.to_number() }),
        "Boolean" => Js::boolean(first.truthy()),
        "parseInt" => Js::number(number::parse_int(&first.to_text(), argument(arguments, 1).to_int32())),
        "parseFloat" => Js::number(number::parse_float(&first.to_text())),
        "isNaN" => Js::boolean(first.to_number().is_nan()),
        "isFinite" => Js::boolean(first.to_number().is_finite()),
        "encodeURI" => Js::text(uri::encode(&first.to_text(), uri::RESERVED)),
        "encodeURIComponent" => Js::text(uri::encode(&first.to_text(), "")),
        "decodeURI" => Js::text(uri::decode(&first.to_text(), "#;/?:@&=+$,")?),
        "decodeURIComponent" => Js::text(uri::decode(&first.to_text(), "")?),
        "Object" | "Array" | "RegExp" => return construct(name, arguments, scope),
        "Date" => return date::call_static("Date", "", arguments, scope),
        _ if error_kind(name).is_some() => return construct(name, arguments, scope),
        "Map" | "Set" | "DateTime" | "Duration" | "Interval" => {
            return Err(Error::type_error(format!(
                "Class constructor {name} cannot be invoked without 'new'"
            )));
        }
        _ => return Err(Error::type_error(format!("{name} is not a function"))),
    })
}

/// `new Class(…)`.
pub(super) fn construct(class: &str, arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
    let first = argument(arguments, 0);
    if let Some(kind) = error_kind(class) {
        if arguments.len() > 1 {
            return Err(Error::unsupported("an error's cause"));
        }
        let message = if first.is_undefined() {
            "".into()
        } else {
            first.to_text()
        };
        return Ok(Js::Error(Rc::new(ErrorObject { kind, message })));
    }
    match class {
        "Object" => Ok(match first {
            value if value.is_nullish() => Js::from(patchbay_model::Object::new()),
            value if value.is_object() => value.clone(),
            _ => return Err(Error::unsupported("a wrapped value")),
        }),
        "Array" => match arguments {
            [Js::Json(Value::Number(length))] => {
                if length.fract() != 0.0 || *length < 0.0 || *length > f64::from(u32::MAX) {
                    return Err(Error::range("Invalid array length"));
                }
                check_length(*length as usize)?;
                Ok(Js::list(vec![Js::Undefined; *length as usize]))
            }
            _ => Ok(Js::list(arguments.to_vec())),
        },
        "RegExp" => {
            let flags = argument(arguments, 1);
            let (source, own_flags) = match first {
                Js::RegularExpression(expression) => {
                    (expression.pattern.source.clone(), expression.pattern.flags.clone())
                }
                Js::Undefined => ("(?:)".into(), "".into()),
                other => (other.to_text(), "".into()),
            };
            let flags = if flags.is_undefined() {
                own_flags
            } else {
                flags.to_text()
            };
            let pattern = Arc::new(Pattern::new(&source, &flags)?);
            Ok(Js::RegularExpression(Rc::new(RegularExpression::new(pattern))))
        }
        "Map" => {
            let map = Collection::default();
            if !first.is_nullish() {
                for entry in method::iterate(first)? {
                    map.insert(entry.own("0").unwrap_or_default(), entry.own("1").unwrap_or_default());
                }
            }
            Ok(Js::Map(Rc::new(map)))
        }
        "Set" => {
            let set = Collection::default();
            if !first.is_nullish() {
                for value in method::iterate(first)? {
                    if !set.contains(&value) {
                        set.insert(value.clone(), value);
                    }
                }
            }
            Ok(Js::Set(Rc::new(set)))
        }
        "Date" | "DateTime" | "Duration" | "Interval" => date::construct(class, arguments, scope),
        _ => Err(Error::type_error(format!("{class} is not a constructor"))),
    }
}

/// Calls what a global holds.
pub(super) fn call_static(global: &str, name: &str, arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
    let first = argument(arguments, 0);
    let missing = || Error::type_error(format!("{global}.{name} is not a function"));
    match global {
        "Math" => math::call(name, arguments, scope).unwrap_or_else(|| Err(missing())),
        "Object" => object::call(name, arguments, scope).unwrap_or_else(|| Err(missing())),
        "JSON" => match name {
            "stringify" => {
                let text = json::stringify(first, argument(arguments, 1), argument(arguments, 2), scope)?;
                Ok(Js::optional(text))
            }
            "parse" if arguments.len() < 2 || !argument(arguments, 1).is_function() => json::parse(&first.to_text()),
            "parse" => Err(Error::unsupported("a reviver")),
            _ => Err(missing()),
        },
        "Array" => match name {
            "isArray" => Ok(Js::boolean(first.is_array())),
            "of" => Ok(Js::list(arguments.to_vec())),
            "from" => array_from(arguments, scope),
            _ => Err(missing()),
        },
        "Number" => number::call(name, arguments).unwrap_or_else(|| Err(missing())),
        "String" => match name {
            "fromCharCode" => {
                let units: Vec<u16> = arguments.iter().map(|unit| unit.to_int32() as u16).collect();
                Ok(Js::text(String::from_utf16_lossy(&units)))
            }
            "fromCodePoint" => {
                let characters = arguments.iter().map(|point| {
                    let point = point.to_number();
                    let character = (point.fract() == 0.0 && point >= 0.0).then(|| char::from_u32(point as u32));
                    character
                        .flatten()
                        .ok_or_else(|| Error::range(format!("Invalid code point {point}")))
                });
                Ok(Js::text(characters.collect::<Result<String, _>>()?))
            }
            "raw" => Err(Error::unsupported("String.raw")),
            _ => Err(missing()),
        },
        "Date" | "DateTime" | "Duration" | "Interval" => date::call_static(global, name, arguments, scope),
        "Map" | "Set" | "RegExp" | "Boolean" => Err(Error::unsupported(format!("{global}.{name}"))),
        // QuickJS's objects ask for a method's result with all that they were made of.
        "Intl" if arguments.len() > 2 => intl::call(name, arguments, scope.environment.now()),
        "Intl" => Err(Error::unsupported("Intl")),
        _ => match name {
            "captureStackTrace" => Err(missing()),
            _ => Err(Error::unsupported(format!("{global}.{name}"))),
        },
    }
}

/// A property of a global; `None` where it has none of this name.
pub(super) fn property(global: &'static str, name: &str, _scope: &Scope<'_>) -> Result<Option<Js>, Error> {
    let constant = match global {
        "Math" => math::constant(name),
        "Number" => number::constant(name),
        "DateTime" | "Date" | "Duration" | "Interval" => date::get_static(global, name),
        "Intl" => return Err(Error::unsupported("Intl")),
        _ => None,
    };
    if constant.is_some() {
        return Ok(constant);
    }
    Ok(has_static(global, name).then(|| {
        Js::Function(Rc::new(Function::Static {
            global,
            name: name.into(),
        }))
    }))
}

pub(super) fn has_static(global: &str, name: &str) -> bool {
    match global {
        "Math" => math::NAMES.contains(&name),
        "Object" => object::NAMES.contains(&name),
        "JSON" => matches!(name, "stringify" | "parse"),
        "Array" => matches!(name, "isArray" | "of" | "from"),
        "Number" => number::NAMES.contains(&name),
        "String" => matches!(name, "fromCharCode" | "fromCodePoint" | "raw"),
        "Date" => matches!(name, "now" | "parse" | "UTC"),
        "DateTime" => matches!(
            name,
            "now"
                | "local"
                | "utc"
                | "fromJSDate"
                | "fromMillis"
                | "fromSeconds"
                | "fromObject"
                | "fromISO"
                | "fromRFC2822"
                | "fromHTTP"
                | "fromFormat"
                | "fromSQL"
                | "invalid"
                | "isDateTime"
                | "min"
                | "max"
        ),
        "Duration" => matches!(
            name,
            "fromMillis" | "fromObject" | "fromISO" | "fromISOTime" | "isDuration"
        ),
        "Interval" => matches!(
            name,
            "fromDateTimes" | "after" | "before" | "fromISO" | "isInterval" | "merge"
        ),
        _ => false,
    }
}

fn error_kind(class: &str) -> Option<Kind> {
    Some(match class {
        "Error" => Kind::Error,
        "TypeError" => Kind::Type,
        "RangeError" => Kind::Range,
        "SyntaxError" => Kind::Syntax,
        "ReferenceError" => Kind::Reference,
        "URIError" => Kind::Uri,
        _ => return None,
    })
}

/// `Array.from(values, map)`, `values` being something to iterate or an object with a length.
fn array_from(arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
    let source = argument(arguments, 0);
    if source.is_nullish() {
        return Err(Error::type_error(format!("{} is not iterable", source.to_text())));
    }
    let values = if let Ok(values) = method::iterate(source) {
        values
    } else {
        let length = source.own("length").map_or(0.0, |length| length.to_integer().max(0.0));
        check_length(length as usize)?;
        let element = |index: usize| source.own(&index.to_string()).unwrap_or_default();
        (0..length as usize).map(element).collect()
    };
    let map = argument(arguments, 1);
    if map.is_undefined() {
        return Ok(Js::list(values));
    }
    let values = values
        .into_iter()
        .enumerate()
        .map(|(index, value)| super::call::invoke(map, vec![value, Js::count(index)], scope));
    Ok(Js::list(values.collect::<Result<_, _>>()?))
}

/// How long a text is, for `Object.keys`.
fn text_length(text: &str) -> usize {
    units::length(text)
}
