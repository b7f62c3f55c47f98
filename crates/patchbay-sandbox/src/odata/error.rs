//! A refusal in OData's form: `{"error": {"code", "message", "target"?, "details": [...]}}`.

use serde_json::{Value, json};

/// What a client is told when a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The HTTP status.
    pub status: u16,
    /// A name that does not change, such as `NotFound`.
    pub code: &'static str,
    pub message: String,
    /// The property, the query option or the entity that is at fault.
    pub target: Option<String>,
    /// One for each fault, when there may be several.
    pub details: Vec<Detail>,
}

/// One fault of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    pub code: &'static str,
    pub message: String,
    pub target: Option<String>,
}

impl Error {
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            target: None,
            details: Vec::new(),
        }
    }

    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 400 for a query option: `The query specified in the URI is not valid. …`.
    pub fn bad_option(option: &str, message: impl std::fmt::Display) -> Self {
        Self::new(
            400,
            "InvalidQueryOption",
            format!("The query specified in the URI is not valid. {message}"),
        )
        .target(option)
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "NotFound", message)
    }

    /// Names what is at fault.
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Several faults as one refusal with 400.
    pub fn of_details(code: &'static str, message: impl Into<String>, details: Vec<Detail>) -> Self {
        let target = match details.as_slice() {
            [only] => only.target.clone(),
            _ => None,
        };
        Self {
            status: 400,
            code,
            message: message.into(),
            target,
            details,
        }
    }

    /// The body of the answer.
    pub fn body(&self) -> Value {
        let details = self.details.iter();
        let details: Vec<Value> = details
            .map(|detail| json!({"code": detail.code, "message": detail.message, "target": detail.target}))
            .collect();
        let mut error = json!({"code": self.code, "message": self.message});
        if let Some(target) = &self.target {
            error["target"] = Value::from(target.as_str());
        }
        if !details.is_empty() {
            error["details"] = Value::Array(details);
        }
        json!({ "error": error })
    }
}
