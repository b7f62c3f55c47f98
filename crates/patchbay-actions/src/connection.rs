//! From a credential to where requests go and how they are authorized.

use std::sync::OnceLock;

use patchbay_model::Text;
use patchbay_model::diagnostic::nearest;
use patchbay_node::capability::Credential;
use patchbay_node::capability::http::Options;
use patchbay_node::{NodeError, Secret};

use crate::definition::{Auth, ClientCredentials, Service, Version};
use crate::template::Template;
use crate::token::Grant;

/// What a credential has in place of a version that is to be asked for.
const AUTO: &str = "auto";

/// A service as one credential reaches it.
pub struct Endpoint<'service> {
    pub service: &'service Service,
    /// The credential's name, for messages.
    pub credential: Text,
    /// Scheme, host and what the credential has of a path; no `/` at the end.
    pub base: String,
    /// The version of the service, where the credential says it.
    pub version: Option<Version>,
    /// The credential says `auto` in place of a version.
    pub asks_version: bool,
    /// How requests are sent.
    pub options: Options,
    pub authorization: Authorization,
}

/// What goes with each request.
pub enum Authorization {
    None,
    Header {
        name: Text,
        value: Secret,
    },
    Query {
        name: Text,
        value: Secret,
    },
    /// A token, got by this grant.
    Token(Grant),
}

impl<'service> Endpoint<'service> {
    /// Reads the credential. Errors are E0510 (a field is missing) and E0511 (the URL is none).
    pub fn new(service: &'service Service, credential: &Credential) -> Result<Self, NodeError> {
        for field in &service.credential.fields {
            if field.required && credential.field(&field.name).is_none() {
                return Err(missing_field(credential, &field.name));
            }
            if credential.is_nested(&field.name) {
                let message = format!("`{}` of the credential `{}` is no text", field.name, credential.name);
                return Err(NodeError::new("E0510", message).hint("write one value in quotes, not a list or a table"));
            }
        }
        refuse_misspelled(service, credential)?;
        let base = base(service, credential)?;
        let authorization = match &service.auth {
            Auth::None => Authorization::None,
            Auth::Header { name, value } => Authorization::Header {
                name: name.clone(),
                value: render(value, credential)?,
            },
            Auth::Query { name, value } => Authorization::Query {
                name: name.clone(),
                value: render(value, credential)?,
            },
            Auth::Basic { user, password } => {
                let pair = format!(
                    "{}:{}",
                    render(user, credential)?.reveal(),
                    render(password, credential)?.reveal()
                );
                Authorization::Header {
                    name: "Authorization".into(),
                    value: Secret::new(format!("Basic {}", base64(pair.as_bytes()))),
                }
            }
            Auth::ClientCredentials(grant) => Authorization::Token(read_grant(grant, &base, credential)?),
        };
        Ok(Self {
            service,
            credential: credential.name.clone(),
            base,
            version: read_version(service, credential)?,
            asks_version: asks_version(service, credential),
            authorization,
            options: Options::default(),
        })
    }

    /// Everything that goes there, requests for tokens too, goes so.
    pub fn set_options(&mut self, options: Options) {
        if let Authorization::Token(grant) = &mut self.authorization {
            grant.options = options.clone();
        }
        self.options = options;
    }
}

fn missing_field(credential: &Credential, field: &str) -> NodeError {
    let known: Vec<&str> = credential.fields().collect();
    let error = NodeError::new(
        "E0510",
        format!("The credential `{}` has no `{field}`", credential.name),
    );
    if known.contains(&field) {
        return error.hint("it is empty: has the environment variable that it comes from a value?");
    }
    match nearest(field, known) {
        Some(near) => error.hint(format!("it has `{near}`: is that meant?")),
        None => error.hint(format!(
            "add `{field}` to the credential; it may come from an environment variable that is not set"
        )),
    }
}

/// A field that nobody reads beside one that is not set is a typo; what else n8n keeps in a credential is passed over.
fn refuse_misspelled(service: &Service, credential: &Credential) -> Result<(), NodeError> {
    let fields = &service.credential.fields;
    let known = |name: &str| fields.iter().any(|field| field.name == name);
    let unset = || {
        let names = fields.iter().map(|field| field.name.as_str());
        names.filter(|name| credential.field(name).is_none())
    };
    for name in credential.fields().filter(|name| !known(name)) {
        if let Some(near) = nearest(name, unset()) {
            let message = format!("The credential `{}` has `{name}`, which nothing reads", credential.name);
            return Err(NodeError::new("E0510", message).hint(format!("did you mean `{near}`?")));
        }
    }
    Ok(())
}

