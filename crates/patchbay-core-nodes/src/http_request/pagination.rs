//! Further pages: each asks with what the answer before it gave, until one is the last.

use std::sync::Arc;

use patchbay_model::{Item, Object, Scope, Text, Value};
use patchbay_node::{Context, NodeError};

use super::failure::{Failure, answered, of_page};
use super::parameters::entries;
use super::response::{self, Answer, AnswerBody};
use super::{Draft, Expected, Format};

const PATH: &str = "options.pagination.pagination";

/// After so many answers alike n8n takes it that the end is never told.
const MOST_ALIKE: usize = 5;

pub(super) fn is_on(context: &Context<'_>, item: usize) -> Result<bool, NodeError> {
    Ok(context.parameter(PATH).is_some() && mode(context, item)? != "off")
}

fn mode(context: &Context<'_>, item: usize) -> Result<String, NodeError> {
    Ok(context.text(&format!("{PATH}.paginationMode"), item)?.to_string())
}

/// The items of all pages.
pub(super) async fn items_of(
    context: &Context<'_>,
    item: usize,
    draft: Draft,
    expected: &Expected,
) -> Result<Vec<Item>, Failure> {
    let pages = Pages::read(context, item)?;
    let request = request_value(&draft);
    // n8n looks at a page's status itself, and then `neverError` does not count.
    let expected = &Expected {
        never_error: true,
        ..expected.clone()
    };
    let mut items = Vec::new();
    let mut last = Value::object(Object::new());
    let mut alike = (String::new(), 0);
    let mut count = 0;
    loop {
        let next = {
            let extra = names(&last, &request, count);
            let scope = Scope {
                extra: &extra,
                ..context.scope_for(item)
            };
            pages.next(context, &scope, &draft, count)?
        };
        if count > 0 && pages.interval > 0.0 {
            context.capabilities.timer.sleep(pages.interval).await;
        }
        let answer = response::exchange(context, item, &next, expected).await?;
        count += 1;
        last = response_value(&answer, expected);
        let text = answer.text();
        let complete = {
            let extra = names(&last, &request, count);
            let scope = Scope {
                extra: &extra,
                ..context.scope_for(item)
            };
            pages.is_last(context, &scope, &answer, expected)?
        };
        if !complete && !response::succeeds(answer.status) {
            let mut failure = of_page(&answer, &answer.body_value(expected));
            failure.error = failure
                .error
                .hint(answered(&next.method, &next.whole_url(), answer.status));
            return Err(failure);
        }
        let mut made = response::items(&answer, expected)?;
        if let AnswerBody::Bytes(bytes, Format::Text) = &answer.body
            && bytes.is_empty()
            && let [only] = made.as_mut_slice()
        {
            // Of a page without a body n8n makes a text, where it makes nothing of such an answer otherwise.
            Arc::make_mut(&mut only.json).insert(expected.property.as_str(), "");
        }
        items.extend(made);
        if complete || pages.most.is_some_and(|most| count >= most) {
            return Ok(items);
        }
        alike = match alike {
            (before, times) if before == text && !text.is_empty() => (before, times + 1),
            _ => (text, 1),
        };
        if alike.1 >= MOST_ALIKE {
            return Err(NodeError::new(
                "E0926",
                "The returned response was identical 5x, so requests got stopped",
            )
            .description("Check if \"Pagination Completed When\" has been configured correctly.")
            .parameter(PATH)
            .into());
        }
    }
}

/// How pages follow each other.
struct Pages {
    by_url: bool,
    when: String,
    /// Statuses that end it.
    last_statuses: Vec<u16>,
    most: Option<usize>,
    /// Milliseconds between two requests.
    interval: f64,
}

