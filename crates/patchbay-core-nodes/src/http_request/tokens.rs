//! OAuth 2: tokens are fetched, kept for all requests with the credential, and renewed once for all.

use std::collections::HashMap;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::lock::Mutex;
use patchbay_model::Value;
use patchbay_node::capability::Credential;
use patchbay_node::capability::http::{Body, Request};
use patchbay_node::{Context, NodeError, Secret};
use url::form_urlencoded;

use super::authorized::field;
use super::service_account;

/// The largest answer to a request for a token, in bytes.
const MOST: usize = 1 << 20;

/// The tokens that were fetched, by credential. A token is the service's, not an execution's: all share it.
static TOKENS: LazyLock<Mutex<HashMap<String, Secret>>> = LazyLock::new(Mutex::default);

/// Where services whose credentials do not say so give tokens: the beginning of the credential's type, the URL, and
/// whether they want the client in the body.
const SERVICES: [(&str, &str, bool); 24] = [
    ("airtableOAuth2Api", "https://airtable.com/oauth2/v1/token", false),
    ("asanaOAuth2Api", "https://app.asana.com/-/oauth_token", true),
    ("boxOAuth2Api", "https://api.box.com/oauth2/token", true),
    ("calendlyOAuth2Api", "https://auth.calendly.com/oauth/token", false),
    ("discordOAuth2Api", "https://discord.com/api/oauth2/token", true),
    ("dropboxOAuth2Api", "https://api.dropboxapi.com/oauth2/token", false),
    ("gSuiteAdminOAuth2Api", GOOGLE, true),
    ("githubOAuth2Api", "https://github.com/login/oauth/access_token", false),
    ("gitlabOAuth2Api", "https://gitlab.com/oauth/token", true),
    ("gmailOAuth2", GOOGLE, true),
    ("google", GOOGLE, true),
    ("hubspotOAuth2Api", "https://api.hubapi.com/oauth/v1/token", true),
    ("linkedIn", "https://www.linkedin.com/oauth/v2/accessToken", true),
    (
        "microsoft",
        "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        true,
    ),
    ("notionOAuth2Api", "https://api.notion.com/v1/oauth/token", false),
    ("pipedriveOAuth2Api", "https://oauth.pipedrive.com/oauth/token", false),
    ("redditOAuth2Api", "https://www.reddit.com/api/v1/access_token", false),
    (
        "salesforceOAuth2Api",
        "https://login.salesforce.com/services/oauth2/token",
        false,
    ),
    ("slackOAuth2Api", "https://slack.com/api/oauth.v2.access", true),
    ("spotifyOAuth2Api", "https://accounts.spotify.com/api/token", false),
    ("twitterOAuth2Api", "https://api.twitter.com/2/oauth2/token", false),
    ("xeroOAuth2Api", "https://identity.xero.com/connect/token", false),
    ("youTubeOAuth2Api", GOOGLE, true),
    ("zoomOAuth2Api", "https://zoom.us/oauth/token", false),
];

const GOOGLE: &str = "https://oauth2.googleapis.com/token";

/// Whether a credential is one of OAuth 2, also of a service that is not known.
pub(super) fn is_oauth2(credential: &Credential) -> bool {
    let has = |name: &str| credential.field(name).is_some();
    let kind = credential.kind.as_str();
    has("oauthTokenData.access_token") || has("accessTokenUrl") || kind == "oAuth2Api" || kind == service_account::KIND
}

fn service(credential: &Credential) -> Option<&'static (&'static str, &'static str, bool)> {
    SERVICES.iter().find(|(kind, ..)| credential.kind.starts_with(kind))
}

/// The credential's own URL for tokens, else the service's.
fn url_for_tokens(credential: &Credential) -> Result<String, NodeError> {
    let own = credential.field("accessTokenUrl").map(|url| url.reveal().to_owned());
    let url = own.or_else(|| service(credential).map(|(_, url, _)| (*url).to_owned()));
    url.ok_or_else(|| {
        let message = format!(
            "The credential `{}` does not say where its service gives tokens",
            credential.name
        );
        NodeError::new("E0997", message).hint("set its `accessTokenUrl`")
    })
}

