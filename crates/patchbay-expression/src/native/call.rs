//! Calls: n8n's extensions of the receiver's type first, then JavaScript's own methods.

use std::rc::Rc;

use patchbay_model::Scope;

use super::evaluate::span;
use super::{Evaluation, global, method, path};
use crate::js::Function;
use crate::syntax::{Call, Callee, Key, Member, Tree};
use crate::{Error, Js, date, extension, host, refusal};

impl Evaluation<'_> {
    /// The value of a call; `None` where a `?.` before has ended it.
    pub(super) fn call(&self, call: &Call) -> Result<Option<Js>, Error> {
        let result = match &call.callee {
            Callee::Global(name) => call_global(name, &self.elements(&call.arguments)?, self.scope),
            Callee::Static(global, name) => match self.iterated_argument(call, global, name)? {
                Some(result) => Ok(result),
                None if extension::is_extension(name) && !global::has_static(global, name) => {
                    let namespace = Js::Function(Rc::new(Function::Global(global)));
                    extension::call(name, &namespace, &self.elements(&call.arguments)?, self.scope)
                }
                None => call_static(global, name, &self.elements(&call.arguments)?, self.scope),
            },
            Callee::Scope(name) => {
                let arguments = self.elements(&call.arguments)?;
                match host::call(name, &arguments, self.scope) {
                    Ok(Some(value)) => Ok(value),
                    Ok(None) if call.optional => return Ok(None),
                    Ok(None) => Err(Error::type_error(format!("{name} is not a function"))),
                    Err(error) => Err(error),
                }
            }
            Callee::Method(member) => return self.method(call, member),
            Callee::Value(callee) => {
                let Some(callee) = self.chain(callee)? else {
                    return Ok(None);
                };
                if call.optional && callee.is_nullish() {
                    return Ok(None);
                }
                let arguments = self.elements(&call.arguments)?;
                invoke(&callee, arguments, self.scope)
            }
        };
        result.map(Some).map_err(|error| error.within(span(call.span)))
    }

    /// `Array.from(map.keys())`, `Object.fromEntries(map.entries())`: an iterator that has no form of its own.
    fn iterated_argument(&self, call: &Call, global: &str, name: &str) -> Result<Option<Js>, Error> {
        let [crate::syntax::Element::Value(argument), rest @ ..] = call.arguments.as_ref() else {
            return Ok(None);
        };
        if !matches!((global, name), ("Array", "from") | ("Object", "fromEntries")) {
            return Ok(None);
        }
        let Tree::Call(inner) = argument else {
            return Ok(None);
        };
        match &inner.callee {
            Callee::Method(Member {
                key: Key::Name(method),
                optional: false,
                ..
            }) if method::makes_iterator(method) => {
                let mut arguments = vec![Js::list(self.iterate(argument)?)];
                arguments.extend(self.elements(rest)?);
                call_static(global, name, &arguments, self.scope).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn method(&self, call: &Call, member: &Member) -> Result<Option<Js>, Error> {
        let within = |error: Error| error.within(span(call.span));
        if let Key::Name(name) = &member.key
            && method::changes_array(name)
            && member.object.is_place()
            && let Some(result) = self.changing_method(call, member, name)?
        {
            return Ok(Some(result));
        }
        let Some(receiver) = self.chain(&member.object)? else {
            return Ok(None);
        };
        if member.optional && receiver.is_nullish() {
            return Ok(None);
        }
        match &member.key {
            Key::Name(name) => {
                let is_extension = call.by_name && extension::is_extension(name);
                if receiver.is_nullish() && !is_extension {
                    // The method is read before the arguments are evaluated.
                    return Err(within(path::missing(&receiver, name)));
                }
                if call.optional && !(is_extension && extension::applies(name, &receiver)) {
                    if receiver.is_nullish() {
                        return Ok(None);
                    }
                    let callee = super::get_property(&receiver, name, self.scope).map_err(within)?;
                    if callee.is_nullish() {
                        return Ok(None);
                    }
                }
                if receiver.is_nullish() && !extension::is_extension(name) {
                    // Before the arguments, whose own errors n8n would show.
                    return Err(within(path::missing(&receiver, name)));
                }
                let arguments = self.elements(&call.arguments)?;
                if method::changes_array(name) && receiver.is_array() {
                    return method::change_array(receiver, name, arguments, self.scope)
                        .map(|(result, _)| Some(result))
                        .map_err(within);
                }
                call_with(&receiver, name, arguments, self.scope, call.by_name)
                    .map(Some)
                    .map_err(within)
            }
            Key::Computed(key) => {
                let name = self.value(key)?.to_property_key();
                refusal::check_name(&name)?;
                if receiver.is_nullish() {
                    return Err(within(path::missing(&receiver, &name)));
                }
                let arguments = self.elements(&call.arguments)?;
                call_with(&receiver, &name, arguments, self.scope, false)
                    .map(Some)
                    .map_err(within)
            }
        }
    }

    /// A method that changes its array, where the array is a variable's; `None` where it is no array.
    fn changing_method(&self, call: &Call, member: &Member, name: &str) -> Result<Option<Js>, Error> {
        let (local, keys) = self.resolve(&member.object)?;
        if !self.value(&member.object)?.is_array() {
            return Ok(None);
        }
        let arguments = self.elements(&call.arguments)?;
        // Taken out meanwhile: a comparison may run the program.
        let array = self.change(local, &keys, |value| {
            value.owned()?;
            Ok(std::mem::take(value))
        })?;
        let (result, array) = method::change_array(array, name, arguments, self.scope)?;
        self.change(local, &keys, |value| {
            *value = array;
            Ok(())
        })?;
        Ok(Some(result))
    }
}

/// Calls a function value.
pub(super) fn invoke(callee: &Js, arguments: Vec<Js>, scope: &Scope<'_>) -> Result<Js, Error> {
    match callee {
        Js::Function(function) if function.is_callable() => function.invoke(arguments, scope),
        Js::Host(host) if host.is_callable() => host.call("", &arguments, scope),
        other => Err(Error::type_error(format!("{} is not a function", other.to_text()))),
    }
}

/// Calls a function or class without `new`: `parseInt("1")`, `String(1)`.
pub fn call_global(name: &str, arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
    global::call(name, arguments, scope)
}

/// Calls what a global holds: `Math.max(1, 2)`.
pub fn call_static(global: &str, name: &str, arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
    global::call_static(global, name, arguments, scope)
}

/// Calls a method of any value, n8n's extensions of its type first, then JavaScript's own; a `TypeError` where there is none.
pub fn call_method(receiver: &Js, name: &str, arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
    call_with(receiver, name, arguments.to_vec(), scope, true)
}

fn call_with(
    receiver: &Js,
    name: &str,
    arguments: Vec<Js>,
    scope: &Scope<'_>,
    with_extensions: bool,
) -> Result<Js, Error> {
    if with_extensions && extension::applies(name, receiver) {
        return extension::call(name, receiver, &arguments, scope);
    }
    if receiver.is_nullish() {
        if with_extensions && extension::is_extension(name) {
            return extension::call(name, receiver, &arguments, scope);
        }
        return Err(path::missing(receiver, name));
    }
    match receiver {
        Js::Function(function) => match &**function {
            Function::Global(global)
                if !matches!(name, "call" | "apply" | "bind" | "toString")
                    && (!with_extensions || !extension::is_extension(name) || global::has_static(global, name)) =>
            {
                return global::call_static(global, name, &arguments, scope);
            }
            _ => {}
        },
        Js::Host(host) => return host.call(name, &arguments, scope),
        Js::Temporal(_) => {
            if date::has_method(receiver, name) {
                return date::call(receiver, name, &arguments, scope);
            }
        }
        _ => {
            // An object's own function goes before everything.
            if let Some(own @ Js::Function(_)) = receiver.own(name) {
                return invoke(&own, arguments, scope);
            }
        }
    }
    if let Some(result) = method::call(receiver, name, &arguments, scope) {
        return result;
    }
    if with_extensions && extension::is_extension(name) {
        return extension::call(name, receiver, &arguments, scope);
    }
    Err(Error::type_error(format!("{name} is not a function")))
}
