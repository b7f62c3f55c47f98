//! RSS Read: the entries of a feed as items, in the fields that n8n gives them.

mod feed;

use async_trait::async_trait;
use patchbay_model::item::{Pair, PairedItem};
use patchbay_model::{Item, Object};
use patchbay_node::capability::http::Request;
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.rssFeedRead",
    title: "RSS Read",
    about: "Reads the entries of an RSS or Atom feed",
    versions: &[1.0, 1.1, 1.2],
    trigger: false,
    parameters: &[
        ParameterDescription::new("url", Kind::Text, "\"\"", "Where the feed is").required(),
        ParameterDescription::new("options", Kind::Collection, "{}", "Further fields, certificates"),
    ],
};

/// The largest feed, in bytes.
const MOST: usize = 64 << 20;

pub struct RssFeedRead;

#[async_trait]
impl Node for RssFeedRead {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let mut made = Vec::new();
        for index in 0..context.items().len() {
            context.checkpoint()?;
            let origin = || {
                [Pair {
                    item: index as u32,
                    input: None,
                }]
                .into_iter()
                .collect::<PairedItem>()
            };
            match entries_of(context, index).await {
                Ok(entries) => made.extend(entries.into_iter().map(|json| Item::new(json).paired_with(origin()))),
                Err(error) if context.continues_on_fail() && !error.is_cancelled() => {
                    let json: Object = [("error", error.error.message)].into_iter().collect();
                    made.push(Item::new(json).paired_with(origin()));
                }
                Err(error) => return Err(error.item(index)),
            }
        }
        Ok(Outcome::items(made))
    }
}

async fn entries_of(context: &Context<'_>, index: usize) -> Result<Vec<Object>, NodeError> {
    let url = context.text("url", index)?;
    if url.is_empty() {
        return Err(NodeError::new("E0353", "The parameter \"URL\" has to be set!").parameter("url"));
    }
    if !url::Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
        return Err(NodeError::new("E0354", "The provided \"URL\" is not valid!").parameter("url"));
    }
    let mut request = Request::new("GET", url.as_str());
    request.headers = vec![
        ("User-Agent".into(), "rss-parser".into()),
        ("Accept".into(), "application/rss+xml".into()),
    ];
    request.node = context.node.name.clone();
    request.item = Some(index);
    request.options.verify_tls = !context.boolean("options.ignoreSSL", index)?;
    let answer = context
        .capabilities
        .http
        .send(request)
        .await
        .map_err(|error| unreachable(&url, error))?;
    if answer.status >= 300 {
        return Err(NodeError::new("E0356", format!("Status code {}", answer.status)).parameter("url"));
    }
    let bytes = answer.bytes(MOST).await.map_err(|error| unreachable(&url, error))?;
    let custom = context.text("options.customFields", index)?;
    let custom: Vec<&str> = custom
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    feed::entries(&String::from_utf8_lossy(&bytes), &custom)
}

/// n8n's words for a way that leads nowhere.
fn unreachable(url: &str, error: NodeError) -> NodeError {
    if error.is_cancelled() {
        return error;
    }
    let message = format!("It was not possible to connect to the URL. Please make sure the URL \"{url}\" it is valid!");
    NodeError::new("E0355", message)
        .description(error.error.message)
        .parameter("url")
}
