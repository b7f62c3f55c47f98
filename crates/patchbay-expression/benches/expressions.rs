//! What an expression costs: parsing it, and evaluating it for one item, natively and in QuickJS. Each case checks
//! first that it gives the value and runs in the evaluator that it is about.
//!
//! `cargo bench -p patchbay-expression`; `docs/performance.md` says what came out.

use divan::{Bencher, black_box};
use patchbay_expression::{Evaluator, Expression, Missing};
use patchbay_model::scope::{Denied, ExecutionInfo, NoContexts};
use patchbay_model::workflow::{Node, Target};
use patchbay_model::{Environment, Item, NodeRun, Object, RunData, Scope, Source, Text, Value, Workflow};
use rquickjs::Function;
use rquickjs::context::EvalOptions;

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

/// A chain of nodes from `X` to `Current`, as many items in each.
struct World {
    workflow: Workflow,
    run_data: RunData,
    items: Vec<Item>,
    execution: ExecutionInfo,
    sources: [Option<Source>; 1],
}

impl World {
    /// `X` stands right before `Current`.
    fn new(items: usize, json: &str) -> Self {
        Self::with_nodes_between(0, items, json)
    }

    fn with_nodes_between(between: usize, items: usize, json: &str) -> Self {
        let mut names: Vec<Text> = vec!["X".into()];
        names.extend((0..between).map(|index| Text::from(format!("Between {index}"))));
        names.push("Current".into());
        let mut workflow = Workflow::default();
        workflow.nodes = names
            .iter()
            .map(|name| Node {
                name: name.clone(),
                kind: "n8n-nodes-base.set".into(),
                version: 1.0,
                ..Node::default()
            })
            .collect();
        let json = Value::from_json(json)
            .expect("JSON")
            .as_object()
            .expect("object")
            .clone();
        let items: Vec<Item> = (0..items)
            .map(|index| Item::new(json.clone()).paired_with(index))
            .collect();
        let mut run_data = RunData::default();
        let mut source = None;
        for pair in names.windows(2) {
            let target = Target {
                node: pair[1].clone(),
                kind: "main".into(),
                input: 0,
            };
            let connections = workflow.connections.entry(pair[0].clone()).or_default();
            connections.insert("main".into(), vec![vec![target]]);
            run_data.push(
                &pair[0],
                NodeRun {
                    source: vec![source],
                    outputs: Some(vec![items.clone().into()]),
                    ..NodeRun::default()
                },
            );
            source = Some(Source {
                node: pair[0].clone(),
                output: 0,
                run: 0,
            });
        }
        workflow.index_nodes();
        Self {
            workflow,
            run_data,
            items,
            execution: ExecutionInfo {
                timezone: "UTC".into(),
                ..ExecutionInfo::default()
            },
            sources: [source],
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

/// Measures one expression; `answer` is its value as JSON.
fn measure(bencher: Bencher, world: &World, source: &str, evaluator: Evaluator, answer: &str) {
    let expression = Expression::parse(source).expect("parses");
    let scope = world.scope();
    let (value, used) = expression.evaluate_with(&scope, Missing::Null).expect("evaluates");
    assert_eq!(
        (value.unwrap_or_default().to_json().as_str(), used),
        (answer, evaluator)
    );
    bencher.bench_local(|| black_box(&expression).evaluate(black_box(&scope)));
}

#[divan::bench(sample_size = 1000, args = [
    ("={{ $json.a.b }}", "1"),
    ("=Hello {{ $json.first }} {{ $json.last }}", r#""Hello Reception Desk""#),
    ("={{ $json.first.toUpperCase() + ' ' + $json.last }}", r#""RECEPTION Desk""#),
    ("={{ $json.a.b > 0 ? $json.first : $json.last }}", r#""Reception""#),
    ("={{ $json.list.map(x => x * 2).join(',') }}", r#""2,4,6""#),
    ("={{ $now.toISODate() }}", r#""2026-03-04""#),
])]
fn evaluate(bencher: Bencher, (source, answer): (&str, &str)) {
    measure(bencher, &World::new(10, SMALL), source, Evaluator::Native, answer);
}

const PAIRED: &str = "={{ $('X').item.json.y }}";

#[divan::bench(sample_size = 1000, args = [1, 1_000, 100_000])]
fn paired_item(bencher: Bencher, items: usize) {
    measure(bencher, &World::new(items, SMALL), PAIRED, Evaluator::Native, r#""z""#);
}

/// The way back leads through other nodes.
#[divan::bench(sample_size = 1000, args = [1, 4])]
fn paired_item_behind(bencher: Bencher, nodes: usize) {
    let world = World::with_nodes_between(nodes, 1_000, SMALL);
    measure(bencher, &world, PAIRED, Evaluator::Native, r#""z""#);
}

/// Bodies of functions that only QuickJS runs: `with` is left to it.
const NOTHING_READ: &str = "(() => { with ({}) { return 'z' } })()";
const ONE_FIELD_READ: &str = "(() => { with ({}) { return $json.y } })()";

#[divan::bench(sample_size = 1000, args = [NOTHING_READ, ONE_FIELD_READ])]
fn quickjs(bencher: Bencher, code: &str) {
    let source = format!("={{{{ {code} }}}}");
    measure(bencher, &World::new(10, SMALL), &source, Evaluator::QuickJs, r#""z""#);
}

/// The floor of `quickjs`: the same functions in the bare engine, `$json` an object of its own, no limits, nothing of
/// ours around the call.
#[divan::bench(sample_size = 1000, args = [NOTHING_READ, ONE_FIELD_READ])]
fn bare_quickjs(bencher: Bencher, code: &str) {
    let runtime = rquickjs::Runtime::new().expect("starts");
    let context = rquickjs::Context::full(&runtime).expect("starts");
    context.with(|context| {
        let mut options = EvalOptions::default();
        options.strict = false;
        let function = format!("(function ($json) {{ return {code} }})");
        let function: Function = context.eval_with_options(function, options).expect("compiles");
        let json: rquickjs::Object = context.eval(format!("({SMALL})")).expect("an object");
        let call = || function.call::<_, String>((json.clone(),)).expect("runs");
        assert_eq!(call(), "z");
        bencher.bench_local(call);
    });
}

/// One field of an item of 1 MB.
#[divan::bench(sample_size = 1000, args = [
    ("={{ $json.y }}", Evaluator::Native),
    ("={{ (() => { with ({}) { return $json.y } })() }}", Evaluator::QuickJs),
])]
fn large_item(bencher: Bencher, (source, evaluator): (&str, Evaluator)) {
    let mut json: Object = Value::from_json(SMALL)
        .expect("JSON")
        .as_object()
        .expect("object")
        .clone();
    for index in 0..10_000 {
        json.insert(format!("field {index}"), "x".repeat(100));
    }
    let world = World::new(1, &Value::object(json).to_json());
    measure(bencher, &world, source, evaluator, r#""z""#);
}

#[divan::bench(sample_size = 100, args = ["={{ $json.a.b }}", "=Hello {{ $json.first }} {{ $('X').item.json.y.toUpperCase() }}"])]
fn parse(bencher: Bencher, source: &str) {
    bencher.bench_local(|| Expression::parse(black_box(source)).expect("parses"));
}

/// What the first evaluation of an expression in QuickJS costs beside the later ones: each has a source of its own.
#[divan::bench(sample_size = 100)]
fn compile_in_quickjs(bencher: Bencher) {
    let world = World::new(10, SMALL);
    let mut number = 0;
    bencher
        .with_inputs(|| {
            number += 1;
            let source = format!("={{{{ (() => {{ with ({{}}) {{ return $json.y + {number} }} }})() }}}}");
            Expression::parse(&source).expect("parses")
        })
        .bench_local_refs(|expression| expression.evaluate(&world.scope()).expect("evaluates"));
}
