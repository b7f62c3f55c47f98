//! QuickJS: what the native evaluator does not know runs here, with limits on memory, time and stack, and with
//! nothing of the host in reach but n8n's scope.
//!
//! [`evaluate`] runs the code of one `{{ }}`. Each thread keeps one runtime for that; its own objects are frozen, so
//! nothing that one evaluation does is seen by the next. [`Script`] runs the code of a Code node.
//!
//! | file | holds |
//! | --- | --- |
//! | `engine` | a runtime, its limits, compiled functions |
//! | `realm`, `prelude.js` | what a context has before any script runs |
//! | `convert`, `data`, `host_object` | values on their way in and out |
//! | `rewrite` | an expression's code as a function |
//! | `run`, `script_prelude.js`, `bytes` | whole scripts, and what they find beside JavaScript |
//! | `failure`, `wording`, `json_text` | errors, in V8's words |

mod bytes;
mod convert;
mod data;
mod engine;
mod failure;
mod host_object;
pub(crate) mod json_text;
mod realm;
mod rewrite;
mod run;
#[cfg(test)]
mod testing;
mod wording;

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use patchbay_model::Scope;
use patchbay_model::scope::ScriptLimits;
use rquickjs::Ctx;
use scoped_tls_hkt::scoped_thread_local;

pub use engine::Limits;
pub use failure::{Failure, Thrown};
pub use json_text::error_of as json_error;
pub use run::{Flavour, Host, Script};

use crate::error::Kind;
use crate::program::Program;
use crate::{Error, Js, host};
use engine::Expressions;

/// What V8 says where its stack does not suffice.
pub(crate) const TOO_DEEP: &str = "Maximum call stack size exceeded";

/// What Rust functions that a script calls work with.
struct World<'a> {
    scope: &'a Scope<'a>,
    /// When JavaScript's work must end.
    deadline: Instant,
    source: Option<&'a wording::Source>,
    calls: Option<&'a run::Calls<'a>>,
    /// Why the script has to stop.
    stopped: Cell<Option<Error>>,
}

impl World<'_> {
    fn stop(&self, error: &Error) {
        self.stopped.set(Some(error.clone()));
    }

    fn stopped(&self) -> Option<Error> {
        let error = self.stopped.take();
        self.stopped.set(error.clone());
        error
    }
}

/// JavaScript worked longer than it may.
fn too_long() -> Error {
    let error = Error::of(Kind::Limit, "The code took too long")
        .code("E0231")
        .hint("look for a loop that does not end, or a regular expression that tries too much");
    match script_limits() {
        Some(limits) => error.hint(format!(
            "the code may work for {} s; PATCHBAY_CODE_TIMEOUT sets how long",
            limits.time.as_secs_f64()
        )),
        None => error,
    }
}

/// JavaScript made more than it may.
fn too_much() -> Error {
    let error = Error::of(Kind::Limit, "The code used too much memory")
        .code("E0230")
        .hint("make less at once: text and lists of this size do not fit");
    let mebibytes = |bytes: usize| bytes >> 20;
    error.hint(match script_limits() {
        Some(limits) => format!(
            "the code may use {} MiB; PATCHBAY_CODE_MEMORY sets how many",
            mebibytes(limits.memory)
        ),
        None => format!(
            "an expression may use {} MiB; a Code node may use more",
            mebibytes(Limits::EXPRESSION.memory)
        ),
    })
}

/// What the script that runs may use; `None` for an expression.
fn script_limits() -> Option<ScriptLimits> {
    let of_script = |world: &World<'_>| world.calls.map(|_| world.scope.environment.script_limits());
    WORLD.is_set().then(|| WORLD.with(of_script)).flatten()
}

scoped_thread_local!(static WORLD: for<'a> &'a World<'a>);

thread_local! {
    static ENGINE: RefCell<Option<Expressions>> = const { RefCell::new(None) };
}

/// Evaluates the JavaScript of one `{{ }}`.
pub fn evaluate(program: &Program, scope: &Scope<'_>) -> Result<Js, Error> {
    evaluate_within(Limits::EXPRESSION.time, program, scope)
}

fn evaluate_within(time: Duration, program: &Program, scope: &Scope<'_>) -> Result<Js, Error> {
    let world = World {
        scope,
        deadline: Instant::now() + time,
        source: None,
        calls: None,
        stopped: Cell::new(None),
    };
    WORLD.set(&world, || {
        ENGINE.with(|engine| match engine.try_borrow_mut() {
            Ok(mut slot) => {
                let mut engine = match slot.take() {
                    Some(engine) => engine,
                    None => Expressions::new(Limits::EXPRESSION)?,
                };
                let answer = engine.evaluate(&program.source);
                // After a limit was met the runtime is not trusted again.
                if !matches!(&answer, Err(error) if error.kind == Kind::Limit) {
                    *slot = Some(engine);
                }
                answer
            }
            // An expression that an expression evaluates: `$parameter` of one that asks for it.
            Err(_) => Expressions::new(Limits::EXPRESSION)?.evaluate(&program.source),
        })
    })
}

/// Asks what n8n's scope is now; an error becomes an exception of the script.
fn with_scope<T>(context: &Ctx<'_>, work: impl FnOnce(&Scope<'_>) -> Result<T, Error>) -> rquickjs::Result<T> {
    with_world(context, |world| {
        let answer = work(world.scope);
        // Of a script, not of an expression.
        if world.calls.is_some() {
            answer.map_err(host::in_script)
        } else {
            answer
        }
    })
}

