//! What n8n refuses to run at all.

use crate::Error;

/// Properties and names that lead out of the sandbox.
pub const REFUSED: [&str; 25] = [
    "__proto__",
    "prototype",
    "constructor",
    "getPrototypeOf",
    "setPrototypeOf",
    "defineProperty",
    "defineProperties",
    "getOwnPropertyDescriptor",
    "getOwnPropertyDescriptors",
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
    "mainModule",
    "binding",
    "_linkedBinding",
    "_load",
    "dlopen",
    "execve",
    "loadEnvFile",
    "getBuiltinModule",
    "caller",
    "callee",
    "arguments",
    "prepareStackTrace",
];

/// Refuses an expression's text that reads a `.constructor`.
pub fn check_text(text: &str) -> Result<(), Error> {
    let reads_constructor = text.match_indices("constructor").any(|(place, _)| {
        let before = text[..place].trim_end();
        before.ends_with('.')
    });
    if reads_constructor {
        return Err(Error::new("Expression contains invalid constructor function call").code("E0210"));
    }
    Ok(())
}

/// Refuses to read a property or a name.
pub fn check_name(name: &str) -> Result<(), Error> {
    // Most names end here: the shortest refused one has five letters, and few begin alike.
    if name.len() >= 5 && REFUSED.contains(&name) {
        return Err(Error::new(format!("Cannot access \"{name}\" due to security concerns")).code("E0210"));
    }
    Ok(())
}

/// Refuses to take a property apart from an object.
pub fn check_destructured(name: &str) -> Result<(), Error> {
    if REFUSED.contains(&name) {
        return Err(Error::new(format!("Cannot destructure \"{name}\" due to security concerns")).code("E0210"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_out_is_refused() {
        for text in ["{{ a.constructor }}", "text . constructor", "$json?.constructorx"] {
            assert!(check_text(text).is_err(), "{text}");
        }
        assert!(check_text("{{ 'constructor' }}").is_ok());
        assert!(check_name("__proto__").is_err());
        assert!(check_name("name").is_ok());
    }
}
