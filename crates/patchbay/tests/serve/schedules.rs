//! Schedules and rests, on a clock that the test sets: the server runs inside the test's own process.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use patchbay_model::scope::Denied;
use patchbay_model::{Environment, Text};
use patchbay_node::Capabilities;
use patchbay_node::capability::Timer;
use patchbay_server::{Configuration, Server, World};
use patchbay_store::{Change, Filter, Kind, Location, Status, Vault};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::calls::{call, trigger};
use crate::server::{node, workflow};
use crate::world;

/// Time that passes when the test says so.
#[derive(Default)]
struct Clock {
    now: Mutex<f64>,
    sleepers: Mutex<Vec<(f64, oneshot::Sender<()>)>>,
}

impl Environment for Clock {
    fn now(&self) -> f64 {
        *self.now.lock().expect("the time")
    }

    fn random(&self) -> f64 {
        0.5
    }

    fn variable(&self, _name: &str) -> Result<Option<Text>, Denied> {
        Err(Denied)
    }
}

#[async_trait]
impl Timer for Clock {
    async fn sleep(&self, milliseconds: f64) {
        let (sender, receiver) = oneshot::channel();
        let until = self.now() + milliseconds;
        self.sleepers.lock().expect("sleepers").push((until, sender));
        // Nobody drops a sender.
        let _ = receiver.await;
    }
}

impl Clock {
    fn at(time: &str) -> Arc<Self> {
        let clock = Self::default();
        *clock.now.lock().expect("the time") = millisecond(time) as f64;
        Arc::new(clock)
    }

    /// How many sleep.
    fn sleeping(&self) -> usize {
        let mut sleepers = self.sleepers.lock().expect("sleepers");
        sleepers.retain(|(_, sleeper)| !sleeper.is_closed());
        sleepers.len()
    }

    async fn until_sleeping(&self, count: usize) {
        let begun = std::time::Instant::now();
        while self.sleeping() < count {
            assert!(begun.elapsed().as_secs() < 30, "{} sleep", self.sleeping());
            tokio::task::yield_now().await;
        }
    }

    /// Wakes one sleeper after the other until this time.
    async fn advance(&self, to: &str) {
        let to = millisecond(to) as f64;
        loop {
            self.until_sleeping(LOOPS).await;
            let next = {
                let mut sleepers = self.sleepers.lock().expect("sleepers");
                let due = sleepers.iter().enumerate().filter(|(_, (until, _))| *until <= to);
                let first = due.min_by(|(_, one), (_, other)| one.0.total_cmp(&other.0));
                first.map(|(place, _)| place).map(|place| sleepers.swap_remove(place))
            };
            let Some((until, sleeper)) = next else { break };
            let mut now = self.now.lock().expect("the time");
            *now = now.max(until);
            drop(now);
            // It may have been woken by something else.
            let _ = sleeper.send(());
        }
        *self.now.lock().expect("the time") = to;
    }
}

impl Clock {
    /// Time passes while nobody is there.
    fn advance_alone(&self, to: &str) {
        self.sleepers.lock().expect("sleepers").clear();
        *self.now.lock().expect("the time") = millisecond(to) as f64;
    }
}

/// What sleeps in a server all the time: schedules, and executions that rest.
const LOOPS: usize = 2;

fn millisecond(time: &str) -> i64 {
    time.parse::<jiff::Timestamp>().expect("a time").as_millisecond()
}

/// A folder and a clock; servers come and go.
struct Place {
    folder: TempDir,
    clock: Arc<Clock>,
}

struct Running {
    server: Arc<Server>,
    end: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Place {
    fn new(now: &str, workflows: &[Value]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("workflows")).expect("a folder");
        let place = Self {
            folder,
            clock: Clock::at(now),
        };
        for workflow in workflows {
            place.put(workflow);
        }
        place
    }

    fn put(&self, workflow: &Value) {
        let name = format!("workflows/{}.json", workflow["id"].as_str().expect("an id"));
        std::fs::write(self.folder.path().join(name), workflow.to_string()).expect("written");
    }

