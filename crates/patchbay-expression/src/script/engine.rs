//! One QuickJS runtime with one context, and the limits that hold while it works.

use std::time::Duration;

use patchbay_model::Text;
use patchbay_model::scope::ScriptLimits;
use rquickjs::function::Args;
use rquickjs::{Context, Ctx, Function, Persistent, Runtime, Value};
use rustc_hash::FxHashMap;

use super::{convert, failure, is_over, realm, rewrite};
use crate::error::Kind;
use crate::{Error, Js};

/// What a script may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// In bytes.
    pub memory: usize,
    /// Of JavaScript's own work; waiting for the host does not count.
    pub time: Duration,
}

impl Limits {
    /// Of one `{{ }}`.
    pub const EXPRESSION: Self = Self {
        memory: 256 << 20,
        time: Duration::from_secs(5),
    };

    /// Of one script.
    pub fn of_script(limits: ScriptLimits) -> Self {
        Self {
            memory: limits.memory,
            time: limits.time,
        }
    }
}

/// In bytes: JavaScript may call itself as deeply as in V8.
const MOST_STACK: usize = 8 << 20;
/// In bytes, where nobody knows what the thread has.
const SMALL_STACK: usize = 768 << 10;

/// The stack for JavaScript: the other half is for Rust that it calls.
fn stack() -> usize {
    stacker::remaining_stack().map_or(SMALL_STACK, |left| MOST_STACK.min(left / 2))
}

/// So many compiled expressions are kept.
const MOST_COMPILED: usize = 2000;
/// QuickJS first looks for circular garbage when this part of the memory that it may use is taken.
const FIRST_COLLECTION: usize = 16;

/// A runtime and its context.
pub struct Engine {
    context: Context,
    runtime: Runtime,
}

impl Engine {
    /// `expressions`: what one evaluation changes is not seen by the next.
    pub fn new(limits: Limits, expressions: bool) -> Result<Self, Error> {
        let broken = |error: rquickjs::Error| Error::of(Kind::Limit, format!("QuickJS does not start: {error}"));
        let runtime = Runtime::new().map_err(broken)?;
        runtime.set_memory_limit(limits.memory);
        runtime.set_max_stack_size(stack());
        runtime.set_gc_threshold(limits.memory / FIRST_COLLECTION);
        runtime.set_interrupt_handler(Some(Box::new(is_over)));
        let context = Context::full(&runtime).map_err(broken)?;
        let engine = Self { context, runtime };
        engine.with(|context| realm::prepare(context, expressions))?;
        Ok(engine)
    }

    /// Works in the context; what a script throws becomes an error.
    pub fn with<T>(&self, work: impl FnOnce(&Ctx<'_>) -> rquickjs::Result<T>) -> Result<T, Error> {
        self.context
            .with(|context| work(&context).map_err(|error| failure::caught(&context, &error).error))
    }

    pub fn context(&self) -> &Context {
        &self.context
    }

    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }
}

/// The engine of a thread's expressions, and the functions that they became.
pub struct Expressions {
    // Before the engine: values must go before their runtime does.
    compiled: FxHashMap<Text, Compiled>,
    helpers: Persistent<Value<'static>>,
    engine: Engine,
}

struct Compiled {
    function: Persistent<Function<'static>>,
    names: Vec<Text>,
}

impl Expressions {
    pub fn new(limits: Limits) -> Result<Self, Error> {
        let engine = Engine::new(limits, true)?;
        let helpers = engine.with(|context| Ok(Persistent::save(context, realm::get(context)?.helpers.clone())))?;
        Ok(Self {
            compiled: FxHashMap::default(),
            helpers,
            engine,
        })
    }

    /// Runs the code of one `{{ }}`.
    pub fn evaluate(&mut self, code: &Text) -> Result<Js, Error> {
        if !self.compiled.contains_key(code) {
            let compiled = self.compile(code)?;
            if self.compiled.len() >= MOST_COMPILED {
                self.compiled.clear();
            }
            self.compiled.insert(code.clone(), compiled);
        }
        let Some(compiled) = self.compiled.get(code) else {
            return Err(Error::of(Kind::Limit, "The expression was not kept"));
        };
        self.engine
            .with(|context| call(context, compiled, self.helpers.clone()))
    }

    fn compile(&self, code: &Text) -> Result<Compiled, Error> {
        let rewritten = rewrite::rewrite(code)?;
        let function = self.engine.with(|context| {
            let mut options = rquickjs::context::EvalOptions::default();
            options.strict = false;
            options.filename = Some("script".into());
            let function: Function = context.eval_with_options(rewritten.source, options)?;
            Ok(Persistent::save(context, function))
        })?;
        Ok(Compiled {
            function,
            names: rewritten.names,
        })
    }
}

fn call(context: &Ctx<'_>, compiled: &Compiled, helpers: Persistent<Value<'static>>) -> rquickjs::Result<Js> {
    let function = compiled.function.clone().restore(context)?;
    let mut arguments = Args::new(context.clone(), compiled.names.len() + 1);
    arguments.push_arg(helpers.restore(context)?)?;
    for name in &compiled.names {
        arguments.push_arg(realm::scope_value(context, name)?)?;
    }
    let answer: Value = function.call_arg(arguments)?;
    convert::from_script(context, &answer)
}
