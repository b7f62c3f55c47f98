//! Methods of functions: `call`, `apply`, `bind` without arguments to keep. `this` means nothing to them here.

use std::rc::Rc;

use patchbay_model::Scope;

use super::argument;
use crate::js::Function;
use crate::{Error, Js};

pub(super) fn call(
    function: &Rc<Function>,
    name: &str,
    arguments: &[Js],
    scope: &Scope<'_>,
) -> Option<Result<Js, Error>> {
    if matches!(**function, Function::Method { .. }) && matches!(name, "call" | "apply" | "bind") {
        return Some(Err(Error::unsupported("a method with another receiver")));
    }
    Some(match name {
        "call" => function.call(arguments.get(1..).unwrap_or_default(), scope),
        "apply" => {
            let arguments = argument(arguments, 1).to_elements().unwrap_or_default();
            function.invoke(arguments, scope)
        }
        "bind" if arguments.len() <= 1 => Ok(Js::Function(function.clone())),
        "bind" => Err(Error::unsupported("a bound argument")),
        _ => return None,
    })
}
