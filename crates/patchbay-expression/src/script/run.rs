//! A whole script: the code of a Code node. It may wait (`await`) for what only its [`Host`] can do, so it runs in
//! slices: JavaScript works until it has nothing left to do but wait, then the host's answers are awaited outside of
//! QuickJS, and it goes on.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use patchbay_model::{Scope, Value as Json};
use rquickjs::context::EvalOptions;
use rquickjs::{Array, Ctx, Function, Object, Value};

use super::engine::{Engine, Limits};
use super::failure::{self, Failure};
use super::wording::Source;
use super::{WORLD, World, convert, realm, rewrite};
use crate::error::Kind;
use crate::{Error, Js};

const PRELUDE: &str = include_str!("script_prelude.js");

/// What a script's functions reach beyond its scope.
pub trait Host: Send + Sync {
    /// Answers at once: `log`, `staticData`, `setStaticData`, `binary`.
    fn tell(&self, name: &str, arguments: &[Js]) -> Result<Js, Error>;

    /// Answers in its time: `httpRequest`, `sleep`, `getBinaryDataBuffer`, `prepareBinaryData`.
    fn ask<'a>(&'a self, name: &str, arguments: Vec<Json>) -> BoxFuture<'a, Result<Json, Error>>;

    /// Whether the script should end.
    fn is_cancelled(&self) -> bool;
}

/// Code that was read once and runs as often as it is asked to, in a context of its own.
pub struct Script {
    engine: Engine,
    source: Source,
    flavour: Flavour,
}

/// Which of n8n's nodes the code is of: they give it different names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// Code, once with all items: `items`.
    AllItems,
    /// Code, for one item: `item`.
    EachItem,
    /// The older nodes Function and Function Item.
    Legacy,
}

/// What a script called and what has not been answered.
pub(super) struct Calls<'a> {
    host: &'a dyn Host,
    /// How long the script may still work.
    left: Cell<Duration>,
    asked: RefCell<Vec<Asked>>,
    count: Cell<u32>,
}

struct Asked {
    number: u32,
    name: String,
    arguments: Vec<Json>,
}

impl Calls<'_> {
    pub fn ask(&self, name: String, arguments: Vec<Json>) -> u32 {
        let number = self.count.get() + 1;
        self.count.set(number);
        self.asked.borrow_mut().push(Asked {
            number,
            name,
            arguments,
        });
        number
    }

    pub fn tell(&self, name: &str, arguments: &[Js]) -> Result<Js, Error> {
        self.host.tell(name, arguments)
    }

    pub fn is_cancelled(&self) -> bool {
        self.host.is_cancelled()
    }

    /// The script waits from now on: what is left until the deadline is kept for when it goes on.
    fn work_until(&self, deadline: Instant) {
        self.left.set(deadline.saturating_duration_since(Instant::now()));
    }
}

/// What stands before the code: one line, so that lines are one off.
const BEFORE: &str = "(async function () {\n";
const AFTER: &str = "\n})";

impl Script {
    /// Reads the code, the body of an `async` function. Syntax errors have their line.
    pub fn new(code: &str, flavour: Flavour, scope: &Scope<'_>, host: &dyn Host) -> Result<Self, Failure> {
        let limits = Limits::of_script(scope.environment.script_limits());
        let engine = Engine::new(limits, false).map_err(Failure::from)?;
        let source = format!("{BEFORE}{code}{AFTER}");
        let script = Self {
            engine,
            source: Source::new(rewrite::spread_text(&source).unwrap_or(source)),
            flavour,
        };
        script.slice(scope, &Calls::of(host, limits.time), |context| {
            let prelude: Function = context.eval(PRELUDE)?;
            let kit_of_realm = realm::get(context)?.kit.clone();
            kit_of_realm.set("legacy", flavour == Flavour::Legacy)?;
            prelude.call::<_, ()>((kit_of_realm,))?;
            let mut options = EvalOptions::default();
            options.strict = false;
            options.filename = Some("script".into());
            let main: Function = context.eval_with_options(script.source.text(), options)?;
            kit(context, "keep")?.call::<_, ()>((main,))
        })?;
        Ok(script)
    }

