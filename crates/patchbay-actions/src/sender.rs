//! Sends an operation's request and reads its answer: the token, pages, and what may be sent again.

use std::time::Duration;

use patchbay_model::{Item, Text, Value};
use patchbay_node::capability::http::{Body, Effect, Options, Request, Response};
use patchbay_node::{Capabilities, NodeError};

use crate::answer::{self, Content};
use crate::connection::{Authorization, Endpoint};
use crate::definition::{Operation, Paging};
use crate::failure::{self, Failure, network_hint};
use crate::odata;
use crate::request::Draft;
use crate::request::gather::ListWishes;
use crate::token::{Token, Tokens};

/// What every request of one run of a node shares.
pub struct Sender<'run> {
    pub endpoint: &'run Endpoint<'run>,
    pub operation: &'run Operation,
    pub tokens: &'run Tokens,
    pub capabilities: &'run Capabilities,
    pub node: Text,
    pub timeout: Duration,
    pub options: Options,
}

/// One item's work.
pub struct Job {
    pub draft: Draft,
    pub wishes: ListWishes,
}

const LARGEST_ERROR: usize = 1 << 20;
/// How often a request is sent again.
const REPEATS: i32 = 2;
/// Before it is sent again for the first time, in milliseconds; each time it is twice as long.
const FIRST_WAIT: f64 = 500.0;
/// A service that wants to be left alone for longer is not waited for, in milliseconds.
const LONGEST_WAIT: f64 = 30_000.0;

