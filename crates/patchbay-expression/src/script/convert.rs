//! Values on their way between Rust and a script.

use std::rc::Rc;

use indexmap::IndexMap;
use patchbay_model::{Object as JsonObject, Text, Value as Json};
use rquickjs::atom::PredefinedAtom;
use rquickjs::function::Rest;
use rquickjs::object::Filter;
use rquickjs::{Array, Ctx, Function, Object, Result, String as ScriptString, Type, Value};

use super::data::Data;
use super::host_object::{self, HostObject};
use super::{TOO_DEEP, failure, realm, with_scope};
use crate::error::Kind;
use crate::js::{ErrorObject, Function as HostFunction};
use crate::{Error, Js};

/// Beyond so many levels a value that a script made is measured with what it holds of the workflow's.
const DEEP: usize = 64;
/// The stack, in bytes, that must be left for one more level.
const STACK_FOR_A_LEVEL: usize = 256 << 10;
/// Longer lists do not fit.
const MOST_ELEMENTS: usize = 1 << 25;

/// JSON for a script: objects stay shared until they are changed, arrays are copied one level deep.
pub fn json_to_script<'js>(context: &Ctx<'js>, value: &Json) -> Result<Value<'js>> {
    Ok(match value {
        Json::Null => Value::new_null(context.clone()),
        Json::Bool(value) => Value::new_bool(context.clone(), *value),
        Json::Number(value) => Value::new_number(context.clone(), *value),
        Json::Text(value) => ScriptString::from_str(context.clone(), value)?.into_value(),
        Json::Array(values) => {
            let array = Array::new(context.clone())?;
            for (index, value) in values.iter().enumerate() {
                array.set(index, json_to_script(context, value)?)?;
            }
            array.into_value()
        }
        Json::Object(object) => Data::wrap(context, object.clone())?,
    })
}

/// Any value for a script.
pub fn to_script<'js>(context: &Ctx<'js>, value: &Js) -> Result<Value<'js>> {
    match value {
        Js::Undefined => Ok(Value::new_undefined(context.clone())),
        Js::Json(value) => json_to_script(context, value),
        Js::List(values) => {
            let array = Array::new(context.clone())?;
            for (index, value) in values.iter().enumerate() {
                array.set(index, to_script(context, value)?)?;
            }
            Ok(array.into_value())
        }
        Js::Record(entries) => {
            let object = Object::new(context.clone())?;
            for (key, value) in entries.iter() {
                object.set(key.as_str(), to_script(context, value)?)?;
            }
            Ok(object.into_value())
        }
        Js::Function(function) => function_to_script(context, function),
        Js::RegularExpression(expression) => {
            let make = &realm::get(context)?.make_regular_expression;
            make.call((expression.pattern.source.as_str(), expression.pattern.flags.as_str()))
        }
        Js::Map(entries) => collection_to_script(context, "Map", &entries.entries()),
        Js::Set(entries) => collection_to_script(context, "Set", &entries.entries()),
        Js::Error(error) => Ok(failure::make(context, error.name(), &error.message)?.into_value()),
        Js::Host(host) if host.is_callable() => host_object::callable(context, value),
        Js::Host(_) | Js::Temporal(_) => HostObject::wrap(context, value),
    }
}

fn collection_to_script<'js>(context: &Ctx<'js>, class: &str, entries: &[(Js, Js)]) -> Result<Value<'js>> {
    let array = Array::new(context.clone())?;
    for (index, (key, value)) in entries.iter().enumerate() {
        let entry = if class == "Set" {
            to_script(context, key)?
        } else {
            let pair = Array::new(context.clone())?;
            pair.set(0, to_script(context, key)?)?;
            pair.set(1, to_script(context, value)?)?;
            pair.into_value()
        };
        array.set(index, entry)?;
    }
    realm::get(context)?.make_collection.call((class, array))
}

