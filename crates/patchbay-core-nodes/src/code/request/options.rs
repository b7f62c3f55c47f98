//! A request as a script's options describe it, but for its body.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use patchbay_model::{Text, Value};
use patchbay_node::Context;
use patchbay_node::capability::http::{Effect, Request};
use url::Url;

use super::failure::{Failure, check_protocol};
use super::{Style, body};
use crate::http_request::query::{self, Arrays};

/// The whole request.
pub fn request(context: &Context<'_>, options: &Value, style: Style) -> Result<Request, Failure> {
    let url = address(options, style)?;
    let method: Text = text(options, "method")
        .filter(|method| !method.is_empty())
        .unwrap_or_else(|| "GET".into())
        .to_uppercase()
        .into();
    let mut request = Request::new(method.clone(), url);
    request.effect = Effect::of_method(&method);
    request.node = context.node.name.clone();
    add_headers(&mut request, options, style);
    add_authorization(&mut request, options, style);
    let timeout = options.get("timeout").map(Value::to_number);
    request.timeout = timeout
        .filter(|wait| *wait > 0.0 && wait.is_finite())
        .map(|wait| Duration::from_millis(wait as u64));
    if let Some(redirects) = redirects(options, style, &method) {
        request.options.redirects = redirects;
    }
    request.options.proxy = options.get("proxy").and_then(proxy);
    let lenient = options.get("skipSslCertificateValidation").is_some_and(Value::truthy)
        || options.get("rejectUnauthorized") == Some(&Value::Bool(false));
    request.options.verify_tls = !lenient;
    body::add(context, &mut request, options, style)?;
    Ok(request)
}

fn text(options: &Value, name: &str) -> Option<Text> {
    options.get(name).filter(|value| !value.is_null()).map(Value::to_text)
}

/// The URL with its query.
fn address(options: &Value, style: Style) -> Result<String, Failure> {
    let given = match style {
        Style::Modern => text(options, "url"),
        Style::Legacy => text(options, "uri").or_else(|| text(options, "url")),
    };
    let given = given.unwrap_or_default();
    let whole = match text(options, "baseURL") {
        Some(base) if given.is_empty() => base.to_string(),
        Some(base) if !given.contains("://") && !given.starts_with("//") => {
            format!("{}/{}", base.trim_end_matches('/'), given.trim_start_matches('/'))
        }
        _ => given.to_string(),
    };
    let url = Url::parse(&whole).map_err(|_| Failure::invalid_url(&whole))?;
    check_protocol(&url)?;
    let Some(fields) = options.get("qs").and_then(Value::as_object) else {
        return Ok(url.to_string());
    };
    let option = |value: &Value, name: &str| value.get(name).map(Value::to_text);
    let arrays = match style {
        Style::Modern => option(options, "arrayFormat"),
        Style::Legacy if options.get("useQuerystring").is_some_and(Value::truthy) => Some("repeat".into()),
        Style::Legacy => options
            .get("qsStringifyOptions")
            .and_then(|options| option(options, "arrayFormat")),
    };
    let arrays = Arrays::named(&arrays.unwrap_or_default());
    Ok(query::add(url.as_str(), &query::encode(fields, arrays)))
}

fn add_headers(request: &mut Request, options: &Value, style: Style) {
    let given = options.get("headers").and_then(Value::as_object);
    for (name, value) in given.into_iter().flatten() {
        let values = match value {
            Value::Array(values) => values.to_vec(),
            Value::Null => continue,
            value => vec![value.clone()],
        };
        for value in values {
            let value = value.to_text().replace(['\r', '\n'], "");
            request.headers.push((name.clone(), value.into()));
        }
    }
    if header(request, "accept").is_none() {
        let accepted = match style {
            _ if options.get("json").is_some_and(Value::truthy) => "application/json",
            Style::Modern => "application/json, text/plain, */*",
            Style::Legacy => "*/*",
        };
        request.headers.push(("Accept".into(), accepted.into()));
    }
}

/// A header that the request has.
pub fn header<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    let mut headers = request.headers.iter();
    headers
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

/// Sets a header in place of what the request has.
pub fn set_header(request: &mut Request, name: &'static str, value: impl Into<Text>) {
    request.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    request.headers.push((Text::new_static(name), value.into()));
}

fn add_authorization(request: &mut Request, options: &Value, style: Style) {
    let Some(auth) = options.get("auth").filter(|auth| auth.as_object().is_some()) else {
        return;
    };
    if style == Style::Legacy
        && let Some(token) = text(auth, "bearer")
    {
        set_header(request, "Authorization", format!("Bearer {token}"));
        return;
    }
    let part = |name: &str, other: &str| {
        let other = || text(auth, other).filter(|_| style == Style::Legacy);
        text(auth, name).or_else(other).unwrap_or_default()
    };
    let pair = format!("{}:{}", part("username", "user"), part("password", "pass"));
    set_header(request, "Authorization", format!("Basic {}", STANDARD.encode(pair)));
}

/// How many redirects are followed, where it is not the usual number. The older function follows none of what changes
/// something, unless it is told to.
fn redirects(options: &Value, style: Style, method: &str) -> Option<usize> {
    let is = |name: &str, wanted: bool| options.get(name).is_some_and(|value| value.truthy() == wanted);
    match style {
        Style::Modern => is("disableFollowRedirect", true).then_some(0),
        Style::Legacy if is("followRedirect", false) => Some(0),
        Style::Legacy if !matches!(method, "GET" | "HEAD") && !is("followAllRedirects", true) => Some(0),
        Style::Legacy => options
            .get("maxRedirects")
            .and_then(Value::as_number)
            .map(|most| most as usize),
    }
}

/// A proxy by its URL or by its parts.
fn proxy(value: &Value) -> Option<Text> {
    let Some(host) = text(value, "host") else {
        return value.as_str().filter(|url| !url.is_empty()).map(Text::from);
    };
    let protocol = text(value, "protocol").unwrap_or_else(|| "http".into());
    let port = text(value, "port").map(|port| format!(":{port}")).unwrap_or_default();
    let mut url = Url::parse(&format!("{}://{host}{port}", protocol.trim_end_matches(':'))).ok()?;
    if let Some(auth) = value.get("auth") {
        let part = |name: &str| text(auth, name).unwrap_or_default();
        url.set_username(&part("username")).ok()?;
        url.set_password(Some(&part("password"))).ok()?;
    }
    Some(url.as_str().into())
}