fn read_grant(grant: &ClientCredentials, base: &str, credential: &Credential) -> Result<Grant, NodeError> {
    let mut form = Vec::with_capacity(grant.form.len());
    for (name, value) in &grant.form {
        form.push((name.clone(), render(value, credential)?));
    }
    let client = form.iter().find(|(name, _)| *name == grant.client);
    let whole = grant.token_path.contains("://");
    Ok(Grant {
        url: if whole {
            grant.token_path.to_string()
        } else {
            format!("{base}{}", grant.token_path)
        },
        client: client.map(|(_, value)| value.reveal().into()).unwrap_or_default(),
        form,
        minutes_below: grant.minutes_below,
        credential: credential.name.clone(),
        options: Options::default(),
        owner: OnceLock::new(),
    })
}

fn asks_version(service: &Service, credential: &Credential) -> bool {
    let field = service.credential.version_field.as_ref();
    field
        .and_then(|field| credential.field(field))
        .is_some_and(|text| is_auto(text.reveal()))
}

fn is_auto(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case(AUTO)
}

/// The version that the credential names; none for `auto` and where it names none.
fn read_version(service: &Service, credential: &Credential) -> Result<Option<Version>, NodeError> {
    let Some(field) = &service.credential.version_field else {
        return Ok(None);
    };
    match credential.field(field) {
        Some(text) if !is_auto(text.reveal()) => text.reveal().parse().map(Some).map_err(|_| {
            NodeError::new(
                "E0510",
                format!(
                    "`{field}` of the credential `{}` is no version: `{}`",
                    credential.name,
                    text.reveal()
                ),
            )
            .hint(format!(
                "write a version such as `20.0.7`, or `{AUTO}` to ask the service once, or take it out"
            ))
        }),
        _ => Ok(None),
    }
}

pub(crate) fn render(template: &Template, credential: &Credential) -> Result<Secret, NodeError> {
    let mut values = serde_json::Map::new();
    for name in template.names() {
        let value = credential.field(name).ok_or_else(|| missing_field(credential, name))?;
        // What was pasted, or read from a file, may have white space around it.
        values.insert(name.clone(), value.reveal().trim().into());
    }
    // The reason could hold a value, which may be a secret.
    let text = template
        .render(&values)
        .map_err(|_| missing_field(credential, template.source()))?;
    Ok(Secret::new(text))
}

fn base(service: &Service, credential: &Credential) -> Result<String, NodeError> {
    let text = render(&service.connection.base, credential)?;
    let text = text.reveal().trim().trim_end_matches('/');
    // Whoever copies the address of the API gives its path along.
    let text = text
        .strip_suffix(service.connection.path.as_str())
        .unwrap_or(text)
        .trim_end_matches('/');
    let problem = |message: &str, hint: String| {
        Err(NodeError::new(
            "E0511",
            format!("The URL of the credential `{}` {message}", credential.name),
        )
        .hint(hint))
    };
    if !text.contains("://") {
        return problem(&format!("has no scheme: `{text}`"), format!("write `https://{text}`"));
    }
    match url::Url::parse(text) {
        Err(error) => problem(
            &format!("is no URL: `{text}`: {error}"),
            "a URL looks like `https://pbx.example.com`".to_owned(),
        ),
        Ok(url) if !matches!(url.scheme(), "http" | "https") => problem(
            &format!("is neither `https` nor `http`: `{text}`"),
            "a URL looks like `https://pbx.example.com`".to_owned(),
        ),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => problem(
            "holds a user",
            "take what is before the `@` out: the credential has fields of its own for it".to_owned(),
        ),
        Ok(url) if url.query().is_some() || url.fragment().is_some() => problem(
            &format!("ends in more than a path: `{text}`"),
            "take out what begins with `?` or `#`".to_owned(),
        ),
        Ok(_) => Ok(text.to_owned()),
    }
}

