//! Which webhooks and forms there are, where they are reached, and whether they are.

use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use patchbay_model::Text;
use serde_json::{Value, json};

use super::asked::Asked;
use super::fault::Fault;
use super::page::Page;
use crate::Server;
use crate::webhook::{Hook, form};
use crate::workflows::{Loaded, Routes, Table};

pub async fn list(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let page = Page::of(&asked, "offset")?;
    let wanted = asked.query("workflowId");
    let table = server.workflows.table();
    let workflows = table.workflows.values();
    let workflows = workflows.filter(|loaded| wanted.is_none_or(|wanted| loaded.id == wanted));
    let all = workflows.flat_map(|loaded| of_workflow(&server, &table, loaded));
    Ok(Json(page.cut(all.collect())).into_response())
}

fn of_workflow(server: &Server, table: &Table, loaded: &Loaded) -> Vec<Value> {
    let configuration = &server.configuration;
    let base = &configuration.base_url;
    let told = |kind: &str, hook: &Hook, routes: &Routes, paths: [&str; 2]| {
        let [url, test_url] = paths.map(|path| format!("{base}/{path}/{}", hook.path));
        let registered = routes.methods_of(loaded, hook);
        json!({
            "workflowId": loaded.id.as_str(), "workflowName": loaded.name.as_str(), "node": hook.name.as_str(),
            "kind": kind, "methods": hook.methods.iter().map(Text::as_str).collect::<Vec<_>>(),
            "path": hook.path.as_str(), "url": url, "active": registered.len() == hook.methods.len(),
            "testUrl": configuration.test_webhooks.then_some(test_url)
        })
    };
    let hooks = loaded.hooks.iter().map(|hook| {
        let paths = [&*configuration.webhook_path, &configuration.webhook_test_path];
        told("webhook", hook, &table.routes, paths)
    });
    let forms = loaded.forms.iter();
    let forms = forms.map(|form| told("form", form, &table.form_routes, [form::PATH, form::TEST_PATH]));
    hooks.chain(forms).collect()
}
