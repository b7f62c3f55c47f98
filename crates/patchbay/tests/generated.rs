//! Any graph of core nodes ends, keeps the order of items where its nodes do, and gives the same run data twice.

#[path = "common/world.rs"]
mod world;

use std::sync::Arc;

use patchbay_engine::execution::Unobserved;
use patchbay_engine::{Execution, Finished};
use patchbay_model::Status;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};
use world::{capabilities, options, registry};

/// A kind of node: type, version, parameters, outputs, inputs, and whether items leave it in the order in which they came.
struct Kind {
    name: &'static str,
    version: f64,
    parameters: fn() -> Value,
    outputs: usize,
    inputs: usize,
    in_order: bool,
}

const fn kind(name: &'static str, version: f64, parameters: fn() -> Value) -> Kind {
    Kind {
        name,
        version,
        parameters,
        outputs: 1,
        inputs: 1,
        in_order: true,
    }
}

fn greater_than(limit: u32) -> Value {
    json!({"options": {"caseSensitive": true, "typeValidation": "loose", "version": 2}, "combinator": "and",
           "conditions": [{"id": "1", "leftValue": "={{ $json.n }}", "rightValue": limit,
                           "operator": {"type": "number", "operation": "gt"}}]})
}

fn field(name: &str, value: &str) -> Value {
    json!({"assignments": {"assignments": [{"id": "1", "name": name, "type": "number", "value": value}]},
           "includeOtherFields": true, "options": {}})
}

/// The first two are made for loops: see [`graphs`].
static KINDS: [Kind; 16] = [
    kind("noOp", 1.0, || json!({})),
    kind("set", 3.4, || field("n", "={{ $json.n + 1 }}")),
    kind("set", 3.4, || {
        field("from", "={{ $('N0').isExecuted ? $runIndex : -1 }}")
    }),
    kind(
        "set",
        1.0,
        || json!({"values": {"string": [{"name": "text", "value": "={{ $json.n }}!"}]}, "options": {}}),
    ),
    kind(
        "code",
        2.0,
        || json!({"jsCode": "return $input.all().map((item, i) => ({json: {n: i}, pairedItem: i}))"}),
    ),
    kind(
        "code",
        2.0,
        || json!({"mode": "runOnceForEachItem", "jsCode": "return {json: {...$json, seen: $itemIndex}}"}),
    ),
    Kind {
        in_order: false,
        ..kind(
            "code",
            2.0,
            || json!({"jsCode": "return [1, 2, 3, 4, 5].map(n => ({json: {n}}))"}),
        )
    },
    kind("filter", 2.2, || json!({"conditions": greater_than(2), "options": {}})),
    kind("limit", 1.0, || json!({"maxItems": 2, "keep": "lastItems"})),
    kind(
        "removeDuplicates",
        1.0,
        || json!({"compare": "allFields", "options": {}}),
    ),
    Kind {
        outputs: 2,
        ..kind("if", 2.2, || json!({"conditions": greater_than(1), "options": {}}))
    },
    Kind {
        outputs: 2,
        ..kind(
            "switch",
            3.2,
            || json!({"rules": {"values": [{"conditions": greater_than(3)}, {"conditions": greater_than(0)}]}, "options": {}}),
        )
    },
    Kind {
        inputs: 2,
        ..kind("merge", 3.0, || json!({}))
    },
    Kind {
        inputs: 2,
        in_order: false,
        ..kind(
            "merge",
            3.0,
            || json!({"mode": "combine", "combineBy": "combineByPosition", "options": {}}),
        )
    },
    Kind {
        in_order: false,
        ..kind(
            "sort",
            1.0,
            || json!({"sortFieldsUi": {"sortField": [{"fieldName": "n", "order": "descending"}]}}),
        )
    },
    Kind {
        in_order: false,
        ..kind(
            "aggregate",
            1.0,
            || json!({"aggregate": "aggregateAllItemData", "options": {}}),
        )
    },
];