/// Base64 of RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use patchbay_model::Object;

    use super::*;
    use crate::library::Library;

    fn endpoint(fields: &[(&str, &str)]) -> Result<String, String> {
        let library = Library::built_in();
        let service = library.service("3cx").expect("the service");
        let data: Object = fields.iter().map(|(name, value)| (*name, *value)).collect();
        let credential = Credential::new(None, "PBX", "threeCxOAuth2Api", data);
        match Endpoint::new(service.definition(), &credential) {
            Ok(endpoint) => Ok(endpoint.base),
            Err(error) => Err(format!(
                "{} {} | {}",
                error.error.code,
                error,
                error.error.hints.join(" | ")
            )),
        }
    }

    #[test]
    fn base_urls_are_tidied_or_refused() {
        let rows = [
            ("https://pbx.example.com", Ok("https://pbx.example.com")),
            (" https://pbx.example.com:5001/ ", Ok("https://pbx.example.com:5001")),
            ("https://pbx.example.com/xapi/v1/", Ok("https://pbx.example.com")),
            (
                "pbx.example.com",
                Err(
                    "E0511 The URL of the credential `PBX` has no scheme: `pbx.example.com` | write `https://pbx.example.com`",
                ),
            ),
            (
                "ftp://pbx.example.com",
                Err(
                    "E0511 The URL of the credential `PBX` is neither `https` nor `http`: `ftp://pbx.example.com` | a URL looks like `https://pbx.example.com`",
                ),
            ),
            (
                "https://me:word@pbx.example.com",
                Err(
                    "E0511 The URL of the credential `PBX` holds a user | take what is before the `@` out: the credential has fields of its own for it",
                ),
            ),
        ];
        for (url, wanted) in rows {
            let found = endpoint(&[("url", url), ("clientId", "900"), ("clientSecret", "s")]);
            assert_eq!(found.as_deref().map_err(String::as_str), wanted, "{url}");
        }
    }

    #[test]
    fn a_missing_field_is_named() {
        let found = endpoint(&[("url", "https://a.example"), ("clientId", "900"), ("clientSecrt", "x")]);
        let wanted = "E0510 The credential `PBX` has no `clientSecret` | it has `clientSecrt`: is that meant?";
        assert_eq!(found, Err(wanted.to_owned()));
        let all = [("url", "https://a.example"), ("clientId", "900"), ("clientSecret", "x")];
        let found = endpoint(&[all.as_slice(), &[("Version", "20.0.7")]].concat());
        let wanted = "E0510 The credential `PBX` has `Version`, which nothing reads | did you mean `version`?";
        assert_eq!(found, Err(wanted.to_owned()));
        assert!(endpoint(&[all.as_slice(), &[("allowedDomains", "a.example")]].concat()).is_ok());
    }

    #[test]
    fn a_list_is_no_field() {
        let library = Library::built_in();
        let service = library.service("3cx").expect("the service").definition();
        for value in [r#"["900"]"#, r#"{"id": "900"}"#] {
            let data = format!(r#"{{"url": "https://a.example", "clientId": {value}, "clientSecret": "s"}}"#);
            let data = patchbay_model::Value::from_json(&data).expect("JSON");
            let credential = Credential::new(None, "PBX", "t", data.as_object().expect("an object").clone());
            let error = Endpoint::new(service, &credential).err().expect("an error");
            assert_eq!(error.error.code, "E0510");
            assert_eq!(error.error.message, "`clientId` of the credential `PBX` is no text");
        }
    }

    #[test]
    fn white_space_around_values_is_not_sent() {
        let library = Library::built_in();
        let service = library.service("3cx").expect("the service").definition();
        let data: Object = [
            ("url", "https://a.example"),
            ("clientId", " 900 "),
            ("clientSecret", "s\n"),
        ]
        .into_iter()
        .collect();
        let credential = Credential::new(None, "PBX", "threeCxOAuth2Api", data);
        let Authorization::Token(grant) = Endpoint::new(service, &credential).expect("an endpoint").authorization
        else {
            panic!("a token")
        };
        let values: Vec<&str> = grant.form.iter().map(|(_, value)| value.reveal()).collect();
        assert_eq!(values, ["900", "s", "client_credentials"]);
    }
}
