//! What a service is: the parts of `node.toml` and of the files of its resources, read and checked.
//!
//! Reading never stops at the first fault ([`fault`]); a definition with faults is not used. What is done with a
//! definition is left to [`crate::request`], [`crate::answer`] and [`crate::node`].

pub mod fault;
pub mod fields;
mod kind;
mod parameter;
mod resource;
mod service;
mod version;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use patchbay_model::Text;
use patchbay_node::capability::http::Effect;

use crate::template::Template;

pub use kind::Kind;
pub use parameter::{Parameter, Place, Style, generated_name};
pub use resource::read as read_resource;
pub use service::read as read_service;
pub use version::Version;

/// A service: one folder under `nodes/`, without its resources.
#[derive(Debug)]
pub struct Service {
    /// The folder's name: `3cx`.
    pub folder: Text,
    /// The node types of workflow files that mean this service; the first is the usual one.
    pub types: Vec<Text>,
    pub title: Text,
    pub about: Text,
    pub versions: Vec<f64>,
    pub credential: CredentialType,
    pub connection: Connection,
    pub auth: Auth,
    pub errors: ErrorMapping,
    pub paging: Option<Paging>,
    /// Parameters that operations share, by name.
    pub sets: Sets,
}

/// Parameters that operations take over with `use`.
pub type Sets = IndexMap<Text, Vec<Arc<Parameter>>>;

/// The credential that the service wants.
#[derive(Debug, Default)]
pub struct CredentialType {
    /// What workflow files may call it; the first is the usual one.
    pub types: Vec<Text>,
    pub fields: Vec<CredentialField>,
    /// The field that says which version of the service it is, for `since` and `until`.
    pub version_field: Option<Text>,
    /// A cheap request that any working credential can send: the path of a GET.
    pub check: Option<Text>,
    /// What else can be told of a credential that works.
    pub facts: Vec<CredentialFact>,
}

impl CredentialType {
    /// Of which type a node's credential is: whichever of the service's types the node names, else the usual one.
    pub fn type_of(&self, node: &patchbay_model::workflow::Node) -> Text {
        let named = self.types.iter().find(|kind| node.credentials.contains_key(*kind));
        let other = node.credentials.keys().next();
        named.or(other).or(self.types.first()).cloned().unwrap_or_default()
    }
}

/// Something that a service tells of whoever asks: its version, the client's role.
#[derive(Debug)]
pub struct CredentialFact {
    pub name: Text,
    /// The path of a GET, over the credential's fields.
    pub path: Template,
    /// JSON path of the answer's texts that tell it.
    pub value: Text,
    /// What some of the texts mean, in words.
    pub words: Vec<(Text, Text)>,
}

/// One field of a credential.
#[derive(Debug)]
pub struct CredentialField {
    pub name: Text,
    pub about: Text,
    pub required: bool,
    pub secret: bool,
}

/// Where requests go.
#[derive(Debug)]
pub struct Connection {
    /// Over the credential's fields: `{{url}}`. Scheme, host and perhaps a port and a path.
    pub base: Template,
    /// What comes between the base and an operation's path: `/xapi/v1`.
    pub path: Text,
    /// Sent with every request.
    pub headers: Vec<(Text, Text)>,
    /// Until the end of the answer.
    pub timeout: Duration,
    /// How many requests of one node are under way at once.
    pub concurrency: usize,
}

/// How requests prove who sends them. Templates are over the credential's fields.
#[derive(Debug)]
pub enum Auth {
    None,
    /// A header, such as `Authorization` with `Bearer {{token}}`.
    Header {
        name: Text,
        value: Template,
    },
    /// A query option.
    Query {
        name: Text,
        value: Template,
    },
    Basic {
        user: Template,
        password: Template,
    },
    ClientCredentials(ClientCredentials),
}

/// OAuth2's client credentials grant.
#[derive(Debug)]
pub struct ClientCredentials {
    /// Below the connection's base: `/connect/token`; or a whole URL.
    pub token_path: Text,
    /// The form that is sent for a token.
    pub form: Vec<(Text, Template)>,
    /// The field of the form that tells clients apart: there is one token for each.
    pub client: Text,
    /// An `expires_in` below this is in minutes: some services count so.
    pub minutes_below: f64,
}

/// Where a service's answer says what went wrong: JSON paths.
#[derive(Debug, Default)]
pub struct ErrorMapping {
    pub code: Option<Text>,
    pub message: Option<Text>,
    pub target: Option<Text>,
    /// Gives each of several further faults.
    pub details: Option<Text>,
    pub hints: Vec<ErrorHint>,
}

/// What to do about some errors: for a status, or for a text in the message.
#[derive(Debug)]
pub struct ErrorHint {
    pub status: Option<u16>,
    pub contains: Option<Text>,
    pub effect: Option<Effect>,
    pub text: Text,
}

