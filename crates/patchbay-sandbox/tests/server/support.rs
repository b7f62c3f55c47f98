//! A client for the tests, and a clock that stands still until it is moved.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use patchbay_sandbox::{Clock, Options, Sandbox};
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

/// A double and a client with a token.
pub struct Client {
    pub sandbox: Sandbox,
    pub http: reqwest::Client,
    pub token: String,
}

impl Client {
    pub async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Self {
        let sandbox = Sandbox::start(options).await.expect("a free port can be listened on");
        let http = reqwest::Client::new();
        let mut client = Self {
            sandbox,
            http,
            token: String::new(),
        };
        client.token = client
            .token_of(client.sandbox.client_id(), client.sandbox.client_secret())
            .await;
        client
    }

    pub async fn token_of(&self, id: &str, secret: &str) -> String {
        let response = self
            .ask_token(&[
                ("client_id", id),
                ("client_secret", secret),
                ("grant_type", "client_credentials"),
            ])
            .await;
        let body: Value = response.json().await.expect("a token's answer is JSON");
        body["access_token"].as_str().unwrap_or_default().to_owned()
    }

    pub async fn ask_token(&self, fields: &[(&str, &str)]) -> Response {
        let request = self
            .http
            .post(format!("{}/connect/token", self.sandbox.url()))
            .form(fields);
        request.send().await.expect("the double answers")
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}/xapi/v1{path}", self.sandbox.url()))
            .bearer_auth(&self.token)
    }

    /// Status and JSON body of a GET; null for a body that is not JSON.
    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.send(Method::GET, path, None).await
    }

    /// The body of a GET that must succeed.
    pub async fn read(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("the double answers");
        (response.status(), response.json().await.unwrap_or(Value::Null))
    }

    /// The code of a refusal and its target.
    pub async fn refusal(&self, method: Method, path: &str, body: Option<Value>) -> (u16, String, String) {
        let (status, body) = self.send(method, path, body).await;
        let text = |name: &str| body["error"][name].as_str().unwrap_or_default().to_owned();
        (status.as_u16(), text("code"), text("target"))
    }

    /// A GET whose query is encoded by the client.
    pub async fn query(&self, path: &str, query: &[(&str, &str)]) -> (StatusCode, Value) {
        let mut url = url::form_urlencoded::Serializer::new(format!("{path}?"));
        url.extend_pairs(query);
        self.get(&url.finish().replacen("?&", "?", 1)).await
    }
}

/// A clock that a test sets; waiting on it takes no time, and is noted.
pub struct TestClock {
    now: Mutex<Timestamp>,
    pub waited: Mutex<Vec<Duration>>,
}

impl TestClock {
    pub fn new() -> Arc<Self> {
        let now = "2026-03-04T05:06:07Z".parse().expect("a timestamp");
        Arc::new(Self {
            now: Mutex::new(now),
            waited: Mutex::default(),
        })
    }

    pub fn advance(&self, duration: SignedDuration) {
        *self.now.lock().expect("no test panics with the lock") += duration;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().expect("no test panics with the lock")
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.waited.lock().expect("no test panics with the lock").push(duration);
        Box::pin(std::future::ready(()))
    }
}
