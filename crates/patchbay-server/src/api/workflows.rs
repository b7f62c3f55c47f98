//! Workflows: the API reads and writes the folder's files, which stay the truth.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use patchbay_model::Text;
use serde_json::{Map, Value, json};

use super::asked::{Asked, Fields};
use super::fault::Fault;
use super::page::Page;
use super::tags::Tags;
use super::{identifier, shape};
use crate::Server;
use crate::workflows::Loaded;

/// What a client may say of a workflow.
const KNOWN: [&str; 8] = [
    "name",
    "nodes",
    "connections",
    "settings",
    "staticData",
    "pinData",
    "meta",
    "description",
];

/// What only the server says of one.
const READ_ONLY: [&str; 12] = [
    "id",
    "active",
    "createdAt",
    "updatedAt",
    "tags",
    "versionId",
    "versionCounter",
    "activeVersionId",
    "activeVersion",
    "isArchived",
    "triggerCount",
    "shared",
];

/// The workflow of a path, by its id.
pub fn find(server: &Server, asked: &Asked) -> Result<Arc<Loaded>, Fault> {
    let table = server.workflows.table();
    table
        .workflows
        .get(asked.param("id"))
        .cloned()
        .ok_or_else(Fault::not_found)
}

async fn answer(server: &Server, loaded: &Loaded) -> Result<Response, Fault> {
    Ok(Json(shape::workflow(loaded, &Tags::read(server).await?)).into_response())
}

pub async fn list(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let page = Page::of(&asked, "offset")?;
    let active = asked.flag("active")?;
    let without_pins = asked.flag("excludePinnedData")? == Some(true);
    let tags = Tags::read(&server).await?;
    let table = server.workflows.table();
    let wanted = table.workflows.values().filter(|loaded| {
        active.is_none_or(|active| loaded.active == active)
            && asked.query("name").is_none_or(|name| loaded.name == name)
            && asked.query("tags").is_none_or(|names| tags.has_all(loaded, names))
    });
    let all = wanted.map(|loaded| shape::workflow(loaded, &tags));
    let mut answer = page.cut(all.collect());
    if without_pins {
        answer["data"].as_array_mut().into_iter().flatten().for_each(unpin);
    }
    Ok(Json(answer).into_response())
}

fn unpin(workflow: &mut Value) {
    if let Some(workflow) = workflow.as_object_mut() {
        workflow.remove("pinData");
    }
}

pub async fn get(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let without_pins = asked.flag("excludePinnedData")? == Some(true);
    let loaded = find(&server, &asked)?;
    let mut workflow = shape::workflow(&loaded, &Tags::read(&server).await?);
    if without_pins {
        unpin(&mut workflow);
    }
    Ok(Json(workflow).into_response())
}

/// The fields that a body says of a workflow.
fn given(asked: &Asked) -> Result<Map<String, Value>, Fault> {
    let body = asked.object(false)?;
    let fields = Fields::new(&body, &KNOWN, &READ_ONLY)?;
    fields.text("name")?;
    fields.array("nodes")?;
    fields.object("connections")?;
    fields.object("settings")?;
    if let Some(wrong) = ["staticData", "pinData", "meta"]
        .iter()
        .find(|name| !matches!(body.get(**name), None | Some(Value::Null | Value::Object(_))))
    {
        return Err(Fault::bad(format!("request/body/{wrong} must be object")));
    }
    Ok(body)
}

pub async fn create(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let body = given(&asked)?;
    let _changing = server.changing.lock().await;
    let id = identifier::new(&*server.world.capabilities.entropy);
    let mut object = Map::new();
    object.insert("id".into(), id.as_str().into());
    object.insert("name".into(), body["name"].clone());
    object.insert("active".into(), false.into());
    object.extend(body);
    let stem = shape::file_name(object["name"].as_str().unwrap_or_default());
    let text = text(&Value::Object(object));
    candidate(&server, Path::new("new.json"), &text, None)?;
    // A name alone where it is free: the folder is for people too.
    let names = [stem.clone(), format!("{stem}-{id}"), id.clone()];
    write(&server, move |server| {
        server.workflows.create_file(&names, &text).map(drop)
    })
    .await?;
    let table = server.workflows.table();
    let loaded = table.workflows.get(id.as_str()).ok_or_else(Fault::not_found)?;
    answer(&server, loaded).await
}

pub async fn update(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let _changing = server.changing.lock().await;
    let loaded = find(&server, &asked)?;
    let body = given(&asked)?;
    let loaded = change(&server, &loaded, |object| object.extend(body)).await?;
    answer(&server, &loaded).await
}

pub async fn activate(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    set_active(server, asked, true).await
}

pub async fn deactivate(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    set_active(server, asked, false).await
}

async fn set_active(server: Arc<Server>, asked: Asked, active: bool) -> Result<Response, Fault> {
    asked.object(true)?;
    let _changing = server.changing.lock().await;
    let mut loaded = find(&server, &asked)?;
    if loaded.active != active {
        loaded = change(&server, &loaded, |object| {
            object.insert("active".into(), active.into());
        })
        .await?;
    }
    answer(&server, &loaded).await
}

