//! Methods of `Map` and `Set`.

use patchbay_model::Scope;

use super::argument;
use crate::js::Collection;
use crate::native::call::invoke;
use crate::{Error, Js};

pub(super) const MAP: [&str; 9] = [
    "get", "set", "has", "delete", "clear", "forEach", "keys", "values", "entries",
];
pub(super) const SET: [&str; 15] = [
    "add",
    "has",
    "delete",
    "clear",
    "forEach",
    "keys",
    "values",
    "entries",
    "union",
    "intersection",
    "difference",
    "symmetricDifference",
    "isSubsetOf",
    "isSupersetOf",
    "isDisjointFrom",
];

pub(super) fn call_map(
    receiver: &Js,
    map: &Collection,
    name: &str,
    arguments: &[Js],
    scope: &Scope<'_>,
) -> Option<Result<Js, Error>> {
    let key = argument(arguments, 0);
    Some(Ok(match name {
        "get" => map.get(key).unwrap_or_default(),
        "set" => {
            map.insert(key.clone(), argument(arguments, 1).clone());
            receiver.clone()
        }
        _ => return call_both(receiver, map, name, arguments, scope),
    }))
}

pub(super) fn call_set(
    receiver: &Js,
    set: &Collection,
    name: &str,
    arguments: &[Js],
    scope: &Scope<'_>,
) -> Option<Result<Js, Error>> {
    match name {
        "add" => {
            let value = argument(arguments, 0);
            if !set.contains(value) {
                set.insert(value.clone(), value.clone());
            }
            Some(Ok(receiver.clone()))
        }
        _ if SET[8..].contains(&name) => Some(Err(Error::unsupported("the algebra of sets"))),
        _ => call_both(receiver, set, name, arguments, scope),
    }
}

fn call_both(
    receiver: &Js,
    collection: &Collection,
    name: &str,
    arguments: &[Js],
    scope: &Scope<'_>,
) -> Option<Result<Js, Error>> {
    let key = argument(arguments, 0);
    Some(Ok(match name {
        "has" => Js::boolean(collection.contains(key)),
        "delete" => Js::boolean(collection.remove(key)),
        "clear" => {
            collection.clear();
            Js::Undefined
        }
        "forEach" => {
            for (entry, value) in collection.entries() {
                if let Err(error) = invoke(key, vec![value, entry, receiver.clone()], scope) {
                    return Some(Err(error));
                }
            }
            Js::Undefined
        }
        _ => return None,
    }))
}

/// What `keys()`, `values()` or `entries()` goes over.
pub(super) fn iterator(collection: &Collection, name: &str) -> Vec<Js> {
    let entries = collection.entries().into_iter();
    match name {
        "keys" => entries.map(|(key, _)| key).collect(),
        "values" => entries.map(|(_, value)| value).collect(),
        _ => entries.map(|(key, value)| Js::list(vec![key, value])).collect(),
    }
}
