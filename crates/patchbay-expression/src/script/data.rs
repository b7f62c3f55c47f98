//! Objects of the workflow's data as a script sees them: each property is converted when it is read, and the first
//! change makes a copy of that one level.
//!
//! Arrays are left to [`super::convert`]: a script must find them to be arrays, so they are real ones.

use std::cell::RefCell;
use std::sync::Arc;

use patchbay_model::{Object as JsonObject, Text, Value as Json};
use rquickjs::class::{ClassKind, JsCell, JsClass, PropertyDescriptor, PropertyName, Readable, Trace, Tracer};
use rquickjs::function::Constructor;
use rquickjs::proxy::ProxyHandler;
use rquickjs::{Atom, Class, Ctx, JsLifetime, Object, Proxy, Result, Value};

use super::convert::{self, Level};
use super::realm;

/// How many nested values are kept beside the shared object before all of it is converted.
const MOST_READ: usize = 64;

/// An object that shares its data with the workflow until it is changed.
#[derive(JsLifetime)]
pub struct Data<'js> {
    state: RefCell<State<'js>>,
}

#[derive(JsLifetime)]
enum State<'js> {
    /// The workflow's object, and the nested values that were read: they must be the same when read again, and
    /// carry changes made to them.
    Shared {
        source: Arc<JsonObject>,
        read: Vec<Nested<'js>>,
    },
    /// The script's own copy of this level.
    Own(Object<'js>),
}

#[derive(Clone, JsLifetime)]
struct Nested<'js> {
    key: Text,
    value: Value<'js>,
}

impl<'js> Data<'js> {
    /// A script's view of an object.
    pub fn wrap(context: &Ctx<'js>, source: Arc<JsonObject>) -> Result<Value<'js>> {
        let data = Self {
            state: RefCell::new(State::Shared {
                source,
                read: Vec::new(),
            }),
        };
        let realm = realm::get(context)?;
        let target = Class::instance_proto(data, realm.object_prototype.clone())?.into_inner();
        // Writes take the way around: rquickjs 0.14 frees the value of an exotic object's setter once too often.
        let handler = ProxyHandler::from_object(realm.data_handler.clone())?;
        Ok(Proxy::new(context.clone(), target, handler)?.into_value())
    }

    /// The data behind what [`Data::wrap`] gave; `None` for every other object.
    pub fn behind(object: &Object<'js>) -> Result<Option<Class<'js, Self>>> {
        Ok(match object.as_value().as_proxy() {
            Some(proxy) => Class::from_object(&proxy.target()?),
            None => None,
        })
    }

    /// The trap for writes: all of them go to the script's own copy.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "QuickJS hands a Rust function its arguments by value"
    )]
    pub fn write(context: Ctx<'js>, target: Object<'js>, key: Value<'js>, value: Value<'js>) -> Result<bool> {
        if let Some(data) = Class::<Self>::from_object(&target) {
            data.borrow()
                .own(&context)?
                .set(Atom::from_value(context.clone(), &key)?, value)?;
        }
        Ok(true)
    }

    /// The object as JSON: shared if the script left it as it was. `None` if it now holds what is not JSON; then
    /// [`Data::own`] has it.
    pub fn to_json(&self, context: &Ctx<'js>, level: &Level<'_, 'js>) -> Result<Option<Json>> {
        let (source, read) = match &*self.state.borrow() {
            State::Own(_) => return Ok(None),
            State::Shared { source, read } if read.is_empty() => {
                return level.hold(context, Json::Object(source.clone())).map(Some);
            }
            State::Shared { source, read } => (source.clone(), read.clone()),
        };
        let mut object = None;
        for nested in read {
            let Some(value) = convert::to_json(context, &nested.value, level)? else {
                self.own(context)?;
                return Ok(None);
            };
            let same = match (&value, source.get(&nested.key)) {
                (Json::Object(new), Some(Json::Object(old))) => Arc::ptr_eq(new, old),
                (new, Some(old)) => new == old,
                (_, None) => false,
            };
            if !same {
                object
                    .get_or_insert_with(|| JsonObject::clone(&source))
                    .insert(nested.key, value);
            }
        }
        level
            .hold(context, object.map_or(Json::Object(source), Json::object))
            .map(Some)
    }