pub async fn delete(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let _changing = server.changing.lock().await;
    let loaded = find(&server, &asked)?;
    let gone = answer(&server, &loaded).await?;
    let (path, pointer) = place(&loaded);
    let mut file = read(&path)?;
    own_object(&mut file, &pointer, &loaded)?;
    let others = match (
        &mut file,
        pointer.strip_prefix('/').and_then(|place| place.parse().ok()),
    ) {
        (Value::Array(all), Some(place)) if all.len() > 1 => {
            all.remove(place);
            Some(text(&file))
        }
        _ => None,
    };
    write(&server, move |server| match &others {
        Some(others) => server.workflows.replace_file(&path, others),
        None => std::fs::remove_file(&path),
    })
    .await?;
    Ok(gone)
}

/// Changes a workflow in its file and gives it as it is from then on. Who calls holds `Server::changing`.
pub async fn change(
    server: &Arc<Server>,
    loaded: &Loaded,
    change: impl FnOnce(&mut Map<String, Value>),
) -> Result<Arc<Loaded>, Fault> {
    let (path, pointer) = place(loaded);
    let mut file = read(&path)?;
    let object = own_object(&mut file, &pointer, loaded)?;
    let (created, _) = shape::times(loaded);
    object
        .entry("createdAt")
        .or_insert_with(|| identifier::time(created).into());
    change(object);
    let own = text(&Value::Object(object.clone()));
    candidate(server, &path, &own, Some(loaded))?;
    let text = text(&file);
    write(server, move |server| server.workflows.replace_file(&path, &text)).await?;
    let table = server.workflows.table();
    table.workflows.get(&loaded.id).cloned().ok_or_else(Fault::not_found)
}

/// The workflow in its file, if it is there still.
fn own_object<'a>(file: &'a mut Value, pointer: &str, loaded: &Loaded) -> Result<&'a mut Map<String, Value>, Fault> {
    let object = file.pointer_mut(pointer).and_then(Value::as_object_mut);
    let is_own = |object: &Map<String, Value>| match object.get("id") {
        Some(Value::String(id)) if !id.is_empty() => *id == loaded.id.as_str(),
        Some(Value::Number(id)) => id.to_string() == loaded.id.as_str(),
        // It is known by its file's name.
        _ => true,
    };
    let object = object.filter(|object| is_own(object));
    object.ok_or_else(|| Fault::new(StatusCode::CONFLICT, "The workflow's file has changed meanwhile"))
}

/// Where a workflow is: its file, and the place in it.
fn place(loaded: &Loaded) -> (PathBuf, String) {
    (loaded.file.clone(), loaded.graph.workflow.pointer.clone())
}

fn read(path: &Path) -> Result<Value, Fault> {
    let unreadable = |error: String| Fault::new(StatusCode::CONFLICT, format!("The workflow's file: {error}"));
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| unreadable(error.to_string()))
}

fn text(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// Refuses what could not be loaded, or could not be active although it says so.
fn candidate(server: &Server, path: &Path, text: &str, before: Option<&Loaded>) -> Result<(), Fault> {
    let (workflows, faults) = patchbay_model::workflow::read(text);
    if let Some(fault) = faults
        .iter()
        .find(|fault| fault.severity == patchbay_model::Severity::Error)
    {
        return Err(Fault::bad(fault.message.clone()));
    }
    let mut workflow = workflows
        .into_iter()
        .next()
        .ok_or_else(|| Fault::bad("not a workflow"))?;
    if let Some(before) = before {
        // One that is known by its file's name has none of its own.
        workflow.id.get_or_insert_with(|| before.id.clone());
    }
    let compiled = server.workflows.compile(path, workflow, text.into());
    let (loaded, _) = compiled.map_err(|faults| {
        let first = faults
            .first()
            .map_or_else(|| "not a workflow".to_owned(), |fault| fault.message.clone());
        Fault::bad(first)
    })?;
    if !loaded.active {
        return Ok(());
    }
    if !loaded.starts {
        let message = format!(
            "Workflow \"{}\" (ID: {}) has no node to start the workflow - at least one trigger, poller or webhook node is required",
            loaded.name, loaded.id
        );
        return Err(Fault::bad(message));
    }
    let table = server.workflows.table();
    let conflicts = [&table.routes, &table.form_routes].map(|routes| routes.conflicts(&loaded));
    match conflicts.iter().flatten().next() {
        Some(conflict) => Err(Fault::new(StatusCode::CONFLICT, conflict.message.clone())),
        None => Ok(()),
    }
}

/// Changes the folder, and takes the change in.
async fn write(
    server: &Arc<Server>,
    write: impl FnOnce(&Server) -> std::io::Result<()> + Send + 'static,
) -> Result<(), Fault> {
    let server = server.clone();
    let written = tokio::task::spawn_blocking(move || {
        write(&server)?;
        server.workflows.refresh();
        Ok::<_, std::io::Error>(())
    });
    let written = written.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    written.map_err(|error| {
        tracing::error!(code = "E1210", "a workflow file was not written: {error}");
        Fault::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("The workflow's file was not written: {error}"),
        )
    })
}

/// What a list of an execution's workflow says: that of the file at the time.
pub fn of_execution(loaded: &Loaded, id: &Text) -> Value {
    let workflow = &loaded.graph.workflow;
    let mut object = serde_json::to_value(workflow.to_value()).unwrap_or_default();
    if let Some(object) = object.as_object_mut() {
        object.insert("id".into(), json!(id.as_str()));
    }
    object
}