prop_compose! {
    /// Forward connections between any nodes, and loops over items with one node in them.
    fn graphs()(
        nodes in prop::collection::vec((0..KINDS.len(), 0..4_i32, 0..12_u8), 2..9),
        edges in prop::collection::vec((0..9_usize, 0..2_usize, 0..9_usize, 0..2_usize), 1..14),
        loops in prop::collection::vec((0..9_usize, 0..2_usize, 1..4_u32), 0..3),
        order in prop::sample::select(vec!["v0", "v1"]),
    ) -> String {
        let mut file_nodes = vec![node("T", "manualTrigger", 1.0, json!({}), 0, 0)];
        for (index, (kind, y, flag)) in nodes.iter().enumerate() {
            let kind = &KINDS[*kind];
            file_nodes.push(node(&format!("N{index}"), kind.name, kind.version, (kind.parameters)(), *y, *flag));
        }
        let mut connections = serde_json::Map::new();
        connect(&mut connections, "T", 0, "N0", 0);
        for (from, output, to, input) in edges {
            let (from, to) = (from % nodes.len(), to % nodes.len());
            if from < to {
                let (output, input) = (output % KINDS[nodes[from].0].outputs, input % KINDS[nodes[to].0].inputs);
                connect(&mut connections, &format!("N{from}"), output, &format!("N{to}"), input);
            }
        }
        for (index, (from, body, size)) in loops.iter().enumerate() {
            let (loop_node, body_node) = (format!("L{index}"), format!("B{index}"));
            let body = &KINDS[*body];
            file_nodes.push(node(&loop_node, "splitInBatches", 3.0, json!({"batchSize": size, "options": {}}), 1, 0));
            file_nodes.push(node(&body_node, body.name, body.version, (body.parameters)(), 2, 0));
            connect(&mut connections, &format!("N{}", from % nodes.len()), 0, &loop_node, 0);
            connect(&mut connections, &loop_node, 1, &body_node, 0);
            connect(&mut connections, &body_node, 0, &loop_node, 0);
        }
        json!({"name": "Generated", "nodes": file_nodes, "connections": connections,
               "settings": {"executionOrder": order}}).to_string()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "values are made where they are given")]
fn node(name: &str, kind: &str, version: f64, parameters: Value, y: i32, flag: u8) -> Value {
    let on_error = match flag {
        3 => "continueRegularOutput",
        4 => "continueErrorOutput",
        _ => "stopWorkflow",
    };
    json!({"id": name, "name": name, "type": format!("n8n-nodes-base.{kind}"), "typeVersion": version,
           "position": [0, y], "parameters": parameters, "disabled": flag == 1, "alwaysOutputData": flag == 2,
           "executeOnce": flag == 5, "onError": on_error})
}

fn connect(connections: &mut serde_json::Map<String, Value>, from: &str, output: usize, to: &str, input: usize) {
    let kinds = connections.entry(from).or_insert_with(|| json!({"main": []}));
    let outputs = kinds["main"].as_array_mut().expect("outputs");
    while outputs.len() <= output {
        outputs.push(json!([]));
    }
    let target = json!({"node": to, "type": "main", "index": input});
    outputs[output].as_array_mut().expect("targets").push(target);
}

fn run(file: &str) -> Finished {
    let (mut workflows, faults) = patchbay_model::workflow::read(file);
    assert!(faults.is_empty(), "{faults:?}");
    let workflow = workflows.pop().expect("a workflow");
    let graph = Arc::new(patchbay_engine::compile(workflow, &registry()).graph.expect("a graph"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let execution = Execution::new(graph.clone(), options(&graph), capabilities(), Arc::new(Unobserved));
    runtime.block_on(execution.run())
}

/// Whether items leave the node of this name in the order in which they came.
fn keeps_order(file: &Value, name: &str) -> bool {
    let mut nodes = file["nodes"].as_array().into_iter().flatten();
    let Some(node) = nodes.find(|node| node["name"] == name) else {
        return false;
    };
    let kind = node["type"]
        .as_str()
        .unwrap_or_default()
        .trim_start_matches("n8n-nodes-base.");
    // What a loop gives in the end it has gathered over several runs.
    let known = || KINDS.iter().filter(|known| known.name == kind);
    known().count() > 0 && known().all(|known| known.in_order)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, rng_seed: RngSeed::Fixed(20_260_304), ..ProptestConfig::default() })]

    #[test]
    fn any_graph_of_core_nodes_ends_in_order_and_the_same_twice(file in graphs()) {
        let finished = run(&file);
        prop_assert!(matches!(finished.status, Status::Success | Status::Error), "{:?}\n{}", finished.status, file);
        let parsed: Value = serde_json::from_str(&file).expect("JSON");
        for (node, runs) in finished.run_data.iter().filter(|(node, _)| keeps_order(&parsed, node)) {
            for items in runs.iter().flat_map(|run| run.outputs.iter().flatten()) {
                let places = items.iter().filter_map(|item| item.paired.pairs().first());
                let places: Vec<_> = places.map(|pair| (pair.input, pair.item)).collect();
                prop_assert!(places.is_sorted(), "{}: {:?}\n{}", node, places, file);
            }
        }
        let again = run(&file);
        prop_assert_eq!(finished.to_run_data_value(), again.to_run_data_value());
    }
}