/// Whether the client is told in the body; else it is in a header.
fn in_body(credential: &Credential) -> bool {
    match field(credential, "authentication").as_str() {
        "" => service(credential).is_some_and(|(.., in_body)| *in_body),
        place => place == "body",
    }
}

/// Whether there is a way to another token.
pub(super) fn can_renew(credential: &Credential) -> bool {
    is_client(credential)
        || credential.kind == service_account::KIND
        || credential.field("oauthTokenData.refresh_token").is_some()
}

fn is_client(credential: &Credential) -> bool {
    field(credential, "grantType") == "clientCredentials"
}

/// The credential's token, another one where the service refused that which is known.
pub(super) async fn token(
    context: &Context<'_>,
    credential: &Credential,
    refused: Option<&Secret>,
) -> Result<Secret, NodeError> {
    let name = format!(
        "{} {} {} {}",
        credential.kind,
        credential.name,
        field(credential, "clientId"),
        field(credential, "email")
    );
    let mut tokens = TOKENS.lock().await;
    let known = tokens.get(&name).cloned();
    let known = known.or_else(|| credential.field("oauthTokenData.access_token"));
    if let Some(known) = known.filter(|known| refused != Some(known)) {
        return Ok(known);
    }
    let fetched = fetch(context, credential).await?;
    tokens.insert(name, fetched.clone());
    Ok(fetched)
}

fn fault(message: String) -> NodeError {
    NodeError::new("E0999", message)
}

/// The request for a token, or for another one.
fn token_request(context: &Context<'_>, credential: &Credential) -> Result<Request, NodeError> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    let url = url_for_tokens(credential)?;
    let is_account = credential.kind == service_account::KIND;
    if is_account {
        form.append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        form.append_pair("assertion", &service_account::assertion(context, credential, &url)?);
    } else if is_client(credential) {
        form.append_pair("grant_type", "client_credentials");
        let scope = field(credential, "scope");
        if !scope.is_empty() {
            form.append_pair("scope", &scope);
        }
    } else {
        let refresh = field(credential, "oauthTokenData.refresh_token");
        if refresh.is_empty() {
            return Err(fault(format!("The credential `{}` holds no token", credential.name))
                .hint("connect it in n8n and export it again, or use the grant type `clientCredentials`"));
        }
        form.append_pair("grant_type", "refresh_token");
        form.append_pair("refresh_token", &refresh);
    }
    let (client, secret) = (field(credential, "clientId"), field(credential, "clientSecret"));
    let mut request = Request::new("POST", url);
    if is_account {
        // The account is told by what it signed.
    } else if in_body(credential) {
        form.append_pair("client_id", &client);
        form.append_pair("client_secret", &secret);
    } else {
        let encoded = STANDARD.encode(format!("{client}:{secret}"));
        request
            .headers
            .push(("authorization".into(), format!("Basic {encoded}").into()));
    }
    request
        .headers
        .push(("content-type".into(), "application/x-www-form-urlencoded".into()));
    request.headers.push(("accept".into(), "application/json".into()));
    request.body = Body::Bytes(form.finish().into());
    request.node = context.node.name.clone();
    request.options.verify_tls = field(credential, "ignoreSSLIssues") != "true";
    Ok(request)
}

async fn fetch(context: &Context<'_>, credential: &Credential) -> Result<Secret, NodeError> {
    let request = token_request(context, credential)?;
    let answer = context.capabilities.http.send(request).await?;
    let status = answer.status;
    let bytes = answer.bytes(MOST).await?;
    let told = Value::from_json(&String::from_utf8_lossy(&bytes)).unwrap_or_default();
    let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("access_token") {
        "" => {
            let message = format!(
                "The service gives no token for the credential `{}`: status {status} {} {}",
                credential.name,
                text("error"),
                text("error_description")
            );
            Err(fault(message.trim_end().to_owned()).hint("check client id, secret, scope and the URL for tokens"))
        }
        token => Ok(Secret::new(token)),
    }
}