    /// Runs the code and hands what it returns to `finish`. `globals` are names beside those of the scope: `items`.
    pub async fn run<T: Send>(
        &mut self,
        scope: &Scope<'_>,
        globals: &[(&str, Json)],
        host: &dyn Host,
        finish: impl Fn(Js) -> T + Send + Sync,
    ) -> Result<T, Failure> {
        let calls = Calls::of(host, scope.environment.script_limits().time);
        self.slice(scope, &calls, |context| {
            let values = Object::new(context.clone())?;
            for (name, value) in globals {
                values.set(*name, convert::json_to_script(context, value)?)?;
            }
            kit(context, "start")?.call::<_, ()>((values, self.flavour == Flavour::EachItem))
        })?;
        let mut answers = FuturesUnordered::new();
        loop {
            self.work(scope, &calls)?;
            // Values of a script stay on this side of every `await`.
            let outcome = self.slice(scope, &calls, |context| {
                Ok(outcome_of(context)?.map(|outcome| outcome.map(&finish)))
            })?;
            if let Some(outcome) = outcome {
                return outcome;
            }
            for asked in calls.asked.borrow_mut().drain(..) {
                let answer = host.ask(&asked.name, asked.arguments);
                answers.push(async move { (asked.number, answer.await) });
            }
            let Some((number, answer)) = answers.next().await else {
                let error = Error::of(
                    Kind::Error,
                    "The code waits for a promise that nothing will ever settle",
                );
                return Err(Failure::from(error.code("E0233")));
            };
            self.slice(scope, &calls, |context| settle(context, number, &answer))?;
        }
    }

    /// Runs promises' reactions until none is left.
    fn work(&self, scope: &Scope<'_>, calls: &Calls<'_>) -> Result<(), Failure> {
        let world = self.world(scope, calls);
        let worked = WORLD.set(&world, || {
            while let Ok(true) = self.engine.runtime().execute_pending_job() {
                if let Some(error) = world.stopped() {
                    return Err(Failure::from(error));
                }
                if super::is_over() {
                    return Err(Failure::from(super::too_long()));
                }
            }
            Ok(())
        });
        calls.work_until(world.deadline);
        worked
    }

    /// Works in the context for a while.
    fn slice<T>(
        &self,
        scope: &Scope<'_>,
        calls: &Calls<'_>,
        work: impl FnOnce(&Ctx<'_>) -> rquickjs::Result<T>,
    ) -> Result<T, Failure> {
        let world = self.world(scope, calls);
        let done = WORLD.set(&world, || {
            self.engine
                .context()
                .with(|context| work(&context).map_err(|error| failure::caught(&context, &error).moved(-1)))
        });
        calls.work_until(world.deadline);
        done
    }

    fn world<'a>(&'a self, scope: &'a Scope<'a>, calls: &'a Calls<'a>) -> World<'a> {
        World {
            scope,
            deadline: Instant::now() + calls.left.get(),
            source: Some(&self.source),
            calls: Some(calls),
            stopped: Cell::new(None),
        }
    }
}

impl<'a> Calls<'a> {
    fn of(host: &'a dyn Host, time: Duration) -> Self {
        Self {
            host,
            left: Cell::new(time),
            asked: RefCell::default(),
            count: Cell::new(0),
        }
    }
}

/// A function that `script_prelude.js` has made.
fn kit<'js>(context: &Ctx<'js>, name: &str) -> rquickjs::Result<Function<'js>> {
    realm::get(context)?.kit.get(name)
}

/// What the script returned or threw; `None` while it waits.
fn outcome_of(context: &Ctx<'_>) -> rquickjs::Result<Option<Result<Js, Failure>>> {
    let outcome: Option<Array> = kit(context, "outcome")?.call(())?;
    let Some(outcome) = outcome else {
        return Ok(None);
    };
    let value: Value = outcome.get(1)?;
    Ok(Some(if outcome.get(0)? {
        convert::from_script(context, &value).map_err(|error| failure::caught(context, &error).moved(-1))
    } else {
        Err(failure::of_value(context, &value).moved(-1))
    }))
}

