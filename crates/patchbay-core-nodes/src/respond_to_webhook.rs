//! Respond to Webhook: says what the request that started the workflow is answered, and passes its items on. How the
//! answer is sent is left to the server.

use async_trait::async_trait;
use patchbay_model::{Item, Items, Object, Text, Value};
use patchbay_node::capability::answer::{Answer, Body};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::jwt;
use crate::path::Path;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.respondToWebhook",
    title: "Respond to Webhook",
    about: "Answers the request that started the workflow, and passes its items on",
    versions: &[1.0, 1.1, 1.2, 1.3, 1.4, 1.5],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "respondWith",
            Kind::Options(&[
                "firstIncomingItem",
                "allIncomingItems",
                "json",
                "text",
                "redirect",
                "binary",
                "noData",
                "jwt",
            ]),
            "\"firstIncomingItem\"",
            "What is answered",
        ),
        ParameterDescription::new("responseBody", Kind::Text, "\"\"", "The JSON or the text"),
        ParameterDescription::new("redirectURL", Kind::Text, "\"\"", "Where the caller is sent on to"),
        ParameterDescription::new(
            "responseDataSource",
            Kind::Options(&["automatically", "set"]),
            "\"automatically\"",
            "Which of the item's files: its only one, or the one named",
        ),
        ParameterDescription::new("inputFieldName", Kind::Text, "\"data\"", "The file's name in the item"),
        ParameterDescription::new(
            "options",
            Kind::Collection,
            "{}",
            "Status, headers, the key around the answer",
        ),
    ],
};

pub struct RespondToWebhook;

#[async_trait]
impl Node for RespondToWebhook {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    fn outputs(&self, node: &patchbay_model::workflow::Node) -> usize {
        1 + usize::from(shows_answer(node))
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let answer = answer(context).await?;
        let shown = shows_answer(context.node).then(|| shown(&answer));
        context.capabilities.answers.answer(answer);
        let items = context.items().iter().enumerate();
        let items: Items = items.map(|(index, item)| item.clone().paired_with(index)).collect();
        let shown = shown.map(|shown| Items::from(vec![Item::new(shown).paired_with(0)]));
        Ok(Outcome::Outputs([items].into_iter().chain(shown).collect()))
    }
}

/// Whether a second output tells what was answered: always in version 1.3, where it is asked for from 1.4 on.
fn shows_answer(node: &patchbay_model::workflow::Node) -> bool {
    let asked = || node.parameters.get("enableResponseOutput").is_some_and(Value::truthy);
    node.version == 1.3 || (node.version > 1.3 && asked())
}

/// The item of the second output: `{"response": {"body"?, "headers", "statusCode"}}`.
fn shown(answer: &Answer) -> Object {
    let headers = answer.headers.iter().cloned();
    let mut response = Object::new();
    if let Body::Value(value) = &answer.body {
        response.insert("body", value.clone());
    }
    response.insert("headers", headers.collect::<Object>());
    response.insert("statusCode", f64::from(answer.status));
    [("response", response)].into_iter().collect()
}

/// `{"token"}`: the body's object, signed.
async fn token(context: &Context<'_>) -> Result<Value, NodeError> {
    let credential = context
        .capabilities
        .credentials
        .find(jwt::CREDENTIAL, context.node)
        .await?;
    let claims = json(context)?;
    let claims = claims.as_ref().and_then(Value::as_object).cloned().ok_or_else(|| {
        NodeError::new("E0398", "The body of a token is not an object")
            .parameter("responseBody")
            .hint("it is like {\"sub\": \"…\"}")
    })?;
    let token = jwt::token_of(context, &credential, claims)?;
    Ok(Value::object([("token", token)].into_iter().collect()))
}

