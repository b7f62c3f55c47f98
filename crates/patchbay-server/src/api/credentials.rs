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
    if name.is_empty() || name.chars().count() > 128 {
        return Err(Fault::bad("request/body/name must have 1 to 128 characters"));
    }
    let data = object(data)?;
    check(&server, kind, &data)?;
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
        let given = object(fields.object("data")?)?;
        if fields.optional_flag("isPartialData")? == Some(true) {
            data.extend(given);
        } else {
            data = given;
        }
    }
    if body.contains_key("data") || body.contains_key("type") {
        check(&server, kind, &data)?;
    }
    server.credentials.put(id, name, kind, data, server.now()).await?;
    Ok(Json(to_json(&find(&server, id)?)).into_response())
}

fn object(data: &Map<String, Value>) -> Result<Object, Fault> {
    serde_json::from_value(Value::Object(data.clone()))
        .map_err(|error| Fault::bad(format!("request/body/data: {error}")))
}

/// Refuses a type that is not known, and what one of the type does not hold, in n8n's words.
fn check(server: &Server, kind: &str, data: &Object) -> Result<(), Fault> {
    let unknown = || Fault::bad("req.body.type is not a known type");
    let known = (server.world.credential_type)(kind).ok_or_else(unknown)?;
    for field in &known.fields {
        match data.get(&field.name) {
            None if field.required => {
                let message = format!("request.body.data requires property \"{}\"", field.name);
                return Err(Fault::bad(message));
            }
            Some(value) if !field.kind.fits(value) => {
                let kind = field.kind.as_str();
                let message = format!("request.body.data.{} is not of a type(s) {kind}", field.name);
                return Err(Fault::bad(message));
            }
            _ => {}
        }
    }
    let is_known = |name: &str| known.fields.iter().any(|field| field.name == name);
    match data.keys().find(|name| known.are_all && !is_known(name)) {
        Some(name) => {
            let message = format!("request.body.data is not allowed to have the additional property \"{name}\"");
            Err(Fault::bad(message))
        }
        None => Ok(()),
    }
}

pub async fn delete(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let _changing = server.changing.lock().await;
    let known = find(&server, asked.param("id"))?;
    server.credentials.remove(&known.id).await?;
    Ok(Json(to_json(&known)).into_response())
}

pub async fn schema(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let known = (server.world.credential_type)(asked.param("type")).ok_or_else(Fault::not_found)?;
    let fields = known.fields.iter();
    let properties = fields.map(|field| (field.name.to_string(), json!({"type": field.kind.as_str()})));
    let properties: Map<String, Value> = properties.collect();
    let required = known.fields.iter().filter(|field| field.required);
    let required: Vec<&str> = required.map(|field| field.name.as_str()).collect();
    let schema = json!({
        "additionalProperties": !known.are_all, "type": "object", "properties": properties, "required": required
    });
    Ok(Json(schema).into_response())
}
