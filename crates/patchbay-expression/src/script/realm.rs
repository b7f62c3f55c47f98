//! What one QuickJS context keeps at hand: the prototypes and helpers that `prelude.js` makes, and the Rust functions
//! that it is given.

#![expect(
    clippy::needless_pass_by_value,
    reason = "QuickJS hands a Rust function its arguments by value"
)]

use std::ops::Deref;

use rquickjs::function::Rest;
use rquickjs::runtime::UserDataGuard;
use rquickjs::{Coerced, Ctx, Error as ScriptError, Function, JsLifetime, Object, Result, Value};

use super::data::Data;
use super::{bytes, convert, failure, json_text, with_scope, with_world};
use crate::date;
use crate::js::sort_by;
use crate::{Error, Js, extension, host, native, refusal};

const PRELUDE: &str = include_str!("prelude.js");

/// The helpers of one context.
#[derive(JsLifetime)]
pub struct Realm<'js> {
    pub object_prototype: Object<'js>,
    /// The traps of objects that share the workflow's data, and of those of n8n's scope.
    pub data_handler: Object<'js>,
    pub host_handler: Object<'js>,
    /// The prototypes of the classes of dates, in the order of [`date::CLASSES`].
    class_prototypes: Vec<Object<'js>>,
    pub has_own: Function<'js>,
    pub make_regular_expression: Function<'js>,
    pub make_collection: Function<'js>,
    pub well_formed: Function<'js>,
    pub call_to_json: Function<'js>,
    pub make_error: Function<'js>,
    pub settle: Function<'js>,
    /// What `script_prelude.js` and `run` share.
    pub kit: Object<'js>,
    /// What the functions of expressions are called with.
    pub helpers: Value<'js>,
}

impl<'js> Realm<'js> {
    /// The prototype of a class of dates.
    pub fn class_prototype(&self, class: &str) -> Option<Object<'js>> {
        let index = date::CLASSES.iter().position(|known| *known == class)?;
        self.class_prototypes.get(index).cloned()
    }
}

/// The context's realm.
pub fn get<'js>(context: &Ctx<'js>) -> Result<impl Deref<Target = Realm<'js>>> {
    let realm: Option<UserDataGuard<Realm>> = context.userdata();
    realm.ok_or(ScriptError::Unknown)
}

/// Makes a context ready. `expressions`: only what n8n leaves to its expressions stays in reach, and nothing that one
/// evaluation could change for the next.
pub fn prepare(context: &Ctx<'_>, expressions: bool) -> Result<()> {
    let host = host_functions(context)?;
    let prelude: Function = context.eval(PRELUDE)?;
    let made: Object = prelude.call((host, expressions))?;
    let prototypes: Vec<Object> = made.get("classPrototypes")?;
    let realm = Realm {
        object_prototype: made.get("objectPrototype")?,
        data_handler: made.get("dataHandler")?,
        host_handler: made.get("hostHandler")?,
        class_prototypes: prototypes,
        has_own: made.get("hasOwn")?,
        make_regular_expression: made.get("makeRegularExpression")?,
        make_collection: made.get("makeCollection")?,
        well_formed: made.get("wellFormed")?,
        call_to_json: made.get("callToJson")?,
        make_error: made.get("makeError")?,
        settle: made.get("settle")?,
        kit: made.get("kit")?,
        helpers: made.get("helpers")?,
    };
    context.store_userdata(realm).map_err(|_| ScriptError::Unknown)?;
    Ok(())
}

/// What the prelude may ask of Rust.
fn host_functions<'js>(context: &Ctx<'js>) -> Result<Object<'js>> {
    let functions = Object::new(context.clone())?;
    functions.set("classes", date::CLASSES.to_vec())?;
    functions.set("names", host::NAMES.to_vec())?;
    functions.set("refused", refusal::REFUSED.to_vec())?;
    let add = |name: &str, function: Function<'js>| functions.set(name, function);
    add("construct", Function::new(context.clone(), construct)?)?;
    add("callStatic", Function::new(context.clone(), call_static)?)?;
    add("getStatic", Function::new(context.clone(), get_static)?)?;
    add("callMethod", Function::new(context.clone(), call_method)?)?;
    add("callGlobal", Function::new(context.clone(), call_global)?)?;
    add("callExtension", Function::new(context.clone(), call_extension)?)?;
    add("extensionApplies", Function::new(context.clone(), extension_applies)?)?;
    add(
        "isExtension",
        Function::new(context.clone(), |name: String| extension::is_extension(&name))?,
    )?;
    add("getName", Function::new(context.clone(), get_name)?)?;
    add("callName", Function::new(context.clone(), call_name)?)?;
    add(
        "jsonError",
        Function::new(context.clone(), |text: String| json_text::error_of(&text))?,
    )?;
    add("write", Function::new(context.clone(), Data::write)?)?;
    add("explain", Function::new(context.clone(), failure::explain)?)?;
    add("encode", Function::new(context.clone(), bytes::encode)?)?;
    add("decode", Function::new(context.clone(), bytes::decode)?)?;
    add("sort", Function::new(context.clone(), sort)?)?;
    add("random", Function::new(context.clone(), random)?)?;
    add("ask", Function::new(context.clone(), ask)?)?;
    add("tell", Function::new(context.clone(), tell)?)?;
    Ok(functions)
}

