//! Which nodes run, in which order, with which items.

use patchbay_engine::Options;
use patchbay_model::{Items, Status};

use crate::world::{file, order, outputs, pairs, run};

/// Rows: nodes, edges, order v1, order v0. All orders are what n8n does with such a workflow.
#[tokio::test]
async fn nodes_run_in_ns_orders() {
    let join = "T trigger\nA make {\"parameters\": {\"runs\": [[1, 2]]}}\nB make {\"parameters\": {\"runs\": [[3]]}}\nJ join\nE pass\nZ pass {\"y\": 900}";
    let join_of_nothing = join.replace("[[3]]", "[[]]");
    let loop_by_hand = "T trigger\nL make {\"parameters\": {\"runs\": [[2], [2], [1]]}}\nF fork\nE pass";
    let rows = [
        // Branches: by position, or as they come.
        (
            "T trigger\nA pass {\"y\": 3}\nB pass {\"y\": 1, \"x\": 2}\nC pass {\"y\": 1}\nD pass",
            "T -> A -> D, T -> B, T -> C",
            "T C B A D",
            "T A B C D",
        ),
        (
            "T trigger\nM make {\"parameters\": {\"runs\": [[1, 2]]}}\nF fork\nA pass {\"y\": 9}\nB pass {\"y\": 8}\nD pass",
            "T -> M -> F -> A -> D, F:1 -> B",
            "T M F B A D",
            "T M F A B D",
        ),
        (
            "T trigger\nA pass\nB pass\nJ pass\nK pass",
            "T -> A -> J, T -> B -> J -> K",
            "T A J K B J K",
            "T A B J J K K",
        ),
        // A node with several inputs waits, and runs with what it has.
        (
            join,
            "T -> A -> J, T -> B -> J@1, J -> E, T -> Z",
            "T A B J E Z",
            "T A B Z J E",
        ),
        (
            &join_of_nothing,
            "T -> A -> J, T -> B -> J@1, J -> E, T -> Z",
            "T A B Z J E",
            "T A B Z J E",
        ),
        (
            &join_of_nothing,
            "T -> B -> J, T -> A -> J@1, J -> E",
            "T A B J E",
            "T B A",
        ),
        (
            "T trigger\nA make {\"parameters\": {\"runs\": [[1]]}}\nB make\nJ join {\"parameters\": {\"all\": true}}",
            "T -> A -> J, T -> B -> J@1",
            "T A B",
            "T A B J",
        ),
        // One that another waiting node leads to waits on.
        (
            "T trigger\nC pass\nA pass\nB make\nM join {\"y\": 9}\nN join {\"y\": 8}",
            "T -> A -> M, T -> B -> M@1, M -> N, T -> C -> N@1",
            "T C A B M N",
            "T A B C M N",
        ),
        // Branches without items start only in order v0.
        (
            "T trigger\nM make {\"parameters\": {\"runs\": [[2]]}}\nF fork\nA pass\nB pass\nB2 pass\nJ join",
            "T -> M -> F -> A -> J, F:1 -> B -> B2 -> J@1",
            "T M F A J",
            "T M F A B B2 J",
        ),
        (
            "T trigger\nS call\nA pass\nJ join",
            "T -> A -> J, S -> J@1",
            "T A J",
            "T A S J",
        ),
        // Loops.
        (
            loop_by_hand,
            "T -> L -> F -> L, F:1 -> E",
            "T L F L F L F E",
            "T L F L F L F E",
        ),
        (
            "T trigger\nA make {\"parameters\": {\"runs\": [[1]]}}",
            "T -> A -> A",
            "T A A",
            "T A A",
        ),
        // Connections that lead nowhere.
        ("T trigger\nA pass", "T -> A, T:5 -> A", "T A", "T A"),
    ];
    for (nodes, edges, first, zeroth) in rows {
        for (version, expected) in [("v1", first), ("v0", zeroth)] {
            let finished = run(&file(nodes, edges, version), Options::default()).await;
            assert_eq!(
                (order(&finished).as_str(), finished.status),
                (expected, Status::Success),
                "{version}: {edges}"
            );
        }
    }
}

