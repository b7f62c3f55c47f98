//! Sends an operation's request and reads its answer: the token, pages, and sending again what failed, where
//! [`crate::repeat`] allows it.

mod pages;

use std::time::Duration;

use patchbay_model::{Item, Text, Value};
use patchbay_node::capability::http::{Effect, NO_MORE_WRITES, Options, Request, Response};
use patchbay_node::{Capabilities, NodeError, State};

use crate::answer::{self, Content};
use crate::connection::{Authorization, Endpoint};
use crate::definition::Operation;
use crate::failure::{self, Failure, network_hint};
use crate::mask;
use crate::odata;
use crate::redirect;
use crate::repeat::{self, Done, Twice};
use crate::request::gather::ListWishes;
use crate::request::{Draft, body};
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
    /// Told where the node must not be tried again.
    pub state: &'run State,
    /// Told how many elements were fetched, page after page.
    pub progress: Option<&'run (dyn Fn(usize) + Send + Sync)>,
}

/// One item's work.
pub struct Job {
    pub draft: Draft,
    pub wishes: ListWishes,
}

/// A request without an answer.
struct Unsent {
    error: NodeError,
    /// `None` where sending again is of no use.
    done: Option<Done>,
}

impl Unsent {
    fn on_the_way(error: NodeError) -> Self {
        let done = repeat::done_by_error(&error);
        Self { error, done }
    }

    /// Without a token nothing was sent.
    fn without_token(error: NodeError) -> Self {
        let done = repeat::done_by_error(&error).map(|_| Done::No);
        Self { error, done }
    }
}