fn with_world<T>(context: &Ctx<'_>, work: impl FnOnce(&World<'_>) -> Result<T, Error>) -> rquickjs::Result<T> {
    if !WORLD.is_set() {
        return Err(rquickjs::Error::Unknown);
    }
    WORLD
        .with(|world| work(world))
        .map_err(|error| failure::throw(context, &error))
}

/// Asked by QuickJS again and again while a script works.
fn is_over() -> bool {
    let over = |world: &World<'_>| {
        Instant::now() > world.deadline
            || world.scope.contexts.is_cancelled()
            || world.calls.is_some_and(run::Calls::is_cancelled)
    };
    WORLD.is_set() && WORLD.with(|world| over(world))
}

#[cfg(test)]
mod tests {
    use patchbay_model::Value;

    use super::*;
    use crate::Missing;

    fn run(code: &str, json: &str) -> Result<Option<String>, String> {
        run_within(Limits::EXPRESSION.time, code, json)
    }

    fn run_within(time: Duration, code: &str, json: &str) -> Result<Option<String>, String> {
        let program = Program::parse(code, 0).map_err(|error| error.message.to_string())?;
        match testing::with_json(json, |scope| evaluate_within(time, &program, scope)) {
            Ok(value) => Ok(value.to_value(Missing::Null).map(|value| value.to_json())),
            Err(error) => Err(error.message.to_string()),
        }
    }

    #[test]
    fn code_runs() {
        for (code, answer) in [
            ("1 + 1", "2"),
            ("[1, 2].map(x => x * 2)", "[2,4]"),
            ("{a: 1, b: 'x'}", r#"{"a":1,"b":"x"}"#),
            ("JSON.stringify({a: [1, null]})", r#""{\"a\":[1,null]}""#),
            (
                "(() => { try { null.x } catch (e) { return e.message } })()",
                r#""Cannot read properties of null (reading 'x')""#,
            ),
            (
                "(() => { try { JSON.parse('abc') } catch (e) { return e.message } })()",
                r#""Unexpected token 'a', \"abc\" is not valid JSON""#,
            ),
        ] {
            assert_eq!(run(code, "{}"), Ok(Some(answer.to_owned())), "{code}");
        }
    }

    #[test]
    fn data_is_shared_until_it_is_changed() {
        const JSON: &str = r#"{"a": {"b": 1}, "list": [3, {"c": 2}], "text": "x"}"#;
        for (code, answer) in [
            ("$json", JSON),
            ("Object.keys($json)", r#"["a", "list", "text"]"#),
            ("JSON.stringify($json.list)", r#""[3,{\"c\":2}]""#),
            (
                "({...$json.a, d: 'a' in $json, e: 'e' in $json})",
                r#"{"b": 1, "d": true, "e": false}"#,
            ),
            (
                "(() => { $json.a.b = [1]; $json.new = {x: 'y'}; return [$json.a, $json.new] })()",
                r#"[{"b": [1]}, {"x": "y"}]"#,
            ),
            (
                "(() => { delete $json.a; return $json })()",
                r#"{"list": [3, {"c": 2}], "text": "x"}"#,
            ),
            (
                "(() => { $json.list[1].c = {}; return $json.list })()",
                r#"[3, {"c": {}}]"#,
            ),
            ("$json.a === $json.a && $json.toString() === '[object Object]'", "true"),
            (
                "[$json.a, Array.isArray($json.list), $json instanceof Object]",
                r#"[{"b": 1}, true, true]"#,
            ),
        ] {
            // Twice: what one evaluation changes is not seen by the next.
            for _ in 0..2 {
                let expected = Value::from_json(answer).expect("JSON").to_json();
                assert_eq!(run(code, JSON), Ok(Some(expected)), "{code}");
            }
        }
    }

    #[test]
    fn limits_end_what_does_not_end_itself() {
        const MINUTE: Duration = Duration::from_mins(1);
        const INSTANT: Duration = Duration::from_millis(20);
        for (time, code, message) in [
            (MINUTE, "'x'.repeat(1e9)", "The code used too much memory"),
            (
                MINUTE,
                "(() => { const all = []; while (true) all.push('x'.repeat(1e6) + all.length) })()",
                "The code used too much memory",
            ),
            (INSTANT, "(() => { while (true) {} })()", "The code took too long"),
            (
                INSTANT,
                "/^(a+)+$/.test('a'.repeat(40) + 'b')",
                "The code took too long",
            ),
            (
                MINUTE,
                "(function f() { return f() })()",
                "Maximum call stack size exceeded",
            ),
        ] {
            assert_eq!(run_within(time, code, "{}"), Err(message.to_owned()), "{code}");
            assert_eq!(run("1 + 1", "{}"), Ok(Some("2".to_owned())), "after {code}");
        }
    }

    #[test]
    fn nothing_is_left_behind() {
        for (code, after) in [
            ("leak = 1", "typeof leak"),
            ("Array.prototype.leak = 1", "typeof [].leak"),
            ("globalThis.leak = 1", "typeof leak"),
            ("Math.leak = 1", "typeof Math.leak"),
            ("JSON.parse = 1", "typeof JSON.leak"),
        ] {
            let _ = run(code, "{}");
            assert_eq!(run(after, "{}"), Ok(Some("\"undefined\"".to_owned())), "{code}");
        }
        assert_eq!(
            run("typeof process + typeof require + typeof eval + typeof Function", "{}"),
            Ok(Some("\"undefinedundefinedundefinedundefined\"".to_owned()))
        );
    }
}
