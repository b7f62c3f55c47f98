//! Credentials in requests: n8n's generic types, and services whose credentials have a known shape.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use patchbay_model::diagnostic::nearest;
use patchbay_model::{Object, Value};
use patchbay_node::capability::Credential;
use patchbay_node::capability::http::Certificates;
use patchbay_node::{Context, NodeError};

use super::authorized::Authorization;
use super::request::set_headers;
use super::shapes::{self, Part};
use super::{Draft, aws, tokens};

/// Adds what the item's authentication asks for.
pub(crate) async fn authenticate(context: &Context<'_>, draft: &mut Draft, item: usize) -> Result<(), NodeError> {
    let Some(kind) = kind(context, item)? else {
        return Ok(());
    };
    let named = context
        .node
        .credentials
        .iter()
        .any(|(known, _)| known.eq_ignore_ascii_case(&kind));
    let credential = match context.capabilities.credentials.find(&kind, context.node).await {
        // n8n's words; where to look is in the hints.
        Err(mut error) if !named => {
            let told = std::mem::replace(&mut error.error.message, "Credentials not found".into());
            return Err(error.description(told).item(item));
        }
        found => found?,
    };
    apply(draft, &credential).map_err(|error| error.item(item))
}

/// The certificates that the node's credential gives: whom to trust, and the client's own.
pub(super) async fn certificates(context: &Context<'_>) -> Result<Arc<Certificates>, NodeError> {
    let credential = context
        .capabilities
        .credentials
        .find("httpSslAuth", context.node)
        .await?;
    Ok(Arc::new(Certificates {
        authorities: credential.field("ca"),
        client: credential.field("cert"),
        key: credential.field("key"),
        passphrase: credential.field("passphrase"),
    }))
}

/// The type of credential that an item's request needs.
fn kind(context: &Context<'_>, item: usize) -> Result<Option<String>, NodeError> {
    let kind = match context.text("authentication", item)?.as_str() {
        "genericCredentialType" => context.text("genericAuthType", item)?.to_string(),
        "predefinedCredentialType" => context.text("nodeCredentialType", item)?.to_string(),
        "basicAuth" => "httpBasicAuth".to_owned(),
        "headerAuth" => "httpHeaderAuth".to_owned(),
        "queryAuth" => "httpQueryAuth".to_owned(),
        "digestAuth" => "httpDigestAuth".to_owned(),
        "oAuth1" => "oAuth1Api".to_owned(),
        "oAuth2" => "oAuth2Api".to_owned(),
        "customAuth" => "httpCustomAuth".to_owned(),
        _ => return Ok(None),
    };
    Ok((!kind.is_empty()).then_some(kind))
}

fn apply(draft: &mut Draft, credential: &Credential) -> Result<(), NodeError> {
    let field = |name: &str| credential.field(name).map(|secret| secret.reveal().to_owned());
    let needed = |name: &str| field(name).ok_or_else(|| lacks(credential, name));
    match credential.kind.as_str() {
        "httpBasicAuth" => {
            let user = field("user").unwrap_or_default();
            basic(draft, &user, &field("password").unwrap_or_default());
        }
        "httpHeaderAuth" => draft.set_header(&needed("name")?, field("value").unwrap_or_default()),
        "httpQueryAuth" => {
            let value = Value::text(field("value").unwrap_or_default());
            draft.query.insert(needed("name")?, value);
        }
        "httpDigestAuth" => {
            let user = field("user").unwrap_or_default();
            let password = credential.field("password").unwrap_or_default();
            draft.authorization = Authorization::Digest { user, password };
        }
        "oAuth1Api" => draft.authorization = Authorization::OAuth1(credential.clone()),
        "httpBearerAuth" => bearer(draft, &needed("token")?),
        "httpCustomAuth" => custom(draft, &needed("json")?, credential)?,
        "httpMultipleHeadersAuth" => several_headers(draft, credential),
        kind if shapes::of(kind).next().is_some() => {
            for (_, part, name, value) in shapes::of(kind) {
                add_part(draft, credential, *part, name, value)?;
            }
        }
        "aws" if aws::is_of(credential) => draft.authorization = Authorization::Aws(credential.clone()),
        _ if tokens::is_oauth2(credential) => draft.authorization = Authorization::OAuth2(credential.clone()),
        _ => return Err(unsupported(credential)),
    }
    Ok(())
}

fn lacks(credential: &Credential, name: &str) -> NodeError {
    let message = format!("The credential `{}` has no `{name}`", credential.name);
    NodeError::new("E0925", message).hint(format!("a credential of type `{}` needs it", credential.kind))
}

/// Adds one row of a service's shape.
fn add_part(draft: &mut Draft, credential: &Credential, part: Part, name: &str, value: &str) -> Result<(), NodeError> {
    let Some(text) = filled(credential, value)? else {
        return Ok(());
    };
    match part {
        Part::Header => draft.set_header(name, text),
        Part::Query => drop(draft.query.insert(name, Value::text(text))),
        Part::Body => draft.set_body_field(name, Value::text(text)),
        Part::Basic => basic(draft, &filled(credential, name)?.unwrap_or_default(), &text),
    }
    Ok(())
}

/// A shape's text with the credential's fields in it; `None` where one is missing that may be.
fn filled(credential: &Credential, template: &str) -> Result<Option<String>, NodeError> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, (name, after))) = rest
        .split_once('{')
        .and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        text.push_str(before);
        let required = name.trim_end_matches('?');
        match credential.field(required) {
            Some(value) => text.push_str(value.reveal()),
            None if required != name => return Ok(None),
            None => return Err(lacks(credential, name)),
        }
        rest = after;
    }
    text.push_str(rest);
    Ok(Some(text))
}

