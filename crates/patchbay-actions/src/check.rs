//! Whether a service takes a credential, what it tells of whoever has it, and which version it is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonpath_rust::JsonPath;
use patchbay_model::Text;
use patchbay_node::capability::Credential;
use patchbay_node::capability::http::Effect;
use patchbay_node::{Capabilities, NodeError, State};
use tokio::sync::OnceCell;

use crate::answer::Content;
use crate::connection::{Authorization, Endpoint, render};
use crate::definition::{Answer, CredentialFact, Life, Operation, Service, Version};
use crate::request::Draft;
use crate::sender::Sender;
use crate::template::Template;
use crate::token::Tokens;

/// What a service tells of a credential that it takes.
#[derive(Debug, PartialEq)]
pub struct Checked {
    /// Where it leads.
    pub base: String,
    /// Whether the service was asked anything; if not, nobody knows whether it takes the credential.
    pub asked: bool,
    /// Names with what is told, or why nothing is.
    pub facts: Vec<(Text, Result<String, String>)>,
    /// The version that the credential names and the one that the service tells, where the two are not the same.
    pub versions_differ: Option<(Version, Version)>,
}

/// Sends the request that the service's definition names, or only asks for a token; then what tells more.
pub async fn check(
    service: &Service,
    credential: &Credential,
    tokens: &Tokens,
    capabilities: &Capabilities,
) -> Result<Checked, NodeError> {
    let endpoint = Endpoint::new(service, credential)?;
    let (operation, state) = (question(), State::default());
    let sender = sender(&endpoint, &operation, &state, tokens, capabilities);
    sender.authorize().await?;
    if let Some(path) = &service.credential.check {
        sender.content(&get(path.to_string()), 0).await?;
    }
    let mut asked = service.credential.check.is_some() || matches!(endpoint.authorization, Authorization::Token(_));
    let mut facts = Vec::new();
    let mut versions_differ = None;
    for fact in &service.credential.facts {
        let path = render(&fact.path, credential)?.reveal().to_owned();
        // A role that is too low for this is no fault of the credential.
        let told = match sender.content(&get(path), 0).await {
            Ok(Content::Json(body)) => {
                asked = true;
                texts(&(&body).into(), &fact.value)
                    .ok_or_else(|| "the answer is empty: the role may be too low to see it".to_owned())
            }
            Ok(Content::Nothing(_) | Content::File(_)) => Err("the answer is empty".to_owned()),
            Err(error) if error.is_cancelled() => return Err(error),
            Err(error) => Err(why_not_told(&error)),
        };
        if let (Some(named), Ok(told)) = (&endpoint.version, &told)
            && service.credential.version_field.as_ref() == Some(&fact.name)
        {
            let told = told.iter().find_map(|text| Version::within(text));
            versions_differ = (told.filter(|told| !told.is_build_of(named))).map(|told| (named.clone(), told));
        }
        let in_words = |texts: Vec<String>| {
            texts
                .iter()
                .map(|text| in_words(fact, text))
                .collect::<Vec<_>>()
                .join(", ")
        };
        facts.push((fact.name.clone(), told.map(in_words)));
    }
    Ok(Checked {
        base: endpoint.base.clone(),
        asked,
        facts,
        versions_differ,
    })
}

/// Why a service does not tell a fact.
fn why_not_told(error: &NodeError) -> String {
    match error.error.code.as_str() {
        "E0432" => "the role is too low to see it (status 403)".to_owned(),
        _ => error.to_string(),
    }
}

/// What a service calls something, and what it means: `System Owner (system_owners)`.
fn in_words(fact: &CredentialFact, text: &str) -> String {
    let known = fact.words.iter().find(|(known, _)| known == text);
    known.map_or_else(|| text.to_owned(), |(_, words)| format!("{words} ({text})"))
}