    async fn start(&self) -> Running {
        let configuration = Configuration {
            workflows: self.folder.path().join("workflows"),
            data: self.folder.path().to_path_buf(),
            ..Configuration::default()
        };
        let location = Location::File(self.folder.path().join("patchbay.sqlite"));
        let store = patchbay_store::open(&location, 1 << 20).await.expect("a store");
        let capabilities = Capabilities {
            environment: self.clock.clone(),
            timer: self.clock.clone(),
            ..world::capabilities()
        };
        let world = World {
            registry: Arc::new(world::registry()),
            files: Arc::new({
                let binaries = capabilities.binaries.clone();
                move |_: PathBuf| binaries.clone()
            }),
            capabilities,
            vault: Arc::new(Vault::new("key")),
            remember: Arc::new(|_| {}),
            clean: Arc::new(|text| text),
            credential_type: Arc::new(|_| None),
            spans: None,
            memory: Arc::new(|| None),
        };
        let server = Server::new(configuration, world, store);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let end = CancellationToken::new();
        let task = tokio::spawn({
            let (server, end) = (server.clone(), end.clone());
            async move { server.run(listener, end).await.expect("served") }
        });
        self.clock.until_sleeping(LOOPS).await;
        Running { server, end, task }
    }
}

impl Running {
    /// When the executions that have ended by themselves were accepted, the first first.
    async fn started(&self) -> Vec<String> {
        let store = &self.server.store;
        self.settled().await;
        let mut all = store.executions(&Filter::default()).await.expect("read").executions;
        all.reverse();
        assert!(
            all.iter().all(|execution| execution.status == Status::Success),
            "{all:?}"
        );
        let time = |at| jiff::Timestamp::from_millisecond(at).expect("a time").to_string();
        all.iter().map(|execution| time(execution.started)).collect()
    }

    /// Hour and minute that the items of all executions tell, the first first.
    async fn slots(&self) -> Vec<String> {
        let store = &self.server.store;
        let mut all = store.executions(&Filter::default()).await.expect("read").executions;
        all.reverse();
        let mut slots = Vec::new();
        for execution in all {
            let input = store.input(execution.id).await.expect("read").expect("an input");
            let input: Value = serde_json::from_slice(&input).expect("JSON");
            let item = input
                .pointer("/0/0/json")
                .unwrap_or_else(|| panic!("no item in {input}"));
            slots.push(format!(
                "{}:{}",
                item["Hour"].as_str().expect("an hour"),
                item["Minute"].as_str().expect("a minute")
            ));
        }
        slots
    }

