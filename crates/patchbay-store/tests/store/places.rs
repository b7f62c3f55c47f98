//! Where a store is: who may have it, and what becomes of it when the way there is lost.

use patchbay_store::{Change, Error, Location, open};

use crate::{LARGEST_RUN, Places, accepted, nodes, progress};

/// As a restart of Postgres does: every connection to the database ends.
async fn cut_connections(url: &str) {
    let url = url.to_owned();
    let cut = move || {
        let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("Postgres");
        let others = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity \
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
        client.batch_execute(others).expect("cut");
    };
    tokio::task::spawn_blocking(cut).await.expect("cut");
}

#[tokio::test]
async fn a_lost_connection_loses_nothing() {
    let places = Places::new().await;
    let Some(url) = &places.postgres else { return };
    let store = open(&Location::Postgres(url.clone()), LARGEST_RUN).await;
    let store = store.expect("a store");
    let id = accepted(&*store, "w").await;
    store.tell(progress(id, "A", "x"));
    store.execution(id).await.expect("read");
    cut_connections(url).await;
    // Whoever only reads does not see it.
    store.execution(id).await.expect("read on a new connection");
    store.tell(progress(id, "B", "x"));
    while store.write(Change::Flush).await.is_err() {}
    assert_eq!(nodes(&*store, id).await, [("A".into(), false), ("B".into(), false)]);
    assert_eq!(store.health().fault, None);
}

#[tokio::test]
async fn a_newer_store_is_left_alone() {
    let places = Places::new().await;
    let path = places.folder.path().join("newer.sqlite");
    let connection = rusqlite::Connection::open(&path).expect("a file");
    let script = "CREATE TABLE migration (version INTEGER PRIMARY KEY); INSERT INTO migration VALUES (99)";
    connection.execute_batch(script).expect("a table");
    drop(connection);
    let error = open(&Location::File(path), LARGEST_RUN).await.err().expect("an error");
    assert!(matches!(error, Error::Newer { found: 99, .. }), "{error}");
}

#[tokio::test]
async fn a_store_has_one_owner_at_a_time() {
    let places = Places::new().await;
    for place in places.all() {
        let first = open(&place, LARGEST_RUN).await.expect("a store");
        let refused = open(&place, LARGEST_RUN).await.err().expect("the first has it");
        assert!(matches!(refused, Error::InUse { .. }), "{refused}");
        let process = format!("process {}", std::process::id());
        assert!(refused.to_string().contains(&process), "{refused}");
        first.close().await;
        drop(first);
        open(&place, LARGEST_RUN).await.expect("nobody has it any more");
    }
}
