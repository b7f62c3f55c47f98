//! A scope for tests: one item, a clock that stands still, no node before.

use patchbay_model::scope::{Denied, Environment, ExecutionInfo, NoContexts};
use patchbay_model::workflow::Node;
use patchbay_model::{Item, Items, RunData, Scope, Text, Value, Workflow};

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

/// Works with a scope whose `$json` is this.
pub fn with_json<T>(json: &str, work: impl FnOnce(&Scope<'_>) -> T) -> T {
    let Ok(Value::Object(object)) = Value::from_json(json) else {
        panic!("not an object: {json}")
    };
    let items: Items = vec![Item::new(object)].into();
    let execution = ExecutionInfo {
        timezone: "UTC".into(),
        ..ExecutionInfo::default()
    };
    work(&Scope {
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
    })
}
