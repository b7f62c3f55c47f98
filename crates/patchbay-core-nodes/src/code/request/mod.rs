//! `helpers.httpRequest` and the older `helpers.request`: a script's description of a request, sent, and what came of it.
//!
//! | file | holds |
//! | --- | --- |
//! | `options` | the address, the headers and how it is sent |
//! | `body` | the body and what it is declared as |
//! | `failure` | what a script catches |
//!
//! Bytes come from a script as `{ $bytes: base64 }`: see `script_prelude.js`.

mod body;
mod failure;
mod options;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use patchbay_expression::Error;
use patchbay_model::{Object, Text, Value};
use patchbay_node::Context;
use patchbay_node::capability::http::{Effect, Response};

use super::host::error_of;
use failure::Failure;

/// Which of n8n's two functions is meant: they name their options and word their errors differently.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Modern,
    Legacy,
}

/// Why a script gets no answer.
pub(super) enum Fault {
    /// What n8n's client for HTTP throws.
    Client(Failure),
    /// What only patchbay knows: a run that may not send, an answer that is too large.
    Own(Error),
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::Client(failure)
    }
}

/// The only key of an object that stands for bytes; its value is base64.
const BYTES: &str = "$bytes";

/// The largest answer, in bytes.
const MOST: usize = 256 << 20;

/// What a script gets as the body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// A `Buffer`, or what streams one.
    Bytes,
    /// JSON where it is JSON, else text.
    Json,
    Text,
}

/// Sends the request that a script describes, and tells what it did to the service. The answer is
/// `{body?, bytes?, head: {headers, statusCode, statusMessage}, whole, stream}`: `whole` where the script wants the head too,
/// `stream` where it wants to read the body bit by bit.
pub(super) async fn send(context: &Context<'_>, options: &Value, style: Style) -> Result<(Value, Effect), Fault> {
    let request = options::request(context, options, style)?;
    let effect = request.effect;
    let way = failure::Way::of(&request);
    let response = context.capabilities.http.send(request).await;
    let response = response.map_err(|error| failure::of_network(error, &way))?;
    let flag = |name: &str| options.get(name).is_some_and(Value::truthy);
    let (tolerant, whole) = match style {
        Style::Modern => (flag("ignoreHttpStatusErrors"), flag("returnFullResponse")),
        Style::Legacy => (
            options.get("simple") == Some(&Value::Bool(false)),
            flag("resolveWithFullResponse"),
        ),
    };
    let status = response.status;
    let head = head_of(&response);
    let reading = reading_of(options, style);
    let bytes = response.bytes(MOST).await;
    let bytes = bytes.map_err(|error| failure::of_network(error, &way))?;
    if !(200..300).contains(&status) && !tolerant {
        let body = match (reading, style) {
            (Reading::Json, Style::Legacy) => text_or_json(&bytes, reading),
            _ => Value::text(text_of(&bytes)),
        };
        return Err(failure::of_status(status, body, style).into());
    }
    let mut answer = Object::new();
    if reading == Reading::Bytes {
        answer.insert("bytes", STANDARD.encode(&bytes));
    } else if !bytes.is_empty() || style == Style::Modern {
        answer.insert("body", text_or_json(&bytes, reading));
    }
    answer.insert("head", head);
    answer.insert("whole", whole);
    answer.insert("stream", encoding_of(options) == Some("stream".into()));
    Ok((Value::object(answer), effect))
}

fn encoding_of(options: &Value) -> Option<Text> {
    options
        .get("encoding")
        .filter(|encoding| !encoding.is_null())
        .map(Value::to_text)
}

fn reading_of(options: &Value, style: Style) -> Reading {
    match style {
        Style::Modern => match encoding_of(options).as_deref() {
            Some("arraybuffer" | "stream") => Reading::Bytes,
            None | Some("json" | "") => Reading::Json,
            Some(_) => Reading::Text,
        },
        Style::Legacy if options.get("encoding") == Some(&Value::Null) => Reading::Bytes,
        Style::Legacy if options.get("json").is_some_and(Value::truthy) => Reading::Json,
        Style::Legacy => Reading::Text,
    }
}

fn text_or_json(bytes: &[u8], reading: Reading) -> Value {
    let text = text_of(bytes);
    match reading {
        Reading::Json => Value::from_json(&text).unwrap_or_else(|_| Value::text(text)),
        _ => Value::text(text),
    }
}

/// UTF-8 without its mark; what is not UTF-8 becomes U+FFFD.
fn text_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
}

/// The headers (a name that came more than once as one text, cookies always as a list) and the status.
fn head_of(response: &Response) -> Object {
    let mut headers = Object::new();
    for (name, value) in &response.headers {
        let kept = headers.get(name.as_str()).cloned();
        if name.as_str() == "set-cookie" {
            let mut cookies: Vec<Value> = kept
                .as_ref()
                .and_then(Value::as_array)
                .map(<[Value]>::to_vec)
                .unwrap_or_default();
            cookies.push(Value::Text(value.clone()));
            headers.insert(name.clone(), Value::array(cookies));
        } else {
            let text = match kept {
                Some(kept) => format!("{}, {value}", kept.to_text()).into(),
                None => value.clone(),
            };
            headers.insert(name.clone(), text);
        }
    }
    let mut head = Object::new();
    head.insert("headers", headers);
    head.insert("statusCode", usize::from(response.status));
    head.insert("statusMessage", response.status_text.clone());
    head
}

/// The bytes that a value stands for, if it does.
fn bytes_of(value: &Value) -> Option<Vec<u8>> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    STANDARD.decode(object.get(BYTES)?.as_str()?).ok()
}

/// Whatever a capability failed with that no client of n8n's could.
fn own(error: patchbay_node::NodeError) -> Fault {
    Fault::Own(error_of(error))
}
