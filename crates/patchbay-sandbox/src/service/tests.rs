//! Every entity set of the API, walked from the table of facts: what it has of create, read, update, delete, keys and ETags works.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::Version;
use crate::facts::{EntitySet, Facts, Kind};
use crate::{InProcess, Options, Reply};

/// A double and a token for it.
struct Client {
    double: InProcess,
    token: String,
    facts: &'static Facts,
}

impl Client {
    async fn new(version: Version) -> Self {
        let options = Options {
            version,
            ..Options::default()
        };
        let double = InProcess::new(options).expect("a double");
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            double.client_id(),
            double.client_secret()
        );
        let kind = [(
            "content-type".to_owned(),
            "application/x-www-form-urlencoded".to_owned(),
        )];
        let reply = double.answer("POST", "/connect/token", kind, form.into()).await;
        let body: Value = serde_json::from_slice(&reply.expect("an answer").body).expect("JSON");
        let token = body["access_token"].as_str().expect("a token").to_owned();
        let facts = Facts::of(version);
        Self { double, token, facts }
    }

    async fn send(&self, method: &str, path: &str, if_match: Option<&str>, body: Option<&Value>) -> Reply {
        let mut headers = vec![("authorization".to_owned(), format!("Bearer {}", self.token))];
        headers.extend(if_match.map(|tag| ("if-match".to_owned(), tag.to_owned())));
        headers.extend(body.map(|_| ("content-type".to_owned(), "application/json".to_owned())));
        let body = body.map_or_else(Bytes::new, |body| body.to_string().into());
        let path = format!("/xapi/v1/{path}");
        self.double
            .answer(method, &path, headers, body)
            .await
            .expect("an answer")
    }

    async fn status(&self, method: &str, path: &str, if_match: Option<&str>, body: Option<&Value>) -> u16 {
        self.send(method, path, if_match, body).await.status
    }

    async fn read(&self, path: &str) -> Value {
        let reply = self.send("GET", path, None, None).await;
        assert_eq!(reply.status, 200, "{path}: {:?}", reply.body);
        serde_json::from_slice(&reply.body).expect("JSON")
    }

    /// Whether the API has a method for a set, or for one of its entities.
    fn has(&self, shape: &str, method: &str) -> bool {
        let mut operations = self.facts.operations_on(shape);
        operations.any(|operation| operation.method == method)
    }
}

/// What an entity of a set needs to be made.
fn new_entity(facts: &Facts, set: &EntitySet, number: usize) -> Value {
    let mut body = Map::new();
    let properties = facts.properties(set.type_name);
    let has = |name: &str| properties.iter().any(|property| property.name == name);
    if let Some((key, value)) = &set.key
        && matches!(value.kind, Kind::Text(_))
    {
        body.insert((*key).to_owned(), json!(format!("it's no. {number}")));
    }
    for (name, value) in [("Number", json!((7000 + number).to_string())), ("Name", json!("made"))] {
        if has(name) && !body.contains_key(name) {
            body.insert(name.to_owned(), value);
        }
    }
    Value::Object(body)
}

/// A change of one property, if the type has one that can be changed alone.
fn change(facts: &'static Facts, set: &EntitySet) -> Option<(&'static str, Value)> {
    let key = set.key.as_ref().map_or("", |(name, _)| *name);
    let properties = facts.properties(set.type_name).iter();
    let mut free = properties.filter(|property| property.name != key && !["Id", "Number"].contains(&property.name));
    free.find_map(|property| match property.value.kind {
        Kind::Text(None) => Some((property.name, json!("changed"))),
        Kind::Boolean => Some((property.name, json!(true))),
        Kind::Integer(..) | Kind::Number => Some((property.name, json!(7))),
        _ => None,
    })
}

/// A key as it stands in a URL.
fn in_url(key: &Value) -> String {
    match key {
        Value::String(text) => {
            let text = text.replace('\'', "''");
            let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            format!("'{}'", encoded.replace('+', "%20"))
        }
        other => other.to_string(),
    }
}

/// Changes an entity by way of its ETag, and reads the change.
async fn update(client: &Client, set: &EntitySet, path: &str) {
    let Some((name, value)) = change(client.facts, set) else {
        return;
    };
    let body = json!({ name: value });
    if !set.singleton {
        let stale = client.status("PATCH", path, Some("W/\"0\""), Some(&body)).await;
        assert_eq!(stale, 412, "PATCH {path} with another ETag");
    }
    let etag = client.read(path).await["@odata.etag"].as_str().map(str::to_owned);
    assert!(set.singleton || etag.is_some(), "{path}");
    let status = client.status("PATCH", path, etag.as_deref(), Some(&body)).await;
    assert_eq!(status, 204, "PATCH {path} {body}");
    let read = client.read(path).await;
    assert_eq!(read[name], value, "{path}");
    assert!(
        set.singleton || read["@odata.etag"].as_str() != etag.as_deref(),
        "{path}"
    );
    let unknown = client.status("PATCH", path, None, Some(&json!({ "NoSuch": 1 }))).await;
    assert_eq!(unknown, 400, "PATCH {path} of a property that is not there");
}