/// An operation for requests that belong to no node.
fn question() -> Operation {
    Operation {
        name: "Check".into(),
        about: Text::default(),
        method: "GET".into(),
        path: Template::default(),
        effect: Effect::Read,
        body: false,
        content_type: Text::default(),
        answer: Answer::Json,
        filters_pages: false,
        parameters: Vec::new(),
        life: Life::default(),
    }
}

fn sender<'run>(
    endpoint: &'run Endpoint<'run>,
    operation: &'run Operation,
    state: &'run State,
    tokens: &'run Tokens,
    capabilities: &'run Capabilities,
) -> Sender<'run> {
    Sender {
        endpoint,
        operation,
        tokens,
        capabilities,
        node: Text::default(),
        timeout: endpoint.service.connection.timeout,
        options: endpoint.options.clone(),
        state,
        progress: None,
    }
}

/// The versions of the services whose credentials say `auto`: each is asked for once in a process.
#[derive(Default)]
pub struct Versions {
    /// By the address.
    known: Mutex<HashMap<String, Arc<OnceCell<Version>>>>,
}

impl Versions {
    /// The version behind an endpoint. Of many who ask at once, one sends the request and the others wait; after a failure
    /// the next asks again.
    pub async fn of(
        &self,
        endpoint: &Endpoint<'_>,
        credential: &Credential,
        tokens: &Tokens,
        capabilities: &Capabilities,
    ) -> Result<Version, NodeError> {
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.entry(endpoint.base.clone()).or_default().clone()
        };
        let version = cell
            .get_or_try_init(|| ask_version(endpoint, credential, tokens, capabilities))
            .await;
        version.cloned().map_err(|error| {
            let field = endpoint
                .service
                .credential
                .version_field
                .as_deref()
                .unwrap_or("version");
            error.hint(format!(
                "name the version in the credential `{}` in place of `auto`: `{field} = \"…\"`",
                credential.name
            ))
        })
    }
}

async fn ask_version(
    endpoint: &Endpoint<'_>,
    credential: &Credential,
    tokens: &Tokens,
    capabilities: &Capabilities,
) -> Result<Version, NodeError> {
    let definition = &endpoint.service.credential;
    let fact = definition
        .facts
        .iter()
        .find(|fact| Some(&fact.name) == definition.version_field.as_ref());
    let told = match fact {
        Some(fact) => {
            let (operation, state) = (question(), State::default());
            let sender = sender(endpoint, &operation, &state, tokens, capabilities);
            let path = render(&fact.path, credential)?.reveal().to_owned();
            let title = &endpoint.service.title;
            let asked = sender.content(&get(path), 0).await;
            let why =
                format!("this answered the question for the version of {title}, which the credential's `auto` asks");
            match asked.map_err(|error| error.hint(why))? {
                Content::Json(body) => texts(&(&body).into(), &fact.value),
                Content::Nothing(_) | Content::File(_) => None,
            }
        }
        None => None,
    };
    let version = told.and_then(|texts| texts.iter().find_map(|text| Version::within(text)));
    version.ok_or_else(|| {
        let title = &endpoint.service.title;
        NodeError::new(
            "E0440",
            format!("{title} does not tell its version, and the credential says `auto`"),
        )
    })
}

fn get(path: String) -> Draft {
    Draft {
        method: "GET".into(),
        path,
        query: Vec::new(),
        headers: Vec::new(),
        body: None,
        form: Vec::new(),
        content_type: Text::default(),
        files: Vec::new(),
        effect: Effect::Read,
    }
}

/// What is at a JSON path, each text once; `None` where there is nothing.
fn texts(body: &serde_json::Value, path: &str) -> Option<Vec<String>> {
    let found = body.query(path).ok()?.into_iter().filter_map(serde_json::Value::as_str);
    let mut texts: Vec<String> = Vec::new();
    for text in found {
        if !texts.iter().any(|known| known == text) {
            texts.push(text.to_owned());
        }
    }
    (!texts.is_empty()).then_some(texts)
}
