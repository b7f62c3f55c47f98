//! Runs an operation for the items of a node: every request is made first, so that a wrong value at the last item
//! sends nothing for the first; then they are sent, a few at a time, and the outputs keep the items' order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt;
use patchbay_model::{Item, Object, Text, Value};
use patchbay_node::capability::http::{Body, Options, Request, Response};
use patchbay_node::{Capabilities, Context, NodeError, Outcome};

use crate::answer::{self, Content};
use crate::connection::{Authorization, Endpoint};
use crate::definition::{Operation, Paging, Service, choose};
use crate::failure::{self, Failure, network_hint};
use crate::odata;
use crate::request::gather::{ListWishes, Plan};
use crate::request::{Circumstances, Draft, build};
use crate::token::{Token, Tokens};

/// What every request of one run of a node shares.
struct Sender<'run> {
    endpoint: &'run Endpoint<'run>,
    operation: &'run Operation,
    tokens: &'run Tokens,
    capabilities: &'run Capabilities,
    node: Text,
    timeout: Duration,
    options: Options,
}

/// One item's work.
struct Job {
    draft: Draft,
    wishes: ListWishes,
}

const LARGEST_ERROR: usize = 1 << 20;

/// Runs the operation for all items; `variants` are its forms in the versions of the service.
pub async fn run(
    service: &Service,
    variants: &[Arc<Operation>],
    tokens: &Tokens,
    context: &Context<'_>,
) -> Result<Outcome, NodeError> {
    let credential = find_credential(service, context).await?;
    let endpoint = Endpoint::new(service, &credential)?;
    let version = endpoint.version.as_ref();
    let is_given = |name: &str| context.parameters.part(name).is_some();
    let Some(operation) = choose(variants, version, is_given) else {
        return Ok(Outcome::items(Vec::new()));
    };
    if let Some(version) = version.filter(|version| !operation.life.includes(version)) {
        let lives: Vec<String> = variants.iter().map(|variant| variant.life.to_string()).collect();
        let message = format!("`{}` is not in version {version} of {}", operation.name, service.title);
        return Err(NodeError::new("E0416", message)
            .parameter("operation")
            .hint(format!("it is there {}", lives.join(" and "))));
    }
    let jobs = prepare(operation, &endpoint, context)?;
    let request_options = RequestOptions::read(context)?;
    let sender = Sender {
        endpoint: &endpoint,
        operation,
        tokens,
        capabilities: context.capabilities,
        node: context.node.name.clone(),
        timeout: request_options
            .timeout
            .unwrap_or(Duration::from_secs_f64(service.connection.timeout)),
        options: request_options.options,
    };
    let work = async {
        match sender.authorize().await {
            Ok(()) => send_all(&sender, jobs, service.connection.concurrency, context).await,
            // Asking again for each item would only lock the client out.
            Err(error) if context.continues_on_fail() && !error.is_cancelled() => Ok(all_failed(&error, jobs.len())),
            Err(error) => Err(error),
        }
    };
    tokio::select! {
        outputs = work => outputs.map(Outcome::items),
        () = context.cancellation.cancelled() => Err(NodeError::cancelled()),
    }
}

/// The credential of whichever of the service's types the node names, else of the usual one.
async fn find_credential(
    service: &Service,
    context: &Context<'_>,
) -> Result<patchbay_node::capability::Credential, NodeError> {
    let types = &service.credential.types;
    let named = types.iter().find(|kind| context.node.credentials.contains_key(*kind));
    let other = context.node.credentials.keys().next();
    let kind = named.or(other).or(types.first()).cloned().unwrap_or_default();
    context.capabilities.credentials.find(&kind, context.node).await
}

/// Makes the request of each item. Where the node stops at a failure, the first wrong value is the end.
fn prepare(
    operation: &Operation,
    endpoint: &Endpoint,
    context: &Context,
) -> Result<Vec<Result<Job, NodeError>>, NodeError> {
    let plan = Plan::new(operation, context.parameters);
    let circumstances = Circumstances {
        version: endpoint.version.as_ref(),
        timezone: &context.scope.execution.timezone,
    };
    let mut jobs = Vec::with_capacity(context.items().len());
    for item in 0..context.items().len() {
        context.checkpoint()?;
        let job = plan.values(context, item).and_then(|values| {
            Ok(Job {
                draft: build(operation, &values, circumstances)?,
                wishes: plan.extras.wishes(context, item)?,
            })
        });
        match job.map_err(|error| error.item(item)) {
            Err(error) if error.is_cancelled() || !context.continues_on_fail() => return Err(error),
            job => jobs.push(job),
        }
    }
    Ok(jobs)
}

