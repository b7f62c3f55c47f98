//! Access tokens: one active for each client, an hour long.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::role::Role;
use crate::seed::Client;

/// How long a token is accepted.
pub const LIFE: SignedDuration = SignedDuration::from_mins(60);

/// The clients and their active tokens.
pub struct Tokens {
    clients: Vec<Client>,
    /// Token by client id; an older one is gone.
    active: HashMap<String, (String, Timestamp)>,
    issued: u64,
}

/// Why there is no token, in OAuth's form.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub error: &'static str,
    pub description: String,
}

impl Tokens {
    pub(super) fn new(clients: Vec<Client>) -> Self {
        Self {
            clients,
            active: HashMap::new(),
            issued: 0,
        }
    }

    /// A new token for a client, from the fields of its request. The client's older token is no longer accepted.
    pub fn issue(&mut self, fields: &[(String, String)], now: Timestamp) -> Result<String, Refusal> {
        let field = |name: &str| {
            fields
                .iter()
                .find(|(each, _)| each == name)
                .map(|(_, value)| value.as_str())
        };
        let refusal = |status, error, description: &str| Refusal {
            status,
            error,
            description: description.to_owned(),
        };
        match field("grant_type") {
            Some("client_credentials") => {}
            Some(_) => {
                return Err(refusal(
                    400,
                    "unsupported_grant_type",
                    "The grant type must be client_credentials",
                ));
            }
            None => return Err(refusal(400, "invalid_request", "The field grant_type is missing")),
        }
        let (Some(id), Some(secret)) = (field("client_id"), field("client_secret")) else {
            return Err(refusal(
                400,
                "invalid_request",
                "The fields client_id and client_secret are required",
            ));
        };
        if !self
            .clients
            .iter()
            .any(|client| client.id == id && client.secret == secret)
        {
            return Err(refusal(
                401,
                "invalid_client",
                "The client id or the client secret is wrong",
            ));
        }
        self.issued += 1;
        let token = format!("sandbox-token-{}-{:x}", self.issued, now.as_nanosecond());
        self.active.insert(id.to_owned(), (token.clone(), now + LIFE));
        Ok(token)
    }

    /// Replaces a client's secret; a token that it already has stays.
    pub(super) fn set_secret(&mut self, id: &str, secret: &str) {
        for client in self.clients.iter_mut().filter(|client| client.id == id) {
            secret.clone_into(&mut client.secret);
        }
    }

    /// The client behind a token and its role; none for a token that is unknown, replaced or too old.
    pub fn holder(&self, token: &str, now: Timestamp) -> Option<(&str, Role)> {
        let (id, _) = self
            .active
            .iter()
            .find(|(_, (active, until))| active == token && now < *until)?;
        self.clients
            .iter()
            .find(|client| client.id == *id)
            .map(|client| (client.id.as_str(), client.role))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Tokens {
        Tokens::new(vec![Client {
            id: "900".to_owned(),
            secret: "right".to_owned(),
            role: Role::Users,
        }])
    }

    fn role(tokens: &Tokens, token: &str, now: Timestamp) -> Option<Role> {
        tokens.holder(token, now).map(|(_, role)| role)
    }

    fn fields(secret: &str, grant: &str) -> Vec<(String, String)> {
        [("client_id", "900"), ("client_secret", secret), ("grant_type", grant)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    }

    #[test]
    fn a_newer_token_replaces_the_older() {
        let (mut tokens, now) = (tokens(), Timestamp::UNIX_EPOCH);
        let first = tokens
            .issue(&fields("right", "client_credentials"), now)
            .unwrap_or_default();
        assert_eq!(role(&tokens, &first, now), Some(Role::Users));
        let second = tokens
            .issue(&fields("right", "client_credentials"), now)
            .unwrap_or_default();
        assert_eq!(
            (role(&tokens, &first, now), role(&tokens, &second, now)),
            (None, Some(Role::Users))
        );
    }

    #[test]
    fn a_token_lives_an_hour() {
        let (mut tokens, now) = (tokens(), Timestamp::UNIX_EPOCH);
        let token = tokens
            .issue(&fields("right", "client_credentials"), now)
            .unwrap_or_default();
        assert_eq!(
            role(&tokens, &token, now + SignedDuration::from_mins(59)),
            Some(Role::Users)
        );
        assert_eq!(role(&tokens, &token, now + SignedDuration::from_mins(60)), None);
    }

    #[test]
    fn refusals_are_those_of_oauth() {
        let rows = [
            (fields("wrong", "client_credentials"), (401, "invalid_client")),
            (fields("right", "password"), (400, "unsupported_grant_type")),
            (Vec::new(), (400, "invalid_request")),
            (
                fields("right", "client_credentials")[1..].to_vec(),
                (400, "invalid_request"),
            ),
        ];
        for (fields, expected) in rows {
            let refusal = tokens().issue(&fields, Timestamp::UNIX_EPOCH).err();
            assert_eq!(
                refusal.map(|refusal| (refusal.status, refusal.error)),
                Some(expected),
                "{fields:?}"
            );
        }
    }
}