const LARGEST_ERROR: usize = 1 << 20;

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
        let content = match content {
            Content::Json(body) if job.wishes.simplify => Content::Json(odata::without_annotations(body)),
            content => content,
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
                    answer::items(Content::Json(answer::with_elements(body, &paging.items, elements)))
                })
            }
            (content, _) => Ok(answer::items(content)),
        }
    }

    /// One request and its answer, read; an answer that says no is an error, without what the request's secret fields hold.
    /// What failed is sent again where that does no harm.
    pub async fn content(&self, draft: &Draft, item: usize) -> Result<Content, NodeError> {
        let content = self.content_or_told(draft, item).await;
        content.map_err(|error| mask::error(error, draft))
    }

    async fn content_or_told(&self, draft: &Draft, item: usize) -> Result<Content, NodeError> {
        let twice = Twice::of(&draft.method, draft.effect);
        let environment = &self.capabilities.environment;
        let mut repeated = 0;
        // One of the requests sent so far may have been carried out.
        let mut perhaps_done = false;
        let mut cause: Option<String> = None;
        loop {
            let (error, done, asked_for) = match self.exchange(draft, item).await {
                Ok(response) if (200..300).contains(&response.status) => {
                    match answer::read(self.operation, response, self.capabilities.binaries.as_ref()).await {
                        Err(error) if draft.effect == Effect::Read => {
                            let done = repeat::done_by_error(&error);
                            (error, done, None)
                        }
                        Err(error) => return Err(error.hint(DONE_ALL_THE_SAME)),
                        content => return content,
                    }
                }
                Ok(response) if response.status == 404 && twice == Twice::Gone && perhaps_done => {
                    return Ok(Content::Nothing(204));
                }
                Ok(response) => {
                    let done = repeat::done_by_status(response.status);
                    let asked_for = repeat::wait_asked_for(&response, environment.now());
                    (self.refusal(draft, response).await, done, asked_for)
                }
                Err(Unsent { error, done }) => (error, done, None),
            };
            let error = match &cause {
                // What keeps it from being sent again is not why it failed.
                Some(cause) if error.error.code == NO_MORE_WRITES => {
                    error.hint(format!("before that it failed: {cause}"))
                }
                _ => error,
            };
            cause = Some(error.to_string());
            perhaps_done |= done == Some(Done::Perhaps);
            let wait = done.and_then(|done| repeat::wait(twice, done, repeated, asked_for, environment.random()));
            match wait {
                Some(wait) => self.capabilities.timer.sleep(wait).await,
                None if perhaps_done && draft.effect == Effect::Write => {
                    if twice != Twice::Same {
                        self.state.forbid_retry();
                    }
                    return Err(perhaps_carried_out(error, twice));
                }
                None => return Err(error),
            }
            repeated += 1;
        }
    }

    /// The error of an answer that says no.
    async fn refusal(&self, draft: &Draft, response: Response) -> NodeError {
        let status = response.status;
        let content_type: Text = response.header("content-type").unwrap_or_default().into();
        let retry_after: Option<Text> = response.header("retry-after").map(Text::from);
        let location: Option<Text> = response.header("location").map(Text::from);
        // A body that breaks off says nothing more than the status does.
        let body = response.bytes(LARGEST_ERROR).await.unwrap_or_default();
        let service = self.endpoint.service;
        failure::of_status(&Failure {
            service,
            operation: self.operation,
            request: &format!("{} {}{}", draft.method, service.connection.path, draft.target()),
            status,
            content_type: &content_type,
            retry_after: retry_after.as_deref(),
            location: location.as_deref(),
            body: &body,
            credential: &self.endpoint.credential,
        })
    }

    /// Sends the request; if the token no longer counts, once more with a new one.
    async fn exchange(&self, draft: &Draft, item: usize) -> Result<Response, Unsent> {
        let Authorization::Token(grant) = &self.endpoint.authorization else {
            return self.send(draft, item, None).await.map_err(Unsent::on_the_way);
        };
        let token = self
            .tokens
            .get(grant, self.capabilities)
            .await
            .map_err(Unsent::without_token)?;
        let response = self.send(draft, item, Some(&token)).await.map_err(Unsent::on_the_way)?;
        if response.status != 401 {
            return Ok(response);
        }
        let renewed = self.tokens.renew(grant, token.number, self.capabilities).await;
        let token = renewed.map_err(Unsent::without_token)?;
        self.send(draft, item, Some(&token)).await.map_err(Unsent::on_the_way)
    }

    /// Sends the request, and where a read is sent on, follows.
    async fn send(&self, draft: &Draft, item: usize, token: Option<&Token>) -> Result<Response, NodeError> {
        let connection = &self.endpoint.service.connection;
        let mut url = format!("{}{}{}", self.endpoint.base, connection.path, draft.target());
        let mut is_authorized = true;
        let mut followed = 0;
        loop {
            let token = token.filter(|_| is_authorized);
            let response = self.send_to(&url, draft, item, is_authorized, token).await?;
            let next = redirect::next(&url, &response).filter(|_| draft.effect == Effect::Read);
            let Some(next) = next.filter(|_| followed < redirect::MOST) else {
                return Ok(response);
            };
            followed += 1;
            // Who was sent elsewhere does not come back with what authorizes it.
            is_authorized &= next.same_origin;
            url = next.url;
        }
    }

    async fn send_to(
        &self,
        url: &str,
        draft: &Draft,
        item: usize,
        is_authorized: bool,
        token: Option<&Token>,
    ) -> Result<Response, NodeError> {
        let mut url = url.to_owned();
        let mut headers = self.endpoint.service.connection.headers.clone();
        headers.extend(draft.headers.iter().cloned());
        match (&self.endpoint.authorization, token) {
            _ if !is_authorized => {}
            (Authorization::Header { name, value }, _) => headers.push((name.clone(), value.to_revealed())),
            (Authorization::Query { name, value }, _) => {
                let mark = if url.contains('?') { "&" } else { "?" };
                let (name, value) = (odata::encode_query(name), odata::encode_query(value.reveal()));
                url = [&url, mark, &name, "=", &value].concat();
            }
            (Authorization::Token(_), Some(token)) => {
                headers.push(("Authorization".into(), token.header.to_revealed()));
            }
            (Authorization::Token(_) | Authorization::None, _) => {}
        }
        let (content_type, body) = body::write(draft, self.capabilities).await?;
        headers.extend(content_type.map(|content_type| ("Content-Type".into(), content_type)));
        let request = Request {
            headers,
            body,
            timeout: Some(self.timeout),
            options: Options {
                redirects: 0,
                ..self.options.clone()
            },
            effect: draft.effect,
            node: self.node.clone(),
            item: Some(item),
            ..Request::new(draft.method.clone(), url)
        };
        let sent = self.capabilities.http.send(request).await;
        sent.map_err(|error| network_hint(error, &self.endpoint.credential))
    }
}

const DONE_ALL_THE_SAME: &str = "the service says that it has done it: only its answer can not be read";

/// The error of a request of which nobody knows whether it was carried out.
fn perhaps_carried_out(error: NodeError, twice: Twice) -> NodeError {
    let hint = match twice {
        Twice::Two => "nobody knows whether it was done, so it was not sent again: look before you do",
        Twice::Same | Twice::Gone => "nobody knows whether it was done; sending it again does no harm",
    };
    let mut details = error
        .error
        .details
        .as_ref()
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    details.insert("perhapsDone", true);
    details.insert("retriable", twice != Twice::Two);
    error.hint(hint).details(Value::object(details))
}
