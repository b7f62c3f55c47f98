//! Credentials in requests: n8n's generic types, and services whose credentials have a known shape.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use patchbay_model::{Object, Value};
use patchbay_node::capability::Credential;
use patchbay_node::{Context, NodeError};

use super::Draft;
use super::authorized::Authorization;
use super::request::set_headers;

/// How a service's credential goes into a request.
enum Shape {
    /// `Authorization: Bearer …` of a field.
    Bearer(&'static str),
    /// A header of a name with the field's value.
    Header(&'static str, &'static str),
    /// A query parameter of a name with the field's value.
    Query(&'static str, &'static str),
    /// User and password.
    Basic(&'static str, &'static str),
}

/// The services whose credentials are known.
const SHAPES: [(&str, Shape); 24] = [
    ("openAiApi", Shape::Bearer("apiKey")),
    ("mistralCloudApi", Shape::Bearer("apiKey")),
    ("groqApi", Shape::Bearer("apiKey")),
    ("deepSeekApi", Shape::Bearer("apiKey")),
    ("openRouterApi", Shape::Bearer("apiKey")),
    ("cohereApi", Shape::Bearer("apiKey")),
    ("huggingFaceApi", Shape::Bearer("apiKey")),
    ("xAiApi", Shape::Bearer("apiKey")),
    ("notionApi", Shape::Bearer("apiKey")),
    ("sendGridApi", Shape::Bearer("apiKey")),
    ("airtableTokenApi", Shape::Bearer("accessToken")),
    ("slackApi", Shape::Bearer("accessToken")),
    ("githubApi", Shape::Bearer("accessToken")),
    (
        "shopifyAccessTokenApi",
        Shape::Header("X-Shopify-Access-Token", "accessToken"),
    ),
    ("hubspotAppToken", Shape::Bearer("appToken")),
    ("stripeApi", Shape::Bearer("secretKey")),
    ("supabaseApi", Shape::Header("apikey", "serviceRole")),
    ("qdrantApi", Shape::Header("api-key", "apiKey")),
    ("anthropicApi", Shape::Header("x-api-key", "apiKey")),
    ("googlePalmApi", Shape::Query("key", "apiKey")),
    ("pipedriveApi", Shape::Query("api_token", "apiToken")),
    ("jiraSoftwareCloudApi", Shape::Basic("email", "apiToken")),
    ("wordpressApi", Shape::Basic("username", "password")),
    ("jotFormApi", Shape::Header("APIKEY", "apiKey")),
];

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
    let needed = |name: &str| {
        field(name).ok_or_else(|| {
            let message = format!("The credential `{}` has no `{name}`", credential.name);
            NodeError::new("E0925", message).hint(format!("a credential of type `{}` needs it", credential.kind))
        })
    };
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
        kind => match SHAPES.iter().find(|(known, _)| *known == kind) {
            Some((_, Shape::Bearer(token))) => bearer(draft, &needed(token)?),
            Some((_, Shape::Header(name, value))) => {
                let value = needed(value)?;
                if kind == "supabaseApi" {
                    bearer(draft, &value);
                }
                draft.set_header(name, value);
            }
            Some((_, Shape::Query(name, value))) => {
                draft.query.insert(*name, Value::text(needed(value)?));
            }
            Some((_, Shape::Basic(user, password))) => basic(draft, &needed(user)?, &needed(password)?),
            None if field("oauthTokenData.access_token").is_some() || field("accessTokenUrl").is_some() => {
                draft.authorization = Authorization::OAuth2(credential.clone());
            }
            None => return Err(unsupported(credential)),
        },
    }
    Ok(())
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
        let message = format!("The credential `{}` is not valid JSON", credential.name);
        NodeError::new("E0925", message).hint("it is like {\"headers\": {\"X-Key\": \"…\"}}")
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
    let message = format!(
        "How to authenticate with a credential of type `{}` is not known",
        credential.kind
    );
    NodeError::new("E0925", message).hint(
        "use a generic credential in its place: httpHeaderAuth, httpBearerAuth, httpBasicAuth, httpQueryAuth or \
         httpCustomAuth",
    )
}
