//! What the double does with a request: finds the operation, checks role, arguments and body, and lets the operation's own code or
//! the generic one for its kind answer.
//!
//! Nothing here knows HTTP beyond status codes: bytes come in, a [`Reply`] or an OData error goes out.

mod call;
pub mod call_control;
mod entity;
mod generic;
mod groups;
mod history;
mod metadata;
mod principals;
mod recordings;
mod reports;
pub mod role;
mod telephony;
#[cfg(test)]
mod tests;
mod token;
mod users;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde_json::Value;

use crate::Version;
use crate::calls::Calls;
use crate::facts::{EntitySet, Facts};
use crate::odata::Error;
use crate::seed::Seed;
use crate::store::Store;
use call::{Call, find};
use history::History;
use role::Role;
pub use token::Tokens;

/// Everything that the double remembers.
pub struct Service {
    pub tokens: Tokens,
    pub calls: Calls,
    store: Store,
    /// The calls that are over.
    history: History,
    /// The lines of reports that the seed tells, by their type.
    filed: BTreeMap<String, Vec<Value>>,
    /// Whether calls that end are in `CallHistoryView`, which is frozen from 20.0.7 on.
    history_grows: bool,
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
    pub content_type: Option<&'a str>,
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
    /// The description of the API.
    Xml(String),
    File {
        bytes: Vec<u8>,
        content_type: &'static str,
        name: String,
    },
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

/// A telephone system tells its version: this is the double's, unless its data say another.
fn tell_version(store: &mut Store, version: Version) {
    let Some(set) = store.facts().entity_set("SystemStatus") else {
        return;
    };
    for status in store.entities(set) {
        let told = status.properties.entry("Version").or_insert(Value::Null);
        if told.as_str().is_none_or(str::is_empty) {
            *told = version.to_string().into();
        }
    }
}

impl Service {
    pub fn new(seed: &Seed, version: Version) -> Self {
        let mut store = seed.store(Facts::of(version));
        tell_version(&mut store, version);
        Self {
            tokens: Tokens::new(seed.clients.clone()),
            calls: Calls::default(),
            store,
            history: History::new(&seed.calls),
            filed: seed.reports.clone(),
            history_grows: version.keeps_call_history(),
            monitored: Vec::new(),
            links: HashMap::new(),
            serial: 0,
        }
    }

    /// Answers a request of a client with a role.
    pub fn answer(&mut self, request: &Request, role: Role) -> Answer {
        if request.method == "GET" && request.path.trim_matches('/') == "$metadata" {
            return Ok(metadata::document(self.store.facts()));
        }
        if request.path.trim_matches('/').is_empty() && request.method == "GET" {
            return Ok(generic::service_document(request.base, self.store.facts()));
        }
        let mut call = find(request, role, self.store.facts())?;
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
            "DropCall" => self.drop_call(&call),
            "GetMonitorStatus" => self.monitor_status(&call),
            "SetMonitorStatus" => self.set_monitor_status(&call),
            "DeleteCompanyById" | "DeleteCompanyByNumber" => self.delete_company(&call),
            "GenerateAppToken" => self.generate_app_token(&call),
            "DownloadRecording" => self.download_recording(&call),
            "BulkRecordingsDelete" => self.delete_recordings(&call),
            "BulkRecordingsArchive" => self.archive_recordings(&call),
            "ListCallHistoryView" | "DownloadCallHistory" => self.call_history(&call),
            _ if call.operation.path.segments[0].name.starts_with("Report") => self.report(&call),
            _ => self.generic(&call),
        }
    }

    /// An entity set of the API.
    fn set(&self, name: &str) -> Result<&'static EntitySet, Error> {
        let found = self.store.facts().entity_set(name);
        found.ok_or_else(|| Error::not_found(format!("Resource not found for the segment '{name}'")))
    }

    fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }
}
