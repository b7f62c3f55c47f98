//! The native evaluator.

use patchbay_model::Scope;

use crate::{Error, Js};

/// An arrow function or function expression with what it has captured.
#[derive(Debug)]
pub struct Closure {}

impl Closure {
    /// Calls it.
    pub fn call(&self, _arguments: &[Js], _scope: &Scope<'_>) -> Result<Js, Error> {
        Err(Error::unsupported("a closure"))
    }
}

/// Calls a function or class without `new`: `parseInt("1")`, `String(1)`.
pub fn call_global(name: &str, _arguments: &[Js], _scope: &Scope<'_>) -> Result<Js, Error> {
    Err(Error::unsupported(name))
}

/// Calls what a global holds: `Math.max(1, 2)`.
pub fn call_static(global: &str, name: &str, _arguments: &[Js], _scope: &Scope<'_>) -> Result<Js, Error> {
    Err(Error::unsupported(format!("{global}.{name}")))
}

/// Calls a method of any value, JavaScript's own first, then n8n's extensions; a `TypeError` where there is none.
pub fn call_method(_receiver: &Js, name: &str, _arguments: &[Js], _scope: &Scope<'_>) -> Result<Js, Error> {
    Err(Error::unsupported(name))
}

/// Reads a property of any value; undefined where there is none, a `TypeError` on null and undefined.
pub fn get_property(_receiver: &Js, name: &str, _scope: &Scope<'_>) -> Result<Js, Error> {
    Err(Error::unsupported(name))
}
