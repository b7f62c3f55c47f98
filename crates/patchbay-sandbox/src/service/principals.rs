//! What service principals have beyond an entity: a key that is shown once.

use serde_json::Value;

use super::{Answer, Call, Service};
use crate::facts::Kind;

impl Service {
    /// A new key for a client of the API, whose older key is no longer accepted.
    pub(super) fn generate_app_token(&mut self, call: &Call) -> Answer {
        let principal = self.view(call.set()?, &call.key())?;
        let key = format!("sandbox-key-{:04}", self.next_serial());
        if let Some(number) = principal.get("Number").and_then(Value::as_str) {
            self.tokens.set_secret(number, &key);
        }
        Ok(call.value(Value::from(key), &Kind::Text(None)))
    }
}
