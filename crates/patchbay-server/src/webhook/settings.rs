//! What a Webhook node's parameters say, read once when the workflow is.

use std::sync::Arc;

use patchbay_engine::Graph;
use patchbay_model::scope::{ExecutionInfo, NoContexts};
use patchbay_model::workflow::Node;
use patchbay_model::{Environment, Item, RunData, Scope, Text, Value};
use patchbay_node::NodeError;

use super::access::Allowed;
use super::form;

/// One webhook of a workflow.
pub struct Hook {
    /// The node's place in the workflow.
    pub node: usize,
    pub name: Text,
    pub version: f64,
    /// Without slashes at its ends; parameters are segments with a colon in front.
    pub path: Text,
    /// In upper case; one for each output of the node.
    pub methods: Vec<Text>,
    /// Or why they can not be read: then each request fails.
    pub settings: Result<Settings, NodeError>,
    /// What is wrong with a node that it leads to: then each request fails as well.
    pub fault: Option<(&'static str, String)>,
}

/// How a webhook takes requests and answers them.
#[derive(Clone, Debug)]
pub struct Settings {
    pub authentication: Authentication,
    pub mode: Mode,
    pub status: u16,
    pub data: Data,
    /// What is answered at once.
    pub text: Option<Value>,
    /// Names in lower case.
    pub headers: Vec<(Text, Text)>,
    pub content_type: Option<Text>,
    /// The path of keys to what is answered of the first item.
    pub property: Option<Text>,
    /// The file that is answered.
    pub file: Text,
    pub no_body: bool,
    pub ignore_bots: bool,
    pub allowed: Vec<Allowed>,
    /// `*`, or one origin after the other with commas.
    pub origins: Text,
    pub raw_body: bool,
    pub binary_data: bool,
    /// The name of the item's file.
    pub binary_name: Option<Text>,
    /// For how long the same is taken once, in milliseconds, where a key for it is given.
    pub once_for: f64,
    pub largest_body: Option<u64>,
}

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    None,
    Basic,
    Header,
    Jwt,
}

/// When a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// At once.
    OnReceived,
    /// When the last node has run, with what it put out.
    LastNode,
    /// By Respond to Webhook.
    ResponseNode,
}

/// What of the last node's items is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    AllEntries,
    FirstEntryJson,
    FirstEntryBinary,
    Nothing,
}

/// Reads parameters for no item, or for one.
pub(crate) struct Reader<'a> {
    pub graph: &'a Graph,
    pub place: usize,
    pub environment: &'a dyn Environment,
    pub info: &'a ExecutionInfo,
    pub items: &'a [Item],
    /// What the expressions see of other nodes.
    pub run_data: &'a RunData,
}

impl Reader<'_> {
    /// Reads the workflow's nodes that are not disabled, for no item, before anything is executed.
    pub fn each(
        graph: &Graph,
        environment: &dyn Environment,
        timezone: &Text,
        mut read: impl FnMut(&Reader<'_>, &Node),
    ) {
        let own = graph.workflow.settings.timezone.as_ref();
        let info = ExecutionInfo {
            mode: "production".into(),
            timezone: own.unwrap_or(timezone).clone(),
            ..ExecutionInfo::default()
        };
        let nodes = graph.workflow.nodes.iter().enumerate();
        for (place, node) in nodes.filter(|(_, node)| !node.disabled) {
            let reader = Reader {
                graph,
                place,
                environment,
                info: &info,
                items: &[],
                run_data: &RunData::default(),
            };
            read(&reader, node);
        }
    }

    fn node(&self) -> &Node {
        &self.graph.workflow.nodes[self.place]
    }

    pub fn value(&self, path: &str) -> Result<Option<Value>, NodeError> {
        let Some(parameter) = self.graph.parameters(self.place).and_then(|all| all.at(path)) else {
            return Ok(None);
        };
        let scope = Scope {
            workflow: &self.graph.workflow,
            run_data: self.run_data,
            execution: self.info,
            environment: self.environment,
            node: self.node(),
            run_index: 0,
            items: self.items,
            item_index: 0,
            sources: &[],
            input_index: 0,
            contexts: &NoContexts,
            extra: &[],
        };
        let value = parameter.resolve(&scope).map_err(|error| error.below(path))?;
        Ok(value.filter(|value| !value.is_null()))
    }

    pub fn text(&self, path: &str) -> Result<Option<Text>, NodeError> {
        let value = self.value(path)?.map(|value| value.to_text());
        Ok(value.filter(|text| !text.is_empty()))
    }

    pub fn flag(&self, path: &str) -> Result<bool, NodeError> {
        Ok(self.value(path)?.is_some_and(|value| value.truthy()))
    }
}