impl Pages {
    fn read(context: &Context<'_>, item: usize) -> Result<Self, NodeError> {
        let at = |name: &str| format!("{PATH}.{name}");
        let by_url = mode(context, item)? == "responseContainsNextURL";
        let when = context.text(&at("paginationCompleteWhen"), item)?.to_string();
        let statuses = context.text(&at("statusCodesWhenComplete"), item)?;
        let pages = Self {
            by_url,
            last_statuses: match when.as_str() {
                "receiveSpecificStatusCodes" => statuses
                    .split(',')
                    .filter_map(|status| status.trim().parse().ok())
                    .collect(),
                _ => Vec::new(),
            },
            when,
            most: if context.boolean(&at("limitPagesFetched"), item)? {
                Some(context.number(&at("maxRequests"), item)? as usize)
            } else {
                None
            },
            interval: match context.optional(&at("requestInterval"), item)? {
                Some(interval) => interval.to_number().max(0.0),
                None => 0.0,
            },
        };
        if !by_url && context.parameter(&at("parameters.parameters")).is_none() {
            return Err(NodeError::new(
                "E0926",
                "At least one entry with 'Name' and 'Value' filled must be included in 'Parameters' to use 'Update a \
                 Parameter in Each Request' mode ",
            )
            .parameter(at("parameters")));
        }
        Ok(pages)
    }

    /// The request for the next page, by what the scope knows of the last.
    fn next(&self, context: &Context<'_>, scope: &Scope<'_>, first: &Draft, count: usize) -> Result<Draft, NodeError> {
        let mut draft = first.clone();
        if self.by_url {
            let path = format!("{PATH}.nextURL");
            match (evaluate(context, &path, scope)?, count) {
                (Some(Value::Text(url)), _) if url.starts_with("http://") || url.starts_with("https://") => {
                    draft.url = url.to_string();
                }
                // There is no answer before the first request.
                (None, 0) => {}
                (Some(value), 0) if !value.truthy() => {}
                (value, _) => {
                    let shown = value.map_or_else(|| "undefined".into(), |value| value.to_text());
                    return Err(NodeError::new("E0926", format!("'{shown}' is not a valid URL."))
                        .description("Make sure the \"Next URL\" parameter evaluates to a valid URL.")
                        .parameter(path));
                }
            }
            return Ok(draft);
        }
        for entry in entries(context, &format!("{PATH}.parameters.parameters"), scope)? {
            let Some(value) = entry.value else { continue };
            match entry.part.as_deref() {
                Some("headers") => draft.set_header(&entry.name, value.to_text()),
                Some("body") => draft.set_body_field(&entry.name, value),
                _ => drop(draft.query.insert(entry.name, value)),
            }
        }
        Ok(draft)
    }

    /// Whether an answer is the last; then its status is no failure.
    fn is_last(
        &self,
        context: &Context<'_>,
        scope: &Scope<'_>,
        answer: &Answer,
        expected: &Expected,
    ) -> Result<bool, NodeError> {
        Ok(match self.when.as_str() {
            "other" => {
                let complete = evaluate(context, &format!("{PATH}.completeExpression"), scope)?;
                complete.is_some_and(|value| value.truthy())
            }
            "receiveSpecificStatusCodes" => self.last_statuses.contains(&answer.status),
            _ => match answer.body_value(expected) {
                Value::Array(values) => values.is_empty(),
                body => !body.truthy(),
            },
        })
    }
}

fn evaluate(context: &Context<'_>, path: &str, scope: &Scope<'_>) -> Result<Option<Value>, NodeError> {
    let Some(parameter) = context.parameter(path) else {
        return Ok(None);
    };
    let value = parameter.resolve(scope);
    value.map_err(|error| error.below(path).item(scope.item_index))
}

/// The names that the expressions of a page see.
fn names(last: &Value, request: &Value, count: usize) -> [(&'static str, Value); 3] {
    [
        ("$response", last.clone()),
        ("$request", request.clone()),
        ("$pageCount", Value::Number(count as f64)),
    ]
}

fn request_value(draft: &Draft) -> Value {
    let headers = draft.headers.iter();
    let headers: Object = headers
        .map(|(name, value)| (Text::from(name.as_str()), Value::text(value.as_str())))
        .collect();
    let mut object = Object::with_capacity(5);
    object.insert("body", draft.body.to_value());
    object.insert("headers", headers);
    object.insert("method", draft.method.as_str());
    object.insert("uri", draft.url.as_str());
    object.insert("qs", draft.query.clone());
    Value::object(object)
}

fn response_value(answer: &Answer, expected: &Expected) -> Value {
    let mut object = Object::with_capacity(3);
    object.insert("body", answer.body_value(expected));
    object.insert("headers", answer.headers.clone());
    object.insert("statusCode", usize::from(answer.status));
    Value::object(object)
}
