//! Tokens of OAuth2's client credentials grant: one owner for each token URL and client, in the whole process.
//!
//! Some services let a client have one valid token at a time, so a second request for one would end the first. Whoever
//! needs a token asks [`Tokens::get`]; whoever is told that it no longer counts asks [`Tokens::renew`] with the number
//! of the one that failed. Of many who ask at once, one sends the request and the others wait for it.
//!
//! No message holds the secret or the token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use patchbay_model::{Text, Value};
use patchbay_node::capability::http::{Body, Options, Request};
use patchbay_node::{Capabilities, NodeError, Secret};
use serde::Deserialize;

use crate::failure::network_hint;
use crate::redirect;
use crate::repeat::{self, Done, Twice};

/// All tokens of a process.
#[derive(Default)]
pub struct Tokens {
    owners: Mutex<HashMap<(String, Text), Arc<Owner>>>,
}

/// What it takes to get a token.
pub struct Grant {
    /// Whole.
    pub url: String,
    /// Who asks: there is one token for each.
    pub client: Text,
    /// The form's fields, with their values.
    pub form: Vec<(Text, Secret)>,
    /// An `expires_in` below this is in minutes.
    pub minutes_below: f64,
    /// The credential's name, for messages.
    pub credential: Text,
    /// How it is sent; no redirect is followed.
    pub options: Options,
    /// Who has the token, once it was asked for.
    pub owner: OnceLock<Arc<Owner>>,
}

/// A token, and which one it is.
#[derive(Clone)]
pub struct Token {
    /// As the header has it: `Bearer …`.
    pub header: Secret,
    pub number: u64,
}

/// The one place that has a client's token.
#[derive(Default)]
pub struct Owner {
    /// Held while a token is fetched, so that the others wait.
    state: tokio::sync::Mutex<State>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    /// Milliseconds since 1970.
    renew_at: f64,
    /// What the token was got with: a credential that changed gets its own.
    form: Vec<(Text, Secret)>,
    fetched: u64,
}

/// The token endpoint's answer.
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    #[serde(default, deserialize_with = "number_or_text")]
    expires_in: Option<f64>,
}

/// Some services give numbers as text; what is neither says nothing.
fn number_or_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let text = value.as_str().and_then(|text| text.trim().parse().ok());
    Ok(value.as_f64().or(text))
}

/// The token endpoint's answer when it refuses.
#[derive(Deserialize)]
struct Problem {
    error: Text,
    #[serde(default)]
    error_description: Option<Text>,
}

/// A token is renewed so much earlier than it ends, in milliseconds; short ones at nine tenths of their time.
const EARLY: f64 = 60_000.0;
/// How long a token without `expires_in` is taken to live, in seconds.
const USUAL_LIFE: f64 = 3600.0;
const LARGEST_ANSWER: usize = 1 << 20;

impl Tokens {
    /// The client's token, fetched if there is none that still lives.
    pub async fn get(&self, grant: &Grant, capabilities: &Capabilities) -> Result<Token, NodeError> {
        let mut state = self.owner(grant).state.lock().await;
        match &state.token {
            Some(token) if state.form == grant.form && capabilities.environment.now() < state.renew_at => {
                Ok(token.clone())
            }
            _ => state.fetch(grant, capabilities).await,
        }
    }

    /// A token in place of the one of that number, which the service refused; if somebody has renewed it, theirs.
    pub async fn renew(&self, grant: &Grant, refused: u64, capabilities: &Capabilities) -> Result<Token, NodeError> {
        let mut state = self.owner(grant).state.lock().await;
        match &state.token {
            Some(token) if token.number != refused && state.form == grant.form => Ok(token.clone()),
            _ => state.fetch(grant, capabilities).await,
        }
    }

    fn owner<'grant>(&self, grant: &'grant Grant) -> &'grant Owner {
        grant.owner.get_or_init(|| {
            let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
            let owner = owners.entry((grant.url.clone(), grant.client.clone()));
            owner.or_default().clone()
        })
    }
}

impl State {
    async fn fetch(&mut self, grant: &Grant, capabilities: &Capabilities) -> Result<Token, NodeError> {
        let asked_at = capabilities.environment.now();
        let answer = fetch(grant, capabilities).await?;
        let life = life_in_seconds(answer.expires_in, grant.minutes_below) * 1000.0;
        self.fetched += 1;
        self.renew_at = asked_at + (life - EARLY).max(life * 0.9);
        self.form.clone_from(&grant.form);
        let token = Token {
            header: Secret::new(format!("Bearer {}", answer.access_token)),
            number: self.fetched,
        };
        self.token = Some(token.clone());
        Ok(token)
    }
}

/// How long a token lives.
fn life_in_seconds(expires_in: Option<f64>, minutes_below: f64) -> f64 {
    match expires_in {
        Some(minutes) if minutes > 0.0 && minutes < minutes_below => minutes * 60.0,
        Some(seconds) if seconds > 0.0 => seconds,
        _ => USUAL_LIFE,
    }
}

/// A request for a token that gave none.
struct Refused {
    error: NodeError,
    /// `None` where asking again is of no use.
    done: Option<Done>,
    /// Milliseconds that the service wants to be left alone.
    asked_for: Option<f64>,
}