#[tokio::test]
async fn inputs_fill_run_by_run() {
    let nodes = "T trigger\nA make {\"parameters\": {\"runs\": [[1, 2]]}}\nA2 make {\"parameters\": {\"runs\": [[3]]}}\nB make {\"parameters\": {\"runs\": [[4]]}}\nJ join";
    let finished = run(
        &file(nodes, "T -> A -> J, T -> A2 -> J, T -> B -> J@1", "v1"),
        Options::default(),
    )
    .await;
    assert_eq!(outputs(&finished, "J"), r#"[[[{"n":1},{"n":2},{"n":4}]],[[{"n":3}]]]"#);
}

/// Rows: the fields of the node `A`, its runs, then its outputs and pairs. It gets three items.
#[tokio::test]
async fn outputs_are_settled() {
    let rows = [
        // Pairs: by place if there are as many, else unknown; as the node says where it does.
        (
            "",
            "make",
            r#"[["a", "b", "c"]]"#,
            r#"[[{"n":"a"},{"n":"b"},{"n":"c"}]]"#,
            "0 1 2",
        ),
        ("", "make", r#"[["a", "b"]]"#, r#"[[{"n":"a"},{"n":"b"}]]"#, "- -"),
        (
            "",
            "make",
            r#"[["a", {"json": {}, "pairedItem": {"item": 2}}, "c"]]"#,
            r#"[[{"n":"a"},{},{"n":"c"}]]"#,
            "0 2 2",
        ),
        ("", "pass", "", r#"[[{"n":1},{"n":2},{"n":3}]]"#, "0 1 2"),
        // `alwaysOutputData`, `executeOnce`, `disabled`.
        ("", "make", "[[]]", "[[]]", ""),
        (r#""alwaysOutputData": true"#, "make", "[[]]", "[[{}]]", "0/0+0/1+0/2"),
        (r#""executeOnce": true"#, "pass", "", r#"[[{"n":1}]]"#, "0"),
        (r#""executeOnce": true"#, "count", "", r#"[[{"n":[[1,3,0]]}]]"#, "-"),
        (
            r#""disabled": true, "executeOnce": true"#,
            "fail",
            "",
            r#"[[{"n":1},{"n":2},{"n":3}]]"#,
            "0 1 2",
        ),
    ];
    for (fields, kind, runs, expected, expected_pairs) in rows {
        let runs = if runs.is_empty() { "null" } else { runs };
        let fields = format!(
            r#"{{{fields}{} "parameters": {{"runs": {runs}}}}}"#,
            if fields.is_empty() { "" } else { "," }
        );
        let nodes = format!("T trigger\nM make {{\"parameters\": {{\"runs\": [[1, 2, 3]]}}}}\nA {kind} {fields}");
        let finished = run(&file(&nodes, "T -> M -> A", "v1"), Options::default()).await;
        assert_eq!(outputs(&finished, "A"), format!("[{expected}]"), "{kind} {fields}");
        assert_eq!(pairs(&finished, "A"), expected_pairs, "{kind} {fields}");
    }
}

#[tokio::test]
async fn nothing_that_passes_is_copied() {
    let nodes = "T trigger\nM make {\"parameters\": {\"runs\": [[1, 2, 3]]}}\nA pass\nB pass";
    let finished = run(&file(nodes, "T -> M -> A -> B", "v1"), Options::default()).await;
    let items = |node: &str| -> Items { finished.run_data.runs(node)[0].outputs.as_ref().expect("outputs")[0].clone() };
    assert!(
        std::ptr::eq(items("A").as_ptr(), items("B").as_ptr()),
        "the list is shared"
    );
    assert!(
        std::sync::Arc::ptr_eq(&items("M")[2].json, &items("B")[2].json),
        "items are shared"
    );
}

/// Rows: the nodes, `--trigger`, then the node at which the execution starts, or the error's code.
#[tokio::test]
async fn the_start_is_found() {
    let rows = [
        ("P pass\nC call\nT trigger\nU trigger", None, Ok("T")),
        ("P pass\nC call\nT trigger {\"disabled\": true}", None, Ok("C")),
        ("P pass\nC call\nT trigger", Some("C"), Ok("C")),
        ("P pass\nC call\nT trigger", Some("P"), Ok("P")),
        ("P pass", None, Ok("P")),
        ("P pass\nQ pass", None, Err("E0112")),
        ("P pass\nQ nothing", None, Err("E0101")),
        ("T trigger", Some("t2"), Err("E0113")),
    ];
    for (nodes, trigger, expected) in rows {
        let options = Options {
            trigger: trigger.map(Into::into),
            ..Options::default()
        };
        let finished = run(&file(nodes, "", "v1"), options).await;
        let found = match &finished.error {
            Some(error) => Err(error.code.as_str()),
            None => Ok(finished.last_node().map_or("", |node| node)),
        };
        assert_eq!(found, expected, "{nodes}");
    }
}

#[tokio::test]
async fn the_start_gets_the_given_items() {
    for (input, ran, out) in [
        (None, "T A", "[[[{}]]]"),
        (Some(2), "T A", "[[[{},{}]]]"),
        (Some(0), "", "[]"),
    ] {
        let options = Options {
            input: input.map(|count| vec![patchbay_model::Item::default(); count].into()),
            ..Options::default()
        };
        let finished = run(&file("T trigger\nA pass", "T -> A", "v1"), options).await;
        assert_eq!(
            (order(&finished).as_str(), outputs(&finished, "A").as_str()),
            (ran, out)
        );
    }
}

#[tokio::test]
async fn pinned_data_stand_for_a_run() {
    let nodes =
        "T trigger\nA fail {\"parameters\": {\"message\": \"no\"}, \"onError\": \"continueErrorOutput\"}\nB pass";
    let plain = file(nodes, "T -> A -> B", "v1");
    let pinned = plain.replacen('{', r#"{"pinData": {"A": [{"json": {"error": "p"}}, {"n": 2}]},"#, 1);
    for (pin_data, out, ran) in [
        (true, r#"[[[{"error":"p"},{"n":2}]]]"#, "T A B"),
        (false, "[[[{}]]]", "T A B"),
    ] {
        let options = Options {
            pin_data,
            ..Options::default()
        };
        let finished = run(&pinned, options).await;
        assert_eq!(
            (outputs(&finished, "A").as_str(), order(&finished).as_str()),
            (out, ran)
        );
        let failed = finished.run_data.runs("A")[0].error.is_some();
        assert_ne!(failed, pin_data, "a pinned node does not run");
    }
}

#[tokio::test]
async fn the_shapes_for_the_command_line() {
    let nodes = "T trigger\nM make {\"parameters\": {\"runs\": [[1, 2]]}}\nF fork\nA fail {\"parameters\": {\"message\": \"no\"}}";
    let finished = run(&file(nodes, "T -> M -> F, F:1 -> A", "v1"), Options::default()).await;
    assert_eq!(
        finished.to_run_data_value().to_json(),
        concat!(
            r#"{"status":"error","error":"no","description":"1","order":["T","M","F","A"],"lastNode":"A","nodes":{"#,
            r#""T":[{"outputs":[[{"json":{},"pairedItem":{"item":0}}]]}],"#,
            r#""M":[{"outputs":[[{"json":{"n":1},"pairedItem":{"item":0}},{"json":{"n":2},"pairedItem":{"item":0}}]]}],"#,
            r#""F":[{"outputs":[[{"json":{"n":2},"pairedItem":{"item":1}}],[{"json":{"n":1},"pairedItem":{"item":0}}]]}],"#,
            r#""A":[{"outputs":null,"error":"no","description":"1"}]}}"#,
        )
    );
    let finished = run(&file(nodes, "T -> M -> F", "v1"), Options::default()).await;
    assert_eq!(finished.to_last_value().to_json(), r#"[{"n":2},{"n":1}]"#);
}
