//! How long something is kept: as long as an execution needs it (outputs that are too large for good, what calls gave), or
//! until it is pruned. And what is known of other tries.

use patchbay_store::change::{Accept, Caller, Settle};
use patchbay_store::saved::{self, Returned};
use patchbay_store::{Change, Filter, Location, Retention, Status, open};

use super::{LARGEST_RUN, Places, accept, accepted, item, nodes, progress, settle, written};

#[tokio::test]
async fn what_is_too_large_is_there_until_its_execution_ends() {
    let long = "long".repeat(LARGEST_RUN);
    let places = Places::new().await;
    for place in places.all() {
        let mut store = open(&place, LARGEST_RUN).await.expect("a store");
        let id = accepted(&*store, "w").await;
        for node in ["A", "B"] {
            written(&*store, progress(id, node, &long)).await;
            store.tell(progress(id, "Small", "x"));
            store.close().await;
            drop(store);
            store = open(&place, LARGEST_RUN).await.expect("a store");
        }
        let large = store.large(id).await.expect("read");
        assert_eq!(large.len(), 2);
        for json in large {
            assert_eq!(saved::read_outputs(&json).expect("items")[0][0], item(&long));
        }
        let before = store.size().await.expect("size");
        // What comes with its end is cut at once.
        store.tell(progress(id, "Last", &long));
        written(&*store, Change::Settle(Box::new(settle(id, Status::Success)))).await;
        assert_eq!(store.large(id).await.expect("read").len(), 0);
        let cut: Vec<bool> = nodes(&*store, id).await.into_iter().map(|(_, cut)| cut).collect();
        assert_eq!(cut, [true, false, true, false, true]);
        store.prune(&Retention::default(), 0).await.expect("pruned");
        if matches!(place, Location::File(_)) {
            let after = store.size().await.expect("size");
            assert!(after < before / 2, "{before} bytes before, {after} after");
        }
    }
}

/// Rows: whether what was called is kept by itself, before or after a restart.
#[tokio::test]
async fn what_a_call_gave_is_there_until_the_node_that_called_has_ended() {
    let places = Places::new().await;
    for place in places.all() {
        let mut store = open(&place, LARGEST_RUN).await.expect("a store");
        for (keep, restarts) in [(true, false), (false, false), (true, true), (false, true)] {
            let parent = accepted(&*store, "w").await;
            let call = |item: usize| Accept {
                caller: Some(Caller {
                    execution: parent,
                    depth: 1,
                    node: "Call".into(),
                    run: 2,
                    item,
                    attempt: 3,
                    waits: true,
                }),
                ..accept(&*store, "called")
            };
            let (one, other) = (call(0), call(1));
            let (first, second) = (one.execution, other.execution);
            for accept in [one, other] {
                written(&*store, Change::Accept(Box::new(accept))).await;
            }
            let returned = Returned::Outputs(vec![vec![item("out")].into()]);
            let end = Settle {
                keep,
                result: Some(returned.to_json().expect("JSON")),
                ..settle(first, Status::Success)
            };
            written(&*store, Change::Settle(Box::new(end))).await;
            if restarts {
                store.close().await;
                drop(store);
                store = open(&place, LARGEST_RUN).await.expect("a store");
            }
            let calls = store.calls(parent).await.expect("calls");
            let seen: Vec<_> = calls
                .iter()
                .map(|call| (call.execution, call.node.as_str(), call.run, call.item, call.attempt))
                .collect();
            assert_eq!(seen, [(first, "Call", 2, 0, 3), (second, "Call", 2, 1, 3)]);
            let results = calls.iter().map(|call| call.result.as_deref().map(Returned::read));
            assert_eq!(results.collect::<Vec<_>>(), [Some(Ok(returned)), None]);
            let kept = store.execution(first).await.expect("read");
            let kept = kept.map(|execution| (execution.parent, execution.depth));
            assert_eq!(kept, keep.then_some((Some(parent), 1)));
            for (run, left) in [(1, 2), (2, 0)] {
                let forget = Change::ForgetCalls {
                    execution: parent,
                    node: "Call".into(),
                    run,
                };
                store.tell(forget);
                written(&*store, Change::Flush).await;
                assert_eq!(store.calls(parent).await.expect("calls").len(), left);
            }
        }
        let parent = accepted(&*store, "w").await;
        let caller = Caller {
            execution: parent,
            depth: 1,
            node: "Call".into(),
            run: 0,
            item: 0,
            attempt: 0,
            waits: true,
        };
        let call = Accept {
            caller: Some(caller),
            ..accept(&*store, "called")
        };
        written(&*store, Change::Accept(Box::new(call))).await;
        written(&*store, Change::Settle(Box::new(settle(parent, Status::Success)))).await;
        assert_eq!(store.calls(parent).await, Ok(Vec::new()), "its end ends all");
    }
}

#[tokio::test]
async fn the_try_that_succeeded_is_known() {
    let places = Places::new().await;
    for place in places.all() {
        let store = open(&place, LARGEST_RUN).await.expect("a store");
        let failed = accepted(&*store, "w").await;
        written(&*store, Change::Settle(Box::new(settle(failed, Status::Error)))).await;
        let mut expected = None;
        for status in [Status::Error, Status::Success] {
            let again = Accept {
                retry_of: Some(failed),
                ..accept(&*store, "w")
            };
            let id = again.execution;
            written(&*store, Change::Accept(Box::new(again))).await;
            written(&*store, Change::Settle(Box::new(settle(id, status)))).await;
            expected = expected.or((status == Status::Success).then_some(id));
            let failed = store.execution(failed).await.expect("read").expect("there");
            assert_eq!(failed.retry_success, expected);
        }
    }
}

#[tokio::test]
async fn of_what_is_not_to_be_kept_nothing_is() {
    let places = Places::new().await;
    for place in places.all() {
        let store = open(&place, LARGEST_RUN).await.expect("a store");
        let id = accepted(&*store, "w").await;
        store.tell(progress(id, "A", "x"));
        let gone = Settle {
            keep: false,
            ..settle(id, Status::Success)
        };
        written(&*store, Change::Settle(Box::new(gone))).await;
        assert_eq!(store.execution(id).await, Ok(None));
        assert_eq!(store.data(id).await, Ok(Vec::new()));
    }
}

#[tokio::test]
async fn pruning_gives_the_space_back() {
    let places = Places::new().await;
    for place in places.all() {
        let store = open(&place, usize::MAX).await.expect("a store");
        let data = "x".repeat(20_000);
        for number in 0..200 {
            let id = accepted(&*store, "w").await;
            store.tell(progress(id, "A", &data));
            let ended = Settle {
                now: number,
                ..settle(id, Status::Success)
            };
            store.tell(Change::Settle(Box::new(ended)));
        }
        let open_one = accepted(&*store, "w").await;
        written(&*store, Change::Flush).await;
        let before = store.size().await.expect("size");
        for (age, count, left) in [(None, None, 201), (Some(100), None, 101), (Some(100), Some(10), 11)] {
            store.prune(&Retention { age, count }, 200).await.expect("pruned");
            let filter = Filter {
                limit: 1_000,
                ..Filter::default()
            };
            assert_eq!(store.executions(&filter).await.expect("a page").executions.len(), left);
        }
        assert!(store.execution(open_one).await.expect("read").is_some());
        if matches!(place, Location::File(_)) {
            let after = store.size().await.expect("size");
            assert!(after < before / 10, "{before} bytes before, {after} after");
        }
    }
}