/// `{"headers": {"values": [{"name": …, "value": …}]}}`.
fn several_headers(draft: &mut Draft, credential: &Credential) {
    let data = credential.clone().into_data();
    let list = data
        .get("headers")
        .and_then(|headers| headers.get("values"))
        .and_then(Value::as_array);
    let text = |entry: &Value, key: &str| entry.get(key).map(Value::to_text).unwrap_or_default();
    for entry in list.unwrap_or_default() {
        let name = text(entry, "name");
        if !name.is_empty() {
            draft.set_header(&name, text(entry, "value").to_string());
        }
    }
}

fn bearer(draft: &mut Draft, token: &str) {
    draft.set_header("Authorization", format!("Bearer {token}"));
}

fn basic(draft: &mut Draft, user: &str, password: &str) {
    let encoded = STANDARD.encode(format!("{user}:{password}"));
    draft.set_header("Authorization", format!("Basic {encoded}"));
}

/// `{"headers": {…}, "qs": {…}, "body": {…}}`.
fn custom(draft: &mut Draft, json: &str, credential: &Credential) -> Result<(), NodeError> {
    let parts = Value::from_json(json).map_err(|_| {
        NodeError::new("E0925", "Invalid Custom Auth JSON").hint(format!(
            "the JSON of the credential `{}` is like {{\"headers\": {{\"X-Key\": \"…\"}}}}",
            credential.name
        ))
    })?;
    let part = |name: &str| parts.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let headers: Object = part("headers");
    set_headers(draft, &headers);
    for (name, value) in &part("qs") {
        draft.query.insert(name.clone(), value.clone());
    }
    for (name, value) in &part("body") {
        draft.set_body_field(name, value.clone());
    }
    Ok(())
}

fn unsupported(credential: &Credential) -> NodeError {
    let kind = credential.kind.as_str();
    let message = format!("How to authenticate with a credential of type `{kind}` is not known");
    let error = NodeError::new("E0996", message).hint(
        "use a generic credential in its place: httpHeaderAuth, httpBearerAuth, httpBasicAuth, httpQueryAuth, \
         httpCustomAuth or oAuth2Api",
    );
    match nearest(kind, shapes::kinds()) {
        Some(known) => error.hint(format!("a type that is known: `{known}`")),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(kind: &str, fields: &[(&str, &str)]) -> String {
        let data: Object = fields
            .iter()
            .map(|(name, value)| (*name, Value::from(*value)))
            .collect();
        let mut draft = Draft::new("GET".to_owned(), "http://h/".to_owned());
        match apply(&mut draft, &Credential::new(None, "x", kind, data)) {
            Ok(()) => format!("{} {:?}", draft.whole_url(), draft.headers),
            Err(error) => format!("{} {}", error.error.code, error.error.message),
        }
    }

    #[test]
    fn services_get_what_n8n_sends() {
        for (kind, fields, expected) in [
            (
                "githubApi",
                &[("accessToken", "T")][..],
                r#"http://h/ [("Authorization", "token T")]"#,
            ),
            (
                "openAiApi",
                &[("apiKey", "K")],
                r#"http://h/ [("Authorization", "Bearer K")]"#,
            ),
            (
                "openAiApi",
                &[("apiKey", "K"), ("organizationId", "O")],
                r#"http://h/ [("Authorization", "Bearer K"), ("OpenAI-Organization", "O")]"#,
            ),
            ("qdrantApi", &[("apiKey", "K")], r#"http://h/ [("api-key", "K")]"#),
            (
                "airtableTokenApi",
                &[("accessToken", "K")],
                r#"http://h/ [("Authorization", "Bearer K")]"#,
            ),
            (
                "erpNextApi",
                &[("apiKey", "K"), ("apiSecret", "S")],
                r#"http://h/ [("Authorization", "token K:S")]"#,
            ),
            (
                "hubspotAppToken",
                &[("appToken", "K")],
                r#"http://h/ [("Authorization", "Bearer K")]"#,
            ),
            (
                "supabaseApi",
                &[("serviceRole", "K")],
                r#"http://h/ [("apikey", "K"), ("Authorization", "Bearer K")]"#,
            ),
            (
                "wordpressApi",
                &[("username", "U"), ("password", "P")],
                r#"http://h/ [("Authorization", "Basic VTpQ")]"#,
            ),
            (
                "mistralCloudApi",
                &[("apiKey", "K")],
                r#"http://h/ [("Authorization", "Bearer K")]"#,
            ),
            (
                "slackApi",
                &[("accessToken", "K")],
                r#"http://h/ [("Authorization", "Bearer K")]"#,
            ),
            (
                "notionApi",
                &[("apiKey", "K")],
                r#"http://h/ [("Authorization", "Bearer K"), ("Notion-Version", "2022-02-22")]"#,
            ),
            (
                "zendeskApi",
                &[("email", "a@b"), ("apiToken", "T")],
                r#"http://h/ [("Authorization", "Basic YUBiL3Rva2VuOlQ=")]"#,
            ),
            (
                "trelloApi",
                &[("apiKey", "K"), ("apiToken", "T")],
                "http://h/?key=K&token=T []",
            ),
            (
                "trelloApi",
                &[("apiKey", "K")],
                "E0925 The credential `x` has no `apiToken`",
            ),
            (
                "slackAppi",
                &[("accessToken", "T")],
                "E0996 How to authenticate with a credential of type `slackAppi` is not known",
            ),
        ] {
            assert_eq!(applied(kind, fields), expected, "{kind}");
        }
    }
}
