//! What ends an execution from outside, and what lets it rest.

use std::sync::Arc;
use std::time::Duration;

use patchbay_engine::Options;
use patchbay_model::{RunEvent, Status};
use patchbay_node::Wait;

use crate::world::{World, file, order, run, run_in};

#[tokio::test]
async fn cancelling_stops_a_node_in_the_middle_of_its_work() {
    for kind in ["hang", "spin"] {
        let options = Options::default();
        let cancellation = options.cancellation.clone();
        let canceller = std::thread::spawn(move || cancellation.cancel());
        let nodes =
            format!("T trigger\nA {kind} {{\"onError\": \"continueRegularOutput\", \"retryOnFail\": true}}\nB pass");
        let finished = run(&file(&nodes, "T -> A -> B", "v1"), options).await;
        canceller.join().expect("the canceller");
        assert_eq!(finished.status, Status::Canceled, "{kind}");
        assert_eq!(finished.error.map(|error| error.code), Some("E0701".into()), "{kind}");
    }
}

/// Rows: the option, the workflow's setting, then the limit that holds, in milliseconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_limit_stops_it_too() {
    let rows = [
        (Some(3), None, Some(3000.0)),
        (None, Some(2), Some(2000.0)),
        (Some(3), Some(2), Some(2000.0)),
        (Some(1), Some(2), Some(1000.0)),
        (Some(1), Some(-1), Some(1000.0)),
    ];
    for (option, setting, limit) in rows {
        for kind in ["hang", "spin"] {
            let setting = setting.map_or(String::new(), |seconds: i32| {
                format!(", \"executionTimeout\": {seconds}")
            });
            let file = file(&format!("T trigger\nA {kind}"), "T -> A", "v1");
            let file = file.replace("\"v1\"", &format!("\"v1\"{setting}"));
            let options = Options {
                timeout: option.map(Duration::from_secs),
                ..Options::default()
            };
            let world = Arc::new(World::default());
            let finished = run_in(&world, &file, options).await;
            assert_eq!(finished.status, Status::Canceled);
            assert_eq!(finished.error.map(|error| error.code), Some("E0702".into()));
            assert_eq!(world.sleeps.lock().expect("lock").first().copied(), limit);
        }
    }
}

#[tokio::test]
async fn an_execution_rests_where_a_node_does() {
    let finished = run(
        &file("T trigger\nA rest\nB pass", "T -> A -> B", "v1"),
        Options::default(),
    )
    .await;
    assert_eq!(
        (finished.status, finished.waiting.clone()),
        (Status::Waiting, Some(Wait::Until(5.0)))
    );
    assert_eq!(order(&finished), "T A");
}

#[tokio::test]
async fn a_rest_is_sat_out_where_that_is_asked_for() {
    let world = Arc::new(World::default());
    let options = Options {
        sit_out_rests: true,
        ..Options::default()
    };
    let finished = run_in(&world, &file("T trigger\nA rest\nB pass", "T -> A -> B", "v1"), options).await;
    assert_eq!((finished.status, order(&finished).as_str()), (Status::Success, "T A B"));
    // The rest was to end before now.
    assert_eq!(*world.sleeps.lock().expect("lock"), [0.0]);
}

#[tokio::test]
async fn observers_are_told_in_order() {
    let world = Arc::new(World::default());
    let nodes = "T trigger\nA fail {\"parameters\": {\"message\": \"no\"}}";
    run_in(&world, &file(nodes, "T -> A", "v1"), Options::default()).await;
    let events = world.events.lock().expect("lock");
    let told: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            RunEvent::NodeStarted { node, run, items } => Some(format!("{node} {run} starts with {items}")),
            RunEvent::NodeFinished { node, items, error, .. } => Some(format!("{node} gave {items}, {error:?}")),
            RunEvent::Finished { status, .. } => Some(status.as_str().to_owned()),
            _ => None,
        })
        .collect();
    let expected = [
        "T 0 starts with 1",
        "T gave 1, None",
        "A 0 starts with 1",
        "A gave 0, Some(\"no\")",
        "error",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn progress_is_told_at_most_a_hundred_times() {
    let items: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
    let nodes = format!(
        "T trigger\nM make {{\"parameters\": {{\"runs\": [[{}]]}}}}\nA each {{\"parameters\": {{\"each\": 1}}}}",
        items.join(",")
    );
    let world = Arc::new(World::default());
    run_in(&world, &file(&nodes, "T -> M -> A", "v1"), Options::default()).await;
    let events = world.events.lock().expect("lock");
    let done: Vec<usize> = events
        .iter()
        .filter_map(|event| match event {
            RunEvent::NodeProgress { done, items: 1000, .. } => Some(*done),
            _ => None,
        })
        .collect();
    assert_eq!(done.len(), 99);
    assert!(done.is_sorted() && done.first() == Some(&10), "{done:?}");
}