/// Globals that the script has itself stay the script's own.
fn function_to_script<'js>(context: &Ctx<'js>, function: &Rc<HostFunction>) -> Result<Value<'js>> {
    if let HostFunction::Global(name) = &**function {
        let own: Value = context.globals().get(*name)?;
        if !own.is_undefined() {
            return Ok(own);
        }
    }
    let host = function.clone();
    let call = move |context: Ctx<'js>, arguments: Rest<Value<'js>>| -> Result<Value<'js>> {
        let arguments = self::arguments(&context, &arguments.0)?;
        let answer = with_scope(&context, |scope| host.call(&arguments, scope))?;
        to_script(&context, &answer)
    };
    Ok(Function::new(context.clone(), call)?
        .with_name(function.name())?
        .into_value())
}

/// A call's arguments for Rust.
pub fn arguments<'js>(context: &Ctx<'js>, values: &[Value<'js>]) -> Result<Vec<Js>> {
    values.iter().map(|value| from_script(context, value)).collect()
}

/// A script's value for Rust. Functions become one that can not be called, symbols undefined, promises and the
/// like empty objects.
///
/// # Errors
///
/// A `TypeError` for a value that holds itself, a `RangeError` for one that is deeper than [`Json::DEEPEST`].
pub fn from_script<'js>(context: &Ctx<'js>, value: &Value<'js>) -> Result<Js> {
    read(context, value, None)
}

/// A script's value as JSON; `None` if it holds anything else.
pub fn to_json<'js>(context: &Ctx<'js>, value: &Value<'js>, above: &Level<'_, 'js>) -> Result<Option<Json>> {
    Ok(match read(context, value, Some(above))? {
        Js::Json(value) => Some(value),
        _ => None,
    })
}

/// An object that is being read, and those that it is in.
pub struct Level<'a, 'js> {
    object: &'a Object<'js>,
    above: Option<&'a Level<'a, 'js>>,
    depth: usize,
}

impl<'a, 'js> Level<'a, 'js> {
    fn enter(context: &Ctx<'js>, object: &'a Object<'js>, above: Option<&'a Self>) -> Result<Self> {
        let depth = above.map_or(1, |above| above.depth + 1);
        if std::iter::successors(above, |level| level.above).any(|level| level.object == object) {
            let error = Error::type_error("Converting circular structure to JSON");
            return Err(failure::throw(context, &error));
        }
        if depth > Json::DEEPEST || stacker::remaining_stack().is_some_and(|left| left < STACK_FOR_A_LEVEL) {
            return Err(too_deep(context));
        }
        Ok(Self { object, above, depth })
    }

    /// The workflow's own data in what the script made.
    pub fn hold(&self, context: &Ctx<'js>, value: Json) -> Result<Json> {
        if self.depth > DEEP && value.is_deeper_than(Json::DEEPEST.saturating_sub(self.depth)) {
            return Err(too_deep(context));
        }
        Ok(value)
    }
}

fn too_deep(context: &Ctx<'_>) -> rquickjs::Error {
    failure::throw(context, &Error::of(Kind::Range, TOO_DEEP))
}

/// Text of a script; a surrogate without its other half becomes U+FFFD.
pub fn text<'js>(context: &Ctx<'js>, value: &ScriptString<'js>) -> Result<Text> {
    match value.clone().to_cstring() {
        Ok(text) if std::str::from_utf8(text.as_str().as_bytes()).is_ok() => Ok(text.as_str().into()),
        _ => {
            let well_formed: String = realm::get(context)?.well_formed.call((value.clone(),))?;
            Ok(well_formed.into())
        }
    }
}

