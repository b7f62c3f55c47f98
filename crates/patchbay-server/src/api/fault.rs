//! Why an operation is not done.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use patchbay_store::Error;
use serde_json::json;

use crate::execution::Refusal;

/// A status and n8n's `{"message"}`, with a `hint` where there is something to do about it.
#[derive(Debug)]
pub struct Fault {
    status: StatusCode,
    message: String,
    hint: Option<String>,
}

impl Fault {
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            hint: None,
        }
    }

    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }

    pub fn message(&self) -> &str {
        &self.message
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        if let Error::TooDeep { .. } = error {
            return Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()).hint(error.hint());
        }
        tracing::error!(code = error.code(), hint = error.hint(), "{error}");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()).hint(error.hint())
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Store(error) => error.into(),
            refusal => Self::new(refusal.status(), refusal.to_string()),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut body = json!({"message": self.message});
        if let Some(hint) = self.hint {
            body["hint"] = hint.into();
        }
        let mut response = (self.status, axum::Json(body)).into_response();
        if matches!(
            self.status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
        ) {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