/// How a list is fetched page by page.
#[derive(Debug)]
pub struct Paging {
    /// The query option for how many elements a page has.
    pub size_option: Text,
    /// The query option for how many elements come before it, or for its number.
    pub offset_option: Text,
    /// The number of the first page, where pages are numbered.
    pub first_page: Option<usize>,
    /// The largest page that is asked for.
    pub size: usize,
    /// JSON path of a page's elements.
    pub items: Text,
    /// JSON path of how many elements the whole list has.
    pub count: Option<Text>,
    /// A page that is not full is the last one.
    pub fills_pages: bool,
}

/// A resource: the operations of one file.
#[derive(Debug)]
pub struct Resource {
    /// As workflow files have it: `Service Principals`.
    pub name: Text,
    pub about: Text,
    /// By name, in lower case. An operation that changed is there once for each span of versions.
    pub operations: IndexMap<String, Vec<Arc<Operation>>>,
}

/// Something that can be done with a resource: one request.
#[derive(Debug)]
pub struct Operation {
    /// As workflow files have it: `List Groups`.
    pub name: Text,
    pub about: Text,
    /// Upper case.
    pub method: Text,
    /// Over the path parameters: `/Users({{odata Id}})/Groups`.
    pub path: Template,
    pub effect: Effect,
    /// It takes a body, if only an empty one.
    pub body: bool,
    /// What the body is: `application/json`.
    pub content_type: Text,
    pub answer: Answer,
    /// The service cuts the page out before it filters: a page that is not full is not the last then.
    pub filters_pages: bool,
    /// In the order of the file.
    pub parameters: Vec<Arc<Parameter>>,
    pub life: Life,
}

/// What an operation answers with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// JSON; or what the answer's Content-Type says.
    #[default]
    Json,
    /// A file, whatever its Content-Type.
    File,
}

/// The versions of the service that have something, both included.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Life {
    pub since: Option<Version>,
    pub until: Option<Version>,
}

impl Life {
    pub fn overlaps(&self, other: &Self) -> bool {
        let ends_before = |one: &Self, other: &Self| matches!((&one.until, &other.since), (Some(until), Some(since)) if until < since);
        !ends_before(self, other) && !ends_before(other, self)
    }

    /// Whether a version has it; `20.0.7.1054` is a build of `20.0.7`.
    pub fn includes(&self, version: &Version) -> bool {
        self.since.as_ref().is_none_or(|since| since <= version)
            && self
                .until
                .as_ref()
                .is_none_or(|until| version <= until || version.is_build_of(until))
    }
}

impl Resource {
    pub fn operation_names(&self) -> impl Iterator<Item = &str> {
        self.operations
            .values()
            .filter_map(|variants| Some(variants.last()?.name.as_str()))
    }

    /// The operation of that name, without regard to case, in all its variants, oldest first.
    pub fn variants(&self, name: &str) -> Option<&[Arc<Operation>]> {
        self.operations.get(&name.trim().to_lowercase()).map(Vec::as_slice)
    }
}

/// The variant of an operation that is meant: that of the version, if it is known; else the one whose required
/// parameters are all given, and of several the one with most given; else the newest.
pub fn choose<'a>(
    variants: &'a [Arc<Operation>],
    version: Option<&Version>,
    is_given: impl Fn(&str) -> bool,
) -> Option<&'a Arc<Operation>> {
    let of_version = version.and_then(|version| variants.iter().rev().find(|variant| variant.life.includes(version)));
    if of_version.is_some() {
        return of_version;
    }
    let given = |parameter: &&Arc<Parameter>| is_given(&parameter.name);
    let complete = |variant: &&Arc<Operation>| {
        variant
            .parameters
            .iter()
            .filter(|parameter| parameter.required)
            .all(|parameter| given(&parameter))
    };
    // Of equals the last is the maximum: the newest.
    let meant = variants
        .iter()
        .filter(complete)
        .max_by_key(|variant| variant.parameters.iter().filter(given).count());
    meant.or(variants.last())
}

impl Operation {
    pub fn parameter(&self, name: &str) -> Option<&Arc<Parameter>> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// Whether it changes just the fields that it is given: without one it would do nothing. A `PUT` without fields may
    /// mean something, and so may a `PATCH` that takes none.
    pub fn updates_fields(&self) -> bool {
        let has_fields = || self.parameters.iter().any(|parameter| parameter.place.is_body());
        self.method == "PATCH" && self.effect == Effect::Write && has_fields()
    }

    /// Whether the service gives its answer page by page; a file has no pages.
    pub fn is_paged(&self, paging: &Paging) -> bool {
        let query = |name: &str| {
            self.parameter(name)
                .is_some_and(|parameter| parameter.place == Place::Query)
        };
        self.answer == Answer::Json && query(&paging.size_option) && query(&paging.offset_option)
    }
}

impl std::fmt::Display for Life {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        match (&self.since, &self.until) {
            (None, None) => formatter.write_str("in every version"),
            (Some(since), None) => write!(formatter, "since {since}"),
            (None, Some(until)) => write!(formatter, "until {until}"),
            (Some(since), Some(until)) => write!(formatter, "from {since} until {until}"),
        }
    }
}
