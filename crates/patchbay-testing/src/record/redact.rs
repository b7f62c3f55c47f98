//! Takes secrets out of recorded answers, each replaced by the same stand-in wherever it is.
//!
//! Secret are the fields of the credential, what a member with a telling name holds ([`is_secret_name`]), and the whole
//! answer of an operation with such a name; not what the case itself says, which its file shows anyway.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use patchbay_model::{Items, Object, Text, Value, Workflow};
use patchbay_node::capability::Credential;
use patchbay_node::is_secret_name;

use super::encoded::replace_encoded;
use crate::case::exchange::{Answer, decoded};
use crate::case::node::NodeCase;
use crate::case::workflow::WorkflowCase;

/// In bytes: what is shorter is a part of other texts, and replaced only where it is a member's whole value.
const SHORTEST: usize = 6;

/// What stands for each secret.
pub struct Redaction {
    /// By the secret.
    stand_ins: BTreeMap<String, String>,
    /// The texts of the case.
    said: Vec<Text>,
    /// The operation's name tells that its answer is a secret: `Get Phone Secret`, `Generate Prov Link`.
    answers_secret: bool,
    tokens: usize,
    others: usize,
}

impl Redaction {
    /// What stands in a case of a node for the credential that was found.
    pub fn of_node(credential: Option<&Credential>, case: &NodeCase) -> Self {
        let mut said = Vec::new();
        texts(&Value::object(case.parameters.clone()), &mut said);
        input_texts(case.input.as_ref(), &mut said);
        let mut redaction = Self::new(said, gives_secret(&case.parameters));
        if let Some(credential) = credential {
            redaction.replace(credential, &case.credential);
        }
        redaction
    }

    /// What stands in a case of a workflow for the credentials that were found: those of the case, by name or else by type.
    pub fn of_workflow(found: &[Credential], case: &WorkflowCase, workflow: &Workflow) -> Self {
        let mut said = Vec::new();
        for node in &workflow.nodes {
            texts(&Value::object(node.parameters.clone()), &mut said);
        }
        input_texts(case.input.as_ref(), &mut said);
        // Which node an answer was for nobody tells here: one such operation is enough.
        let answers_secret = workflow.nodes.iter().any(|node| gives_secret(&node.parameters));
        let mut redaction = Self::new(said, answers_secret);
        for credential in found {
            let of_type = |each: &&Credential| each.kind.eq_ignore_ascii_case(&credential.kind);
            let mut given = case.credentials.iter().filter(of_type);
            let named = given.clone().find(|each| each.name == credential.name);
            let stub = named.or_else(|| given.next()).cloned().map(Credential::into_data);
            redaction.replace(credential, &stub.unwrap_or_default());
        }
        redaction
    }

    fn new(said: Vec<Text>, answers_secret: bool) -> Self {
        Self {
            stand_ins: BTreeMap::new(),
            said,
            answers_secret,
            tokens: 0,
            others: 0,
        }
    }

    /// Puts a stub in the place of each field of the real credential.
    fn replace(&mut self, credential: &Credential, stub: &Object) {
        let mut fields = Vec::new();
        for name in credential.fields() {
            let Some(real) = credential.field(name) else {
                continue;
            };
            let real = real.reveal().trim_end_matches('/');
            let stub = stub.get(name).map(Value::to_text);
            let stub = stub.unwrap_or_else(|| format!("stub-{name}").into());
            // A number or a word of two letters is no secret, and would be found everywhere.
            if real.len() >= 3 {
                let stub = stub.trim_end_matches('/').to_owned();
                fields.push((real.to_owned(), stub));
            }
        }
        // As basic authentication has them: `user:password`, and each alone.
        let pairs = fields.iter().flat_map(|(user, user_stub)| {
            let with = move |(password, stub): &(String, String)| {
                (format!("{user}:{password}"), format!("{user_stub}:{stub}"))
            };
            fields.iter().map(with)
        });
        let all = fields.iter().cloned().chain(pairs);
        let encoded: Vec<_> = all
            .map(|(real, stub)| (STANDARD.encode(real), STANDARD.encode(stub)))
            .collect();
        self.stand_ins.extend(encoded);
        self.stand_ins.extend(fields);
    }

    /// Takes note of the secrets of an answer.
    pub fn learn(&mut self, answer: &Answer) {
        for (name, value) in &answer.headers {
            self.note(name, value);
        }
        if let Ok(body) = serde_json::from_slice::<Value>(&answer.body) {
            self.learn_value("", &body);
        } else if is_form(answer) {
            for (name, value) in decoded(&String::from_utf8_lossy(&answer.body)) {
                self.note(&name, &value);
            }
        }
    }

