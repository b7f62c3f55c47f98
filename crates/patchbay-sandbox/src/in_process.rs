//! The double without a port: requests come as values, and answers go back as values.
//!
//! It is for tests, which then need no network, and can have time run as they like by a [`crate::Clock`] of their own.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use tower::ServiceExt;

use crate::server::{Severed, Shared, lock, router};
use crate::{Client, Exchange, Options, StartError};

/// A double inside this process. `host` and `port` of its options mean nothing, nor does [`crate::Effect::Refuse`] without a
/// pattern: it is the same as a dropped connection.
pub struct InProcess {
    client: Client,
    shared: Arc<Shared>,
    router: Router,
}

/// What a request got.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// The connection was closed before the end of the body.
    pub broken: bool,
}

impl InProcess {
    /// A double at its beginning.
    pub fn new(options: Options) -> Result<Self, StartError> {
        let client = options.seed.clients.first().cloned().ok_or(StartError::NoClients)?;
        let shared = Arc::new(Shared::new(options));
        let router = router(Arc::clone(&shared));
        Ok(Self { client, shared, router })
    }

    /// A client that may do everything: the first of the seed.
    pub fn client_id(&self) -> &str {
        &self.client.id
    }

    pub fn client_secret(&self) -> &str {
        &self.client.secret
    }

    /// Answers a request; `None` where the connection is closed without an answer, or the request is none.
    pub async fn answer(
        &self,
        method: &str,
        path_and_query: &str,
        headers: impl IntoIterator<Item = (String, String)>,
        body: Bytes,
    ) -> Option<Reply> {
        let mut request = Request::builder().method(method).uri(path_and_query);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body)).ok()?;
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .unwrap_or_else(|never: Infallible| match never {});
        if response.extensions().get::<Severed>().is_some() {
            return None;
        }
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let mut reply = Reply {
            status: response.status().as_u16(),
            headers: headers.collect(),
            body: Bytes::new(),
            broken: false,
        };
        let mut whole = BytesMut::new();
        let mut pieces = response.into_body().into_data_stream();
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(piece) => whole.extend_from_slice(&piece),
                Err(_) => reply.broken = true,
            }
        }
        reply.body = whole.freeze();
        Some(reply)
    }

    /// What was received so far, in order.
    pub fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.shared.log).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Effect, Fault};

    async fn status(double: &InProcess, path: &str) -> Option<(u16, bool)> {
        let headers = [("host".to_owned(), "pbx.example.com".to_owned())];
        let reply = double.answer("GET", path, headers, Bytes::new()).await;
        reply.map(|reply| (reply.status, reply.broken))
    }

    #[tokio::test]
    async fn requests_are_answered_without_a_port() {
        let faults = vec![
            Fault::new(Effect::Drop).on("/Groups"),
            Fault::new(Effect::Truncate).on("/Queues"),
        ];
        let double = InProcess::new(Options {
            faults,
            ..Options::default()
        });
        let double = double.expect("a double");
        for (path, wanted) in [
            ("/xapi/v1/Users", Some((401, false))),
            ("/xapi/v1/Groups", None),
            ("not a path", None),
        ] {
            assert_eq!(status(&double, path).await, wanted, "{path}");
        }
        assert_eq!(double.exchanges().len(), 2);
    }
}
