//! Forms: the page of a Form Trigger, further pages of Form and Wait, and their end.
//!
//! A browser is shown pages and led from one to the next; whoever does not ask for HTML is told in n8n's JSON what comes
//! next.
//!
//! | module | holds |
//! | --- | --- |
//! | `waiting` | the pages of executions that rest |
//! | `step` | one page of a form: what its node says, what was sent, what follows |
//! | `fields` | its fields |
//! | `page` | HTML |

mod fields;
mod page;
mod step;
mod waiting;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use patchbay_model::scope::ExecutionInfo;
use patchbay_model::{RunData, Text};
use patchbay_store::ExecutionId;

use super::path;
use super::request::LIKE_WEBHOOK;
use super::settings::{Hook, Reader, Settings, or_fault};
use crate::Server;
use crate::workflows::{Loaded, Match};
use step::Form;
pub use waiting::waiting;

/// Nodes, in lower case.
const TRIGGER: &str = "n8n-nodes-base.formtrigger";
const FORM: &str = "n8n-nodes-base.form";

/// Where forms are, and their further pages.
pub const PATH: &str = "form";
pub const TEST_PATH: &str = "form-test";
pub const WAITING_PATH: &str = "form-waiting";

/// What `formMode` and `$execution.mode` say of them.
const PRODUCTION: &str = "production";
const TEST: &str = "test";

/// Where the form of a Form Trigger is.
pub(super) fn hook(reader: &Reader<'_>, node: &patchbay_model::workflow::Node, id: &Text) -> Hook {
    let name = if node.version >= 2.2 { "options.path" } else { "path" };
    let settings = Settings::read(reader, LIKE_WEBHOOK);
    let (own, settings) = or_fault(reader.text(name), settings);
    let own = own.or_else(|| node.webhook_id.clone());
    let own = own.unwrap_or_else(|| format!("{id}/{}", node.name.to_lowercase()).into());
    let own = own.trim_matches('/');
    Hook {
        node: reader.place,
        name: node.name.clone(),
        version: node.version,
        path: if node.version < 2.0 {
            format!("{own}/n8n-form").into()
        } else {
            own.into()
        },
        methods: vec!["GET".into(), "POST".into()],
        settings,
        fault: Hook::fault(reader),
    }
}

pub(super) fn is_trigger(kind: &str) -> bool {
    kind.eq_ignore_ascii_case(TRIGGER)
}

/// `/form/…`
pub async fn form(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let table = server.workflows.table();
    let path = path(&request, PATH);
    let found = table.form_routes.find(request.method().as_str(), &path);
    let text = "There is no form here. Is its workflow active?";
    begin(&server, found, PRODUCTION, text, peer, request).await
}

/// `/form-test/…`
pub async fn test(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let table = server.workflows.table();
    let (found, text) = if server.configuration.test_webhooks {
        let path = path(&request, TEST_PATH);
        let found = table.test_form_routes.find(request.method().as_str(), &path);
        (found, "There is no form here.")
    } else {
        let text = "Test URLs are answered where the server is started with `--test-webhooks`.";
        (Match::Nothing, text)
    };
    begin(&server, found, TEST, text, peer, request).await
}

/// The first page of a form; `missing` says why there is none.
async fn begin(
    server: &Arc<Server>,
    found: Match,
    mode: &str,
    missing: &str,
    peer: SocketAddr,
    request: Request,
) -> Response {
    let Match::Found { workflow, hook, .. } = found else {
        return page::told(StatusCode::NOT_FOUND, "Problem loading form", missing);
    };
    let form = Form {
        server,
        workflow: &workflow,
        place: workflow.forms[hook].node,
        run_data: RunData::default(),
        info: info(server, &workflow, 0, mode),
    };
    let settings = match &workflow.forms[hook].settings {
        Ok(settings) => settings,
        Err(error) => return form.broken(error),
    };
    match form.first(settings, peer, request).await {
        Ok(response) | Err(response) => response,
    }
}

fn info(server: &Server, workflow: &Loaded, id: ExecutionId, mode: &str) -> ExecutionInfo {
    ExecutionInfo {
        id: id.to_string().into(),
        mode: mode.into(),
        timezone: server.configuration.timezone_of(&workflow.graph.workflow),
        ..ExecutionInfo::default()
    }
}