/// Gives a promise its answer.
fn settle(context: &Ctx<'_>, number: u32, answer: &Result<Json, Error>) -> rquickjs::Result<()> {
    let settle = realm::get(context)?.settle.clone();
    match answer {
        Ok(value) => settle.call((number, true, convert::json_to_script(context, value)?)),
        Err(error) => settle.call((number, false, failure::of_error(context, error)?)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::FutureExt;
    use futures::executor::block_on;
    use patchbay_model::Text;

    use super::super::testing::with_json;
    use super::*;
    use crate::Missing;

    /// Answers at once; `httpRequest` by its URL.
    #[derive(Default)]
    struct World {
        log: Mutex<Vec<Text>>,
        kept: Mutex<Json>,
        cancelled: bool,
    }

    impl Host for World {
        fn tell(&self, name: &str, arguments: &[Js]) -> Result<Js, Error> {
            let value = |index: usize| arguments.get(index).and_then(|value| value.to_value(Missing::Dropped));
            match name {
                "log" => self
                    .log
                    .lock()
                    .expect("a log")
                    .push(value(0).unwrap_or_default().to_text()),
                "staticData" => return Ok(Js::Json(Json::from_json(r#"{"n": 1}"#).expect("JSON"))),
                "setStaticData" => *self.kept.lock().expect("data") = value(1).unwrap_or_default(),
                _ => {}
            }
            Ok(Js::Undefined)
        }

        fn ask<'a>(&'a self, _name: &str, arguments: Vec<Json>) -> BoxFuture<'a, Result<Json, Error>> {
            let url = arguments
                .first()
                .and_then(|options| options.get("url"))
                .map(Json::to_text);
            let answer = match url.as_deref() {
                Some("bad") => Err(Error::of(Kind::Error, "Request failed with status code 500")),
                _ => Ok(Json::from_json(r#"{"body": {"ok": [true]}}"#).expect("JSON")),
            };
            futures::future::ready(answer).boxed()
        }

        fn is_cancelled(&self) -> bool {
            self.cancelled
        }
    }

    fn run(code: &str, world: &World) -> Result<String, String> {
        with_json(r#"{"a": 1}"#, |scope| {
            let words = |failure: Failure| format!("{}, line {:?}", failure.error.message, failure.line);
            let mut script = Script::new(code, Flavour::AllItems, scope, world).map_err(words)?;
            let items = Json::from_json(r#"[{"json": {"a": 1}}]"#).expect("JSON");
            let finish = |value: Js| value.to_value(Missing::Dropped).unwrap_or_default().to_json();
            block_on(script.run(scope, &[("items", items)], world, finish)).map_err(words)
        })
    }

    #[test]
    fn scripts_wait_for_their_host() {
        for (code, expected) in [
            ("return (await helpers.httpRequest({url: 'good'})).ok", Ok("[true]")),
            (
                "return await Promise.all([1, 2].map(async n => (await helpers.httpRequest({url: 'good'}), n * 2)))",
                Ok("[2,4]"),
            ),
            (
                "try { await this.helpers.httpRequest({url: 'bad'}) } catch (error) { return error.message }",
                Ok(r#""Request failed with status code 500""#),
            ),
            (
                "await helpers.httpRequest({url: 'bad'})",
                Err("Request failed with status code 500, line None"),
            ),
            (
                "return await new Promise(done => setTimeout(done, 1000, 'late'))",
                Ok(r#""late""#),
            ),
            (
                "let n = 0; await new Promise(done => { const timer = setInterval(() => { if (++n === 3) { clearInterval(timer); done() } }, 10) }); return n",
                Ok("3"),
            ),
            (
                "await new Promise(() => {})",
                Err("The code waits for a promise that nothing will ever settle, line None"),
            ),
            ("\n\nawait Promise.reject(new Error('no'))", Err("no, line Some(3)")),
            (
                "items[0].json.b = {c: 2}; return $input.all()[0].json",
                Ok(r#"{"a":1,"b":{"c":2}}"#),
            ),
            (
                "return [$input.first() === items[0], $json === items[0].json]",
                Ok("[true,true]"),
            ),
        ] {
            assert_eq!(
                run(code, &World::default()).as_deref().map_err(String::as_str),
                expected,
                "{code}"
            );
        }
    }

    #[test]
    fn the_host_is_told_what_is_logged_and_kept() {
        let world = World::default();
        let code = "console.log('a', {b: 1}); $getWorkflowStaticData('global').n++; return 0";
        assert_eq!(run(code, &world).as_deref(), Ok("0"));
        assert_eq!(*world.log.lock().expect("a log"), ["a {\"b\":1}"]);
        assert_eq!(world.kept.lock().expect("data").to_json(), r#"{"n":2}"#);
    }

    #[test]
    fn a_cancelled_script_ends() {
        let world = World {
            cancelled: true,
            ..World::default()
        };
        let ended = run("while (true) {}", &world);
        assert!(ended.is_err_and(|message| message.starts_with("The code took too long")));
    }
}
