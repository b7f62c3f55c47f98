//! What a store promises, asked of every database that can be reached: SQLite always, Postgres where
//! `PATCHBAY_TEST_POSTGRES` names one.

mod kept;
mod places;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use patchbay_model::{Item, NodeRun, Object, Text};
use patchbay_store::change::{Accept, Once, Settle};
use patchbay_store::saved::{Start, Step};
use patchbay_store::{Change, Error, ExecutionId, Filter, Kind, Location, Reply, Status, Store, open, saved};
use tempfile::TempDir;

/// Larger outputs of a run are cut.
const LARGEST_RUN: usize = 100_000;

/// Where the stores of a test are; an empty database each.
struct Places {
    folder: TempDir,
    postgres: Option<String>,
}

impl Places {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let postgres = match std::env::var("PATCHBAY_TEST_POSTGRES") {
            Ok(url) => Some(new_database(&url).await),
            Err(_) => None,
        };
        Self { folder, postgres }
    }

    fn all(&self) -> Vec<Location> {
        let file = Location::File(self.folder.path().join("store.sqlite"));
        let postgres = self.postgres.clone().map(Location::Postgres);
        [Some(file), postgres].into_iter().flatten().collect()
    }
}

/// Each test has a database of its own.
async fn new_database(url: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock")
        .as_nanos();
    let name = format!("patchbay_{since}_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let (server, _) = url.rsplit_once('/').expect("postgres://…/database");
    let (url, made) = (url.to_owned(), format!("{server}/{name}"));
    let create = move || {
        let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("Postgres");
        client
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .expect("a database");
    };
    tokio::task::spawn_blocking(create).await.expect("created");
    made
}

fn accept(store: &dyn Store, workflow: &str) -> Accept {
    Accept {
        execution: store.next_execution(),
        workflow: workflow.into(),
        workflow_name: "A workflow".into(),
        workflow_version: "v1".into(),
        mode: "webhook",
        key: Some("k".into()),
        trigger: "Webhook".into(),
        input: saved::start(&Start::Ran(vec![vec![item("in")].into()])).expect("JSON"),
        now: 1_000,
        retry_of: None,
        done: Vec::new(),
        once: None,
        caller: None,
    }
}

fn item(text: &str) -> Item {
    let json: Object = [("a", text)].into_iter().collect();
    Item::new(json)
}

fn step(node: &str, text: &str) -> Step {
    let run = NodeRun {
        outputs: Some(vec![vec![item(text)].into()]),
        ..NodeRun::default()
    };
    Step {
        node: node.into(),
        run: Arc::new(run),
        replaces: false,
    }
}

fn progress(execution: ExecutionId, node: &str, text: &str) -> Change {
    Change::Progress {
        execution,
        step: step(node, text),
    }
}

fn settle(execution: ExecutionId, status: Status) -> Settle {
    Settle {
        execution,
        status,
        now: 2_000,
        began: Some(1_500),
        last_node: Some("B".into()),
        error: None,
        rests_until: None,
        rest: None,
        keep: true,
        result: None,
    }
}

async fn written(store: &dyn Store, change: Change) -> Reply {
    store.write(change).await.expect("written")
}

async fn accepted(store: &dyn Store, workflow: &str) -> ExecutionId {
    let accept = accept(store, workflow);
    let id = accept.execution;
    assert_eq!(written(store, Change::Accept(Box::new(accept))).await, Reply::Done);
    id
}

async fn nodes(store: &dyn Store, id: ExecutionId) -> Vec<(Text, bool)> {
    let mut nodes = Vec::new();
    for part in store.data(id).await.expect("data") {
        let kept = saved::read_part(&part).expect("a part");
        nodes.extend(kept.into_iter().map(|kept| (kept.node, kept.cut.is_some())));
    }
    nodes
}

#[tokio::test]
async fn what_was_accepted_is_there_after_a_restart() {
    let places = Places::new().await;
    for place in places.all() {
        let store = open(&place, LARGEST_RUN).await.expect("a store");
        let (one, other) = (accepted(&*store, "w").await, accepted(&*store, "w").await);
        store.tell(progress(one, "A", "x"));
        store.tell(progress(one, "B", &"long".repeat(LARGEST_RUN)));
        written(&*store, Change::Flush).await;
        store.tell(progress(one, "C", "x"));
        let begin = Change::Begin {
            execution: one,
            begun: b"begun".to_vec(),
        };
        written(&*store, begin).await;
        written(&*store, Change::Settle(Box::new(settle(other, Status::Success)))).await;
        store.close().await;
        let closed = store.write(Change::Flush).await;
        assert_eq!(closed, Err(Error::Closed));
        drop(store);

        let store = open(&place, LARGEST_RUN).await.expect("a store");
        let unfinished = store.unfinished().await.expect("executions");
        assert_eq!(
            unfinished.iter().map(|execution| execution.id).collect::<Vec<_>>(),
            [one]
        );
        assert_eq!(
            (unfinished[0].status, unfinished[0].trigger.as_str()),
            (Status::Running, "Webhook")
        );
        let input = store.input(one).await.expect("input").expect("there");
        let input = saved::read_start(&input);
        assert!(
            matches!(&input, Ok(Start::Ran(outputs)) if outputs[0][0] == item("in")),
            "{input:?}"
        );
        assert_eq!(
            nodes(&*store, one).await,
            [("A".into(), false), ("B".into(), true), ("C".into(), false)]
        );
        assert_eq!(store.begun(one).await.expect("read").as_deref(), Some(&b"begun"[..]));
        assert!(store.next_execution() > other);
        written(&*store, progress(one, "D", "x")).await;
        written(&*store, Change::Settle(Box::new(settle(one, Status::Error)))).await;
        assert_eq!(nodes(&*store, one).await.len(), 4);
        assert_eq!(store.begun(one).await, Ok(None));
        assert_eq!(store.unfinished().await.expect("executions"), []);
    }
}

#[tokio::test]
async fn executions_rest_and_go_on() {
    let places = Places::new().await;
    for place in places.all() {
        let store = open(&place, LARGEST_RUN).await.expect("a store");
        let id = accepted(&*store, "w").await;
        let rest = Settle {
            rests_until: Some(9_000),
            rest: Some("{}".to_owned()),
            ..settle(id, Status::Waiting)
        };
        written(&*store, Change::Settle(Box::new(rest))).await;
        let resting = store.resting().await.expect("executions");
        assert_eq!(
            (resting[0].id, resting[0].rests_until, resting[0].finished),
            (id, Some(9_000), None)
        );
        assert_eq!(store.unfinished().await.expect("executions"), []);
        written(
            &*store,
            Change::Resume {
                execution: id,
                with: None,
            },
        )
        .await;
        assert_eq!(store.resting().await.expect("executions"), []);
        assert_eq!(store.unfinished().await.expect("executions")[0].rests_until, None);
    }
}

#[tokio::test]
async fn the_same_is_accepted_once_within_its_time() {
    let places = Places::new().await;
    for place in places.all() {
        let store = open(&place, LARGEST_RUN).await.expect("a store");
        let once = |key: &str, now: i64| Accept {
            now,
            once: Some(Once {
                scope: "w".to_owned(),
                key: key.to_owned(),
                until: now + 100,
            }),
            ..accept(&*store, "w")
        };
        let first = once("k", 0);
        let id = first.execution;
        for (accept, reply) in [
            (first, Reply::Done),
            (once("k", 50), Reply::Duplicate(id)),
            (once("other", 50), Reply::Done),
            (once("k", 100), Reply::Done),
        ] {
            assert_eq!(written(&*store, Change::Accept(Box::new(accept))).await, reply);
        }
        assert_eq!(store.unfinished().await.expect("executions").len(), 3);
    }
}

#[tokio::test]
async fn executions_are_found_by_page() {
    let places = Places::new().await;
    for place in places.all() {
        let store = open(&place, LARGEST_RUN).await.expect("a store");
        let mut ids = Vec::new();
        for number in 0..5 {
            let id = accepted(&*store, if number % 2 == 0 { "even" } else { "odd" }).await;
            let status = if number < 3 { Status::Success } else { Status::Error };
            written(&*store, Change::Settle(Box::new(settle(id, status)))).await;
            ids.push(id);
        }
        for (status, workflow, before, limit, expected, next) in [
            (None, None, None, 0, vec![4, 3, 2, 1, 0], None),
            (None, None, None, 2, vec![4, 3], Some(3)),
            (None, None, Some(3), 2, vec![2, 1], Some(1)),
            (None, Some("even"), None, 0, vec![4, 2, 0], None),
            (Some(Status::Success), Some("even"), None, 0, vec![2, 0], None),
            (Some(Status::Error), None, None, 5, vec![4, 3], None),
        ] {
            let filter = Filter {
                status,
                workflow: workflow.map(str::to_owned),
                before: before.map(|place: usize| ids[place]),
                limit,
            };
            let page = store.executions(&filter).await.expect("a page");
            let found: Vec<ExecutionId> = page.executions.iter().map(|execution| execution.id).collect();
            let expected: Vec<ExecutionId> = expected.into_iter().map(|place: usize| ids[place]).collect();
            assert_eq!(
                (found, page.next),
                (expected, next.map(|place: usize| ids[place])),
                "{filter:?}"
            );
        }
    }
}

#[tokio::test]
async fn records_are_put_and_removed() {
    let places = Places::new().await;
    for place in places.all() {
        let store = open(&place, LARGEST_RUN).await.expect("a store");
        let put = |key: &str, value: &str, now| Change::Put {
            kind: Kind::Tag,
            key: key.to_owned(),
            value: value.as_bytes().to_vec(),
            now,
        };
        for (key, value, now) in [("1", "one", 5), ("2", "two", 6), ("1", "uno", 7)] {
            written(&*store, put(key, value, now)).await;
        }
        let record = store.record(Kind::Tag, "1").await.expect("read").expect("there");
        assert_eq!(
            (record.value.as_slice(), record.created, record.updated),
            (&b"uno"[..], 5, 7)
        );
        assert_eq!(store.record(Kind::Variable, "1").await, Ok(None));
        let remove = Change::Remove {
            kind: Kind::Tag,
            key: "1".to_owned(),
        };
        written(&*store, remove).await;
        let left = store.records(Kind::Tag).await.expect("records");
        assert_eq!(left.iter().map(|record| record.key.as_str()).collect::<Vec<_>>(), ["2"]);
    }
}

#[tokio::test]
async fn notes_are_kept_up_to_their_number() {
    let places = Places::new().await;
    for place in places.all() {
        let store = open(&place, LARGEST_RUN).await.expect("a store");
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        for (now, noted) in [(1, ["a", "b"]), (2, ["c", "d"])] {
            let note = Change::Note {
                scope: "s".to_owned(),
                keys: keys(&noted),
                now,
                until: None,
                most: Some(3),
            };
            written(&*store, note).await;
        }
        let known = store
            .noted("s", &keys(&["a", "b", "c", "d", "e"]))
            .await
            .expect("notes");
        assert_eq!(known, keys(&["a", "c", "d"]));
        written(&*store, Change::Forget { scope: "s".to_owned() }).await;
        assert_eq!(store.noted("s", &keys(&["a"])).await, Ok(Vec::new()));
    }
}

#[tokio::test]
async fn one_bad_change_does_not_take_others_with_it() {
    let places = Places::new().await;
    for place in places.all() {
        let store = open(&place, LARGEST_RUN).await.expect("a store");
        let first = accept(&*store, "w");
        let again = first.clone();
        let other = accept(&*store, "w");
        let answers = [first, again, other].map(|accept| store.write(Change::Accept(Box::new(accept))));
        let mut good = Vec::new();
        for answer in answers {
            good.push(answer.await.is_ok());
        }
        assert_eq!(good, [true, false, true]);
        assert_eq!(store.health().backlog, 0);
    }
}
