//! How good the sound of a call was: the double's lines are all good ones.

use serde_json::{Value, json};

use super::{Row, complete};
use crate::calls::Party;
use crate::facts::Kind;
use crate::service::{Answer, Call, Reply, Service};

/// The mean opinion score of a call by G.711 from which nothing is lost.
const BEST_SCORE: f64 = 4.4;

impl Service {
    /// The report on an answered call; nothing for a call that nobody answered, or that there was not.
    pub(super) fn call_quality(&mut self, call: &Call) -> Answer {
        let id = call.text("cdrId");
        let rows = self.rows(false);
        let Some(row) = rows.iter().find(|row| row.answered() && row.cdr_id() == id) else {
            return Ok(Reply::no_content());
        };
        let parties = complete(
            vec![party(row, &row.from, true), party(row, &row.to, false)],
            &Kind::Structure("QualityParty"),
            call.facts,
        );
        let report = json!({
            "MOS": BEST_SCORE, "OverallScore": 5, "Party1": parties[0], "Party2": parties[1], "Summary": 0, "Transcoding": false,
        });
        let kind = Kind::Structure("QualityReport");
        let report = complete(vec![report], &kind, call.facts);
        call.single(report.first().unwrap_or(&Value::Null), &kind, &kind.name())
    }
}

/// One end of a call.
fn party(row: &Row, party: &Party, inbound: bool) -> Value {
    json!({
        "Number": party.number, "Codec": "PCMA", "Duration": row.talked(), "Inbound": inbound, "MOSFromPBX": BEST_SCORE,
        "MOSToPBX": BEST_SCORE, "RTT": 0.02, "RxJitter": 0.0, "RxLost": 0.0, "RxPackets": 50 * row.talked(), "TxJitter": 0.0,
        "TxLost": 0.0, "TxPackets": 50 * row.talked(), "Burst": 0, "TxBursts": 0,
    })
}
