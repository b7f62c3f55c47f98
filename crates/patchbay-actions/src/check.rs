//! Whether a service takes a credential, and what it tells of whoever has it.

use jsonpath_rust::JsonPath;
use patchbay_model::Text;
use patchbay_node::capability::Credential;
use patchbay_node::capability::http::{Effect, Options};
use patchbay_node::{Capabilities, NodeError, State};

use crate::answer::Content;
use crate::connection::{Endpoint, render};
use crate::definition::{Answer, Life, Operation, Service};
use crate::request::Draft;
use crate::sender::Sender;
use crate::template::Template;
use crate::token::Tokens;

/// What a service tells of a credential that it takes.
#[derive(Debug, PartialEq)]
pub struct Checked {
    /// Where it leads.
    pub base: String,
    /// Names with what is told; without, where the service does not tell.
    pub facts: Vec<(Text, Option<String>)>,
}

/// Sends the request that the service's definition names, or only asks for a token; then what tells more.
pub async fn check(
    service: &Service,
    credential: &Credential,
    tokens: &Tokens,
    capabilities: &Capabilities,
) -> Result<Checked, NodeError> {
    let endpoint = Endpoint::new(service, credential)?;
    let operation = Operation {
        name: "Check".into(),
        about: Text::default(),
        method: "GET".into(),
        path: Template::default(),
        effect: Effect::Read,
        body: false,
        content_type: Text::default(),
        answer: Answer::Json,
        parameters: Vec::new(),
        life: Life::default(),
    };
    let sender = Sender {
        endpoint: &endpoint,
        operation: &operation,
        tokens,
        capabilities,
        node: Text::default(),
        timeout: service.connection.timeout,
        options: Options::default(),
        state: &State::default(),
    };
    sender.authorize().await?;
    if let Some(path) = &service.credential.check {
        sender.content(&get(path.to_string()), 0).await?;
    }
    let mut facts = Vec::new();
    for fact in &service.credential.facts {
        let path = render(&fact.path, credential)?.reveal().to_owned();
        // A role that is too low for this is no fault of the credential.
        let told = match sender.content(&get(path), 0).await {
            Ok(Content::Json(body)) => texts(&(&body).into(), &fact.value),
            Ok(_) | Err(_) => None,
        };
        facts.push((fact.name.clone(), told));
    }
    Ok(Checked {
        base: endpoint.base.clone(),
        facts,
    })
}

fn get(path: String) -> Draft {
    Draft {
        method: "GET".into(),
        path,
        query: Vec::new(),
        headers: Vec::new(),
        body: None,
        content_type: Text::default(),
        files: Vec::new(),
        effect: Effect::Read,
    }
}

/// What is at a JSON path, each text once; `None` where there is nothing.
fn texts(body: &serde_json::Value, path: &str) -> Option<String> {
    let mut texts: Vec<&str> = body
        .query(path)
        .ok()?
        .into_iter()
        .filter_map(serde_json::Value::as_str)
        .collect();
    texts.dedup();
    (!texts.is_empty()).then(|| texts.join(", "))
}
