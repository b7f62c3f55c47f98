//! What the double does with a request: finds the operation, checks role, arguments and body, and lets the operation's own code or
//! the generic one for its kind answer.
//!
//! Nothing here knows HTTP beyond status codes: bytes come in, a [`Reply`] or an OData error goes out.

mod entity;
mod generic;
mod groups;
mod principals;
pub mod role;
mod telephony;
mod token;
mod users;

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::facts::{Arguments, Body, EntitySet, Facts, Kind, Operation};
use crate::odata::filter::Evaluation;
use crate::odata::query::{self, Limits};
use crate::odata::{Error, path};
use crate::seed::Seed;
use crate::store::Store;
use role::{Access, Role};
pub use token::Tokens;

/// Everything that the double remembers.
pub struct Service {
    pub tokens: Tokens,
    store: Store,
    /// Extensions whose status is monitored, with the end of that.
    monitored: Vec<(String, Timestamp)>,
    /// How many provisioning links were made for an extension.
    links: HashMap<String, u64>,
    /// A number that no two things share: keys and secrets.
    serial: u64,
}

/// A request to the API, without what HTTP adds.
pub struct Request<'a> {
    pub method: &'a str,
    /// Below `/xapi/v1`, percent-encoded.
    pub path: &'a str,
    pub query: &'a [(String, String)],
    pub if_match: Option<&'a str>,
    pub body: &'a [u8],
    /// Scheme, host and port under which the double was asked.
    pub base: &'a str,
    pub now: Timestamp,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub content: Content,
    pub etag: Option<String>,
    /// The address of an entity that was made.
    pub location: Option<String>,
}

/// An answer's body.
#[derive(Debug)]
pub enum Content {
    Nothing,
    Json(Value),
    /// A bare number, as `/$count` gives it.
    Text(String),
    File {
        bytes: Vec<u8>,
        content_type: &'static str,
        name: String,
    },
}

/// A request whose operation is found and whose arguments and body are as the API says.
struct Call<'a> {
    request: &'a Request<'a>,
    operation: &'static Operation,
    /// The values of keys and functions' arguments.
    arguments: Map<String, Value>,
    body: Map<String, Value>,
    /// The segment `/$count` at the end.
    count_only: bool,
    /// A role that sees nothing.
    empty: bool,
    /// The key of the entity that `MyUser` or `MyGroup` stands for.
    own_key: Value,
}

type Answer = Result<Reply, Error>;

impl Reply {
    fn no_content() -> Self {
        Self {
            status: 204,
            content: Content::Nothing,
            etag: None,
            location: None,
        }
    }

    fn json(value: Value) -> Self {
        Self {
            status: 200,
            content: Content::Json(value),
            etag: None,
            location: None,
        }
    }

    fn file(bytes: Vec<u8>, content_type: &'static str, name: impl Into<String>) -> Self {
        Self {
            status: 200,
            content: Content::File {
                bytes,
                content_type,
                name: name.into(),
            },
            etag: None,
            location: None,
        }
    }
}

impl Service {
    pub fn new(seed: &Seed) -> Self {
        Self {
            tokens: Tokens::new(seed.clients.clone()),
            store: seed.store(),
            monitored: Vec::new(),
            links: HashMap::new(),
            serial: 0,
        }
    }