fn construct<'js>(context: Ctx<'js>, class: String, arguments: Vec<Value<'js>>) -> Result<Value<'js>> {
    let arguments = convert::arguments(&context, &arguments)?;
    let value = with_scope(&context, |scope| date::construct(&class, &arguments, scope))?;
    convert::to_script(&context, &value)
}

fn call_static<'js>(context: Ctx<'js>, class: String, name: String, arguments: Vec<Value<'js>>) -> Result<Value<'js>> {
    let arguments = convert::arguments(&context, &arguments)?;
    let value = with_scope(&context, |scope| {
        if date::CLASSES.contains(&class.as_str()) {
            date::call_static(&class, &name, &arguments, scope)
        } else {
            native::call_static(&class, &name, &arguments, scope)
        }
    })?;
    convert::to_script(&context, &value)
}

fn get_static(context: Ctx<'_>, class: String, name: String) -> Result<Value<'_>> {
    convert::to_script(&context, &date::get_static(&class, &name).unwrap_or_default())
}

fn call_method<'js>(
    context: Ctx<'js>,
    receiver: Value<'js>,
    name: String,
    arguments: Vec<Value<'js>>,
) -> Result<Value<'js>> {
    let receiver = convert::from_script(&context, &receiver)?;
    let arguments = convert::arguments(&context, &arguments)?;
    let value = with_scope(&context, |scope| {
        native::call_method(&receiver, &name, &arguments, scope)
    })?;
    convert::to_script(&context, &value)
}

fn call_global<'js>(context: Ctx<'js>, name: String, arguments: Rest<Value<'js>>) -> Result<Value<'js>> {
    let arguments = convert::arguments(&context, &arguments.0)?;
    let value = with_scope(&context, |scope| native::call_global(&name, &arguments, scope))?;
    convert::to_script(&context, &value)
}

/// Whether n8n has an extension of this name for the value's own type.
fn extension_applies<'js>(context: Ctx<'js>, receiver: Value<'js>, name: String) -> Result<bool> {
    let receiver = convert::from_script(&context, &receiver)?;
    Ok(extension::applies(&name, &receiver))
}

fn call_extension<'js>(
    context: Ctx<'js>,
    receiver: Value<'js>,
    name: String,
    arguments: Vec<Value<'js>>,
) -> Result<Value<'js>> {
    let receiver = convert::from_script(&context, &receiver)?;
    let arguments = convert::arguments(&context, &arguments)?;
    let value = with_scope(&context, |scope| extension::call(&name, &receiver, &arguments, scope))?;
    convert::to_script(&context, &value)
}

/// A name of n8n's scope: its value, a function for what can only be called, undefined for unknown ones.
fn get_name(context: Ctx<'_>, name: String) -> Result<Value<'_>> {
    scope_value(&context, &name)
}

fn call_name<'js>(context: Ctx<'js>, name: String, arguments: Vec<Value<'js>>) -> Result<Value<'js>> {
    let arguments = convert::arguments(&context, &arguments)?;
    let value = with_scope(&context, |scope| host::call(&name, &arguments, scope))?;
    convert::to_script(&context, &value.unwrap_or(Js::Undefined))
}

/// The value of a name of n8n's scope.
pub fn scope_value<'js>(context: &Ctx<'js>, name: &str) -> Result<Value<'js>> {
    // `$` is there only to be called.
    let value = if name == "$" {
        None
    } else {
        with_scope(context, |scope| host::get(name, scope))?
    };
    if let Some(value) = value {
        return convert::to_script(context, &value);
    }
    if !host::NAMES.contains(&name) {
        return Ok(Value::new_undefined(context.clone()));
    }
    let called = String::from(name);
    let call = move |context: Ctx<'js>, arguments: Rest<Value<'js>>| call_name(context, called.clone(), arguments.0);
    Ok(Function::new(context.clone(), call)?.with_name(name)?.into_value())
}

/// The elements in the order that the script's comparison gives them; a new array.
fn sort<'js>(mut elements: Vec<Value<'js>>, compare: Function<'js>) -> Result<Vec<Value<'js>>> {
    sort_by(&mut elements, |left, right| {
        let order: Coerced<f64> = compare.call((left.clone(), right.clone()))?;
        Ok::<_, ScriptError>(order.0 < 0.0)
    })?;
    Ok(elements)
}

fn random(context: Ctx<'_>) -> Result<f64> {
    with_scope(&context, |scope| Ok(scope.environment.random()))
}

/// Starts what takes its time: `prelude.js` keeps a promise under the number that is returned.
fn ask<'js>(context: Ctx<'js>, name: String, arguments: Vec<Value<'js>>) -> Result<u32> {
    let mut values = Vec::with_capacity(arguments.len());
    for argument in &arguments {
        let value = convert::from_script(&context, argument)?;
        values.push(value.to_value(crate::Missing::Dropped).unwrap_or_default());
    }
    with_world(&context, |world| match world.calls {
        Some(calls) => Ok(calls.ask(name, values)),
        None => Err(Error::type_error(format!("{name} is not a function"))),
    })
}

/// Tells the script's host something at once, and gives its answer.
fn tell<'js>(context: Ctx<'js>, name: String, arguments: Vec<Value<'js>>) -> Result<Value<'js>> {
    let arguments = convert::arguments(&context, &arguments)?;
    let answer = with_world(&context, |world| match world.calls {
        Some(calls) => calls.tell(&name, &arguments),
        None => Err(Error::type_error(format!("{name} is not a function"))),
    })?;
    convert::to_script(&context, &answer)
}