impl Sender<'_> {
    /// Sees to it that there is a token before any request is begun.
    pub async fn authorize(&self) -> Result<(), NodeError> {
        match &self.endpoint.authorization {
            Authorization::Token(grant) => self.tokens.get(grant, self.capabilities).await.map(drop),
            _ => Ok(()),
        }
    }

    /// Sends one item's request, or a request for each page, and makes the items of the answer.
    pub async fn work(&self, job: Job, item: usize) -> Result<Vec<Item>, NodeError> {
        let paging = self.endpoint.service.paging.as_ref();
        let content = match paging {
            Some(paging) if job.wishes.all && self.operation.is_paged(paging) => {
                self.pages(job.draft, job.wishes.limit, paging, item).await?
            }
            _ => self.content(&job.draft, item).await?,
        };
        match (content, paging) {
            (Content::Json(body), Some(paging))
                if job.wishes.split || (job.wishes.limit.is_some() && !job.wishes.all) =>
            {
                let mut elements = answer::elements(&body, &paging.items);
                elements.truncate(job.wishes.limit.unwrap_or(usize::MAX));
                Ok(if job.wishes.split {
                    elements
                        .into_iter()
                        .flat_map(|element| answer::items(Content::Json(element)))
                        .collect()
                } else {
                    answer::items(Content::Json(with_elements(body, elements)))
                })
            }
            (content, _) => Ok(answer::items(content)),
        }
    }

    /// All pages, as one answer: the first page's, with everybody's elements. A page that is not full is the last.
    async fn pages(
        &self,
        mut draft: Draft,
        limit: Option<usize>,
        paging: &Paging,
        item: usize,
    ) -> Result<Content, NodeError> {
        let option = |draft: &Draft, name: &str| {
            let found = draft.query.iter().find(|(known, _)| known == name);
            found.and_then(|(_, value)| value.parse::<usize>().ok())
        };
        let start = option(&draft, &paging.offset_option).unwrap_or(0);
        let size = option(&draft, &paging.size_option)
            .unwrap_or(paging.size)
            .clamp(1, paging.size);
        let limit = limit.unwrap_or(usize::MAX);
        let mut first = None;
        let mut elements = Vec::new();
        loop {
            let wanted = size.min(limit - elements.len());
            draft.set_query(&paging.size_option, wanted.to_string());
            draft.set_query(&paging.offset_option, (start + elements.len()).to_string());
            let Content::Json(body) = self.content(&draft, item).await? else {
                break;
            };
            let page = answer::elements(&body, &paging.items);
            let full = page.len() >= wanted;
            if full && elements.ends_with(&page) {
                let message = format!("`{}` gives the same page again and again", self.operation.name);
                return Err(NodeError::new("E0421", message).hint("leave `fetchAll` out: one request gives everything"));
            }
            elements.extend(page);
            first.get_or_insert(body);
            if !full || elements.len() >= limit {
                break;
            }
        }
        Ok(match first {
            Some(body) => Content::Json(with_elements(body, elements)),
            None => Content::Nothing(204),
        })
    }

    /// One request and its answer, read; an answer that says no is an error.
    pub async fn content(&self, draft: &Draft, item: usize) -> Result<Content, NodeError> {
        let mut repeated = 0;
        let response = loop {
            let response = self.exchange(draft, item).await?;
            match wait_before_repeating(
                draft.effect,
                &response,
                repeated,
                self.capabilities.environment.random(),
            ) {
                Some(wait) => self.capabilities.timer.sleep(wait).await,
                None => break response,
            }
            repeated += 1;
        };
        let status = response.status;
        if (200..300).contains(&status) {
            return answer::read(self.operation, response, self.capabilities.binaries.as_ref()).await;
        }
        let content_type: Text = response.header("content-type").unwrap_or_default().into();
        let retry_after: Option<Text> = response.header("retry-after").map(Text::from);
        // A body that breaks off says nothing more than the status does.
        let body = response.bytes(LARGEST_ERROR).await.unwrap_or_default();
        let service = self.endpoint.service;
        Err(failure::of_status(&Failure {
            service,
            operation: self.operation,
            request: &format!("{} {}{}", draft.method, service.connection.path, draft.target()),
            status,
            content_type: &content_type,
            retry_after: retry_after.as_deref(),
            body: &body,
            credential: &self.endpoint.credential,
        }))
    }

    /// Sends the request; if the token no longer counts, once more with a new one.
    async fn exchange(&self, draft: &Draft, item: usize) -> Result<Response, NodeError> {
        let Authorization::Token(grant) = &self.endpoint.authorization else {
            return self.send(draft, item, None).await;
        };
        let token = self.tokens.get(grant, self.capabilities).await?;
        let response = self.send(draft, item, Some(&token)).await?;
        if response.status != 401 {
            return Ok(response);
        }
        let token = self.tokens.renew(grant, token.number, self.capabilities).await?;
        self.send(draft, item, Some(&token)).await
    }

    async fn send(&self, draft: &Draft, item: usize, token: Option<&Token>) -> Result<Response, NodeError> {
        let connection = &self.endpoint.service.connection;
        let mut url = format!("{}{}{}", self.endpoint.base, connection.path, draft.target());
        let mut headers = connection.headers.clone();
        headers.extend(draft.headers.iter().cloned());
        match (&self.endpoint.authorization, token) {
            (Authorization::Header { name, value }, _) => headers.push((name.clone(), value.reveal().into())),
            (Authorization::Query { name, value }, _) => {
                let mark = if url.contains('?') { "&" } else { "?" };
                let (name, value) = (odata::encode_query(name), odata::encode_query(value.reveal()));
                url = [&url, mark, &name, "=", &value].concat();
            }
            (Authorization::Token(_), Some(token)) => {
                headers.push((
                    "Authorization".into(),
                    format!("Bearer {}", token.secret.reveal()).into(),
                ));
            }
            (Authorization::Token(_) | Authorization::None, _) => {}
        }
        let body = match &draft.body {
            Some(body) => {
                headers.push(("Content-Type".into(), "application/json".into()));
                Body::Bytes(serde_json::to_vec(body).unwrap_or_default().into())
            }
            None => Body::Empty,
        };
        let request = Request {
            headers,
            body,
            timeout: Some(self.timeout),
            options: self.options.clone(),
            effect: draft.effect,
            node: self.node.clone(),
            item: Some(item),
            ..Request::new(draft.method.clone(), url)
        };
        let sent = self.capabilities.http.send(request).await;
        sent.map_err(|error| network_hint(error, &self.endpoint.credential))
    }
}

/// The body with other elements in its list.
fn with_elements(mut body: Value, elements: Vec<Value>) -> Value {
    match body.as_object_mut() {
        Some(object) => {
            let list = object.values_mut().find(|value| value.as_array().is_some());
            match list {
                Some(list) => *list = Value::array(elements),
                None => drop(object.insert("value", elements)),
            }
            body
        }
        None => Value::array(elements),
    }
}

/// How many milliseconds to wait before the request is sent again; `None` if it is not. After 429 the service has done
/// nothing; after 502, 503 and 504 nobody knows, so only what reads is sent again. `random` is from 0 to 1.
fn wait_before_repeating(effect: Effect, response: &Response, repeated: i32, random: f64) -> Option<f64> {
    let is_safe = match response.status {
        429 => true,
        502..=504 => effect == Effect::Read,
        _ => false,
    };
    if !is_safe || repeated >= REPEATS {
        return None;
    }
    let asked_for = response
        .header("retry-after")
        .and_then(|seconds| seconds.trim().parse::<f64>().ok());
    let wait = match asked_for {
        Some(seconds) => seconds * 1000.0,
        None => FIRST_WAIT * 2_f64.powi(repeated) * (0.5 + random),
    };
    (wait <= LONGEST_WAIT).then_some(wait)
}
