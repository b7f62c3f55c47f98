//! Pages: how many at once, and where the next one begins. Cursors are n8n's: JSON in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::asked::Asked;
use super::fault::Fault;

/// As in n8n.
const USUAL: usize = 100;
const MOST: usize = 250;

/// Which part of a list is wanted.
pub struct Page {
    pub limit: usize,
    /// How many come before it, or the last of the page before.
    pub after: Option<u64>,
}

impl Page {
    /// The cursor's value is named `offset` or `lastId`.
    pub fn of(asked: &Asked, name: &str) -> Result<Self, Fault> {
        let limit = match asked.query("limit") {
            None => USUAL,
            Some(text) => {
                let wrong = || Fault::bad("request/query/limit must be number");
                let limit: f64 = text.parse().map_err(|_| wrong())?;
                if limit > MOST as f64 {
                    return Err(Fault::bad(format!("request/query/limit must be <= {MOST}")));
                }
                if limit < 0.0 || limit.fract() != 0.0 {
                    return Err(wrong());
                }
                if limit == 0.0 { USUAL } else { limit as usize }
            }
        };
        let Some(cursor) = asked.query("cursor").filter(|cursor| !cursor.is_empty()) else {
            return Ok(Self { limit, after: None });
        };
        let invalid = || Fault::bad("An invalid cursor was provided");
        let bytes = STANDARD.decode(cursor).map_err(|_| invalid())?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
        let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
        let after = value.get(name).and_then(number).ok_or_else(invalid)?;
        if i64::try_from(after).is_err() {
            return Err(invalid());
        }
        let of_cursor = value.get("limit").and_then(number).filter(|limit| *limit > 0);
        Ok(Self {
            limit: of_cursor.map_or(limit, |of_cursor| (of_cursor as usize).min(MOST)),
            after: Some(after),
        })
    }

    /// This part of a whole list.
    pub fn cut(&self, all: Vec<Value>) -> Value {
        let begin = self.after.unwrap_or(0) as usize;
        let more = all.len() > begin.saturating_add(self.limit);
        let data: Vec<Value> = all.into_iter().skip(begin).take(self.limit).collect();
        let next = more.then(|| cursor(&json!({"limit": self.limit, "offset": begin + self.limit})));
        json!({"data": data, "nextCursor": next})
    }
}

pub fn cursor(value: &Value) -> String {
    STANDARD.encode(value.to_string())
}
