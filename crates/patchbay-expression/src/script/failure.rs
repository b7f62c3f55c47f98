//! Errors on their way between Rust and a script, and in the words of V8.
//!
//! QuickJS asks [`explain`] for the text of each error that it makes, before the script can see it, so a script that
//! catches one reads what it would read in n8n.

use rquickjs::convert::List;
use rquickjs::function::Opt;
use rquickjs::{Coerced, Ctx, Error as ScriptError, Exception, Object, Result, Value};

use super::{realm, with_world, wording};
use crate::Error;
use crate::error::Kind;

/// What a script threw.
#[derive(Clone, Debug)]
pub struct Failure {
    pub error: Error,
    pub thrown: Thrown,
    /// Where, in the script; from 1.
    pub line: Option<usize>,
}

/// What was thrown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thrown {
    Error,
    Null,
    Undefined,
    /// A text, a number, an object that is no `Error`.
    Other,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            error,
            thrown: Thrown::Error,
            line: None,
        }
    }
}

impl Failure {
    /// The same with its line moved, for code that has lines before it.
    #[must_use]
    pub fn moved(mut self, lines: isize) -> Self {
        self.line = self.line.and_then(|line| line.checked_add_signed(lines));
        self
    }
}

/// The kind that a JavaScript class is.
pub fn kind(name: &str) -> Kind {
    match name {
        "ExpressionError" => Kind::Expression,
        "TypeError" => Kind::Type,
        "ReferenceError" => Kind::Reference,
        "SyntaxError" => Kind::Syntax,
        "RangeError" => Kind::Range,
        "URIError" => Kind::Uri,
        _ => Kind::Error,
    }
}

/// A JavaScript `Error` of that class.
pub fn make<'js>(context: &Ctx<'js>, class: &str, message: &str) -> Result<Object<'js>> {
    realm::get(context)?.make_error.call((class, message))
}

/// Throws a Rust error inside of a script.
pub fn throw(context: &Ctx<'_>, error: &Error) -> ScriptError {
    if error.kind == Kind::Limit {
        // Not for the script to catch: it stops here.
        with_world(context, |world| {
            world.stop(error);
            Ok(())
        })
        .ok();
    }
    match of_error(context, error) {
        Ok(made) => context.throw(made),
        Err(error) => error,
    }
}

/// A Rust error as a JavaScript one.
pub fn of_error<'js>(context: &Ctx<'js>, error: &Error) -> Result<Value<'js>> {
    let made = make(context, error.kind.name(), &error.message)?;
    if let Some(description) = &error.description {
        made.set("description", description.as_str())?;
    }
    Ok(made.into_value())
}

/// What a script threw, taken from the context.
pub fn caught(context: &Ctx<'_>, error: &ScriptError) -> Failure {
    if !matches!(error, ScriptError::Exception) {
        return Error::of(Kind::Error, error.to_string()).into();
    }
    of_value(context, &context.catch())
}

/// What a script threw or rejected a promise with.
pub fn of_value<'js>(context: &Ctx<'js>, thrown: &Value<'js>) -> Failure {
    if let Some(error) = with_world(context, |world| Ok(world.stopped())).ok().flatten() {
        return error.into();
    }
    let Some(exception) = thrown.as_object().cloned().and_then(Exception::from_object) else {
        if thrown.is_null() && !throws_by_itself(context) {
            // QuickJS throws null where not even an error fits into the memory that is left.
            return super::too_much().into();
        }
        let text: Option<Coerced<String>> = thrown.get().ok();
        let text = text.map_or_else(|| "Unknown error".to_owned(), |text| text.0);
        return Failure {
            error: Error::of(Kind::Error, text),
            thrown: if thrown.is_null() {
                Thrown::Null
            } else if thrown.is_undefined() {
                Thrown::Undefined
            } else {
                Thrown::Other
            },
            line: None,
        };
    };
    let name: Option<String> = exception.get("name").ok();
    let name = name.unwrap_or_default();
    let message = exception.message().unwrap_or_default();
    let stack = exception.stack().unwrap_or_default();
    let line = wording::line_of_stack(&stack);
    let error = match (name.as_str(), message.as_str()) {
        ("InternalError", "out of memory") => super::too_much(),
        ("InternalError", "interrupted") => super::too_long(),
        _ => {
            let mut error = Error::of(kind(&name), message);
            error.description = exception
                .get::<_, Option<String>>("description")
                .ok()
                .flatten()
                .map(Into::into)
                // A name of the script's or of a library's own is all that n8n says beside the message.
                .or_else(|| (error.kind == Kind::Error && name != "Error").then(|| name.as_str().into()));
            error
        }
    };
    Failure {
        error,
        thrown: Thrown::Error,
        line,
    }
}

/// Whether the script has words by which it may throw null itself.
fn throws_by_itself(context: &Ctx<'_>) -> bool {
    let throws = |text: &str| text.contains("throw") || text.contains("reject");
    with_world(context, |world| {
        Ok(world.source.is_some_and(|source| throws(source.text())))
    })
    .unwrap_or(false)
}

/// The text that V8 has for an error of QuickJS, and the line if QuickJS got it wrong: `parse` where the code did not
/// parse, `native` the built-in function that raised it, then line and column of the script's innermost frame.
#[expect(
    clippy::needless_pass_by_value,
    reason = "QuickJS hands a Rust function its arguments by value"
)]
pub fn explain(
    context: Ctx<'_>,
    message: String,
    parse: bool,
    native: String,
    line: Opt<f64>,
    column: Opt<f64>,
) -> List<(String, Option<u32>)> {
    let place = line
        .0
        .zip(column.0)
        .map(|(line, column)| (line as usize, column as usize));
    let raised = wording::Raised {
        message: &message,
        parse,
        native: &native,
        place,
    };
    let worded = with_world(&context, |world| Ok(wording::of_v8(&raised, world.source)));
    let (text, line) = worded.unwrap_or((message, None));
    List((text, line.map(|line| line as u32)))
}