async fn answer(context: &Context<'_>) -> Result<Answer, NodeError> {
    let mut headers = headers(context)?;
    let mut status = 200;
    let body = match context.text("respondWith", 0)?.as_str() {
        "firstIncomingItem" => {
            let first = context.items().first();
            Body::Value(below_key(context, first.map_or(Value::Null, Item::json_value))?)
        }
        "allIncomingItems" => {
            let items = context.items().iter().map(Item::json_value).collect();
            Body::Value(below_key(context, Value::array(items))?)
        }
        "json" => json(context)?.map_or(Body::Empty, Body::Value),
        "text" => context.optional("responseBody", 0)?.map_or(Body::Empty, Body::Value),
        "redirect" => {
            status = 307;
            headers.push(("location".into(), context.text("redirectURL", 0)?));
            Body::Empty
        }
        "noData" => Body::Empty,
        "jwt" => Body::Value(token(context).await?),
        "binary" => file(context)?,
        other => {
            return Err(
                NodeError::new("E0398", format!("Answering with `{other}` is not supported")).parameter("respondWith"),
            );
        }
    };
    if let Some(code) = context.optional("options.responseCode", 0)? {
        status = status_of(&code)?;
    }
    Ok(Answer { status, headers, body })
}

/// `options.responseHeaders.entries`, names in lower case.
fn headers(context: &Context<'_>) -> Result<Vec<(Text, Text)>, NodeError> {
    let value = context.value("options.responseHeaders", 0)?;
    let entries = value.get("entries").and_then(Value::as_array).unwrap_or_default();
    let text = |entry: &Value, key| entry.get(key).map(Value::to_text).unwrap_or_default();
    let headers = entries.iter().map(|entry| {
        let name = text(entry, "name").to_lowercase();
        (Text::from(name), text(entry, "value"))
    });
    Ok(headers.filter(|(name, _)| !name.is_empty()).collect())
}

/// The answer in an object, at the path of keys that `options.responseKey` gives.
fn below_key(context: &Context<'_>, value: Value) -> Result<Value, NodeError> {
    let key = context.text("options.responseKey", 0)?;
    if key.is_empty() {
        return Ok(value);
    }
    let mut object = Object::new();
    Path::new(&key, true).set(&mut object, Some(value));
    Ok(object.into())
}

/// Text is parsed; what is not text is answered as it is. n8n's rule: of an expression 0 and `false` are nothing, too.
fn json(context: &Context<'_>) -> Result<Option<Value>, NodeError> {
    match context.value("responseBody", 0)? {
        body if !body.truthy() => Ok(None),
        Value::Text(text) => Value::from_json(&text).map(Some).map_err(|error| {
            NodeError::new("E0398", "Invalid JSON in 'Response Body' field")
                .description(error.to_string())
                .parameter("responseBody")
                .hint("Check that the syntax of the JSON in the 'Response Body' parameter is valid")
        }),
        value => Ok(Some(value)),
    }
}

fn file(context: &Context<'_>) -> Result<Body, NodeError> {
    let files = context.items().first().and_then(|item| item.binary.as_ref());
    let missing = |message: String| NodeError::new("E0398", message).parameter("inputFieldName").item(0);
    let Some(files) = files.filter(|files| !files.is_empty()) else {
        return Err(missing("No binary data exists on the first item!".to_owned()));
    };
    let name = if context.text("responseDataSource", 0)? == "set" {
        context.text("inputFieldName", 0)?
    } else {
        files.keys().next().cloned().unwrap_or_default()
    };
    let file = files.get(&name);
    file.cloned().map(Body::File).ok_or_else(|| {
        missing(format!(
            "The binary property '{name}' which should be returned does not exist"
        ))
    })
}

