//! Every secret that the program has met, so that nothing which it writes shows one: not the log, not an error in which
//! a service repeats what it was sent, not the result.
//!
//! It is of the whole process, as its outputs are.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::{PoisonError, RwLock};

use base64::Engine;
use patchbay_model::Value;
use patchbay_node::secret::Written;
use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};

/// What stands in a secret's place.
const SHOWN: &str = "[secret]";
/// In bytes. What is shorter is in half of all texts, and no secret.
const SHORTEST: usize = 6;
/// Of those that passed by the oldest go first: a program that runs for weeks meets a new token each hour.
const MOST: usize = 1000;

static MET: RwLock<Vec<Met>> = RwLock::new(Vec::new());

struct Met {
    secret: Written,
    /// It is of a credential, and not something that only passed by, like a token that a workflow got for itself.
    is_of_credential: bool,
    /// Higher than those met before.
    number: u64,
}

/// Never again shows this text of a credential, in whichever way it is written.
pub fn remember(text: &str) {
    meet(text, true);
}

fn meet(text: &str, is_of_credential: bool) {
    let text = text.trim();
    if text.len() < SHORTEST {
        return;
    }
    let is_it = |met: &Met| met.secret.reveal() == text;
    let known = |met: &Met| is_it(met) && met.is_of_credential >= is_of_credential;
    if MET.read().unwrap_or_else(PoisonError::into_inner).iter().any(known) {
        return;
    }
    let mut met = MET.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = met.iter_mut().find(|met| is_it(met)) {
        known.is_of_credential |= is_of_credential;
        return;
    }
    let number = met.iter().map(|met| met.number).max().unwrap_or_default() + 1;
    met.push(Met {
        secret: Written::new(text),
        is_of_credential,
        number,
    });
    let passed_by = met.iter().filter(|met| !met.is_of_credential);
    if passed_by.clone().count() > MOST {
        let oldest = passed_by.map(|met| met.number).min();
        met.retain(|met| Some(met.number) != oldest);
    }
    // A secret that holds another goes first: nothing of it must stay.
    met.sort_by_key(|met| std::cmp::Reverse(met.secret.reveal().len()));
}

/// Whether a header proves who sends it; its name is in lower case.
pub fn is_secret_header(name: &str) -> bool {
    matches!(name, "authorization" | "proxy-authorization" | "cookie")
        || ["api-key", "apikey", "token", "secret"]
            .iter()
            .any(|part| name.contains(part))
}

/// Remembers the value of such a header: of `Bearer …` what follows.
pub fn remember_header(value: &str) {
    meet(value.split_once(' ').map_or(value, |(_, credential)| credential), false);
}

/// Remembers what a URL proves who sends it with: a password before the host, and keys among the options.
pub fn remember_url(url: &str) {
    // Most URLs have neither, and need not be taken apart.
    let options = url.split_once('?').map_or("", |(_, options)| options);
    if !url.contains('@') && !options.split('&').any(may_be_secret) {
        return;
    }
    let Ok(url) = url::Url::parse(url) else { return };
    if let Some(encoded) = url.password() {
        let decode = |text: &str| {
            percent_encoding::percent_decode_str(text)
                .decode_utf8_lossy()
                .into_owned()
        };
        let (user, password) = (decode(url.username()), decode(encoded));
        meet(encoded, false);
        meet(
            &base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")),
            false,
        );
        meet(&password, false);
    }
    for (_, value) in url.query_pairs().filter(|(name, _)| is_secret_option(name)) {
        meet(&value, false);
    }
}

/// Whether an option, as it stands in a URL, has a name that may be secret: one in which nothing but marks is encoded, as `$` is,
/// can be looked at as it is.
fn may_be_secret(option: &str) -> bool {
    let name = option.split('=').next().unwrap_or_default();
    let encodes_more = name.split('%').skip(1).any(|rest| !rest.starts_with(['2', '3']));
    encodes_more || is_secret_option(name)
}

