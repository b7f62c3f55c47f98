//! Any graph of simple nodes ends, keeps the items' order, and gives the same twice.

use patchbay_engine::Options;
use patchbay_model::Value;
use proptest::prelude::*;

use crate::world::{file, run};

/// Kinds of nodes that pass items on, in order; loops end because `make` gives nothing after its runs.
const KINDS: [&str; 4] = ["pass", "fork", "join", "make"];

prop_compose! {
    fn graphs()(
        kinds in prop::collection::vec((0..KINDS.len(), 0..4_u8, any::<bool>(), any::<bool>()), 1..9),
        edges in prop::collection::vec((0..9_usize, 0..2_usize, 0..9_usize, 0..2_usize), 0..16),
        order in prop::sample::select(vec!["v0", "v1"]),
    ) -> String {
        let count = kinds.len();
        let nodes: Vec<String> = kinds.iter().enumerate().map(|(index, (kind, y, disabled, always))| {
            let runs = r#"{"runs": [[1, 2, 3], [], [4, 5, 6, 7]]}"#;
            format!(
                r#"N{index} {} {{"y": {y}, "disabled": {}, "alwaysOutputData": {}, "parameters": {runs}}}"#,
                KINDS[*kind], *disabled && *kind != 3, *always && *kind == 1,
            )
        }).collect();
        // Backward connections end at a node that gives only so much, so that every loop ends.
        let edges = edges.iter().filter_map(|(from, output, to, input)| {
            let (from, to) = (from % (count + 1), to % count);
            let source = if from == count { "T".to_owned() } else { format!("N{from}") };
            let backward = from < count && to <= from;
            (!backward || kinds[to].0 == 3).then(|| format!("{source}:{output} -> N{to}@{input}"))
        });
        let edges: Vec<String> = edges.chain(["T -> N0".to_owned()]).collect();
        file(&format!("T trigger\n{}", nodes.join("\n")), &edges.join(", "), order)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_graph_ends_in_order_and_the_same_twice(file in graphs()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let finished = runtime.block_on(run(&file, Options::default()));
        for (node, runs) in finished.run_data.iter() {
            for items in runs.iter().flat_map(|run| run.outputs.iter().flatten()) {
                // Nodes with one input put items out in the order in which they came.
                let places = items.iter().filter_map(|item| item.paired.pairs().first());
                let places: Vec<_> = places.map(|pair| (pair.input, pair.item)).collect();
                prop_assert!(places.is_sorted(), "{node}: {places:?}\n{file}");
            }
        }
        let again = runtime.block_on(run(&file, Options::default()));
        prop_assert_eq!(finished.to_run_data_value(), again.to_run_data_value());
        prop_assert!(matches!(finished.to_run_data_value().get("error"), None | Some(Value::Null)));
    }
}
