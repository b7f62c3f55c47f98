//! What failures do: to the execution, to items, and how often a node is tried.

use std::sync::Arc;

use patchbay_engine::Options;
use patchbay_model::{RunEvent, Status};

use crate::world::{World, file, order, outputs, run, run_in};

/// Rows: how the failing node `A` goes on, what it puts out, the order and the status. It gets items 1 and 2; `B` is at
/// its output, `C` at the one for errors.
#[tokio::test]
async fn a_failed_node_stops_the_execution_or_passes_its_items_on() {
    let rows = [
        ("", "[null]", "T M A", Status::Error),
        (r#", "onError": "stopWorkflow""#, "[null]", "T M A", Status::Error),
        (
            r#", "onError": "continueRegularOutput""#,
            r#"[[[{"n":1},{"n":2}]]]"#,
            "T M A B",
            Status::Success,
        ),
        (
            r#", "continueOnFail": true"#,
            r#"[[[{"n":1},{"n":2}]]]"#,
            "T M A B",
            Status::Success,
        ),
        (
            r#", "continueOnFail": true, "onError": "stopWorkflow""#,
            r#"[[[{"n":1},{"n":2}]]]"#,
            "T M A B",
            Status::Success,
        ),
        // n8n sends the items of a node that fails as a whole by its first output, not by the one for errors.
        (
            r#", "onError": "continueErrorOutput""#,
            r#"[[[{"n":1},{"n":2}]]]"#,
            "T M A B",
            Status::Success,
        ),
    ];
    for (mode, out, ran, status) in rows {
        let nodes = format!(
            "T trigger\nM make {{\"parameters\": {{\"runs\": [[1, 2]]}}}}\nA fail {{\"parameters\": {{\"message\": \"no\"}}{mode}}}\nB pass\nC pass"
        );
        let finished = run(&file(&nodes, "T -> M -> A -> B, A:1 -> C", "v1"), Options::default()).await;
        assert_eq!(
            (outputs(&finished, "A").as_str(), order(&finished).as_str()),
            (out, ran),
            "{mode}"
        );
        assert_eq!(finished.status, status, "{mode}");
        let error = finished.run_data.runs("A")[0].error.as_ref().expect("an error");
        assert_eq!(
            (error.code.as_str(), error.message.as_str(), error.node.as_deref()),
            ("E0399", "no", Some("A"))
        );
        assert_eq!(finished.error.is_some(), status == Status::Error, "{mode}");
    }
}

/// Rows: the edges, the order and the status: a failure that nothing follows is the execution's.
#[tokio::test]
async fn the_last_failure_counts() {
    let nodes = r#"T trigger
        A fail {"parameters": {"message": "no"}, "onError": "continueRegularOutput"}
        B pass"#;
    for (edges, ran, status) in [
        ("T -> A, T -> B", "T A B", Status::Success),
        ("T -> B -> A", "T B A", Status::Error),
        ("T -> A -> B", "T A B", Status::Success),
    ] {
        let finished = run(&file(nodes, edges, "v1"), Options::default()).await;
        assert_eq!((order(&finished).as_str(), finished.status), (ran, status), "{edges}");
        assert_eq!(finished.error.is_some(), status == Status::Error);
    }
}

/// Rows: what the node makes of items `{"n": 1, "k": 1}` and `{"n": 2}`, then its two outputs.
#[tokio::test]
async fn failed_items_leave_by_the_output_for_errors() {
    let rows = [
        (r#"[{"error": "e"}, {"a": 1}]"#, r#"[{"a":1}],[{"error":"e"}]"#),
        (
            r#"[{"error": "e", "message": "m"}, {"error": {"code": 1}}]"#,
            r#"[],[{"error":"e","message":"m"},{"error":{"code":1}}]"#,
        ),
        // Not failed: other fields, or nothing in them.
        (
            r#"[{"error": "e", "a": 1}, {"error": null}, {"error": "e", "message": ""}]"#,
            r#"[{"error":"e","a":1},{"error":null},{"error":"e","message":""}],[]"#,
        ),
        // With what their input item held.
        (
            r#"[{"json": {"error": "e", "message": "m"}, "pairedItem": {"item": 0}}]"#,
            r#"[],[{"n":1,"k":1,"error":"e","message":"m"}]"#,
        ),
        (
            r#"[{"json": {"error": "e"}, "pairedItem": [{"item": 1}, {"item": 0}]}]"#,
            r#"[],[{"n":2,"error":"e"}]"#,
        ),
        (
            r#"[{"json": {"error": "e"}, "pairedItem": {"item": 7}}]"#,
            r#"[],[{"error":"e"}]"#,
        ),
        // An error of the item's own is what remains of it.
        (
            r#"[{"json": {"a": 1, "b": 2}, "error": "own"}]"#,
            r#"[],[{"error":"own"}]"#,
        ),
    ];
    for (made, out) in rows {
        let nodes = format!(
            "T trigger\nM make {{\"parameters\": {{\"runs\": [[{{\"n\": 1, \"k\": 1}}, {{\"n\": 2}}]]}}}}\nA make {{\"parameters\": {{\"runs\": [{made}]}}, \"onError\": \"continueErrorOutput\"}}"
        );
        let finished = run(&file(&nodes, "T -> M -> A", "v1"), Options::default()).await;
        assert_eq!(outputs(&finished, "A"), format!("[[{out}]]"), "{made}");
    }
}

/// Rows: how the node goes on, and for how many of its three items observers hear that it failed.
#[tokio::test]
async fn items_that_go_on_with_an_error_are_counted() {
    let made = r#"[{"error": "e"}, {"json": {"a": 1}, "error": "own"}, {"a": 1}]"#;
    for (on_error, count) in [
        ("continueRegularOutput", 2),
        ("continueErrorOutput", 2),
        ("stopWorkflow", 0),
    ] {
        let node = format!("A make {{\"parameters\": {{\"runs\": [{made}]}}, \"onError\": \"{on_error}\"}}");
        let world = Arc::new(World::default());
        let nodes = format!("T trigger\n{node}\nB pass {{\"onError\": \"continueRegularOutput\"}}");
        run_in(&world, &file(&nodes, "T -> A -> B", "v1"), Options::default()).await;
        let events = world.events.lock().expect("lock");
        let failed = events.iter().filter_map(|event| match event {
            RunEvent::NodeFinished { node, failed, .. } => Some((node.as_str(), *failed)),
            _ => None,
        });
        assert_eq!(
            failed.collect::<Vec<_>>(),
            [("T", 0), ("A", count), ("B", 0)],
            "{on_error}"
        );
    }
}

#[tokio::test]
async fn the_output_for_errors_comes_after_the_others() {
    let nodes = "T trigger\nM make {\"parameters\": {\"runs\": [[1, {\"error\": \"e\"}]]}}\nA fork {\"onError\": \"continueErrorOutput\"}\nB pass";
    let finished = run(&file(nodes, "T -> M -> A, A:2 -> B", "v1"), Options::default()).await;
    assert_eq!(outputs(&finished, "B"), r#"[[[{"error":"e"}]]]"#);
}

/// Rows: the node's fields, how often it fails, then the waits between tries and whether it came through.
#[tokio::test]
async fn a_node_is_tried_again() {
    let rows: [(&str, usize, &[f64], Status); 7] = [
        ("", 9, &[], Status::Error),
        (r#""retryOnFail": true"#, 9, &[1000.0; 2], Status::Error),
        (r#""retryOnFail": true"#, 2, &[1000.0; 2], Status::Success),
        (
            r#""retryOnFail": true, "maxTries": 10, "waitBetweenTries": 9000"#,
            9,
            &[5000.0; 4],
            Status::Error,
        ),
        (
            r#""retryOnFail": true, "maxTries": 1, "waitBetweenTries": -1"#,
            9,
            &[0.0],
            Status::Error,
        ),
        (
            r#""retryOnFail": true, "maxTries": 0, "waitBetweenTries": 0"#,
            9,
            &[1000.0; 2],
            Status::Error,
        ),
        (r#""retryOnFail": true, "maxTries": 4"#, 1, &[1000.0], Status::Success),
    ];
    for (fields, times, sleeps, status) in rows {
        let separator = if fields.is_empty() { "" } else { "," };
        let nodes = format!(
            "T trigger\nA fail {{{fields}{separator} \"parameters\": {{\"message\": \"no\", \"times\": {times}}}}}"
        );
        let world = Arc::new(World::default());
        let finished = run_in(&world, &file(&nodes, "T -> A", "v1"), Options::default()).await;
        assert_eq!(
            (&**world.sleeps.lock().expect("lock"), finished.status),
            (sleeps, status),
            "{fields}"
        );
        let retried = |event: &&RunEvent| matches!(event, RunEvent::NodeRetried { .. });
        assert_eq!(
            world.events.lock().expect("lock").iter().filter(retried).count(),
            sleeps.len()
        );
    }
}

#[tokio::test]
async fn items_that_say_that_they_failed_are_tried_again() {
    let nodes =
        "T trigger\nA make {\"retryOnFail\": true, \"parameters\": {\"runs\": [[{\"error\": null, \"a\": 1}]]}}";
    let world = Arc::new(World::default());
    let finished = run_in(&world, &file(nodes, "T -> A", "v1"), Options::default()).await;
    assert_eq!(world.sleeps.lock().expect("lock").len(), 2);
    assert_eq!(finished.status, Status::Success);
}

/// Rows: the edges, `allow_missing`, the order and the error's code. `X` is of a type that is not there, `V` of a version,
/// and `P` lacks a parameter.
#[tokio::test]
async fn what_cannot_run_stops_the_workflow_before_it_begins() {
    let nodes = "T trigger\nM make\nA pass\nX nothing\nV pass {\"typeVersion\": 7}\nP fail\nD nothing {\"disabled\": true}\nO each {\"typeVersion\": 7}";
    let rows = [
        ("T -> A -> X", false, "", Some("E0101")),
        ("T -> A -> V", false, "", Some("E0102")),
        ("T -> A -> P", false, "", Some("E0110")),
        ("T -> A, X -> V -> P", false, "T A", None),
        ("T -> A -> D", false, "T A D", None),
        ("T -> A -> O", false, "T A O", None),
        ("T -> A -> X", true, "T A X", Some("E0101")),
        ("T -> A -> V", true, "T A V", Some("E0102")),
        ("T -> M -> X", true, "T M", None),
    ];
    for (edges, allow_missing, ran, code) in rows {
        let options = Options {
            allow_missing,
            ..Options::default()
        };
        let finished = run(&file(nodes, edges, "v1"), options).await;
        let error = finished.error.as_ref().map(|error| error.code.as_str());
        assert_eq!((order(&finished).as_str(), error), (ran, code), "{edges}");
    }
}