impl Hook {
    /// The webhooks of a workflow's nodes that are not disabled.
    pub fn all(graph: &Arc<Graph>, id: &Text, environment: &dyn Environment, timezone: &Text) -> Vec<Self> {
        let is_webhook = |kind: &str| kind.eq_ignore_ascii_case(super::WEBHOOK);
        Self::of(graph, environment, timezone, is_webhook, |reader, node| {
            Self::read(reader, node, id)
        })
    }

    /// The forms of its Form Triggers that are not disabled.
    pub fn forms(graph: &Arc<Graph>, id: &Text, environment: &dyn Environment, timezone: &Text) -> Vec<Self> {
        Self::of(graph, environment, timezone, form::is_trigger, |reader, node| {
            form::hook(reader, node, id)
        })
    }

    fn of(
        graph: &Arc<Graph>,
        environment: &dyn Environment,
        timezone: &Text,
        is_one: impl Fn(&str) -> bool,
        read: impl Fn(&Reader<'_>, &Node) -> Self,
    ) -> Vec<Self> {
        let mut hooks = Vec::new();
        Reader::each(graph, environment, timezone, |reader, node| {
            if is_one(&node.kind) {
                hooks.push(read(reader, node));
            }
        });
        hooks
    }

    /// What is wrong with a node that a trigger leads to.
    pub(super) fn fault(reader: &Reader<'_>) -> Option<(&'static str, String)> {
        let faults = reader.graph.faults_from(reader.place);
        faults.first().map(|fault| (fault.code, fault.message.clone()))
    }

    fn read(reader: &Reader<'_>, node: &Node, id: &Text) -> Self {
        let settings = Settings::read(reader, node.version);
        let (path, settings) = or_fault(reader.text("path"), settings);
        let (methods, settings) = or_fault(methods(reader).map(Some), settings);
        let path = path.unwrap_or_default();
        let own = path.trim_matches('/');
        let path = match &node.webhook_id {
            // n8n's rule: the id comes first where the path has parameters, and stands for a path that is empty.
            Some(webhook) if own.split('/').any(|segment| segment.starts_with(':')) => format!("{webhook}/{own}"),
            Some(webhook) if own.is_empty() => webhook.to_string(),
            None if own.is_empty() => format!("{id}/{}", node.name.to_lowercase()),
            _ => own.to_owned(),
        };
        Self {
            node: reader.place,
            name: node.name.clone(),
            version: node.version,
            path: path.into(),
            methods: methods.unwrap_or_else(|| vec!["GET".into()]),
            settings,
            fault: Self::fault(reader),
        }
    }
}

/// What was read beside the settings; where it could not be, that is their fault.
pub(super) fn or_fault<T>(
    read: Result<Option<T>, NodeError>,
    settings: Result<Settings, NodeError>,
) -> (Option<T>, Result<Settings, NodeError>) {
    match read {
        Ok(read) => (read, settings),
        Err(error) => (None, Err(error)),
    }
}

fn methods(reader: &Reader<'_>) -> Result<Vec<Text>, NodeError> {
    let upper = |value: &Value| Text::from(value.to_text().to_uppercase());
    let given = reader.value("httpMethod")?;
    Ok(match given {
        Some(Value::Array(methods)) if reader.flag("multipleMethods")? => methods.iter().map(upper).collect(),
        _ if reader.flag("multipleMethods")? => vec!["GET".into(), "POST".into()],
        Some(method) => vec![upper(&method)],
        None => vec!["GET".into()],
    })
}

impl Settings {
    /// Also those of a Wait node that waits for a call: its parameters have the same names.
    pub(super) fn read(reader: &Reader<'_>, version: f64) -> Result<Self, NodeError> {
        let option = |name: &str| format!("options.{name}");
        let text = |name: &str| reader.text(name).map(Option::unwrap_or_default);
        let code = match reader.value("options.responseCode.values.responseCode")? {
            Some(code) if code.as_str() == Some("customCode") => {
                reader.value("options.responseCode.values.customCode")?
            }
            Some(code) => Some(code),
            None if version < 2.0 => reader.value("responseCode")?,
            None => reader
                .value("options.responseCode")?
                .filter(|code| code.as_number().is_some()),
        };
        // Wait has names of its own for these.
        let rests = reader.node().kind.eq_ignore_ascii_case(super::WAIT);
        let code = if rests { reader.value("responseCode")? } else { code };
        let authentication = if rests {
            "incomingAuthentication"
        } else {
            "authentication"
        };
        let status = code.map_or(200.0, |code| code.to_number());
        let allowed = text(&option("ipWhitelist"))?;
        Ok(Self {
            authentication: match text(authentication)?.as_str() {
                "basicAuth" => Authentication::Basic,
                "headerAuth" => Authentication::Header,
                "jwtAuth" => Authentication::Jwt,
                _ => Authentication::None,
            },
            mode: match text("responseMode")?.as_str() {
                "lastNode" => Mode::LastNode,
                "responseNode" | "streaming" => Mode::ResponseNode,
                _ => Mode::OnReceived,
            },
            status: if (100.0..1000.0).contains(&status) {
                status as u16
            } else {
                200
            },
            data: match text("responseData")?.as_str() {
                "allEntries" => Data::AllEntries,
                "firstEntryBinary" => Data::FirstEntryBinary,
                "noData" => Data::Nothing,
                _ => Data::FirstEntryJson,
            },
            text: reader
                .value(&option("responseData"))?
                .filter(|text| text.as_str() != Some("")),
            headers: headers(reader)?,
            content_type: reader.text(&option("responseContentType"))?,
            property: reader.text(&option("responsePropertyName"))?,
            file: reader
                .text("responseBinaryPropertyName")?
                .unwrap_or_else(|| "data".into()),
            no_body: reader.flag(&option("noResponseBody"))?,
            ignore_bots: reader.flag(&option("ignoreBots"))?,
            allowed: allowed
                .split(',')
                .filter(|text| !text.trim().is_empty())
                .map(read_allowed)
                .collect::<Result<_, _>>()?,
            origins: reader.text(&option("allowedOrigins"))?.unwrap_or_else(|| "*".into()),
            raw_body: reader.flag(&option("rawBody"))?,
            binary_data: reader.flag(&option("binaryData"))?,
            binary_name: reader.text(&option("binaryPropertyName"))?,
            once_for: number(reader, "patchbay.onceFor")?.map_or(DAY, |seconds| seconds * 1000.0),
            largest_body: number(reader, "patchbay.largestBody")?.map(|bytes| bytes as u64),
        })
    }
}

/// In milliseconds.
const DAY: f64 = 86_400_000.0;

fn number(reader: &Reader<'_>, path: &str) -> Result<Option<f64>, NodeError> {
    let Some(value) = reader.value(path)? else {
        return Ok(None);
    };
    match value.to_number() {
        number if number >= 0.0 => Ok(Some(number)),
        _ => {
            let message = format!("`{path}` is no number from 0 on: {}", value.to_json());
            Err(NodeError::new("E1228", message).parameter(path))
        }
    }
}

fn read_allowed(text: &str) -> Result<Allowed, NodeError> {
    Allowed::read(text).ok_or_else(|| {
        NodeError::new(
            "E1207",
            format!("`{}` is not an address of the Internet protocol", text.trim()),
        )
        .parameter("options.ipWhitelist")
    })
}

fn headers(reader: &Reader<'_>) -> Result<Vec<(Text, Text)>, NodeError> {
    let value = reader.value("options.responseHeaders")?.unwrap_or_default();
    let entries = value.get("entries").and_then(Value::as_array).unwrap_or_default();
    let text = |entry: &Value, key| entry.get(key).map(Value::to_text).unwrap_or_default();
    let headers = entries
        .iter()
        .map(|entry| (Text::from(text(entry, "name").to_lowercase()), text(entry, "value")));
    Ok(headers.filter(|(name, _)| !name.is_empty()).collect())
}
