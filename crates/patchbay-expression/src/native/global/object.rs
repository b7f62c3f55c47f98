//! `Object`.

use indexmap::IndexMap;
use patchbay_model::{Scope, Text, Value};

use super::{argument, text_length};
use crate::native::evaluate::spread_into;
use crate::native::method;
use crate::{Error, Js};

pub(super) const NAMES: [&str; 10] = [
    "keys",
    "values",
    "entries",
    "assign",
    "fromEntries",
    "is",
    "hasOwn",
    "freeze",
    "create",
    "getOwnPropertyNames",
];

pub(super) fn call(name: &str, arguments: &[Js], scope: &Scope<'_>) -> Option<Result<Js, Error>> {
    let first = argument(arguments, 0);
    Some(match name {
        "keys" => keys(first, scope).map(Js::list),
        "values" => entries(first, scope).map(|entries| Js::list(entries.into_values().collect())),
        "entries" => entries(first, scope).map(|entries| {
            let pairs = entries
                .into_iter()
                .map(|(key, value)| Js::list(vec![Js::text(key), value]));
            Js::list(pairs.collect())
        }),
        "assign" => assign(arguments, scope),
        "fromEntries" => from_entries(first),
        "is" => {
            let second = argument(arguments, 1);
            let both = first.as_number().zip(second.as_number());
            Ok(Js::boolean(match both {
                Some((left, right)) => left.to_bits() == right.to_bits() || (left.is_nan() && right.is_nan()),
                None => first.strict_equals(second),
            }))
        }
        "hasOwn" => {
            let name = argument(arguments, 1).to_property_key();
            keys(first, scope).map(|keys| {
                Js::boolean(first.own(&name).is_some() || keys.iter().any(|key| key.as_str() == Some(&name)))
            })
        }
        // Nothing can change it where it is seen here, so being frozen shows only where something would.
        "freeze" | "seal" | "preventExtensions" => Err(Error::unsupported("a frozen object")),
        "create" | "getOwnPropertyNames" | "isFrozen" | "isSealed" => Err(Error::unsupported("rare")),
        _ => return None,
    })
}

/// `Object.keys(value)`.
pub(in crate::native) fn keys(value: &Js, scope: &Scope<'_>) -> Result<Vec<Js>, Error> {
    if let Some(entries) = value.entries() {
        return Ok(entries.map(|(key, _)| Js::text(key.clone())).collect());
    }
    let numbered = |count: usize| (0..count).map(|index| Js::text(index.to_string())).collect();
    Ok(match value {
        value if value.is_nullish() => {
            return Err(Error::type_error("Cannot convert undefined or null to object"));
        }
        Js::Json(Value::Text(text)) => numbered(text_length(text)),
        Js::Host(host) => host.keys(scope).into_iter().map(Js::text).collect(),
        Js::Temporal(_) => return Err(Error::unsupported("a date's keys")),
        value => numbered(value.array_length().unwrap_or(0)),
    })
}

fn entries(value: &Js, scope: &Scope<'_>) -> Result<IndexMap<Text, Js>, Error> {
    if value.is_nullish() {
        return Err(Error::type_error("Cannot convert undefined or null to object"));
    }
    let mut entries = IndexMap::new();
    spread_into(&mut entries, value, scope)?;
    Ok(entries)
}

/// `Object.assign(target, …)` where nobody else can see the target: an object literal, mostly.
fn assign(arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
    let Some((target, sources)) = arguments.split_first() else {
        return Err(Error::type_error("Cannot convert undefined or null to object"));
    };
    let is_fresh = match target {
        Js::Json(Value::Object(object)) => std::sync::Arc::strong_count(object) == 1,
        Js::Record(entries) => std::rc::Rc::strong_count(entries) == 1,
        _ => false,
    };
    if !is_fresh {
        return Err(Error::unsupported("a change of what others see"));
    }
    let mut entries = entries(target, scope)?;
    for source in sources {
        spread_into(&mut entries, source, scope)?;
    }
    Ok(Js::record(entries))
}

fn from_entries(value: &Js) -> Result<Js, Error> {
    let pairs = method::iterate(value)?.into_iter().map(|pair| {
        if !pair.is_object() {
            return Err(Error::type_error(format!(
                "Iterator value {} is not an entry object",
                pair.to_text()
            )));
        }
        let key = pair.own("0").unwrap_or_default().to_property_key();
        Ok((key, pair.own("1").unwrap_or_default()))
    });
    Ok(Js::record(pairs.collect::<Result<_, _>>()?))
}
