//! Credentials: made, changed, listed and removed; what they hold is never given.

use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use patchbay_model::Object;
use serde_json::{Map, Value, json};

use super::asked::{Asked, Fields};
use super::fault::Fault;
use super::identifier;
use super::page::Page;
use crate::Server;
use crate::credentials::Stored;

fn to_json(stored: &Stored) -> Value {
    json!({
        "id": stored.id.as_str(), "name": stored.name.as_str(), "type": stored.kind.as_str(), "isManaged": false,
        "createdAt": identifier::time(stored.created), "updatedAt": identifier::time(stored.updated)
    })
}

fn find(server: &Server, id: &str) -> Result<Stored, Fault> {
    let mut all = server.credentials.all().into_iter();
    all.find(|stored| stored.id == id).ok_or_else(Fault::not_found)
}

pub async fn list(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let page = Page::of(&asked, "offset")?;
    let all = server.credentials.all();
    Ok(Json(page.cut(all.iter().map(to_json).collect())).into_response())
}

pub async fn create(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let body = asked.object(false)?;
    let fields = Fields::new(
        &body,
        &["name", "type", "data", "projectId", "isResolvable"],
        &["id", "createdAt", "updatedAt"],
    )?;
    let (name, kind, data) = (fields.text("name")?, fields.text("type")?, fields.object("data")?);
    let is_sign = |sign: char| sign.is_ascii_alphanumeric() || sign == '_' || sign == '-' || sign == '.';
    if kind.is_empty() || !kind.chars().all(is_sign) {
        return Err(Fault::bad("req.body.type is not a known type"));
    }
    if name.is_empty() || name.chars().count() > 128 {
        return Err(Fault::bad("request/body/name must have 1 to 128 characters"));
    }
    let data = fitting(&server, kind, data)?;
    let _changing = server.changing.lock().await;
    let id = identifier::new(&*server.world.capabilities.entropy);
    server.credentials.put(&id, name, kind, data, server.now()).await?;
    Ok(Json(to_json(&find(&server, &id)?)).into_response())
}

pub async fn update(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let id = asked.param("id");
    let _changing = server.changing.lock().await;
    let known = find(&server, id)?;
    let body = asked.object(false)?;
    let fields = Fields::new(
        &body,
        &["name", "type", "data", "isPartialData"],
        &["id", "createdAt", "updatedAt"],
    )?;
    let name = fields.optional_text("name")?.unwrap_or(known.name.as_str());
    let kind = fields.optional_text("type")?.unwrap_or(known.kind.as_str());
    let mut data = known.data().clone();
    if body.contains_key("data") {
        let given = fitting(&server, kind, fields.object("data")?)?;
        if fields.optional_flag("isPartialData")? == Some(true) {
            data.extend(given);
        } else {
            data = given;
        }
    }
    server.credentials.put(id, name, kind, data, server.now()).await?;
    Ok(Json(to_json(&find(&server, id)?)).into_response())
}

/// What a credential of the type may hold, where the type is known.
fn fitting(server: &Server, kind: &str, data: &Map<String, Value>) -> Result<Object, Fault> {
    if let Some(known) = (server.world.credential_fields)(kind)
        && let Some(name) = data
            .keys()
            .find(|name| !known.iter().any(|known| known == name.as_str()))
    {
        let message = format!("request.body.data is not allowed to have the additional property \"{name}\"");
        return Err(Fault::bad(message));
    }
    serde_json::from_value(Value::Object(data.clone()))
        .map_err(|error| Fault::bad(format!("request/body/data: {error}")))
}

pub async fn delete(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let _changing = server.changing.lock().await;
    let known = find(&server, asked.param("id"))?;
    server.credentials.remove(&known.id).await?;
    Ok(Json(to_json(&known)).into_response())
}

pub async fn schema(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let fields = (server.world.credential_fields)(asked.param("type")).ok_or_else(Fault::not_found)?;
    let properties = fields
        .iter()
        .map(|name| (name.to_string(), json!({"type": "string"})))
        .collect::<Map<_, _>>();
    let schema = json!({"additionalProperties": false, "type": "object", "properties": properties, "required": []});
    Ok(Json(schema).into_response())
}
