//! Any text as JavaScript: no evaluator panics, and where the native one knows it, QuickJS says the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchbay_expression::program::Program;
use patchbay_expression::{Error, Evaluator, Js, Kind, Missing, script};
use patchbay_model::scope::{Denied, Environment, ExecutionInfo, NoContexts};
use patchbay_model::workflow::Node;
use patchbay_model::{Item, RunData, Scope, Text, Value, Workflow};

struct Still;

impl Environment for Still {
    fn now(&self) -> f64 {
        1_772_600_767_000.0
    }

    fn random(&self) -> f64 {
        0.5
    }

    fn variable(&self, _name: &str) -> Result<Option<Text>, Denied> {
        Err(Denied)
    }
}

fn shown(answer: Result<Js, Error>) -> String {
    match answer {
        Ok(value) => format!("{:?}", value.to_value(Missing::Null)),
        Err(error) if error.kind == Kind::Expression => format!("error: {}", error.message),
        Err(error) if error.kind == Kind::Limit => "limit".to_owned(),
        Err(_) => "None".to_owned(),
    }
}

fuzz_target!(|code: &str| {
    let Ok(program) = Program::parse(code, 0) else {
        return;
    };
    let Ok(Value::Object(data)) = Value::from_json(r#"{"a": 1, "b": "text", "c": [1, "x", null], "d": {"e": "f"}}"#)
    else {
        return;
    };
    let items = [Item::new((*data).clone())];
    let execution = ExecutionInfo {
        timezone: "UTC".into(),
        ..ExecutionInfo::default()
    };
    let scope = Scope {
        workflow: &Workflow::default(),
        run_data: &RunData::default(),
        execution: &execution,
        environment: &Still,
        node: &Node::default(),
        run_index: 0,
        items: &items,
        item_index: 0,
        sources: &[],
        input_index: 0,
        contexts: &NoContexts,
        extra: &[],
    };
    let native = match program.evaluate(&scope) {
        Ok((_, Evaluator::QuickJs)) => return,
        Ok((value, Evaluator::Native)) => Ok(value),
        Err(error) => Err(error),
    };
    assert_eq!(shown(native), shown(script::evaluate(&program, &scope)), "{code}");
});
