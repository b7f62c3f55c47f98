//! n8n's collection `requestOptions`, which every declarative node has.

use std::time::Duration;

use patchbay_model::{Text, Value};
use patchbay_node::capability::http::Options;
use patchbay_node::{Context, NodeError};

/// How many requests go at once, and how long the service is left alone after them.
#[derive(Clone, Copy)]
pub struct Batches {
    pub size: usize,
    /// In milliseconds.
    pub interval: f64,
    /// How many of a batch are under way at once.
    pub concurrency: usize,
}

/// What a node asks of all its requests.
pub struct RequestOptions {
    pub timeout: Option<Duration>,
    pub options: Options,
    /// Size and interval.
    batches: Option<(usize, f64)>,
}

impl RequestOptions {
    pub fn read(context: &Context) -> Result<Self, NodeError> {
        let mut read = Self {
            timeout: None,
            options: Options::default(),
            batches: None,
        };
        if context.parameter("requestOptions").is_none() || context.items().is_empty() {
            return Ok(read);
        }
        let options = context.value("requestOptions", 0)?;
        let milliseconds = options.get("timeout").and_then(Value::as_number);
        let timeout = milliseconds.filter(|milliseconds| *milliseconds > 0.0);
        read.timeout = timeout.and_then(|milliseconds| Duration::try_from_secs_f64(milliseconds / 1000.0).ok());
        let batch = |key| options.at(["batching", "batch", key]).and_then(Value::as_number);
        if let Some(size) = batch("batchSize").filter(|size| *size >= 1.0) {
            read.batches = Some((size as usize, batch("batchInterval").unwrap_or(0.0)));
        }
        read.options.verify_tls = !options.get("allowUnauthorizedCerts").is_some_and(Value::truthy);
        let proxy = options
            .get("proxy")
            .and_then(Value::as_str)
            .filter(|proxy| !proxy.is_empty());
        read.options.proxy = proxy.map(Text::from);
        Ok(read)
    }

    /// The batches that are asked for, or one of all requests. They make a service's work less, never more: no more
    /// requests are under way at once than without them.
    pub fn batches(&self, concurrency: usize) -> Batches {
        let (size, interval) = self.batches.unwrap_or((usize::MAX, 0.0));
        Batches {
            size,
            interval,
            concurrency: concurrency.min(size),
        }
    }
}
