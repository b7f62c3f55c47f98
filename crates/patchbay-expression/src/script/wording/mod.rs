//! V8's words for the errors of QuickJS. V8 names what was called or read as the code has it, so the script's syntax
//! tree is asked what stands at the place of the error.

mod places;
mod syntax;

use std::sync::OnceLock;

use places::Places;

/// The code that runs, for the names in its errors.
pub struct Source {
    /// As QuickJS was given it.
    text: String,
    places: OnceLock<Places>,
}

/// An error as QuickJS made it.
pub struct Raised<'a> {
    pub message: &'a str,
    /// The code did not parse.
    pub parse: bool,
    /// The built-in function that raised it; empty if it was the script itself.
    pub native: &'a str,
    /// Line and column of the innermost frame of the script, both from 1.
    pub place: Option<(usize, usize)>,
}

impl Source {
    pub fn new(text: String) -> Self {
        Self {
            text,
            places: OnceLock::new(),
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    fn places(&self) -> &Places {
        self.places.get_or_init(|| Places::of(&self.text))
    }

    fn offset(&self, (line, column): (usize, usize)) -> Option<usize> {
        let start = if line == 1 {
            0
        } else {
            self.text.match_indices('\n').nth(line.checked_sub(2)?)?.0 + 1
        };
        let rest = &self.text[start..];
        let inside = rest
            .char_indices()
            .nth(column.checked_sub(1)?)
            .map_or(rest.len(), |(index, _)| index);
        Some(start + inside)
    }

    fn line(&self, offset: usize) -> usize {
        self.text[..offset].matches('\n').count() + 1
    }
}

/// The message that V8 has for an error of QuickJS, and its line where QuickJS does not know it.
pub fn of_v8(raised: &Raised<'_>, source: Option<&Source>) -> (String, Option<usize>) {
    let located = source.zip(raised.place.and_then(|place| source?.offset(place)));
    if raised.parse {
        return syntax::words(raised.message, located);
    }
    if let Some((source, offset)) = located
        && let Some(worded) = named(raised, source, offset)
    {
        return worded;
    }
    (fixed(raised).unwrap_or_else(|| raised.message.to_owned()), None)
}

/// Messages that name what stands in the code.
fn named(raised: &Raised<'_>, source: &Source, offset: usize) -> Option<(String, Option<usize>)> {
    let places = source.places();
    let native = !raised.native.is_empty();
    match raised.message {
        "not a function" | "not a constructor" => {
            let call = places.call_at(offset)?;
            if native && raised.native != "fromAsync" {
                return Some((callback(raised.native, &call.argument), None));
            }
            let what = if call.constructs { "constructor" } else { "function" };
            let more = if places.is_iterated(call) {
                " or its return value is not iterable"
            } else {
                ""
            };
            let line = Some(source.line(call.start));
            Some((format!("{} is not a {what}{more}", call.callee), line))
        }
        message
            if message == "value is not iterable" || message.starts_with("cannot read property 'Symbol.iterator'") =>
        {
            if native {
                let argument = &places.call_at(offset)?.argument;
                return Some((format!("{} {UNREADABLE}", typed(argument)), None));
            }
            let iterated = places.iterated_at(offset)?;
            let line = Some(source.line(iterated.start));
            if iterated.parameter {
                return Some((format!("{} {UNREADABLE}", iterated.name), line));
            }
            Some((format!("{} is not iterable", iterated.name), line))
        }
        "Cannot convert undefined or null to object"
        | "cannot convert to object"
        | "null or undefined are forbidden"
            if !native =>
        {
            let taken = places.taken_apart_at(offset)?;
            let value = if taken.name == "null" { "null" } else { "undefined" };
            let text = match &taken.nested {
                Some(key) => format!("Cannot read properties of {value} (reading '{key}')"),
                None => format!(
                    "Cannot destructure property '{}' of '{}' as it is {value}.",
                    taken.key, taken.name
                ),
            };
            Some((text, Some(source.line(taken.start))))
        }
        message if message.starts_with("cannot read property '") && !native => {
            let (key, _) = message.strip_prefix("cannot read property '")?.rsplit_once("' of ")?;
            let start = places.property_at(offset, key)?;
            Some((fixed(raised)?, Some(source.line(start))))
        }
        "invalid repeat count" => {
            let count = &places.call_at(offset)?.argument;
            // An expression is shown in parentheses, a number is not.
            let count = count.trim_start_matches('(').trim_end_matches(')');
            Some((format!("Invalid count value: {count}"), None))
        }
        "class constructors must be invoked with 'new'" => {
            let class = &places.call_at(offset)?.callee;
            Some((
                format!("Class constructor {class} cannot be invoked without 'new'"),
                None,
            ))
        }
        "invalid BigInt literal" if native => {
            let value = &places.call_at(offset)?.argument;
            Some((format!("Cannot convert {value} to a BigInt"), None))
        }
        "invalid 'in' operand" => {
            let (key, object) = places.searched_at(offset)?;
            Some((
                format!("Cannot use 'in' operator to search for '{key}' in {object}"),
                None,
            ))
        }
        _ => None,
    }
}

const UNREADABLE: &str = "is not iterable (cannot read property Symbol(Symbol.iterator))";

/// A built-in function that did not get the function that it calls.
fn callback(native: &str, argument: &str) -> String {
    match native {
        "sort" | "toSorted" => "The comparison function must be either a function or undefined".into(),
        "flatMap" => "flatMap mapper function is not callable".into(),
        _ => format!("{} is not a function", argument.trim_matches('"')),
    }
}

/// A value as V8 says of what type it is: `number 5`.
fn typed(argument: &str) -> String {
    match argument.chars().next() {
        Some('0'..='9' | '-') => format!("number {argument}"),
        Some('{') => "object".into(),
        Some('n') if argument == "null" => "object null".into(),
        _ => argument.to_owned(),
    }
}

/// Messages that need no look at the code.
fn fixed(raised: &Raised<'_>) -> Option<String> {
    let message = raised.message;
    for (before, verb, gerund) in [
        ("cannot read property '", "read", "reading"),
        ("cannot set property '", "set", "setting"),
    ] {
        if let Some((key, owner)) = message.strip_prefix(before).and_then(|rest| rest.rsplit_once("' of ")) {
            return Some(format!("Cannot {verb} properties of {owner} ({gerund} '{key}')"));
        }
    }
    let quoted = |after: &str| message.strip_prefix('\'')?.strip_suffix(after);
    if let Some(name) = quoted("' is not defined") {
        return Some(format!("{name} is not defined"));
    }
    if quoted("' is read-only").is_some() {
        return Some("Assignment to constant variable.".into());
    }
    if message == "this is not initialized" {
        return Some(
            "Must call super constructor in derived class before accessing 'this' or returning from derived constructor"
                .into(),
        );
    }
    if let Some(name) = message.strip_suffix(" is not initialized") {
        return Some(format!("Cannot access '{name}' before initialization"));
    }
    let native = raised.native;
    if message.starts_with("could not load module") {
        return Some("Dynamic Import not supported".into());
    }
    Some(match message {
        "cannot convert to object" | "null or undefined are forbidden" => {
            "Cannot convert undefined or null to object".into()
        }
        "not an object" if matches!(native, "Map" | "Set" | "fromEntries") => {
            "Iterator value is not an entry object".into()
        }
        "regexp must have the 'g' flag" => {
            format!("String.prototype.{native} called with a non-global RegExp argument")
        }
        "invalid number of digits" => match native {
            "toFixed" => "toFixed() digits argument must be between 0 and 100".into(),
            "toExponential" => "toExponential() argument must be between 0 and 100".into(),
            _ => format!("{native}() argument must be between 1 and 100"),
        },
        "Date value is NaN" => "Invalid time value".into(),
        "circular reference" => "Converting circular structure to JSON".into(),
        "stack overflow" => "Maximum call stack size exceeded".into(),
        "empty array" => "Reduce of empty array with no initial value".into(),
        "invalid array length" => "Invalid array length".into(),
        "invalid string length" => "Invalid string length".into(),
        "cannot convert symbol to string" => "Cannot convert a Symbol value to a string".into(),
        "cannot convert symbol to number" => "Cannot convert a Symbol value to a number".into(),
        "cannot convert BigInt to number" => "Cannot mix BigInt and other types, use explicit conversions".into(),
        "BigInt are forbidden in JSON.stringify" => "Do not know how to serialize a BigInt".into(),
        "object is not extensible" => "Cannot add property, object is not extensible".into(),
        "invalid 'instanceof' right operand" => "Right-hand side of 'instanceof' is not callable".into(),
        "expecting hex digit" | "expecting surrogate pair" | "expecting %" => "URI malformed".into(),
        "bad normalization form" => "The normalization form should be one of NFC, NFD, NFKC, NFKD.".into(),
        "invalid code point" => "Invalid code point".into(),
        _ => return None,
    })
}

/// The line of the innermost frame of the script in a stack that the prelude wrote.
pub fn line_of_stack(stack: &str) -> Option<usize> {
    let (_, place) = stack.split_once("(script:")?;
    place.split(':').next()?.parse().ok()
}
