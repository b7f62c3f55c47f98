//! Both evaluators give the same answer: expressions made from a grammar, over made-up data, natively and in QuickJS.
//!
//! The seed is fixed; `PATCHBAY_DIFFERENTIAL_CASES` and `PATCHBAY_DIFFERENTIAL_SEED` look further.

mod grammar;

use std::env;
use std::fmt::Write as _;

use grammar::{Chance, expression};
use patchbay_expression::program::Program;
use patchbay_expression::{Error, Evaluator, Js, Kind, Missing, script};
use patchbay_model::scope::{Denied, Environment, ExecutionInfo, NoContexts};
use patchbay_model::workflow::Node;
use patchbay_model::{Item, RunData, Scope, Text, Value, Workflow};

const CASES: u64 = 100_000;
const SEED: u64 = 0x5eed;

const DATA: &str = r#"{
    "name": "Ada Lovelace", "empty": "", "number": "12.5", "umlaut": "Ünïcode ✓", "date": "2026-03-04",
    "zero": 0, "one": 1, "negative": -2.5, "large": 1e21, "yes": true, "no": false, "none": null,
    "list": [3, 1, 2], "words": ["b", "a", "C", "10"], "nothing": [], "mixed": [1, "1", null, [2, [3]], {"a": 1}],
    "nested": {"a": {"b": [1, {"c": "d"}]}, "e": "f"}, "blank": {},
    "rows": [{"id": 1, "name": "x", "price": 9.99}, {"id": 2, "name": "y"}, {"id": 1, "name": null, "price": 0}]
}"#;

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

/// What a user sees: JavaScript's own errors are all undefined.
fn shown(answer: Result<Js, Error>) -> String {
    match answer {
        Ok(Js::Undefined) => "undefined".to_owned(),
        Ok(value) => value
            .to_value(Missing::Null)
            .map_or_else(|| value.type_of().to_owned(), |value| text(&value)),
        Err(error) if matches!(error.kind, Kind::Expression | Kind::Limit) => format!("error: {}", error.message),
        Err(_) => "undefined".to_owned(),
    }
}

/// JSON, but NaN and the infinities can be told apart; -0 is 0 there.
fn text(value: &Value) -> String {
    format!("{value:?}").replace("Number(-0.0)", "Number(0.0)")
}

#[test]
fn both_evaluators_agree_in_the_first_quarter() {
    compare(0);
}

#[test]
fn both_evaluators_agree_in_the_second_quarter() {
    compare(1);
}

#[test]
fn both_evaluators_agree_in_the_third_quarter() {
    compare(2);
}

#[test]
fn both_evaluators_agree_in_the_last_quarter() {
    compare(3);
}

/// Compares a quarter of the cases: four tests run at the same time.
fn compare(quarter: u64) {
    let number = |name: &str, default: u64| {
        env::var(name)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let cases = number("PATCHBAY_DIFFERENTIAL_CASES", CASES) / 4;
    let mut chance = Chance(number("PATCHBAY_DIFFERENTIAL_SEED", SEED) + quarter);
    let data = Value::from_json(DATA).expect("JSON");
    let items = [Item::new(data.as_object().expect("an object").clone())];
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
    let (mut native, mut different, mut report) = (0, 0, String::new());
    for _ in 0..cases {
        let depth = 1 + chance.below(3);
        let code = expression(&mut chance, depth);
        let Ok(program) = Program::parse(&code, 0) else {
            continue;
        };
        let found = match program.evaluate(&scope) {
            Ok((_, Evaluator::QuickJs)) => continue,
            Ok((value, Evaluator::Native)) => Ok(value),
            Err(error) => Err(error),
        };
        native += 1;
        let (found, expected) = (shown(found), shown(script::evaluate(&program, &scope)));
        if found != expected {
            different += 1;
            if different <= 20 {
                writeln!(report, "{code}\n  natively   {found}\n  in QuickJS {expected}").expect("text");
            }
        }
    }
    assert!(different == 0, "{different} of {native} differ:\n{report}");
    // Otherwise the two were hardly compared.
    assert!(native * 2 > cases, "{native} of {cases} ran natively");
}