/// Whether an option of a URL proves who sends it. A token of the next page does not, nor does the key of a thing.
fn is_secret_option(name: &str) -> bool {
    let name: String = name.chars().filter(|character| character.is_alphanumeric()).collect();
    let name = name.to_ascii_lowercase();
    let is_place = ["page", "next", "sync", "continu"]
        .iter()
        .any(|part| name.contains(part));
    let is_secret = ["apikey", "token", "secret", "password", "signature"]
        .iter()
        .any(|part| name.contains(part));
    is_secret && !is_place
}

/// The text without secrets.
pub fn redact(text: &str) -> Cow<'_, str> {
    without(text, |_| true)
}

/// The text without what credentials hold; tokens that a workflow got for itself stay, for it may need them.
pub fn redact_credentials(text: &str) -> Cow<'_, str> {
    without(text, |met| met.is_of_credential)
}

fn without(text: &str, hides: impl Fn(&Met) -> bool) -> Cow<'_, str> {
    let met = MET.read().unwrap_or_else(PoisonError::into_inner);
    let mut text = Cow::Borrowed(text);
    for met in met.iter().filter(|met| hides(met)) {
        if let Cow::Owned(without) = met.secret.replace(&text, SHOWN) {
            text = Cow::Owned(without);
        }
    }
    text
}

/// A value whose texts are written without secrets; names of fields stay as they are.
pub struct Redacted<'value>(pub &'value Value);

impl Serialize for Redacted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Text(text) => serializer.serialize_str(&redact(text)),
            Value::Array(values) => {
                let mut list = serializer.serialize_seq(Some(values.len()))?;
                for value in values.iter() {
                    list.serialize_element(&Redacted(value))?;
                }
                list.end()
            }
            Value::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields.iter() {
                    map.serialize_entry(name, &Redacted(value))?;
                }
                map.end()
            }
            value => value.serialize(serializer),
        }
    }
}

/// Writes to stderr without secrets; each write is a whole line or more, as the log's are.
pub struct RedactingStderr;

impl Write for RedactingStderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Who closed stderr does not want to know; the log would tell of a failure there, and panic.
        let _ = io::stderr()
            .lock()
            .write_all(redact(&String::from_utf8_lossy(bytes)).as_bytes());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = io::stderr().lock().flush();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_met_is_not_shown_in_any_of_its_forms() {
        remember("s3cret \"word\"/é");
        remember("short");
        for (text, wanted) in [
            ("a s3cret \"word\"/é b", "a [secret] b"),
            ("{\"x\":\"s3cret \\\"word\\\"/é\"}", "{\"x\":\"[secret]\"}"),
            ("secret=s3cret+%22word%22%2F%C3%A9&x", "secret=[secret]&x"),
            ("secret=s3cret%20%22word%22/%c3%a9&x", "secret=[secret]&x"),
            ("short", "short"),
        ] {
            assert_eq!(redact(text), wanted);
        }
        remember_header("Bearer tok-123456");
        remember_header("api-key-of-mine");
        for (name, is_secret) in [("authorization", true), ("x-api-key", true), ("accept", false)] {
            assert_eq!(is_secret_header(name), is_secret, "{name}");
        }
        remember_url("https://me:p%40ss-word-1@example.com/?api_key=key%2F-12345&pageToken=page-12345&key=ISSUE-1");
        for (text, wanted) in [
            ("p%40ss-word-1 p@ss-word-1", "[secret] [secret]"),
            // `me:p@ss-word-1`
            ("Basic bWU6cEBzcy13b3JkLTE=", "Basic [secret]"),
            ("key/-12345 key%2F-12345", "[secret] [secret]"),
            ("page-12345 ISSUE-1", "page-12345 ISSUE-1"),
        ] {
            assert_eq!(redact(text), wanted);
        }
        let value =
            Value::from_json(r#"{"tok-123456": ["x tok-123456", 5, null], "a": "api-key-of-mine application/json"}"#);
        let json = serde_json::to_string(&Redacted(&value.expect("JSON"))).expect("JSON");
        assert_eq!(
            redact_credentials("s3cret \"word\"/é tok-123456"),
            "[secret] tok-123456"
        );
        assert_eq!(
            json,
            r#"{"tok-123456":["x [secret]",5,null],"a":"[secret] application/json"}"#
        );
    }
}
