//! n8n's scope and dates as a script sees them: objects that ask the crate's own Rust code for each property.

use patchbay_model::Text;
use rquickjs::class::{ClassKind, JsCell, JsClass, PropertyDescriptor, PropertyName, Readable, Trace, Tracer};
use rquickjs::function::{Constructor, Rest, This};
use rquickjs::proxy::ProxyHandler;
use rquickjs::{Atom, Class, Ctx, Function, JsLifetime, Object, Proxy, Result, Value};

use super::{convert, failure, realm, with_scope, with_world};
use crate::date;
use crate::host::Host;
use crate::{Error, Js};

/// A [`Js::Host`] or a [`Js::Temporal`].
#[derive(JsLifetime)]
pub struct HostObject {
    value: Js,
}

impl HostObject {
    pub fn wrap<'js>(context: &Ctx<'js>, value: &Js) -> Result<Value<'js>> {
        let prototype = prototype_of(context, value)?;
        let object = Self { value: value.clone() };
        let target = Class::instance_proto(object, prototype)?.into_inner();
        // As in `Data::wrap`; what is written to such an object is lost, and scripts are not told.
        let handler = ProxyHandler::from_object(realm::get(context)?.host_handler.clone())?;
        Ok(Proxy::new(context.clone(), target, handler)?.into_value())
    }

    /// The object behind what [`HostObject::wrap`] gave; `None` for every other object.
    pub fn behind<'js>(object: &Object<'js>) -> Result<Option<Class<'js, Self>>> {
        Ok(match object.as_value().as_proxy() {
            Some(proxy) => Class::from_object(&proxy.target()?),
            None => None,
        })
    }

    pub fn value(&self) -> &Js {
        &self.value
    }

    /// The property of that name; `None` if this object has none of its own.
    fn property<'js>(&self, context: &Ctx<'js>, name: &str) -> Result<Option<Value<'js>>> {
        match &self.value {
            Js::Temporal(temporal) => {
                if let Some(value) = with_scope(context, |scope| Ok(date::get(&self.value, name, scope)))? {
                    return convert::to_script(context, &value).map(Some);
                }
                if date::has_method(&self.value, name) {
                    return method(context, &self.value, name).map(Some);
                }
                // What every date can do, whether its class lists it or not.
                let plain = match name {
                    "toJSON" => Js::Json(temporal.to_value()),
                    "valueOf" => Js::number(temporal.to_number()),
                    "toString" => Js::text(temporal.to_text()),
                    _ => return Ok(None),
                };
                let plain = convert::to_script(context, &plain)?;
                Ok(Some(
                    Function::new(context.clone(), move || plain.clone())?.into_value(),
                ))
            }
            Js::Host(host) => match with_scope(context, |scope| host.get(name, scope))? {
                Js::Undefined => Ok(None),
                Js::Function(_) => method(context, &self.value, name).map(Some),
                value => convert::to_script(context, &value).map(Some),
            },
            _ => Ok(None),
        }
    }
}

/// A method of a host's object or of a date as a function.
fn method<'js>(context: &Ctx<'js>, receiver: &Js, name: &str) -> Result<Value<'js>> {
    let receiver = receiver.clone();
    let method = Text::from(name);
    let call = move |context: Ctx<'js>, arguments: Rest<Value<'js>>| -> Result<Value<'js>> {
        let arguments = convert::arguments(&context, &arguments.0)?;
        match &receiver {
            Js::Host(host) => ask(&context, host, &method, &arguments),
            value => {
                let answer = with_scope(&context, |scope| date::call(value, &method, &arguments, scope))?;
                convert::to_script(&context, &answer)
            }
        }
    };
    Ok(Function::new(context.clone(), call)?.with_name(name)?.into_value())
}