    fn learn_value(&mut self, name: &str, value: &Value) {
        match value {
            Value::Text(text) => {
                self.note(name, text);
                self.learn_address(text);
            }
            Value::Array(values) => values.iter().for_each(|value| self.learn_value(name, value)),
            Value::Object(object) => object
                .iter()
                .for_each(|(key, value)| self.learn_value(below(name, key), value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Whether a member of that name holds a secret; the whole answer has none.
    fn tells(&self, name: &str) -> bool {
        tells_of_secret(name) || self.answers_secret && matches!(name, "" | "value")
    }

    /// Takes note of the secrets in the query of an address.
    fn learn_address(&mut self, text: &str) {
        let query = text
            .contains("://")
            .then(|| text.split_once('?'))
            .flatten()
            .map(|(_, query)| query.split('#').next().unwrap_or_default());
        for (name, value) in query.map(decoded).unwrap_or_default() {
            self.note(&name, &value);
        }
    }

    fn note(&mut self, name: &str, value: &str) {
        let is_open = value.is_empty() || !self.tells(name) || self.said.iter().any(|said| said.contains(value));
        if is_open || self.stand_ins.contains_key(value) {
            return;
        }
        let stand_in = if name.to_lowercase().contains("token") {
            self.tokens += 1;
            format!("token-{}", self.tokens)
        } else {
            self.others += 1;
            format!("secret-{}", self.others)
        };
        self.stand_ins.insert(value.to_owned(), stand_in);
    }

    /// The answer without a secret; bytes that are no text stay as they are.
    pub fn clean(&self, answer: &Answer) -> Answer {
        let headers = answer.headers.iter();
        let headers = headers.map(|(name, value)| (name.clone(), self.clean_member(name, value).into()));
        let body = if let Ok(body) = serde_json::from_slice::<Value>(&answer.body) {
            let cleaned = self.clean_value("", &body);
            if cleaned == body {
                answer.body.clone()
            } else {
                cleaned.to_json().into()
            }
        } else if let Ok(text) = std::str::from_utf8(&answer.body) {
            self.clean_text(text).into()
        } else {
            answer.body.clone()
        };
        Answer {
            status: answer.status,
            headers: headers.collect(),
            body,
        }
    }

    fn clean_value(&self, name: &str, value: &Value) -> Value {
        match value {
            Value::Text(text) => Value::from(self.clean_member(name, text)),
            Value::Number(_) if self.tells(name) && value.to_text().len() >= 4 => Value::from(1000),
            Value::Array(values) => Value::array(values.iter().map(|value| self.clean_value(name, value)).collect()),
            Value::Object(object) => Value::object(
                object
                    .iter()
                    .map(|(key, value)| (key.clone(), self.clean_value(below(name, key), value)))
                    .collect::<Object>(),
            ),
            other => other.clone(),
        }
    }

    fn clean_member(&self, name: &str, text: &str) -> String {
        match self.stand_ins.get(text) {
            Some(stand_in) if self.tells(name) => stand_in.clone(),
            _ => self.clean_text(text),
        }
    }

    /// Replaces every secret in a text, however it is written there.
    pub fn clean_text(&self, text: &str) -> String {
        let mut secrets: Vec<_> = self
            .stand_ins
            .iter()
            .filter(|(real, _)| real.len() >= SHORTEST)
            .collect();
        // The longest first: one secret may begin with another.
        secrets.sort_by_key(|(real, _)| std::cmp::Reverse(real.len()));
        let escaped = |text: &str| Value::from(text).to_json().trim_matches('"').to_owned();
        secrets.into_iter().fold(text.to_owned(), |text, (real, stub)| {
            let text = text.replace(real, stub).replace(&escaped(real), &escaped(stub));
            let text = replace_encoded(&text, real, stub, false);
            replace_encoded(&text, real, stub, true)
        })
    }
}

/// Whether the operation's name tells that its answer is a secret.
fn gives_secret(parameters: &Object) -> bool {
    let name = parameters.get("operation").and_then(Value::as_str).unwrap_or_default();
    // Who has such a link gets in by it.
    let is_link = || name.split_whitespace().any(|word| word.eq_ignore_ascii_case("link"));
    is_secret_name(name) || is_link()
}

/// Beside the names that are secret everywhere, those of what lets in whoever repeats it soon enough.
fn tells_of_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(|character| character.is_alphanumeric()).collect();
    is_secret_name(name) || matches!(plain.to_lowercase().as_str(), "bearer" | "sessionid")
}

/// The name that counts for a member: what a secret is made of is secret as well.
fn below<'name>(name: &'name str, key: &'name str) -> &'name str {
    if tells_of_secret(name) && !tells_of_secret(key) {
        name
    } else {
        key
    }
}

fn is_form(answer: &Answer) -> bool {
    let mut headers = answer.headers.iter();
    headers.any(|(name, value)| name == "content-type" && value.starts_with("application/x-www-form-urlencoded"))
}

/// Every text of the items that go in.
fn input_texts(input: Option<&Items>, found: &mut Vec<Text>) {
    for item in input.into_iter().flat_map(|items| items.iter()) {
        texts(&item.json_value(), found);
    }
}

/// Every text in a value.
fn texts(value: &Value, found: &mut Vec<Text>) {
    match value {
        Value::Text(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(object) => object.values().for_each(|value| texts(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::node::Defaults;

    /// The body of an answer, redacted; the real credential has `url` and `key`.
    fn cleaned(body: &str, content_type: &str) -> String {
        cleaned_of("List Things", body, content_type)
    }

    fn cleaned_of(operation: &str, body: &str, content_type: &str) -> String {
        let credential: Object = [("url", "https://real.example/"), ("key", "hunter2&x")]
            .into_iter()
            .collect();
        let credential = Credential::new(None, "c", "t", credential);
        let mut case = Defaults::default().case();
        case.credential = [("url", "https://stub.example"), ("key", "stub")].into_iter().collect();
        case.parameters = [("password", "what the case says"), ("operation", operation)]
            .into_iter()
            .collect();
        let answer = Answer {
            status: 200,
            headers: vec![("content-type".into(), content_type.into())],
            body: body.to_owned().into(),
        };
        let mut redaction = Redaction::of_node(Some(&credential), &case);
        redaction.learn(&answer);
        String::from_utf8(redaction.clean(&answer).body.to_vec()).expect("UTF-8")
    }

    #[test]
    fn no_secret_is_left() {
        for (body, wanted) in [
            (
                r#"{"next":"https://real.example/a?key=hunter2%26x","seen":"hunter2&x"}"#,
                r#"{"next":"https://stub.example/a?key=stub","seen":"stub"}"#,
            ),
            (
                r#"{"next":"https://other.example/a?key=hunter2%26%78#x","form":"a+hunter2%26x%","not":"100% of 1+1"}"#,
                r#"{"next":"https://other.example/a?key=stub#x","form":"a+stub%","not":"100% of 1+1"}"#,
            ),
            (
                r#"{"next":"https://x.example/?access_token=ab%2Fcd+ef&page=2","seen":"ab/cd ef"}"#,
                r#"{"next":"https://x.example/?access_token=token-1&page=2","seen":"token-1"}"#,
            ),
            (
                r#"{"access_token":"abcdefgh","same":"is abcdefgh","token_type":"Bearer"}"#,
                r#"{"access_token":"token-1","same":"is token-1","token_type":"Bearer"}"#,
            ),
            (
                r#"{"value":[{"AuthID":"x1","VMPIN":"1234","Number":"1234"}]}"#,
                r#"{"value":[{"AuthID":"secret-1","VMPIN":"secret-2","Number":"1234"}]}"#,
            ),
            (r#"{"pin":4711,"Id":4711}"#, r#"{"pin":1000,"Id":4711}"#),
            (r#"{"apiKeys":["k1","k2"]}"#, r#"{"apiKeys":["secret-1","secret-2"]}"#),
            (
                r#"{"password":"what the case says"}"#,
                r#"{"password":"what the case says"}"#,
            ),
            (
                r#"{"tokens":{"x":"TT1"},"bearer":"B1","sessionId":"S1","x":"TT1"}"#,
                r#"{"tokens":{"x":"token-1"},"bearer":"secret-1","sessionId":"secret-2","x":"TT1"}"#,
            ),
            // base64 of `https://real.example:hunter2&x`, and of `hunter2&x`; then of the stubs.
            (
                r#"{"echo":"Basic aHR0cHM6Ly9yZWFsLmV4YW1wbGU6aHVudGVyMiZ4 aHVudGVyMiZ4"}"#,
                r#"{"echo":"Basic aHR0cHM6Ly9zdHViLmV4YW1wbGU6c3R1Yg== c3R1Yg=="}"#,
            ),
            (r#"{"value":"open"}"#, r#"{"value":"open"}"#),
            (r#"{ "kept" : 1.0 }"#, r#"{ "kept" : 1.0 }"#),
        ] {
            assert_eq!(cleaned(body, "application/json"), wanted);
        }
        for (operation, wanted) in [
            ("Get Phone Secret", r#"{"value":"secret-1"}"#),
            ("API Token", r#"{"value":"secret-1"}"#),
            ("Generate Prov Link", r#"{"value":"secret-1"}"#),
            ("Get Phone", r#"{"value":"p-1"}"#),
        ] {
            let answer = cleaned_of(operation, r#"{"value":"p-1"}"#, "application/json");
            assert_eq!(answer, wanted, "{operation}");
        }
        let form = cleaned("access_token=abc%2Bdef&scope=all", "application/x-www-form-urlencoded");
        assert_eq!(form, "access_token=token-1&scope=all");
    }
}
