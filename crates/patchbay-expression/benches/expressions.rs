//! What an expression costs: parsing it, and evaluating it for one item, natively and in QuickJS.
//!
//! `cargo bench -p patchbay-expression`

use divan::{Bencher, black_box};
use patchbay_expression::Expression;
use patchbay_model::scope::{Denied, ExecutionInfo, NoContexts};
use patchbay_model::workflow::{Node, Target};
use patchbay_model::{Environment, Item, NodeRun, Object, RunData, Scope, Source, Text, Value, Workflow};

fn main() {
    divan::main();
}

struct FixedEnvironment;

impl Environment for FixedEnvironment {
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

/// Nodes `X` and `Current`, as many items in each.
struct World {
    workflow: Workflow,
    run_data: RunData,
    items: Vec<Item>,
    execution: ExecutionInfo,
    sources: [Option<Source>; 1],
}

impl World {
    fn new(items: usize, json: &str) -> Self {
        let mut workflow = Workflow::default();
        workflow.nodes = ["X", "Current"]
            .map(|name| Node {
                name: name.into(),
                kind: "n8n-nodes-base.set".into(),
                version: 1.0,
                ..Node::default()
            })
            .to_vec();
        let target = Target {
            node: "Current".into(),
            kind: "main".into(),
            input: 0,
        };
        workflow
            .connections
            .entry("X".into())
            .or_default()
            .insert("main".into(), vec![vec![target]]);
        workflow.index_nodes();
        let json = Value::from_json(json)
            .expect("JSON")
            .as_object()
            .expect("object")
            .clone();
        let items: Vec<Item> = (0..items)
            .map(|index| Item::new(json.clone()).paired_with(index))
            .collect();
        let mut run_data = RunData::default();
        let outputs = Some(vec![items.clone().into()]);
        run_data.push(
            &"X".into(),
            NodeRun {
                outputs,
                ..NodeRun::default()
            },
        );
        Self {
            workflow,
            run_data,
            items,
            execution: ExecutionInfo {
                timezone: "UTC".into(),
                ..ExecutionInfo::default()
            },
            sources: [Some(Source {
                node: "X".into(),
                output: 0,
                run: 0,
            })],
        }
    }

    fn scope(&self) -> Scope<'_> {
        Scope {
            workflow: &self.workflow,
            run_data: &self.run_data,
            execution: &self.execution,
            environment: &FixedEnvironment,
            node: self.workflow.node("Current").expect("node"),
            run_index: 0,
            items: &self.items,
            item_index: self.items.len() - 1,
            sources: &self.sources,
            input_index: 0,
            contexts: &NoContexts,
            extra: &[],
        }
    }
}

const SMALL: &str = r#"{"a": {"b": 1}, "first": "Reception", "last": "Desk", "y": "z", "list": [1, 2, 3]}"#;

#[divan::bench(args = [
    "={{ $json.a.b }}",
    "=Hello {{ $json.first }} {{ $json.last }}",
    "={{ $json.first.toUpperCase() + ' ' + $json.last }}",
    "={{ $json.a.b > 0 ? $json.first : $json.last }}",
    "={{ $json.list.map(x => x * 2).join(',') }}",
    "={{ $now.toISODate() }}",
])]
fn evaluate(bencher: Bencher, source: &str) {
    let world = World::new(10, SMALL);
    let expression = Expression::parse(source).expect("parses");
    let scope = world.scope();
    bencher.bench_local(|| black_box(&expression).evaluate(black_box(&scope)));
}

#[divan::bench(args = [1, 1_000, 100_000])]
fn paired_item(bencher: Bencher, items: usize) {
    let world = World::new(items, SMALL);
    let expression = Expression::parse("={{ $('X').item.json.y }}").expect("parses");
    let scope = world.scope();
    bencher.bench_local(|| black_box(&expression).evaluate(black_box(&scope)));
}

/// What runs in QuickJS, with nothing read and with one field.
#[divan::bench(args = ["={{ (() => { with ({}) { return 1 } })() }}", "={{ (() => { with ({}) { return $json.y } })() }}"])]
fn quickjs(bencher: Bencher, source: &str) {
    let world = World::new(10, SMALL);
    let expression = Expression::parse(source).expect("parses");
    let scope = world.scope();
    bencher.bench_local(|| black_box(&expression).evaluate(black_box(&scope)));
}

/// One field of an item of 1 MB.
#[divan::bench(args = ["={{ $json.y }}", "={{ (() => { with ({}) { return $json.y } })() }}"])]
fn large_item(bencher: Bencher, source: &str) {
    let mut json: Object = Value::from_json(SMALL)
        .expect("JSON")
        .as_object()
        .expect("object")
        .clone();
    for index in 0..10_000 {
        json.insert(format!("field {index}"), "x".repeat(100));
    }
    let world = World::new(1, &Value::object(json).to_json());
    let expression = Expression::parse(source).expect("parses");
    let scope = world.scope();
    bencher.bench_local(|| black_box(&expression).evaluate(black_box(&scope)));
}

#[divan::bench(args = ["={{ $json.a.b }}", "=Hello {{ $json.first }} {{ $('X').item.json.y.toUpperCase() }}"])]
fn parse(bencher: Bencher, source: &str) {
    bencher.bench_local(|| Expression::parse(black_box(source)));
}