    /// Answers a request of a client with a role.
    pub fn answer(&mut self, request: &Request, role: Role) -> Answer {
        if request.path.trim_matches('/').is_empty() && request.method == "GET" {
            return Ok(generic::service_document(request.base));
        }
        let mut call = find(request, role)?;
        if call.stands_for().is_some() {
            // The double's clients are no users: the first one stands for them.
            let first = self.store.entities(call.set()?).first();
            call.own_key = first
                .and_then(|entity| entity.properties.get("Id"))
                .cloned()
                .unwrap_or(Value::Null);
        }
        match call.operation.id {
            "GetUserByNumber"
            | "GetFaxByNumber"
            | "GetByNumber"
            | "GetPeerByNumber"
            | "GetQueueByNumber"
            | "GetReceptionistByNumber"
            | "GetRingGroupByNumber"
            | "GetTrunkByNumber" => self.read_by_number(&call),
            "GetFirstAvailableExtensionNumber" => Ok(self.first_available_number(&call, 100)),
            "GetFirstAvailableHotdeskingNumber" => Ok(self.first_available_number(&call, 900)),
            "GetFirstAvailableQueueNumber"
            | "GetFirstAvailableReceptionistNumber"
            | "GetFirstAvailableRingGroupNumber" => Ok(self.first_available_number(&call, 800)),
            "GetFirstAvailableTrunkNumber" => Ok(self.first_available_number(&call, 10_000)),
            "HasDuplicatedEmail" => self.has_duplicated_email(&call),
            "GetDuplicatedEmails" => Ok(self.duplicated_emails(&call)),
            "SendWelcomeEmail" => self.send_welcome_email(&call),
            "GetPhoneSecret" => self.phone_secret(&call),
            "Regenerate" => self.regenerate(&call),
            "RegeneratePasswords" => self.regenerate_passwords(&call),
            "ExportExtensions" => self.export_extensions(&call),
            "GetPhoneRegistrar" => self.phone_registrar(&call),
            "GetPhoneRegistrars" => Ok(self.phone_registrars(&call)),
            "RebootPhone" | "ReprovisionPhone" | "UpgradePhone" => self.command_phone(&call),
            "ReprovisionAllPhones" => self.reprovision_all(&call),
            "BulkUpdate" => self.bulk_update(&call),
            "MultiUserUpdate" => self.multi_user_update(&call),
            "BatchDelete" => Ok(self.batch_delete(&call)),
            "GenerateProvLink" | "MyUserGenerateProvLink" => self.generate_provisioning_link(&call),
            "MakeCallUserRecordGreeting" => self.record_greeting(&call),
            "DownloadGreeting" => self.download_greeting(&call),
            "GetMultiEditGreetings" => self.multi_edit_greetings(&call),
            "MultiDeleteGreeting" => self.multi_delete_greeting(&call),
            "MakeCall" => self.make_call(&call),
            "GetMonitorStatus" => self.monitor_status(&call),
            "SetMonitorStatus" => self.set_monitor_status(&call),
            "DeleteCompanyById" | "DeleteCompanyByNumber" => self.delete_company(&call),
            "GenerateAppToken" => self.generate_app_token(&call),
            _ => self.generic(&call),
        }
    }

    fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }
}

/// The operation of a request with its checked arguments and body.
fn find<'a>(request: &'a Request<'a>, role: Role) -> Result<Call<'a>, Error> {
    let facts = Facts::xapi();
    let mut segments = path::parse(request.path)?;
    let count_only = segments.len() > 1 && segments.last().is_some_and(|segment| segment.name == "$count");
    if count_only {
        segments.pop();
    }
    // `Users(Id=12)` is `Users(12)`.
    for segment in segments.iter_mut().filter(|segment| !segment.name.contains("Pbx.")) {
        if let path::Arguments::Named(named) = &segment.arguments
            && let [(name, value)] = named.as_slice()
            && facts
                .entity_set(&segment.name)
                .and_then(|set| set.key.as_ref())
                .is_some_and(|(key, _)| key == name)
        {
            segment.arguments = path::Arguments::Key(value.clone());
        }
    }
    let shape = path::shape(&segments);
    let mut methods = Vec::new();
    let mut found = None;
    for operation in facts.operations_on(&shape) {
        methods.push(operation.method);
        found = found.or((operation.method == request.method).then_some(operation));
    }
    let Some(operation) = found else {
        return Err(unknown_path(&segments, &methods, request.method));
    };
    let mut arguments = Map::new();
    for (segment, template) in segments.iter().zip(&operation.path.segments) {
        match (&segment.arguments, &template.arguments) {
            (path::Arguments::Key(literal), Arguments::Key(name, value)) => {
                arguments.insert((*name).to_owned(), path::argument(name, literal, value, facts)?);
            }
            (path::Arguments::Named(given), Arguments::Named(expected)) => {
                for (name, value) in expected {
                    let literal = given
                        .iter()
                        .find(|(each, _)| each == name)
                        .map_or("null", |(_, literal)| literal.as_str());
                    arguments.insert((*name).to_owned(), path::argument(name, literal, value, facts)?);
                }
            }
            _ => {}
        }
    }
    let empty = match role.access(operation) {
        Access::Allowed => false,
        Access::Empty => true,
        Access::Denied(needed) => {
            let message = format!("The role {} may not do this: it needs {}", role.name(), needed.name());
            return Err(Error::new(403, "Forbidden", message));
        }
    };
    let body = body(request, operation)?;
    Ok(Call {
        request,
        operation,
        arguments,
        body,
        count_only,
        empty,
        own_key: Value::Null,
    })
}

