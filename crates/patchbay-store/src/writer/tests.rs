//! What becomes of changes while the database can not write.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::database::{Given, Row, Sqlite};
use crate::{Kind, read, schema};

/// A database that can not write while it is told so.
struct Failing {
    inner: Sqlite,
    fails: Arc<AtomicBool>,
}

impl Database for Failing {
    fn execute(&mut self, statement: &str, given: &[Given<'_>]) -> Result<u64, Error> {
        self.inner.execute(statement, given)
    }

    fn query(&mut self, statement: &str, given: &[Given<'_>]) -> Result<Vec<Row>, Error> {
        self.inner.query(statement, given)
    }

    fn begin(&mut self) -> Result<(), Error> {
        self.inner.begin()
    }

    fn commit(&mut self) -> Result<(), Error> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(Error::Unavailable("the disk is full".to_owned()));
        }
        self.inner.commit()
    }

    fn roll_back(&mut self) {
        self.inner.roll_back();
    }

    fn script(&mut self, script: &str) -> Result<(), Error> {
        self.inner.script(script)
    }

    fn reclaim(&mut self) -> Result<(), Error> {
        self.inner.reclaim()
    }

    fn size(&mut self) -> Result<u64, Error> {
        self.inner.size()
    }
}

fn put(value: &str) -> Change {
    Change::Put {
        kind: Kind::StaticData,
        key: "w".to_owned(),
        value: value.into(),
        now: 0,
    }
}

#[tokio::test]
async fn what_nobody_waits_for_is_written_in_its_order_once_it_can_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.sqlite");
    let fails = Arc::new(AtomicBool::new(true));
    let mut inner = Sqlite::open_to_write(&path).expect("a database");
    schema::migrate(&mut inner).expect("its tables");
    let failing = Failing {
        inner,
        fails: fails.clone(),
    };
    let handle = Handle::start(Box::new(failing), 100_000).expect("a thread");
    handle.tell(put("first"));
    let waited_for = handle.write(put("waited for")).await;
    assert!(matches!(waited_for, Err(Error::Unavailable(_))), "{waited_for:?}");
    handle.tell(put("last"));
    assert!(handle.write(Change::Flush).await.is_err());
    let health = handle.health();
    assert_eq!(health.backlog, 2);
    assert!(health.fault.is_some_and(|fault| fault.contains("full")));
    fails.store(false, Ordering::Relaxed);
    assert_eq!(handle.write(Change::Flush).await, Ok(Reply::Done));
    let health = handle.health();
    assert_eq!((health.backlog, health.fault), (0, None));
    let mut reader = Sqlite::open(&path).expect("a database");
    let record = read::record(&mut reader, Kind::StaticData, "w").expect("read");
    assert_eq!(record.map(|record| record.value), Some(b"last".to_vec()));
}
