//! The calls that are over: those of the seed, and those that ended since.

use jiff::{SignedDuration, Timestamp};

use crate::calls::Call;
use crate::seed::PastCall;

/// All calls that are over, in the order in which they began.
pub(super) struct History {
    calls: Vec<PastCall>,
    /// So many came with the seed.
    seeded: usize,
}

impl History {
    pub fn new(seeded: &[PastCall]) -> Self {
        let mut calls = seeded.to_vec();
        calls.sort_by_key(|call| call.start);
        Self {
            seeded: calls.len(),
            calls,
        }
    }

    /// A call that has just ended.
    pub fn add(&mut self, call: &Call, now: Timestamp) {
        let ringing = call.answered.unwrap_or(now).duration_since(call.since);
        self.calls.push(PastCall {
            start: call.since,
            from: call.caller.party.number.clone(),
            to: call.callee.party.number.clone(),
            via: String::new(),
            ringing: ringing.as_secs(),
            talking: call.answered.map(|answered| now.duration_since(answered).as_secs()),
            recording: None,
        });
    }

    pub fn all(&self) -> &[PastCall] {
        &self.calls
    }

    pub fn seeded(&self) -> &[PastCall] {
        &self.calls[..self.seeded]
    }
}

/// Seconds as the API writes a duration: `PT1M5S`, `PT0S`.
pub(super) fn duration(seconds: i64) -> String {
    SignedDuration::from_secs(seconds.max(0))
        .to_string()
        .to_ascii_uppercase()
        .replace(' ', "")
}