/// Asks for a token; again where that may help, for it changes nothing.
async fn fetch(grant: &Grant, capabilities: &Capabilities) -> Result<Answer, NodeError> {
    let mut repeated = 0;
    loop {
        let refused = match ask(grant, capabilities).await {
            Ok(answer) => return Ok(answer),
            Err(refused) => refused,
        };
        let random = capabilities.environment.random();
        let wait = refused
            .done
            .and_then(|done| repeat::wait(Twice::Same, done, repeated, refused.asked_for, random));
        match wait {
            Some(wait) => capabilities.timer.sleep(wait).await,
            None => return Err(refused.error),
        }
        repeated += 1;
    }
}

async fn ask(grant: &Grant, capabilities: &Capabilities) -> Result<Answer, Refused> {
    let mut request = Request::new("POST", grant.url.clone());
    request.headers = vec![
        ("Content-Type".into(), "application/x-www-form-urlencoded".into()),
        ("Accept".into(), "application/json".into()),
    ];
    request.body = Body::Bytes(encode(&grant.form).into());
    request.timeout = Some(Duration::from_secs(30));
    // It holds the secret, which is for this place alone.
    request.options = Options {
        redirects: 0,
        ..grant.options.clone()
    };
    tracing::debug!(url = grant.url, client = grant.client.as_str(), "asking for a token");
    let on_the_way = |error: NodeError| Refused {
        done: repeat::done_by_error(&error),
        error: network_hint(error, &grant.credential),
        asked_for: None,
    };
    let response = match capabilities.http.send(request).await {
        // A dry run in which not even reads are sent: there is nothing to be authorized.
        Err(error) if error.is_unanswered() => {
            return Ok(Answer {
                access_token: String::new(),
                expires_in: None,
            });
        }
        response => response.map_err(on_the_way)?,
    };
    let status = response.status;
    let asked_for = repeat::wait_asked_for(&response, capabilities.environment.now());
    let refused = |error: NodeError| Refused {
        error,
        done: repeat::done_by_status(status),
        asked_for,
    };
    if let Some(location) = response.header("location").filter(|_| (300..400).contains(&status)) {
        return Err(refused(redirected(grant, status, location)));
    }
    let body = response.bytes(LARGEST_ANSWER).await.map_err(on_the_way)?;
    if !(200..300).contains(&status) {
        return Err(refused(no_token(grant, status, serde_json::from_slice(&body).ok())));
    }
    serde_json::from_slice(&body).map_err(|_| {
        let message = format!("`{}` answered the request for a token with something else", grant.url);
        let hint = format!(
            "check the URL of the credential `{}`: is it the service itself?",
            grant.credential
        );
        refused(
            NodeError::new("E0513", message)
                .hint(hint)
                .details(status_details(status)),
        )
    })
}

fn encode(form: &[(Text, Secret)]) -> String {
    let mut encoded = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in form {
        encoded.append_pair(name, value.reveal());
    }
    encoded.finish()
}

/// The error for an answer that sends the client elsewhere.
fn redirected(grant: &Grant, status: u16, location: &str) -> NodeError {
    let message = format!(
        "`{}` redirects to {}: the secret is sent to no other place",
        grant.url,
        redirect::shown(location)
    );
    NodeError::new("E0513", message)
        .hint(format!(
            "give the credential `{}` the URL of the service itself",
            grant.credential
        ))
        .details(status_details(status))
}

/// The error for an answer of the token endpoint that is no token.
fn no_token(grant: &Grant, status: u16, problem: Option<Problem>) -> NodeError {
    let error = match status {
        400 | 401 | 403 => {
            let message = format!(
                "The credential `{}` was refused: client id or secret is wrong",
                grant.credential
            );
            NodeError::new("E0512", message).hint(
                "check client id and client secret of the credential, and that the client is allowed to use the API",
            )
        }
        404 => {
            let message = format!("There is no token endpoint at `{}`", grant.url);
            NodeError::new("E0513", message).hint(format!("check the URL of the credential `{}`", grant.credential))
        }
        _ => NodeError::new(
            "E0514",
            format!("No token for the credential `{}`: status {status}", grant.credential),
        )
        .hint("the service could not answer: try again later"),
    };
    let error = error.details(status_details(status));
    match problem {
        Some(problem) => error.description(match problem.error_description {
            Some(description) => format!("{}: {description}", problem.error),
            None => problem.error.to_string(),
        }),
        None => error,
    }
}

fn status_details(status: u16) -> Value {
    Value::object([("statusCode", f64::from(status))].into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_may_be_text() {
        for (life, wanted) in [
            ("60", Some(60.0)),
            ("\"3600\"", Some(3600.0)),
            ("null", None),
            ("\"soon\"", None),
        ] {
            let answer = format!("{{\"access_token\": \"t\", \"expires_in\": {life}}}");
            let answer: Answer = serde_json::from_str(&answer).expect("an answer");
            assert_eq!(answer.expires_in, wanted, "{life}");
        }
    }

    #[test]
    fn small_lives_are_in_minutes() {
        for (expires_in, seconds) in [
            (Some(60.0), 3600.0),
            (Some(3600.0), 3600.0),
            (Some(300.0), 300.0),
            (None, 3600.0),
            (Some(0.0), 3600.0),
        ] {
            assert_eq!(life_in_seconds(expires_in, 300.0), seconds);
        }
    }
}
