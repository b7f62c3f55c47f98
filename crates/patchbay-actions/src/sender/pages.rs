//! Fetches a list page after page.
//!
//! A service may give smaller pages than it is asked for, so a page that is not full is the last one only where the service says
//! how many there are in all, or is known to fill its pages; else what follows is asked for, until nothing does.

use jsonpath_rust::JsonPath;
use patchbay_model::Value;
use patchbay_node::NodeError;

use super::Sender;
use crate::answer::{self, Content};
use crate::definition::Paging;
use crate::odata;
use crate::request::Draft;

const FILTER: &str = "$filter";
/// What a service that fills its pages may limit them to is a multiple of this.
const ROUND: usize = 10;

impl Sender<'_> {
    /// All pages, as one answer: the first page's, with everybody's elements.
    pub(super) async fn pages(
        &self,
        mut draft: Draft,
        limit: Option<usize>,
        paging: &Paging,
        item: usize,
    ) -> Result<Content, NodeError> {
        let option = |name: &str| {
            let found = draft.query.iter().find(|(known, _)| known == name);
            found.and_then(|(_, value)| value.parse::<usize>().ok())
        };
        let first_page = paging.first_page.unwrap_or(0);
        let start = option(&paging.offset_option).unwrap_or(first_page);
        let size = option(&paging.size_option).unwrap_or(paging.size).clamp(1, paging.size);
        let limit = limit.unwrap_or(usize::MAX);
        let filtered_later = self.operation.filters_pages && draft.query.iter().any(|(name, _)| name == FILTER);
        let by_number = paging.first_page.is_some();
        // How many elements come before the first page that is asked for.
        let before = if by_number {
            start.saturating_sub(first_page) * size
        } else {
            start
        };
        let mut first = None;
        let mut elements: Vec<Value> = Vec::new();
        let (mut passed, mut pages) = (0, 0);
        // The page before was not full, and perhaps the last.
        let mut only_looks = false;
        loop {
            let wanted = if filtered_later || by_number {
                size
            } else {
                size.min(limit - elements.len())
            };
            let place = start + if by_number { pages } else { passed };
            draft.set_query(&paging.size_option, wanted.to_string());
            draft.set_query(&paging.offset_option, place.to_string());
            let body = match self.content(&draft, item).await {
                Ok(Content::Json(body)) => body,
                Ok(Content::Nothing(_) | Content::File(_)) => break,
                Err(error) if only_looks && is_beyond_the_end(&error) => break,
                Err(error) => return Err(error),
            };
            let Some(page) = answer::list(&body, &paging.items) else {
                // Of the first page it is the whole answer.
                return Ok(match first {
                    Some(first) => Content::Json(answer::with_elements(first, &paging.items, elements)),
                    None => Content::Json(body),
                });
            };
            let is_short = page.len() < wanted;
            if !page.is_empty() && elements.ends_with(&page) {
                if is_short {
                    break;
                }
                let message = format!("`{}` gives the same page again and again", self.operation.name);
                return Err(NodeError::new("E0421", message).hint("leave `fetchAll` out: one request gives everything"));
            }
            pages += 1;
            passed += if filtered_later { wanted } else { page.len() };
            let count = (!filtered_later).then(|| count(&body, paging)).flatten();
            let is_counted =
                |is: fn(&f64, &f64) -> bool| count.is_some_and(|count| is(&count, &((before + passed) as f64)));
            let more_is_told = !page.is_empty() && (is_counted(f64::gt) || odata::has_next_link(&body));
            let is_last = page.is_empty()
                || is_short && (is_counted(f64::le) || paging.fills_pages && !page.len().is_multiple_of(ROUND));
            elements.extend(page);
            first.get_or_insert(body);
            if let Some(progress) = self.progress {
                progress(elements.len());
            }
            let goes_on = if filtered_later && is_short {
                self.is_more(&draft, start + passed, paging, item).await?
            } else {
                more_is_told || !is_last
            };
            if !goes_on || elements.len() >= limit {
                break;
            }
            only_looks = is_short && !more_is_told;
        }
        elements.truncate(limit);
        Ok(match first {
            Some(body) => Content::Json(answer::with_elements(body, &paging.items, elements)),
            None => Content::Nothing(204),
        })
    }

    /// Whether the unfiltered list has an element there.
    async fn is_more(&self, draft: &Draft, offset: usize, paging: &Paging, item: usize) -> Result<bool, NodeError> {
        let mut probe = draft.clone();
        probe.query.retain(|(name, _)| name != FILTER);
        probe.set_query(&paging.size_option, "1");
        probe.set_query(&paging.offset_option, offset.to_string());
        Ok(match self.content(&probe, item).await? {
            Content::Json(body) => !answer::elements(&body, &paging.items).is_empty(),
            Content::Nothing(_) | Content::File(_) => false,
        })
    }
}

/// How many elements the page says that the list has in all.
fn count(body: &Value, paging: &Paging) -> Option<f64> {
    match &paging.count {
        Some(path) => {
            let plain = serde_json::Value::from(body);
            plain.query(path).ok()?.first()?.as_f64()
        }
        None => odata::count(body),
    }
}

/// Some services refuse a page after the last one.
fn is_beyond_the_end(error: &NodeError) -> bool {
    let status = error
        .error
        .details
        .as_ref()
        .and_then(|details| details.get("statusCode"));
    let status = status.and_then(Value::as_number).unwrap_or_default();
    [400.0, 404.0, 416.0, 422.0].contains(&status)
}