/// Calls a method of the scope. A whole script gets the same answer again, as the same object: it may have changed
/// it, and `$('Node').all()` for each of many items would take its time.
fn ask<'js>(context: &Ctx<'js>, host: &Host, method: &str, arguments: &[Js]) -> Result<Value<'js>> {
    let answer = || {
        let answer = with_scope(context, |scope| host.call(method, arguments, scope))?;
        convert::to_script(context, &answer)
    };
    if !with_world(context, |world| Ok(world.calls.is_some()))? {
        return answer();
    }
    let key = format!("{host:?}.{method}{arguments:?}");
    let answers: Object = realm::get(context)?.kit.get("answers")?;
    let get: Function = answers.get("get")?;
    let known: Value = get.call((This(answers.clone()), key.as_str()))?;
    if !known.is_undefined() {
        return Ok(known);
    }
    let answer = answer()?;
    let set: Function = answers.get("set")?;
    set.call::<_, ()>((This(answers), key, answer.clone()))?;
    Ok(answer)
}

/// A host's object that is called: `$node("…")`.
pub fn callable<'js>(context: &Ctx<'js>, value: &Js) -> Result<Value<'js>> {
    let Js::Host(host) = value.clone() else {
        return Err(failure::throw(context, &Error::type_error("not a function")));
    };
    let call = move |context: Ctx<'js>, arguments: Rest<Value<'js>>| -> Result<Value<'js>> {
        let arguments = convert::arguments(&context, &arguments.0)?;
        ask(&context, &host, "", &arguments)
    };
    Ok(Function::new(context.clone(), call)?.into_value())
}

impl<'js> Trace<'js> for HostObject {
    fn trace(&self, _tracer: Tracer<'_, 'js>) {}
}

impl<'js> JsClass<'js> for HostObject {
    const NAME: &'static str = "Object";
    const KIND: ClassKind = ClassKind::Exotic;
    type Mutable = Readable;

    fn constructor(_context: &Ctx<'js>) -> Result<Option<Constructor<'js>>> {
        Ok(None)
    }

    fn exotic_get_property(
        this: &JsCell<'js, Self>,
        context: &Ctx<'js>,
        atom: Atom<'js>,
        _receiver: Value<'js>,
    ) -> Result<Value<'js>> {
        let this = this.borrow();
        let name = atom.to_string()?;
        if !name.starts_with("Symbol.")
            && let Some(value) = this.property(context, &name)?
        {
            return Ok(value);
        }
        prototype_of(context, &this.value)?.get(atom)
    }

    fn exotic_has_property(this: &JsCell<'js, Self>, context: &Ctx<'js>, atom: Atom<'js>) -> Result<bool> {
        let this = this.borrow();
        Ok(this.property(context, &atom.to_string()?)?.is_some()
            || prototype_of(context, &this.value)?.contains_key(atom)?)
    }

    fn exotic_get_own_property(
        this: &JsCell<'js, Self>,
        context: &Ctx<'js>,
        atom: Atom<'js>,
    ) -> Result<Option<PropertyDescriptor<'js>>> {
        let this = this.borrow();
        if !matches!(this.value, Js::Host(_)) {
            return Ok(None);
        }
        let value = this.property(context, &atom.to_string()?)?;
        Ok(value.map(|value| PropertyDescriptor::new_value(value, true, true, true)))
    }

    fn exotic_get_own_property_names(this: &JsCell<'js, Self>, context: &Ctx<'js>) -> Result<Vec<PropertyName<'js>>> {
        let this = this.borrow();
        let Js::Host(host) = &this.value else {
            return Ok(Vec::new());
        };
        let names = with_scope(context, |scope| Ok(host.keys(scope)))?;
        names
            .iter()
            .map(|name| {
                Ok(PropertyName {
                    atom: Atom::from_str(context.clone(), name)?,
                    is_enumerable: true,
                })
            })
            .collect()
    }
}

fn prototype_of<'js>(context: &Ctx<'js>, value: &Js) -> Result<Object<'js>> {
    let realm = realm::get(context)?;
    let class = match value {
        Js::Temporal(temporal) => realm.class_prototype(temporal.class()),
        _ => None,
    };
    Ok(class.unwrap_or_else(|| realm.object_prototype.clone()))
}