    /// The script's own copy, made now if there is none.
    pub fn own(&self, context: &Ctx<'js>) -> Result<Object<'js>> {
        let (source, read) = match &*self.state.borrow() {
            State::Own(object) => return Ok(object.clone()),
            State::Shared { source, read } => (source.clone(), read.clone()),
        };
        let object = Object::new(context.clone())?;
        for (key, value) in &*source {
            let value = match read.iter().find(|nested| nested.key == *key) {
                Some(nested) => nested.value.clone(),
                None => convert::json_to_script(context, value)?,
            };
            object.set(key.as_str(), value)?;
        }
        *self.state.borrow_mut() = State::Own(object.clone());
        Ok(object)
    }

    /// The property of that name, undefined if there is none, without what the prototype has.
    fn property(&self, context: &Ctx<'js>, atom: &Atom<'js>) -> Result<Option<Value<'js>>> {
        let name = atom.to_string()?;
        let value = {
            let state = self.state.borrow();
            let (source, read) = match &*state {
                State::Own(object) => {
                    let object = object.clone();
                    drop(state);
                    let own: bool = realm::get(context)?
                        .has_own
                        .call((object.clone(), atom.to_js_string()?))?;
                    return if own {
                        object.get(atom.clone()).map(Some)
                    } else {
                        Ok(None)
                    };
                }
                State::Shared { source, read } => (source, read),
            };
            match source.get(&name) {
                None => return Ok(None),
                Some(value @ (Json::Array(_) | Json::Object(_))) => {
                    if let Some(nested) = read.iter().find(|nested| nested.key == name) {
                        return Ok(Some(nested.value.clone()));
                    }
                    value.clone()
                }
                Some(value) => return convert::json_to_script(context, value).map(Some),
            }
        };
        let value = convert::json_to_script(context, &value)?;
        let mut state = self.state.borrow_mut();
        if let State::Shared { read, .. } = &mut *state {
            read.push(Nested {
                key: name.into(),
                value: value.clone(),
            });
            if read.len() > MOST_READ {
                drop(state);
                self.own(context)?;
            }
        }
        Ok(Some(value))
    }
}

impl<'js> Trace<'js> for Data<'js> {
    fn trace(&self, tracer: Tracer<'_, 'js>) {
        match &*self.state.borrow() {
            State::Shared { read, .. } => read.iter().for_each(|nested| nested.value.trace(tracer)),
            State::Own(object) => object.trace(tracer),
        }
    }
}

impl<'js> JsClass<'js> for Data<'js> {
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
        if let State::Own(object) = &*this.state.borrow() {
            return object.clone().get(atom);
        }
        match this.property(context, &atom)? {
            Some(value) => Ok(value),
            None => realm::get(context)?.object_prototype.get(atom),
        }
    }

    fn exotic_delete_property(this: &JsCell<'js, Self>, context: &Ctx<'js>, atom: Atom<'js>) -> Result<bool> {
        this.borrow().own(context)?.remove(atom)?;
        Ok(true)
    }

    fn exotic_has_property(this: &JsCell<'js, Self>, context: &Ctx<'js>, atom: Atom<'js>) -> Result<bool> {
        let this = this.borrow();
        if let State::Own(object) = &*this.state.borrow() {
            return object.contains_key(atom);
        }
        if let State::Shared { source, .. } = &*this.state.borrow()
            && source.contains_key(&atom.to_string()?)
        {
            return Ok(true);
        }
        realm::get(context)?.object_prototype.contains_key(atom)
    }

    fn exotic_get_own_property(
        this: &JsCell<'js, Self>,
        context: &Ctx<'js>,
        atom: Atom<'js>,
    ) -> Result<Option<PropertyDescriptor<'js>>> {
        let value = this.borrow().property(context, &atom)?;
        Ok(value.map(|value| PropertyDescriptor::new_value(value, true, true, true)))
    }

    fn exotic_get_own_property_names(this: &JsCell<'js, Self>, context: &Ctx<'js>) -> Result<Vec<PropertyName<'js>>> {
        let this = this.borrow();
        let own = match &*this.state.borrow() {
            State::Own(object) => object.clone(),
            State::Shared { source, .. } => {
                return source
                    .keys()
                    .map(|key| {
                        Ok(PropertyName {
                            atom: Atom::from_str(context.clone(), key)?,
                            is_enumerable: true,
                        })
                    })
                    .collect();
            }
        };
        let names = own.own_keys::<Atom>(rquickjs::object::Filter::new().string().symbol());
        names
            .map(|atom| {
                Ok(PropertyName {
                    atom: atom?,
                    is_enumerable: true,
                })
            })
            .collect()
    }
}
