//! Further pages: each asks with what the answer before it gave, until one is the last.

use std::sync::Arc;

use patchbay_expression::Expression;
use patchbay_model::{Item, Object, Scope, Value};
use patchbay_node::{Context, NodeError, Parameter};

use super::failure::{Failure, answered, of_page};
use super::parameters::entries;
use super::response::{self, Answer, AnswerBody};
use super::{Content, Draft, Expected, Format};

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
    let now = context.capabilities.environment.now();
    let pages = Pages::read(context, item)?;
    let request = request_value(&draft);
    // n8n looks at a page's status itself, and then `neverError` does not count.
    let expected = &Expected {
        never_error: true,
        ..expected.clone()
    };
    let mut answers = Vec::new();
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
            pages.next(context, &scope, &draft)?
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
        answers.push(answer);
        if complete || pages.most.is_some_and(|most| count >= most) {
            break;
        }
        alike = match alike {
            (before, times) if before == text && !text.is_empty() => (before, times + 1),
            _ => (text, 1),
        };
        if alike.1 >= MOST_ALIKE {
            let message = "The returned response was identical 5x, so requests got stopped";
            let error = NodeError::new("E0926", message)
                .description("Check if \"Pagination Completed When\" has been configured correctly.")
                .item(item)
                .parameter(PATH);
            return Err(Failure::operation(error, now));
        }
    }
    // Not before all have come: so does n8n, and a page that is no JSON is no reason to ask for less.
    let mut items = Vec::new();
    for answer in answers {
        match items_of_page(context, item, &answer, expected) {
            Ok(made) => items.extend(made),
            Err(failure) => {
                return Err(Failure {
                    before: items,
                    ..failure
                });
            }
        }
    }
    Ok(items)
}

fn items_of_page(
    context: &Context<'_>,
    item: usize,
    answer: &Answer,
    expected: &Expected,
) -> Result<Vec<Item>, Failure> {
    let mut items = response::items(context, item, answer, expected)?;
    if let AnswerBody::Bytes(bytes, Format::Text) = &answer.body
        && bytes.is_empty()
        && let [only] = items.as_mut_slice()
    {
        // Of a page without a body n8n makes a text, where it makes nothing of such an answer otherwise.
        Arc::make_mut(&mut only.json).insert(expected.property.as_str(), "");
    }
    Ok(items)
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
    /// Where an expression says that all is there: its opposite, as n8n asks. One that fails gives nothing for an answer,
    /// and so it ends there too.
    goes_on: Option<Expression>,
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
            // None at most is no bound.
            most: if context.boolean(&at("limitPagesFetched"), item)? {
                Some(context.number(&at("maxRequests"), item)? as usize).filter(|most| *most > 0)
            } else {
                None
            },
            interval: match context.optional(&at("requestInterval"), item)? {
                Some(interval) => interval.to_number().max(0.0),
                None => 0.0,
            },
            goes_on: opposite(context.parameter(&at("completeExpression"))),
        };
        if !by_url {
            check_parameters(context, &at("parameters.parameters"))?;
        }
        if pages.when == "other" {
            let path = at("completeExpression");
            if !context.parameter(&path).is_some_and(Parameter::is_expression) {
                return Err(NodeError::new("E0926", "Invalid or empty Complete Expression").parameter(path));
            }
        }
        Ok(pages)
    }

    /// The request for the next page, by what the scope knows of the last.
    fn next(&self, context: &Context<'_>, scope: &Scope<'_>, first: &Draft) -> Result<Draft, Failure> {
        let mut draft = first.clone();
        if self.by_url {
            let path = format!("{PATH}.nextURL");
            match evaluate(context, &path, scope)? {
                Some(Value::Text(url)) if url.starts_with("http://") || url.starts_with("https://") => {
                    draft.url = url.to_string();
                }
                // What nothing is known of, as before the first answer, stays as it is.
                None => {}
                Some(value) => {
                    let error = NodeError::new("E0926", format!("'{}' is not a valid URL.", value.to_text()))
                        .description("Make sure the \"Next URL\" parameter evaluates to a valid URL.")
                        .parameter(path);
                    return Err(Failure::operation(error, context.capabilities.environment.now()));
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
            "other" if self.goes_on.is_some() => {
                let goes_on = self.goes_on.iter().map(|expression| expression.evaluate(scope)).next();
                let goes_on = goes_on.transpose().map_err(|error| {
                    let mut failed = NodeError::new(error.code, error.message.clone());
                    failed.error.description.clone_from(&error.description);
                    failed.error.hints.clone_from(&error.hints);
                    failed
                        .below(&format!("{PATH}.completeExpression"))
                        .item(scope.item_index)
                })?;
                !goes_on.flatten().is_some_and(|value| value.truthy())
            }
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

/// `={{ a }}` as `={{ !(a) }}`; `None` for what is not one expression and nothing else.
fn opposite(parameter: Option<&Parameter>) -> Option<Expression> {
    let Some(Parameter::Expression(expression)) = parameter else {
        return None;
    };
    let source = expression.source().strip_prefix('=')?.trim();
    let inner = source.strip_prefix("{{")?.strip_suffix("}}")?;
    Expression::parse(&format!("={{{{ !({inner}) }}}}")).ok()
}

/// Refuses parameters of pages that lack something.
fn check_parameters(context: &Context<'_>, path: &str) -> Result<(), NodeError> {
    let fault = |message: String| Err(NodeError::new("E0926", message).parameter(path));
    let Some(parameters) = context.parameter(path) else {
        return fault(
            "At least one entry with 'Name' and 'Value' filled must be included in 'Parameters' to use 'Update a \
             Parameter in Each Request' mode "
                .to_owned(),
        );
    };
    for (place, parameter) in parameters.elements().iter().enumerate() {
        let written = |key: &str| parameter.part(key).and_then(Parameter::literal).map(Value::to_text);
        let which = format!("for parameter [{}] in pagination settings", place + 1);
        if written("name").is_some_and(|name| name.is_empty()) {
            return fault(format!("Parameter name must be set {which}"));
        }
        if written("value").is_some_and(|value| value.is_empty()) {
            return fault(format!(
                "Some value must be provided {which}, omitting it will result in an infinite loop"
            ));
        }
        if written("type").is_some_and(|kind| !matches!(kind.as_str(), "body" | "headers" | "qs")) {
            return fault(format!("Parameter type must be one of: body, headers, qs {which}"));
        }
    }
    Ok(())
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
        .map(|(name, value)| (name.to_lowercase(), Value::text(value.as_str())))
        .collect();
    let mut object = Object::with_capacity(5);
    if !matches!(draft.body, Content::Empty) {
        object.insert("body", draft.body.to_value());
    }
    object.insert("headers", headers);
    object.insert("method", draft.method.as_str());
    object.insert("uri", draft.url.as_str());
    if !draft.query.is_empty() {
        object.insert("qs", draft.query.clone());
    }
    Value::object(object)
}

fn response_value(answer: &Answer, expected: &Expected) -> Value {
    let mut object = Object::with_capacity(3);
    object.insert("body", answer.body_value(expected));
    object.insert("headers", answer.headers.clone());
    object.insert("statusCode", usize::from(answer.status));
    Value::object(object)
}
