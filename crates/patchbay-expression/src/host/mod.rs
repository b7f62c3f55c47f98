//! What n8n's scope holds, the same for both evaluators: `$json`, `$input`, `$('Node')`, `$node`, `$items()`
//! and so on, as names ([`get`], [`call`]) and as the objects behind them ([`Host`]).
//!
//! A [`Host`] is a few words that say what it stands for; it holds no data. Its properties are read from the
//! scope when they are asked for.

use patchbay_model::{Scope, Text};

use crate::{Error, Js};

/// An object of n8n's scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// `$input`.
    Input,
    /// `$node`: nodes by name.
    Nodes,
    /// `$('Name')`.
    Node(Text),
    /// `$node["Name"]`.
    NodeProxy(Text),
    /// `$env`.
    Environment,
    /// `$item(index)`.
    ItemScope(usize),
}

impl Host {
    /// A property; undefined where there is none. A method that is not called comes as a function.
    pub fn get(&self, name: &str, _scope: &Scope<'_>) -> Result<Js, Error> {
        Err(Error::unsupported(format!("{self:?}.{name}")))
    }

    /// Calls a method; a `TypeError` where there is none.
    pub fn call(&self, name: &str, _arguments: &[Js], _scope: &Scope<'_>) -> Result<Js, Error> {
        Err(Error::unsupported(format!("{self:?}.{name}()")))
    }

    /// The names that `Object.keys` lists.
    pub fn keys(&self, _scope: &Scope<'_>) -> Vec<Text> {
        Vec::new()
    }

    /// The properties that `JSON.stringify` writes, as an object that holds them.
    pub fn to_object(&self, _scope: &Scope<'_>) -> Result<Js, Error> {
        Err(Error::unsupported(format!("{self:?}")))
    }

    /// Whether `typeof` says `function`.
    pub fn is_callable(&self) -> bool {
        false
    }
}

/// Every name that [`get`] or [`call`] knows.
pub const NAMES: [&str; 1] = ["$json"];

/// The value of a name of the scope (`$json`, `$now`); `None` where n8n has none of this name.
pub fn get(_name: &str, _scope: &Scope<'_>) -> Result<Option<Js>, Error> {
    Ok(None)
}

/// Calls a function of the scope (`$`, `$items`, `$if`); `None` where n8n has none of this name.
pub fn call(_name: &str, _arguments: &[Js], _scope: &Scope<'_>) -> Result<Option<Js>, Error> {
    Ok(None)
}
