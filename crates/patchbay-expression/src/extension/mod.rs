//! n8n's extension functions: methods that n8n adds to text, numbers, arrays, objects, booleans and dates, and
//! [`functions`] of its scope.
//!
//! How n8n decides, as observed:
//!
//! 1. Only a call that is written as `value.name(…)` or `value?.name(…)`, with the name of any extension, is one of
//!    these; `value['name'](…)` and `value.name` without a call are JavaScript's alone.
//! 2. On null and undefined it fails (`toInt can't be used on undefined value`), unless an earlier `?.` of the
//!    chain has ended it; only `isEmpty` and `isNotEmpty` take them.
//! 3. The receiver's type has an extension of this name: that one runs, before a method of JavaScript's of the same
//!    name. So `new Map(…).keys()` is empty, and `dateTime.plus(1, 'day')` works.
//! 4. Otherwise a method of the value itself runs, if it has one: `$input.first()`, `Math.round(1.5)`,
//!    `duration.plus(…)`.
//! 5. Otherwise it fails with the types that have this extension.
//!
//! Every object that is neither array nor date counts as object, functions do not. Inside of an extension n8n's own
//! errors are shown to the user; what JavaScript throws makes the whole expression undefined, as everywhere.
//!
//! The caller does step 4: it asks [`applies`] first.

pub mod any;
pub mod array;
pub mod boolean;
pub mod date;
mod description;
pub mod functions;
pub mod number;
pub mod object;
pub mod string;

use std::iter;
use std::sync::LazyLock;

use patchbay_model::{Scope, Value};
use rustc_hash::FxHashMap;

pub use description::{Arguments, Body, Description, Example, Gives, Parameter};

use crate::date::Temporal;
use crate::{Error, Js};

/// The types in the order in which n8n's messages name them.
const TYPES: [(&str, &[Description]); 6] = [
    ("Array", array::ALL),
    ("Date", date::ALL),
    ("Number", number::ALL),
    ("Object", object::ALL),
    ("String", string::ALL),
    ("Boolean", boolean::ALL),
];

/// Whether a method of this name is one of n8n's for any type.
pub fn is_extension(name: &str) -> bool {
    INDEX.contains_key(name)
}

/// Whether this value's own type has the extension: then it goes before a method of the value.
pub fn applies(name: &str, receiver: &Js) -> bool {
    find(name, receiver).is_some()
}

/// Calls an extension on a value of any type, undefined included; n8n's error where the type has none of this name.
pub fn call(name: &str, receiver: &Js, arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
    let arguments = Arguments {
        values: arguments,
        scope,
    };
    let Some(description) = find(name, receiver) else {
        return Err(refusal(name, receiver));
    };
    match (description.body, receiver) {
        (Body::Any(body) | Body::Array(body) | Body::Object(body) | Body::Date(body), _) => body(receiver, &arguments),
        (Body::Text(body), Js::Json(Value::Text(text))) => body(text, &arguments),
        (Body::Number(body), Js::Json(Value::Number(number))) => body(*number, &arguments),
        (Body::Boolean(body), Js::Json(Value::Bool(value))) => body(*value, &arguments),
        _ => Err(refusal(name, receiver)),
    }
}

/// Every extension, a name once for each type that has it.
pub fn descriptions() -> impl Iterator<Item = &'static Description> {
    any::ALL
        .iter()
        .chain(TYPES.iter().flat_map(|(_, descriptions)| descriptions.iter()))
}

/// A place in the index: `Any`, then the types in the order of [`TYPES`].
const KINDS: usize = 7;

/// The extensions by name and type: a method call at run time finds its own, or that there is none, at once.
static INDEX: LazyLock<FxHashMap<&'static str, [Option<&'static Description>; KINDS]>> = LazyLock::new(|| {
    let mut index: FxHashMap<_, [_; KINDS]> = FxHashMap::default();
    let lists = iter::once(any::ALL).chain(TYPES.map(|(_, descriptions)| descriptions));
    for (kind, descriptions) in lists.enumerate() {
        for description in descriptions {
            for name in iter::once(&description.name).chain(description.aliases) {
                index.entry(*name).or_default()[kind] = Some(description);
            }
        }
    }
    index
});

fn find(name: &str, receiver: &Js) -> Option<&'static Description> {
    let kinds = INDEX.get(name)?;
    kinds[0].or_else(|| kinds[kind(receiver)?])
}

/// The place of a value's type in the index; `None` for what n8n knows no type of.
fn kind(receiver: &Js) -> Option<usize> {
    Some(match receiver {
        Js::Json(Value::Array(_)) | Js::List(_) => 1,
        Js::Temporal(temporal) if is_date(temporal) => 2,
        Js::Json(Value::Number(_)) => 3,
        Js::Json(Value::Text(_)) => 5,
        Js::Json(Value::Bool(_)) => 6,
        Js::Undefined | Js::Json(Value::Null) | Js::Function(_) => return None,
        _ => 4,
    })
}

fn is_date(temporal: &Temporal) -> bool {
    matches!(temporal.class(), "Date" | "DateTime")
}

/// n8n's error for a type without the extension.
fn refusal(name: &str, receiver: &Js) -> Error {
    if receiver.is_nullish() {
        return Error::new(format!("{name} can't be used on {} value", receiver.to_text()))
            .hint("check the path before it, or write `?.` to get undefined instead");
    }
    let types: Vec<String> = TYPES
        .iter()
        .filter(|(_, descriptions)| descriptions.iter().any(|description| description.is_called(name)))
        .map(|(name, _)| format!("\"{name}\""))
        .collect();
    let list = match types.as_slice() {
        [one] => format!("type {one}"),
        [first @ .., last] => format!("types {}, and {last}", first.join(", ")),
        [] => "no type".to_owned(),
    };
    Error::new(format!("{name}() is only callable on {list}"))
}
