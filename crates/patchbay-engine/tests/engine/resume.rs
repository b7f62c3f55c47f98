//! Executions that are put aside, broken off or failed, and go on. That an interrupted execution leaves the same run data as
//! any other is checked on whole workflows, in the program's tests.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use patchbay_engine::execution::Completed;
use patchbay_engine::{Execution, Finished, Journal, Options, Resumption, end_rest};
use patchbay_model::{Begun, ExecutionError, Item, Object, Pause, Snapshot, Status, Wait};

use crate::world::{World, compiled, file, order, outputs, run};

/// Goes on from a snapshot, which goes through JSON before.
async fn resume(snapshot: &Snapshot, resumption: Resumption, file: &str) -> Finished {
    let text = serde_json::to_string(snapshot).expect("JSON");
    let snapshot = serde_json::from_str(&text).expect("a snapshot");
    let graph = Arc::new(compiled(file).graph.expect("a graph"));
    let world = Arc::new(World::default());
    let capabilities = world.capabilities();
    Execution::resume(graph, snapshot, resumption, Options::default(), capabilities, world)
        .run()
        .await
}

#[tokio::test]
async fn a_resting_execution_goes_on_with_its_items_or_with_those_of_a_call() {
    let file = file("T trigger\nA rest\nB pass", "T -> A -> B", "v1");
    let resting = run(&file, Options::default()).await;
    assert_eq!(resting.status, Status::Waiting);
    let called: Object = [("called", true)].into_iter().collect();
    for (given, items) in [
        (None, "[[[{}]]]"),
        (Some(Item::new(called)), r#"[[[{"called":true}]]]"#),
    ] {
        let mut snapshot = resting.to_snapshot();
        if let Some(given) = given {
            end_rest(&mut snapshot.run_data, vec![vec![given].into()]).expect("it rests");
        }
        let finished = resume(&snapshot, Resumption::GoOn, &file).await;
        assert_eq!((finished.status, order(&finished).as_str()), (Status::Success, "T A B"));
        assert_eq!(
            (outputs(&finished, "A").as_str(), outputs(&finished, "B").as_str()),
            (items, items)
        );
    }
}

#[tokio::test]
async fn a_failed_execution_is_tried_again_from_the_node_that_failed() {
    let nodes =
        |kind: &str| format!("T trigger\nM make {{\"parameters\": {{\"runs\": [[1], [2]]}}}}\nA {kind}\nB count");
    let failing = file(
        &nodes(r#"fail {"parameters": {"message": "no"}}"#),
        "T -> M -> A -> B",
        "v1",
    );
    let mended = file(&nodes("pass"), "T -> M -> A -> B", "v1");
    let failed = run(&failing, Options::default()).await;
    assert_eq!(failed.status, Status::Error);
    let again = resume(&failed.to_snapshot(), Resumption::GoOn, &mended).await;
    assert_eq!(again.status, Status::Error, "the failure is a part of the snapshot");
    let again = resume(&failed.to_snapshot().before_failure(), Resumption::GoOn, &mended).await;
    assert_eq!((again.status, order(&again).as_str()), (Status::Success, "T M A B"));
    assert_eq!(outputs(&again, "M"), r#"[[[{"n":1}]]]"#);
}

/// Rows: what was decided, then status, code of the error, and order.
#[tokio::test]
async fn a_node_that_must_not_be_repeated_waits_for_a_decision() {
    let file = file(
        "T trigger\nA pass {\"unsafeToRepeat\": true}\nB pass",
        "T -> A -> B",
        "v1",
    );
    let begun = Begun {
        node: "A".into(),
        run: 0,
        pause: None,
    };
    for (resumption, status, code, ran) in [
        (Resumption::GoOn, Status::Waiting, None, "T"),
        (Resumption::Repeat, Status::Success, None, "T A B"),
        (Resumption::Fail, Status::Error, Some("E0117".into()), "T A"),
    ] {
        let mut snapshot = run(&file, Options::default()).await.to_snapshot();
        snapshot.run_data.pop();
        snapshot.run_data.pop();
        snapshot.begun = Some(begun.clone());
        let finished = resume(&snapshot, resumption, &file).await;
        assert_eq!((finished.status, order(&finished).as_str()), (status, ran));
        assert_eq!(finished.error.as_ref().map(|error| error.code.clone()), code);
        if status == Status::Waiting {
            assert_eq!(finished.waiting, Some(Wait::Decision(begun.clone())));
            assert_eq!(finished.to_snapshot().begun, Some(begun.clone()), "it asks again");
        }
    }
}

/// Notes what it is told, and fails at the end of one node.
struct Notes {
    told: Mutex<Vec<String>>,
    fails_at: &'static str,
}

#[async_trait]
impl Journal for Notes {
    async fn begins(&self, begun: &Begun) -> Result<(), ExecutionError> {
        let note = match begun.pause {
            None => format!("{} begins", begun.node),
            Some(Pause { tries, until }) => format!("{} failed {tries} times and sleeps until {until}", begun.node),
        };
        self.told.lock().expect("lock").push(note);
        Ok(())
    }

    async fn completed(&self, step: Completed<'_>) -> Result<(), ExecutionError> {
        let waits = if step.wait.is_some() { " and waits" } else { "" };
        let items = step.record.output(0).len();
        let note = format!("{} {} gave {items}{waits}", step.node, step.run);
        self.told.lock().expect("lock").push(note);
        if step.node == self.fails_at {
            return Err(ExecutionError {
                code: "E0005".into(),
                message: "full".into(),
                ..ExecutionError::default()
            });
        }
        Ok(())
    }
}

/// Rows: the node at which the journal fails, what the journal is told, and how the execution ends.
#[tokio::test]
async fn a_journal_is_told_of_each_node_and_can_end_the_execution() {
    let file = file(
        "T trigger\nA pass {\"unsafeToRepeat\": true}\nB rest\nC pass",
        "T -> A -> B -> C",
        "v1",
    );
    for (fails_at, told, status) in [
        (
            "",
            "T 0 gave 1, A begins, A 0 gave 1, B 0 gave 1 and waits",
            Status::Waiting,
        ),
        ("A", "T 0 gave 1, A begins, A 0 gave 1", Status::Error),
    ] {
        let world = Arc::new(World::default());
        let graph = Arc::new(compiled(&file).graph.expect("a graph"));
        let notes = Arc::new(Notes {
            told: Mutex::default(),
            fails_at,
        });
        let execution = Execution::new(graph, Options::default(), world.capabilities(), world);
        let finished = execution.kept_by(notes.clone()).run().await;
        assert_eq!(finished.status, status);
        assert_eq!(notes.told.lock().expect("lock").join(", "), told);
    }
}

/// Rows: the node, what is known of its pause, what the journal is told, for how long it sleeps, and how the execution ends.
/// It is 1,000.
#[tokio::test]
async fn a_pause_goes_on_where_it_stood() {
    let retried = r#"fail {"retryOnFail": true, "unsafeToRepeat": true, "parameters": {"message": "no"}}"#;
    for (node, pause, told, sleeps, status) in [
        (
            "pause",
            None,
            "A failed 0 times and sleeps until 9000",
            vec![8000.0],
            Status::Success,
        ),
        (
            "pause",
            Some((0, 4000.0)),
            "A failed 0 times and sleeps until 4000",
            vec![3000.0],
            Status::Success,
        ),
        (
            "pause",
            Some((0, 500.0)),
            "A failed 0 times and sleeps until 500",
            vec![0.0],
            Status::Success,
        ),
        (
            retried,
            Some((2, 1600.0)),
            "A failed 2 times and sleeps until 1600, A begins",
            vec![600.0],
            Status::Error,
        ),
        (
            retried,
            Some((1, 1600.0)),
            "A failed 1 times and sleeps until 1600, A begins, A failed 2 times and sleeps until 2000, A begins",
            vec![600.0, 1000.0],
            Status::Error,
        ),
    ] {
        let file = file(&format!("T trigger\nA {node}"), "T -> A", "v1");
        let mut snapshot = run(&file, Options::default()).await.to_snapshot();
        snapshot.run_data.pop();
        snapshot.begun = pause.map(|(tries, until)| Begun {
            node: "A".into(),
            run: 0,
            pause: Some(Pause { tries, until }),
        });
        let world = Arc::new(World::default());
        let graph = Arc::new(compiled(&file).graph.expect("a graph"));
        let notes = Arc::new(Notes {
            told: Mutex::default(),
            fails_at: "",
        });
        let options = Options::default();
        let resumed = Execution::resume(
            graph,
            snapshot,
            Resumption::GoOn,
            options,
            world.capabilities(),
            world.clone(),
        );
        let finished = resumed.kept_by(notes.clone()).run().await;
        assert_eq!(finished.status, status, "{node} {pause:?}");
        let heard = notes.told.lock().expect("lock").join(", ");
        assert!(heard.starts_with(told), "{heard}");
        assert_eq!(
            heard.matches("begins").count(),
            told.matches("begins").count(),
            "{heard}"
        );
        assert_eq!(*world.sleeps.lock().expect("lock"), sleeps, "{node} {pause:?}");
    }
}

#[tokio::test]
async fn a_node_that_asks_is_run_again_when_the_execution_goes_on() {
    let file = file("T trigger\nA ask\nB pass", "T -> A -> B", "v1");
    let resting = run(&file, Options::default()).await;
    assert_eq!((resting.status, order(&resting).as_str()), (Status::Waiting, "T"));
    assert_eq!(resting.waiting, Some(Wait::Execution(7)));
    assert_eq!(resting.rests_at.as_deref(), Some("A"));
    let again = resume(&resting.to_snapshot(), Resumption::GoOn, &file).await;
    assert_eq!(again.waiting, Some(Wait::Execution(7)), "it asks in vain");
    let mut options = Options::default();
    options.info.id = "there".into();
    let world = Arc::new(World::default());
    let graph = Arc::new(compiled(&file).graph.expect("a graph"));
    let snapshot = resting.to_snapshot();
    let execution = Execution::resume(graph, snapshot, Resumption::GoOn, options, world.capabilities(), world);
    let ended = execution.run().await;
    assert_eq!((ended.status, order(&ended).as_str()), (Status::Success, "T A B"));
}

#[tokio::test]
async fn an_execution_is_put_aside_before_its_next_node() {
    let options = Options::default();
    options.suspension.cancel();
    let file = file("T trigger\nA pass", "T -> A", "v1");
    let aside = run(&file, options).await;
    assert_eq!((aside.status, order(&aside).as_str()), (Status::Suspended, ""));
    let finished = resume(&aside.to_snapshot(), Resumption::GoOn, &file).await;
    assert_eq!((finished.status, order(&finished).as_str()), (Status::Success, "T A"));
}