fn unknown_path(segments: &[path::Segment], methods: &[&'static str], method: &str) -> Error {
    if !methods.is_empty() {
        let message = format!(
            "The requested resource does not support http method '{method}', only {}",
            methods.join(", ")
        );
        return Error::new(405, "MethodNotAllowed", message);
    }
    let facts = Facts::xapi();
    let known = |name: &str| facts.entity_set(name).is_some();
    let segment = segments
        .iter()
        .find(|segment| !known(&segment.name))
        .or(segments.last());
    let name = segment.map_or("", |segment| segment.name.as_str());
    Error::not_found(format!("Resource not found for the segment '{name}'")).target(name)
}

fn body(request: &Request, operation: &Operation) -> Result<Map<String, Value>, Error> {
    let facts = Facts::xapi();
    if matches!(operation.body, Body::Nothing) {
        return Ok(Map::new());
    }
    let body = match serde_json::from_slice(request.body) {
        Ok(Value::Object(body)) => body,
        // An action may be called without a body when all its parameters may be absent.
        Err(_) if request.body.is_empty() && matches!(operation.body, Body::Parameters(_)) => Map::new(),
        Ok(_) => return Err(Error::bad_request("The body must be a JSON object")),
        Err(error) => return Err(Error::bad_request(format!("The body is not JSON: {error}"))),
    };
    match &operation.body {
        Body::Nothing => {}
        Body::Entity(type_name) => crate::validate::structure(&body, type_name, facts)?,
        Body::Parameters(parameters) => crate::validate::parameters(&body, parameters, facts)?,
    }
    Ok(body)
}

impl Call<'_> {
    fn evaluation(&self) -> Evaluation<'static> {
        Evaluation {
            facts: Facts::xapi(),
            now: self.request.now,
        }
    }

    /// The set in which `MyUser` or `MyGroup` is an entity.
    fn stands_for(&self) -> Option<&'static str> {
        match self.operation.path.segments.first().map(|segment| segment.name) {
            Some("MyUser") => Some("Users"),
            Some("MyGroup") => Some("Groups"),
            _ => None,
        }
    }

    /// The set that the path begins with.
    fn set(&self) -> Result<&'static EntitySet, Error> {
        let name = self.operation.path.segments.first().map_or("", |segment| segment.name);
        let set = Facts::xapi().entity_set(self.stands_for().unwrap_or(name));
        set.ok_or_else(|| Error::not_found(format!("Resource not found for the segment '{name}'")))
    }

    /// The key in the path's first segment; null for none.
    fn key(&self) -> Value {
        match self.operation.path.segments.first().map(|segment| &segment.arguments) {
            Some(Arguments::Key(name, _)) => self.arguments.get(*name).cloned().unwrap_or(Value::Null),
            _ => self.own_key.clone(),
        }
    }

    /// An argument or a parameter of type string; empty for null.
    fn text(&self, name: &str) -> &str {
        self.arguments
            .get(name)
            .or_else(|| self.body.get(name))
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A parameter that is a list of numbers.
    fn ids(&self, name: &str) -> Vec<i64> {
        self.body
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_i64)
            .collect()
    }

    fn context(&self, fragment: &str) -> Value {
        Value::from(format!("{}/xapi/v1/$metadata#{fragment}", self.request.base))
    }

    /// A list with the request's options applied.
    fn list(&self, entities: &[Value], kind: &Kind, fragment: &str) -> Answer {
        let greatest_top = (fragment == "Users").then_some(100);
        let options = query::parse(
            self.request.query,
            kind,
            Limits {
                list: true,
                greatest_top,
            },
            Facts::xapi(),
        )?;
        let entities = if self.empty { &[] } else { entities };
        let page = options.apply(entities, kind, self.evaluation());
        if self.count_only {
            return Ok(Reply {
                content: Content::Text(page.count.to_string()),
                ..Reply::json(Value::Null)
            });
        }
        let mut body = Map::new();
        body.insert(
            "@odata.context".to_owned(),
            self.context(&format!("{fragment}{}", self.selected())),
        );
        if options.count {
            body.insert("@odata.count".to_owned(), Value::from(page.count));
        }
        body.insert("value".to_owned(), Value::Array(page.items));
        Ok(Reply::json(Value::Object(body)))
    }

    /// One entity or structure with the request's options applied.
    fn single(&self, entity: &Value, kind: &Kind, fragment: &str) -> Answer {
        if self.count_only {
            return Err(Error::not_found("`$count` needs a list").target("$count"));
        }
        let options = query::parse(
            self.request.query,
            kind,
            Limits {
                list: false,
                greatest_top: None,
            },
            Facts::xapi(),
        )?;
        let mut body = Map::new();
        body.insert("@odata.context".to_owned(), self.context(fragment));
        if let Value::Object(properties) = options.project(entity, kind, self.evaluation()) {
            body.extend(properties);
        }
        Ok(Reply::json(Value::Object(body)))
    }

    /// `{"value": …}`.
    fn value(&self, value: Value, kind: &Kind) -> Reply {
        let mut body = Map::new();
        body.insert("@odata.context".to_owned(), self.context(&kind.name()));
        body.insert("value".to_owned(), value);
        Reply::json(Value::Object(body))
    }

    /// The selected properties as `@odata.context` tells them.
    fn selected(&self) -> String {
        let select = self.request.query.iter().find(|(name, _)| name == "$select");
        select.map_or_else(String::new, |(_, names)| format!("({names})"))
    }
}