fn read<'js>(context: &Ctx<'js>, value: &Value<'js>, above: Option<&Level<'_, 'js>>) -> Result<Js> {
    if let Some(number) = value.as_number() {
        return Ok(Js::number(number));
    }
    if let Some(string) = value.as_string() {
        return Ok(Js::text(text(context, string)?));
    }
    match value.type_of() {
        Type::Null => Ok(Js::NULL),
        Type::Bool => Ok(Js::boolean(value.as_bool().unwrap_or_default())),
        Type::Array => match value.as_array() {
            Some(array) => read_array(context, array, above),
            None => Ok(Js::Undefined),
        },
        Type::BigInt => {
            let digits: rquickjs::Coerced<String> = value.get()?;
            Ok(Js::text(digits.0))
        }
        Type::Function | Type::Constructor => Ok(Js::Function(Rc::new(HostFunction::Global("function")))),
        Type::Undefined | Type::Uninitialized | Type::Symbol => Ok(Js::Undefined),
        _ => match value.as_object() {
            Some(object) => read_object(context, object, above),
            None => Ok(Js::Undefined),
        },
    }
}

fn read_array<'js>(context: &Ctx<'js>, array: &Array<'js>, above: Option<&Level<'_, 'js>>) -> Result<Js> {
    let level = Level::enter(context, array.as_object(), above)?;
    // A list with a few elements far apart takes no memory of QuickJS, but each place of it takes some here.
    if array.len() > MOST_ELEMENTS {
        return Err(failure::throw(context, &super::too_much()));
    }
    let mut values = Vec::with_capacity(array.len());
    for (index, value) in array.iter::<Value>().enumerate() {
        if index % 65_536 == 65_535 && super::is_over() {
            return Err(failure::throw(context, &super::too_long()));
        }
        values.push(read(context, &value?, Some(&level))?);
    }
    Ok(Js::list(values))
}

fn read_object<'js>(context: &Ctx<'js>, object: &Object<'js>, above: Option<&Level<'_, 'js>>) -> Result<Js> {
    let level = Level::enter(context, object, above)?;
    if object.as_value().is_proxy() {
        if let Some(data) = Data::behind(object)? {
            let data = data.borrow();
            return match data.to_json(context, &level)? {
                Some(json) => Ok(Js::Json(json)),
                None => read_properties(context, &data.own(context)?, &level),
            };
        }
        if let Some(host) = HostObject::behind(object)? {
            return Ok(host.borrow().value().clone());
        }
    }
    let realm = realm::get(context)?;
    if object.get_prototype().as_ref() == Some(&realm.object_prototype) {
        return read_properties(context, object, &level);
    }
    if object.as_value().is_error() {
        let name: Option<String> = object.get("name").ok();
        let message: Option<rquickjs::Coerced<String>> = object.get("message").ok();
        return Ok(Js::Error(Rc::new(ErrorObject {
            kind: name.as_deref().map_or(Kind::Error, failure::kind),
            message: message.map(|message| message.0).unwrap_or_default().into(),
        })));
    }
    if object.as_value().is_promise() {
        return Ok(Js::Json(Json::object(JsonObject::new())));
    }
    // A class of the script's own says itself how it is written.
    if above.is_some() && object.contains_key(PredefinedAtom::ToJSON)? {
        let written: Value = realm.call_to_json.call((object.clone(),))?;
        return match written.as_object() {
            Some(object) => read_properties(context, object, &level),
            None => read(context, &written, Some(&level)),
        };
    }
    read_properties(context, object, &level)
}

fn read_properties<'js>(context: &Ctx<'js>, object: &Object<'js>, level: &Level<'_, 'js>) -> Result<Js> {
    let mut json = JsonObject::new();
    let mut entries = object.own_props::<rquickjs::Atom, Value>(Filter::new().string().enum_only());
    while let Some(entry) = entries.next() {
        let (key, value) = entry?;
        let key = Text::from(key.to_string()?);
        match read(context, &value, Some(level))? {
            Js::Json(value) => drop(json.insert(key, value)),
            other => {
                // Something that is not JSON: the rest of the properties go with it into a record.
                let mut record: IndexMap<Text, Js> =
                    json.into_iter().map(|(key, value)| (key, Js::Json(value))).collect();
                record.insert(key, other);
                for entry in entries {
                    let (key, value) = entry?;
                    record.insert(key.to_string()?.into(), read(context, &value, Some(level))?);
                }
                return Ok(Js::record(record));
            }
        }
    }
    Ok(Js::Json(Json::object(json)))
}
