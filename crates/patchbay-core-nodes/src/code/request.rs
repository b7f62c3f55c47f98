//! `helpers.httpRequest` and the older `helpers.request`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use patchbay_expression::{Error, Kind};
use patchbay_model::{Object, Text, Value};
use patchbay_node::Context;
use patchbay_node::capability::http::{Body, Effect, Request, Response};
use url::Url;

use super::host::error_of;

/// Which of n8n's two functions is meant: they name their options and word their errors differently.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Modern,
    Legacy,
}

/// The largest answer, in bytes.
const MOST: usize = 256 << 20;

/// Sends the request that a script describes and gives what n8n's function would, and what it did to the service.
pub(super) async fn send(context: &Context<'_>, options: &Value, style: Style) -> Result<(Value, Effect), Error> {
    let request = request_of(context, options, style)?;
    let effect = request.effect;
    let response = context.capabilities.http.send(request).await.map_err(error_of)?;
    let flag = |name: &str| options.get(name).is_some_and(Value::truthy);
    let tolerant = flag("ignoreHttpStatusErrors") || options.get("simple") == Some(&Value::Bool(false));
    let whole = flag("returnFullResponse") || flag("resolveWithFullResponse");
    let status = response.status;
    let raw = options
        .get("encoding")
        .is_some_and(|encoding| encoding.as_str() == Some("arraybuffer"));
    let headers: Object = response
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let status_text = response.status_text.clone();
    let body = body_of(response, raw).await?;
    if status >= 400 && !tolerant {
        return Err(Error::of(
            Kind::Error,
            match style {
                Style::Modern => format!("Request failed with status code {status}"),
                Style::Legacy => format!("{status} - {}", body.to_json()),
            },
        ));
    }
    if !whole {
        return Ok((body, effect));
    }
    let mut full = Object::new();
    full.insert("body", body);
    full.insert("headers", headers);
    full.insert("statusCode", usize::from(status));
    full.insert("statusMessage", status_text);
    Ok((Value::object(full), effect))
}

fn request_of(context: &Context<'_>, options: &Value, style: Style) -> Result<Request, Error> {
    let text = |name: &str| options.get(name).filter(|value| !value.is_null()).map(Value::to_text);
    let given = text("url").or_else(|| text("uri")).unwrap_or_default();
    let base = text("baseURL").or_else(|| text("baseUrl"));
    let address = match base {
        Some(base) if !given.contains("://") => {
            format!("{}/{}", base.trim_end_matches('/'), given.trim_start_matches('/'))
        }
        _ => given.to_string(),
    };
    let mut url = Url::parse(&address).map_err(|_| Error::type_error("Invalid URL"))?;
    if let Some(query) = options.get("qs").and_then(Value::as_object) {
        let mut pairs = url.query_pairs_mut();
        for (name, value) in query {
            match value {
                Value::Array(values) => values.iter().for_each(|value| {
                    pairs.append_pair(name, &value.to_text());
                }),
                value => drop(pairs.append_pair(name, &value.to_text())),
            }
        }
    }
    let method: Text = text("method").unwrap_or_else(|| "GET".into()).to_uppercase().into();
    let mut request = Request::new(method.clone(), url.to_string());
    request.effect = Effect::of_method(&method);
    request.node = context.node.name.clone();
    if let Some(headers) = options.get("headers").and_then(Value::as_object) {
        let headers = headers.iter().filter(|(_, value)| !value.is_null());
        request.headers = headers.map(|(name, value)| (name.clone(), value.to_text())).collect();
    }
    if let Some(auth) = options.get("auth") {
        let part = |name: &str| auth.get(name).map(Value::to_text).unwrap_or_default();
        let user = auth.get("username").map_or_else(|| part("user"), Value::to_text);
        let password = auth.get("password").map_or_else(|| part("pass"), Value::to_text);
        let value = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
        request.headers.push(("Authorization".into(), value.into()));
    }
    let timeout = options.get("timeout").and_then(Value::as_number);
    request.timeout = timeout
        .filter(|wait| *wait > 0.0)
        .map(|wait| Duration::from_millis(wait as u64));
    if options.get("disableFollowRedirect").is_some_and(Value::truthy)
        || options.get("followRedirect") == Some(&Value::Bool(false))
    {
        request.options.redirects = 0;
    }
    let lenient = options.get("skipSslCertificateValidation").is_some_and(Value::truthy)
        || options.get("rejectUnauthorized") == Some(&Value::Bool(false));
    request.options.verify_tls = !lenient;
    add_body(&mut request, options, style);
    Ok(request)
}

fn add_body(request: &mut Request, options: &Value, style: Style) {
    let form = options.get("form").or_else(|| options.get("formData"));
    let (kind, body) = if let Some(form) = form.and_then(Value::as_object) {
        ("application/x-www-form-urlencoded", form_of(form))
    } else {
        match options.get("body") {
            None | Some(Value::Null) => return,
            Some(Value::Text(text)) => ("text/plain", text.to_string()),
            Some(Value::Object(object))
                if style == Style::Legacy && options.get("json").is_none() && object.is_empty() =>
            {
                return;
            }
            Some(body) => ("application/json", body.to_json()),
        }
    };
    let typed = request
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if !typed {
        request.headers.push(("Content-Type".into(), kind.into()));
    }
    request.body = Body::Bytes(body.into());
}

fn form_of(form: &Object) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in form {
        pairs.append_pair(name, &value.to_text());
    }
    pairs.finish()
}

/// JSON where the text is JSON, else text; base64 for bytes that were asked for.
async fn body_of(response: Response, raw: bool) -> Result<Value, Error> {
    let bytes = response.bytes(MOST).await.map_err(error_of)?;
    if raw {
        return Ok(Value::text(STANDARD.encode(bytes)));
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(Value::from_json(&text).unwrap_or_else(|_| Value::text(text.as_ref())))
}