    /// Waits until everything has ended or rests, and is in the store.
    async fn settled(&self) {
        let store = &self.server.store;
        loop {
            store.write(Change::Flush).await.expect("written");
            if store.unfinished().await.expect("read").is_empty() {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn stop(self) {
        self.end.cancel();
        self.task.await.expect("it ends");
    }
}

/// A workflow with a schedule.
fn scheduled(id: &str, interval: &Value, missed: &str) -> Value {
    let parameters = json!({"rule": {"interval": [interval]}, "patchbay": {"missed": missed}});
    let trigger = node("Schedule", "scheduleTrigger", 1.2, &parameters);
    workflow(id, &[trigger, node("Next", "noOp", 1.0, &json!({}))])
}

fn five_minutes() -> Value {
    json!({"field": "minutes", "minutesInterval": 5})
}

#[tokio::test]
async fn a_time_is_one_execution_also_across_restarts() {
    let place = Place::new("2026-01-01T10:01:00Z", &[scheduled("w", &five_minutes(), "all")]);
    let running = place.start().await;
    place.clock.advance("2026-01-01T10:04:00Z").await;
    running.settled().await;
    let before = running.server.store.records(Kind::ScheduleSlot).await.expect("read");
    place.clock.advance("2026-01-01T10:10:30Z").await;
    // As if it had crashed before it noted how far it was.
    let put = Change::Put {
        kind: Kind::ScheduleSlot,
        key: before[0].key.clone(),
        value: before[0].value.clone(),
        now: 0,
    };
    running.server.store.write(put).await.expect("written");
    running.stop().await;
    let running = place.start().await;
    place.clock.advance("2026-01-01T10:15:00Z").await;
    let expected = ["2026-01-01T10:05:00Z", "2026-01-01T10:10:00Z", "2026-01-01T10:15:00Z"];
    assert_eq!(running.started().await, expected);
    running.stop().await;
}

#[tokio::test]
async fn missed_times_are_skipped_or_made_up_for() {
    for (missed, made_up) in [("skip", 0), ("once", 1), ("all", 3)] {
        let place = Place::new("2026-01-01T10:01:00Z", &[scheduled("w", &five_minutes(), missed)]);
        let running = place.start().await;
        place.clock.advance("2026-01-01T10:05:00Z").await;
        assert_eq!(running.started().await, ["2026-01-01T10:05:00Z"]);
        running.stop().await;
        // 10:10, 10:15 and 10:20 are missed.
        place.clock.advance_alone("2026-01-01T10:22:00Z");
        let running = place.start().await;
        place.clock.advance("2026-01-01T10:25:00Z").await;
        let mut expected = vec!["2026-01-01T10:05:00Z"];
        expected.extend(std::iter::repeat_n("2026-01-01T10:22:00Z", made_up));
        expected.push("2026-01-01T10:25:00Z");
        assert_eq!(running.started().await, expected, "{missed}");
        let of_missed = ["10:10", "10:15", "10:20"];
        let slots = [&["10:05"][..], &of_missed[3 - made_up..], &["10:25"]].concat();
        assert_eq!(running.slots().await, slots, "{missed}");
        running.stop().await;
    }
}

#[tokio::test]
async fn missed_times_close_together_are_one_start() {
    let seconds = json!({"field": "seconds", "secondsInterval": 20});
    for (missed, back, made_up) in [
        // The last of 10:00:40, 10:01:00, 10:01:20, 10:01:40 and 10:02:00.
        ("skip", "2026-01-01T10:02:05Z", 1),
        ("once", "2026-01-01T10:02:05Z", 1),
        ("all", "2026-01-01T10:02:05Z", 5),
        // A short restart, as well.
        ("skip", "2026-01-01T10:01:05Z", 1),
        ("all", "2026-01-01T10:01:05Z", 2),
    ] {
        let place = Place::new("2026-01-01T10:00:10Z", &[scheduled("w", &seconds, missed)]);
        let running = place.start().await;
        place.clock.advance("2026-01-01T10:00:20Z").await;
        assert_eq!(running.started().await, ["2026-01-01T10:00:20Z"]);
        running.stop().await;
        place.clock.advance_alone(back);
        let running = place.start().await;
        let mut expected = vec!["2026-01-01T10:00:20Z"];
        expected.extend(std::iter::repeat_n(back, made_up));
        assert_eq!(running.started().await, expected, "{missed} {back}");
        running.stop().await;
    }
}

#[tokio::test]
async fn days_keep_their_time_when_the_clock_is_changed() {
    for (now, until, expected) in [
        // There is no half past two on the 29th.
        (
            "2026-03-27T12:00:00Z",
            "2026-03-30T12:00:00Z",
            ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
        ),
        // On the 25th there are two.
        (
            "2026-10-23T12:00:00Z",
            "2026-10-26T12:00:00Z",
            ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
        ),
    ] {
        let daily = json!({"field": "days", "triggerAtHour": 2, "triggerAtMinute": 30});
        let mut workflow = scheduled("w", &daily, "skip");
        workflow["settings"]["timezone"] = json!("Europe/Berlin");
        let place = Place::new(now, &[workflow]);
        let running = place.start().await;
        place.clock.advance(until).await;
        assert_eq!(running.started().await, expected);
        running.stop().await;
    }
}

#[tokio::test]
async fn what_is_not_active_is_not_made_up_for() {
    let mut workflow = scheduled("w", &five_minutes(), "all");
    let place = Place::new("2026-01-01T10:01:00Z", &[workflow.clone()]);
    let running = place.start().await;
    place.clock.advance("2026-01-01T10:05:00Z").await;
    for (active, until) in [(false, "2026-01-01T10:21:00Z"), (true, "2026-01-01T10:26:00Z")] {
        workflow["active"] = json!(active);
        place.put(&workflow);
        running.server.workflows.refresh();
        place.clock.advance(until).await;
    }
    assert_eq!(
        running.started().await,
        ["2026-01-01T10:05:00Z", "2026-01-01T10:25:00Z"]
    );
    running.stop().await;
}

#[tokio::test]
async fn cron_interval_and_several_schedules_start_their_workflows() {
    let cron = json!({"triggerTimes": {"item": [{"mode": "custom", "cronExpression": "0 2,4 * * * *"}]}});
    let mut both = workflow(
        "cron",
        &[node("Cron", "cron", 1.0, &cron), node("Next", "noOp", 1.0, &json!({}))],
    );
    let interval = node("Interval", "interval", 1.0, &json!({"interval": 3, "unit": "minutes"}));
    both["nodes"].as_array_mut().expect("nodes").push(interval);
    let place = Place::new("2026-01-01T10:01:00Z", &[both]);
    let running = place.start().await;
    place.clock.advance("2026-01-01T10:07:00Z").await;
    let expected = [
        "2026-01-01T10:02:00Z",
        "2026-01-01T10:04:00Z",
        "2026-01-01T10:04:00Z",
        "2026-01-01T10:07:00Z",
    ];
    assert_eq!(running.started().await, expected);
    running.stop().await;
}

#[tokio::test]
async fn a_rest_ends_at_its_time_also_after_a_restart() {
    let mut rests = scheduled("w", &json!({"field": "hours"}), "skip");
    rests["nodes"][1] = node("Next", "wait", 1.1, &json!({"amount": 30, "unit": "minutes"}));
    let place = Place::new("2026-01-01T10:59:00Z", &[rests]);
    let running = place.start().await;
    place.clock.advance("2026-01-01T11:10:00Z").await;
    running.settled().await;
    let resting = running.server.store.resting().await.expect("read");
    assert_eq!(resting[0].rests_until, Some(millisecond("2026-01-01T11:30:00Z")));
    running.stop().await;
    let running = place.start().await;
    place.clock.advance("2026-01-01T11:29:59Z").await;
    assert_eq!(running.server.store.resting().await.expect("read").len(), 1);
    place.clock.advance("2026-01-01T11:31:00Z").await;
    assert_eq!(running.started().await, ["2026-01-01T11:00:00Z"]);
    running.stop().await;
}

/// Rows: what a called workflow waits for.
#[tokio::test]
async fn who_calls_rests_as_long_as_what_it_called() {
    for rests in [
        json!({"amount": 30, "unit": "minutes"}),
        json!({"resume": "webhook", "limitWaitTime": true, "resumeAmount": 30, "resumeUnit": "minutes"}),
    ] {
        let called = workflow("called", &[trigger(), node("Rest", "wait", 1.1, &rests)]);
        let between = workflow("between", &[trigger(), call("called")]);
        let mut calls = scheduled("w", &json!({"field": "hours"}), "skip");
        calls["nodes"][1] = call("between");
        calls["nodes"][1]["name"] = json!("Next");
        let place = Place::new("2026-01-01T10:59:00Z", &[called, between, calls]);
        let running = place.start().await;
        place.clock.advance("2026-01-01T11:10:00Z").await;
        running.settled().await;
        assert_eq!(running.server.store.resting().await.expect("read").len(), 3);
        running.stop().await;
        let running = place.start().await;
        place.clock.advance("2026-01-01T11:29:59Z").await;
        assert_eq!(running.server.store.resting().await.expect("read").len(), 3);
        place.clock.advance("2026-01-01T11:31:00Z").await;
        while !running.server.store.resting().await.expect("read").is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(running.started().await, ["2026-01-01T11:00:00Z"; 3]);
        running.stop().await;
    }
}