/// Sends the requests and gathers the items. After a failure that the node does not survive nothing more is begun, and
/// what is under way is waited for: its effect should be known.
async fn send_all(
    sender: &Sender<'_>,
    jobs: Vec<Result<Job, NodeError>>,
    concurrency: usize,
    context: &Context<'_>,
) -> Result<Vec<Item>, NodeError> {
    let stopped = AtomicBool::new(false);
    let done = AtomicUsize::new(0);
    let survives = context.continues_on_fail();
    let work = jobs.into_iter().enumerate().map(|(item, job)| {
        let (stopped, done) = (&stopped, &done);
        async move {
            if stopped.load(Ordering::Relaxed) {
                return None;
            }
            let result = match job {
                Ok(job) => sender.work(job, item).await.map_err(|error| error.item(item)),
                Err(error) => Err(error),
            };
            if result.is_err() && !survives {
                stopped.store(true, Ordering::Relaxed);
            }
            (context.progress)(1 + done.fetch_add(1, Ordering::Relaxed));
            Some(result)
        }
    });
    let mut results = futures::stream::iter(work).buffered(concurrency).enumerate();
    let mut items = Vec::new();
    let mut first_error = None;
    while let Some((place, result)) = results.next().await {
        match result {
            Some(Ok(made)) => items.extend(made.into_iter().map(|item| item.paired_with(place))),
            Some(Err(error)) if survives && !error.is_cancelled() => items.push(failed_item(&error).paired_with(place)),
            Some(Err(error)) => {
                first_error.get_or_insert(error);
            }
            None => {}
        }
    }
    first_error.map_or(Ok(items), Err)
}

/// The item of a failure that the node survives, as n8n makes it.
fn failed_item(error: &NodeError) -> Item {
    let mut item = Item::new([("error", error.error.message.clone())].into_iter().collect::<Object>());
    item.error = Some(Arc::new(error.to_item_error()));
    item
}

fn all_failed(error: &NodeError, items: usize) -> Vec<Item> {
    (0..items).map(|item| failed_item(error).paired_with(item)).collect()
}

impl Sender<'_> {
    /// Sees to it that there is a token before any request is begun.
    async fn authorize(&self) -> Result<(), NodeError> {
        match &self.endpoint.authorization {
            Authorization::Token(grant) => self.tokens.get(grant, self.capabilities).await.map(drop),
            _ => Ok(()),
        }
    }

    async fn work(&self, job: Job, item: usize) -> Result<Vec<Item>, NodeError> {
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
    async fn content(&self, draft: &Draft, item: usize) -> Result<Content, NodeError> {
        let response = self.exchange(draft, item).await?;
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

/// n8n's collection `requestOptions`, which every declarative node has.
struct RequestOptions {
    timeout: Option<Duration>,
    options: Options,
}

impl RequestOptions {
    fn read(context: &Context) -> Result<Self, NodeError> {
        let mut read = Self {
            timeout: None,
            options: Options::default(),
        };
        if context.parameter("requestOptions").is_none() || context.items().is_empty() {
            return Ok(read);
        }
        let options = context.value("requestOptions", 0)?;
        let milliseconds = options
            .get("timeout")
            .and_then(Value::as_number)
            .filter(|timeout| *timeout > 0.0);
        read.timeout = milliseconds.map(|milliseconds| Duration::from_secs_f64(milliseconds / 1000.0));
        read.options.verify_tls = !options.get("allowUnauthorizedCerts").is_some_and(Value::truthy);
        let proxy = options
            .get("proxy")
            .and_then(Value::as_str)
            .filter(|proxy| !proxy.is_empty());
        read.options.proxy = proxy.map(Text::from);
        Ok(read)
    }
}
