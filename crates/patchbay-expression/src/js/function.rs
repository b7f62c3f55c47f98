//! Functions as values.

use patchbay_model::{Scope, Text};

use super::Js;
use crate::Error;
use crate::native;

/// Something that can be called, or a namespace of such.
#[derive(Debug)]
pub enum Function {
    /// An arrow function or function expression of the program.
    Closure(native::Closure),
    /// A function, class or namespace of JavaScript or n8n: `parseInt`, `DateTime`, `Math`.
    Global(&'static str),
    /// What a global holds: `Math.max`, `DateTime.fromISO`.
    Static { global: &'static str, name: Text },
    /// A method that was read and not called: `$json.name.trim`.
    Method { receiver: Js, name: Text },
}

impl Function {
    /// Calls it; `this` is undefined for all but methods.
    pub fn call(&self, arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
        self.invoke(arguments.to_vec(), scope)
    }

    /// Calls it with arguments that it may keep and change.
    pub fn invoke(&self, arguments: Vec<Js>, scope: &Scope<'_>) -> Result<Js, Error> {
        match self {
            Self::Closure(closure) => closure.call(arguments, scope),
            Self::Global(name) => native::call_global(name, &arguments, scope),
            Self::Static { global, name } => native::call_static(global, name, &arguments, scope),
            Self::Method { receiver, name } => native::call_method(receiver, name, &arguments, scope),
        }
    }

    /// False for the namespaces: `Math`, `JSON`.
    pub fn is_callable(&self) -> bool {
        !matches!(self, Self::Global("Math" | "JSON" | "Intl" | "Reflect"))
    }

    /// `function.name`.
    pub fn name(&self) -> &str {
        match self {
            Self::Closure(_) => "",
            Self::Global(name) => name,
            Self::Static { name, .. } | Self::Method { name, .. } => name,
        }
    }

    /// Globals are themselves however often they are read.
    pub fn same_global(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Global(left), Self::Global(right)) => left == right,
            (
                Self::Static { global, name },
                Self::Static {
                    global: other_global,
                    name: other_name,
                },
            ) => global == other_global && name == other_name,
            _ => false,
        }
    }
}
