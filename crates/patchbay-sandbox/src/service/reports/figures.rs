//! A pass over calls that adds them up, for each queue, agent, extension or whatever tells them apart.

use std::collections::BTreeMap;

use super::Row;

/// What some calls come to. Times are in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub received: i64,
    pub answered: i64,
    /// Until the answered ones were.
    pub ringing: i64,
    /// Until they were answered or given up.
    pub waiting: i64,
    pub talking: i64,
}

impl Figures {
    pub fn add(&mut self, row: &Row) {
        self.received += 1;
        self.waiting += row.call.ringing;
        self.talking += row.talked();
        if row.answered() {
            self.answered += 1;
            self.ringing += row.call.ringing;
        }
    }

    pub fn unanswered(self) -> i64 {
        self.received - self.answered
    }

    /// A time for each answered call.
    pub fn for_each_answered(self, seconds: i64) -> i64 {
        seconds.checked_div(self.answered).unwrap_or_default()
    }
}

/// The figures of the calls that have a key, by it.
pub fn by<'a, Key: Ord>(
    rows: impl IntoIterator<Item = &'a Row>,
    key: impl Fn(&'a Row) -> Option<Key>,
) -> BTreeMap<Key, Figures> {
    let mut all = BTreeMap::<Key, Figures>::new();
    for row in rows {
        if let Some(key) = key(row) {
            all.entry(key).or_default().add(row);
        }
    }
    all
}
