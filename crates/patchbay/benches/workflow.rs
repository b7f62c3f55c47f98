//! What a whole workflow costs beside its floor: the same work written by hand over `serde_json::Value`, in one run.
//!
//! 50,000 items are made (in a Code node), get four fields (Set, four expressions), are parted (If), and one branch gets two
//! more, one from the item that each was made from (Set, `$('Gen').item`). Everything that a node made stays in memory until
//! the end, by hand as well.
//!
//! `cargo bench -p patchbay --bench workflow` prints medians; `-- 1000 10000 …` prints the time for an item at each number of
//! items instead, which must not grow.

#[path = "../tests/common/world.rs"]
mod world;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use patchbay_engine::execution::Unobserved;
use patchbay_engine::{Execution, Graph};
use patchbay_model::Status;
use serde_json::{Value, json};
use world::{capabilities, options, registry};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ITEMS: usize = 50_000;
const ROUNDS: usize = 9;

fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    if numbers.is_empty() {
        compare();
    }
    for items in numbers {
        let graph = graph(items);
        let time = median(|| engine(&graph, items));
        println!("{items:>9} items  {time:>10.1?}  {:.2?} for each", time / items as u32);
    }
}

fn compare() {
    let graph = graph(ITEMS);
    let (mut floors, mut ours) = (Vec::new(), Vec::new());
    // By turns, so that whatever else the machine does is borne by both.
    for _ in 0..=ROUNDS {
        floors.push(time(|| by_hand(ITEMS)));
        ours.push(time(|| engine(&graph, ITEMS)));
    }
    let (floor, ours) = (middle(floors), middle(ours));
    println!("by hand   {floor:>10.1?}");
    println!("patchbay  {ours:>10.1?}");
    println!("ratio     {:>10.2}", ours.as_secs_f64() / floor.as_secs_f64());
}

/// The middle of several rounds.
fn median(mut work: impl FnMut() -> usize) -> Duration {
    middle((0..=ROUNDS).map(|_| time(&mut work)).collect())
}

/// The first round, which warms up, does not count.
fn middle(mut times: Vec<Duration>) -> Duration {
    times.remove(0);
    times.sort();
    times[times.len() / 2]
}

fn time(work: impl FnOnce() -> usize) -> Duration {
    let (start, worked) = (Instant::now(), processor_time());
    black_box(work());
    match (worked, processor_time()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => start.elapsed(),
    }
}

/// What this thread, which does all the work, has had of the processor, where Linux says it: on a busy machine the clock
/// would count the others' work too.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

fn graph(items: usize) -> Arc<Graph> {
    let code = format!(
        "const all = []; for (let i = 0; i < {items}; i++) all.push({{json: {{id: i, first: 'name' + i, last: 'last' + (i % 7), \
         user: {{age: i % 90, city: 'Berlin', tags: 'a,b'}}}}}}); return all;"
    );
    let field = |name: &str, value: &str| json!({"id": name, "name": name, "type": "string", "value": value});
    let set = |fields: Vec<Value>, include: bool| json!({"assignments": {"assignments": fields}, "includeOtherFields": include, "options": {}});
    let four = vec![
        field("name", "={{ $json.first }} {{ $json.last }}"),
        field("city", "={{ $json.user.city }}"),
        field("upper", "={{ $json.first.toUpperCase() }}"),
        json!({"id": "age", "name": "age", "type": "number", "value": "={{ $json.user.age + 1 }}"}),
    ];
    let two = vec![
        field("name", "={{ $json.name }}"),
        json!({"id": "id", "name": "id", "type": "number", "value": "={{ $('Gen').item.json.id }}"}),
    ];
    let condition = json!({
        "options": {"caseSensitive": true, "typeValidation": "strict", "version": 2}, "combinator": "and",
        "conditions": [{"id": "1", "leftValue": "={{ $json.age }}", "rightValue": 30, "operator": {"type": "number", "operation": "gt"}}],
    });
    let node = |name: &str, kind: &str, version: f64, parameters: Value| {
        json!({"id": name, "name": name, "type": format!("n8n-nodes-base.{kind}"), "typeVersion": version,
               "position": [0, 0], "parameters": parameters})
    };
    let to = |name: &str| json!({"main": [[{"node": name, "type": "main", "index": 0}]]});
    let file = json!({
        "name": "Bench",
        "nodes": [
            node("Start", "manualTrigger", 1.0, json!({})),
            node("Gen", "code", 2.0, json!({"jsCode": code})),
            node("Four", "set", 3.4, set(four, false)),
            node("Old", "if", 2.2, json!({"conditions": condition, "options": {}})),
            node("Two", "set", 3.4, set(two, false)),
        ],
        "connections": {"Start": to("Gen"), "Gen": to("Four"), "Four": to("Old"), "Old": to("Two")},
        "settings": {"executionOrder": "v1"},
    });
    let (mut workflows, faults) = patchbay_model::workflow::read(&file.to_string());
    assert!(faults.is_empty(), "{faults:?}");
    let workflow = workflows.pop().expect("a workflow");
    Arc::new(patchbay_engine::compile(workflow, &registry()).graph.expect("a graph"))
}

/// How many items the last node put out.
fn engine(graph: &Arc<Graph>, items: usize) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let execution = Execution::new(graph.clone(), options(graph), capabilities(), Arc::new(Unobserved));
    let finished = runtime.block_on(execution.run());
    assert_eq!(finished.status, Status::Success, "{:?}", finished.error);
    let last = finished.run_data.runs("Two")[0].output(0).len();
    assert_eq!(last, expected(items));
    last
}

/// The ages after the first Set are 1 to 90, again and again; those above 30 go on.
fn expected(items: usize) -> usize {
    (0..items).filter(|item| item % 90 + 1 > 30).count()
}

fn by_hand(items: usize) -> usize {
    let generated: Vec<Value> = (0..items)
        .map(|i| {
            json!({"id": i, "first": format!("name{i}"), "last": format!("last{}", i % 7),
                   "user": {"age": i % 90, "city": "Berlin", "tags": "a,b"}})
        })
        .collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let four: Vec<(usize, Value)> = generated
        .iter()
        .enumerate()
        .map(|(from, item)| {
            let (first, last) = (text(&item["first"]), text(&item["last"]));
            let age = item["user"]["age"].as_f64().unwrap_or_default() + 1.0;
            let json = json!({"name": format!("{first} {last}"), "city": item["user"]["city"].clone(),
                              "upper": first.to_uppercase(), "age": age});
            (from, json)
        })
        .collect();
    let (old, young): (Vec<_>, Vec<_>) = four
        .iter()
        .partition(|(_, item)| item["age"].as_f64().is_some_and(|age| age > 30.0));
    let two: Vec<Value> = old
        .iter()
        .map(|(from, item)| json!({"name": item["name"].clone(), "id": generated[*from]["id"].clone()}))
        .collect();
    assert_eq!((two.len(), two.len() + young.len()), (expected(items), items));
    black_box(&two).len()
}