fn status_of(code: &Value) -> Result<u16, NodeError> {
    let number = code.to_number();
    if (200.0..=599.0).contains(&number) {
        Ok(number as u16)
    } else {
        Err(
            NodeError::new("E0398", format!("`{}` is not a status of HTTP", code.to_text()))
                .parameter("options.responseCode")
                .hint("Use a number from 200 to 599"),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use patchbay_node::capability::Answers;

    use super::*;
    use crate::testing::run;

    #[derive(Default)]
    struct Told(Mutex<Vec<Answer>>);

    impl Answers for Told {
        fn answer(&self, answer: Answer) {
            self.0.lock().expect("not poisoned").push(answer);
        }
    }

    fn answered(parameters: &str) -> Result<Answer, String> {
        let told = Arc::new(Told::default());
        let items = r#"[{"a":1,"url":"https://example.com/x"},{"b":2}]"#;
        let passed = run(1.4, parameters, items)
            .answers(told.clone())
            .of(&RespondToWebhook)?;
        assert_eq!(passed, format!("[{items}]"));
        Ok(told.0.lock().expect("not poisoned").remove(0))
    }

    #[test]
    fn a_token_is_signed() {
        let told = Arc::new(Told::default());
        let parameters = r#"{"respondWith": "jwt", "responseBody": "{}"}"#;
        let credential = r#"{"keyType": "passphrase", "secret": "s3cret", "algorithm": "HS256"}"#;
        let run = run(1.4, parameters, "[{}]").answers(told.clone());
        run.credential(jwt::CREDENTIAL, credential)
            .of(&RespondToWebhook)
            .expect("signed");
        let answer = told.0.lock().expect("not poisoned").remove(0);
        let Body::Value(body) = answer.body else {
            panic!("a token is a value");
        };
        let token =
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3NzI2MDA3Njd9.Mpon-5YPpWPsZlcwJw--Q7wObCdvyGKUNZjQKgt6C8I";
        assert_eq!(body.to_json(), format!(r#"{{"token":"{token}"}}"#));
    }

    #[test]
    fn each_form_of_answer_is_given() {
        let first = r#"{"a":1,"url":"https://example.com/x"}"#;
        let all = format!(r#"[{first},{{"b":2}}]"#);
        for (parameters, status, headers, body) in [
            ("{}", 200, "", first.to_owned()),
            (r#"{"respondWith": "allIncomingItems"}"#, 200, "", all.clone()),
            (
                r#"{"respondWith": "allIncomingItems", "options": {"responseKey": "data.items"}}"#,
                200,
                "",
                format!(r#"{{"data":{{"items":{all}}}}}"#),
            ),
            (
                r#"{"respondWith": "json", "responseBody": "={{ {x: $json.a} }}"}"#,
                200,
                "",
                r#"{"x":1}"#.to_owned(),
            ),
            (
                r#"{"respondWith": "json", "responseBody": "[1]", "options": {"responseCode": 418, "responseHeaders": {"entries": [{"name": "X-A", "value": "b"}]}}}"#,
                418,
                "x-a: b",
                "[1]".to_owned(),
            ),
            (
                r#"{"respondWith": "text", "responseBody": "=<b>{{ $json.a }}</b>"}"#,
                200,
                "",
                r#""<b>1</b>""#.to_owned(),
            ),
            (
                r#"{"respondWith": "text", "responseBody": "={{ 5 }}"}"#,
                200,
                "",
                "5".to_owned(),
            ),
            (
                r#"{"respondWith": "json", "responseBody": "\"text\""}"#,
                200,
                "",
                r#""text""#.to_owned(),
            ),
            (
                r#"{"respondWith": "json", "responseBody": "={{ $json.none }}"}"#,
                200,
                "",
                String::new(),
            ),
            (
                r#"{"respondWith": "redirect", "redirectURL": "={{ $json.url }}"}"#,
                307,
                "location: https://example.com/x",
                String::new(),
            ),
            (r#"{"respondWith": "noData"}"#, 200, "", String::new()),
        ] {
            let answer = answered(parameters).expect(parameters);
            let told: Vec<String> = answer
                .headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect();
            let told_body = match &answer.body {
                Body::Value(value) => value.to_json(),
                Body::Empty | Body::File(_) => String::new(),
            };
            assert_eq!(
                (answer.status, told.join("\n").as_str(), told_body),
                (status, headers, body),
                "{parameters}"
            );
        }
    }

    #[test]
    fn what_can_not_be_answered_is_told() {
        for (parameters, message) in [
            (
                r#"{"respondWith": "json", "responseBody": "{"}"#,
                "Invalid JSON in 'Response Body' field",
            ),
            (
                r#"{"respondWith": "binary"}"#,
                "No binary data exists on the first item!",
            ),
            (r#"{"options": {"responseCode": 42}}"#, "`42` is not a status of HTTP"),
        ] {
            assert_eq!(answered(parameters).err().as_deref(), Some(message));
        }
    }
}