/// How many requests of each kind the sets took.
#[derive(Debug, Default, PartialEq)]
struct Walked {
    lists: usize,
    reads: usize,
    made: usize,
    changed: usize,
    deleted: usize,
}

async fn walk(client: &Client, set: &EntitySet, number: usize, walked: &mut Walked) {
    if set.singleton {
        if client.has(set.name, "GET") {
            client.read(set.name).await;
            walked.reads += 1;
        }
        if client.has(set.name, "PATCH") && client.has(set.name, "GET") {
            update(client, set, set.name).await;
            walked.changed += 1;
        }
        return;
    }
    let mut key = Value::Null;
    let named = set.key.as_ref().map(|(name, _)| *name);
    if client.has(set.name, "GET") {
        let list = client.read(&format!("{}?$count=true&$top=1", set.name)).await;
        assert!(list["@odata.count"].is_number(), "{}: {list}", set.name);
        let parenthesized = client.read(&format!("{}()?$top=1", set.name)).await;
        assert_eq!(parenthesized["value"], list["value"], "{}", set.name);
        key = named.map_or(Value::Null, |name| list["value"][0][name].clone());
        walked.lists += 1;
    }
    if client.has(set.name, "POST") {
        let body = new_entity(client.facts, set, number);
        let reply = client.send("POST", set.name, None, Some(&body)).await;
        assert_eq!(reply.status, 201, "POST {} {body}: {:?}", set.name, reply.body);
        let made: Value = serde_json::from_slice(&reply.body).expect("JSON");
        key = named.map_or(Value::Null, |name| made[name].clone());
        walked.made += 1;
    }
    let one = format!("{}(*)", set.name);
    let path = format!("{}({})", set.name, in_url(&key));
    let (Some(name), false) = (named, key.is_null()) else {
        return;
    };
    if client.has(&one, "GET") {
        assert_eq!(client.read(&path).await[name], key, "{path}");
        let by_name = format!("{}({name}={})", set.name, in_url(&key));
        assert_eq!(client.read(&by_name).await[name], key, "{by_name}");
        walked.reads += 1;
        if client.has(&one, "PATCH") {
            update(client, set, &path).await;
            walked.changed += 1;
        }
    }
    if client.has(&one, "DELETE") && client.has(set.name, "POST") {
        assert_eq!(
            client.status("DELETE", &path, Some("W/\"0\""), None).await,
            412,
            "{path}"
        );
        assert_eq!(client.status("DELETE", &path, None, None).await, 204, "{path}");
        assert_eq!(client.status("DELETE", &path, None, None).await, 404, "{path}");
        walked.deleted += 1;
    }
}

#[tokio::test]
async fn every_set_does_what_the_api_has_for_it() {
    for (version, lists, reads, made, changed, deleted) in [
        ("20.0.4", 50, 61, 25, 57, 25),
        ("20.0.7", 51, 63, 25, 59, 25),
        ("20.0.10", 52, 67, 26, 63, 26),
    ] {
        let client = Client::new(version.parse().expect("a version")).await;
        let mut walked = Walked::default();
        for (number, set) in client.facts.sets().into_iter().enumerate() {
            walk(&client, set, number, &mut walked).await;
        }
        let all = Walked {
            lists,
            reads,
            made,
            changed,
            deleted,
        };
        assert_eq!(walked, all, "{version}");
    }
}

#[tokio::test]
async fn each_version_has_its_own_operations() {
    for (version, path, status) in [
        ("20.0.7", "AISettings", 404),
        ("20.0.10", "AISettings", 200),
        ("20.0.10", "OAuthClients", 200),
        ("20.0.7", "Users/Pbx.GetByNumber(number='100')", 200),
        ("20.0.8", "Users/Pbx.GetByNumber(number='100')", 404),
        ("20.0.7", "Users(Number='100')", 404),
        ("20.0.8", "Users(Number='100')", 200),
        ("20.0.8", "Users(Number='1000')", 404),
        ("20.0.4", "ReportGroup", 200),
        ("20.0.5", "ReportGroup", 404),
    ] {
        let client = Client::new(version.parse().expect("a version")).await;
        assert_eq!(
            client.status("GET", path, None, None).await,
            status,
            "{version}: {path}"
        );
    }
}
