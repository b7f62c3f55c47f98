//! Variables: what `$vars` gives to expressions.

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use patchbay_store::{Change, Kind, Record};
use serde_json::{Value, json};

use super::asked::{Asked, Fields};
use super::fault::Fault;
use super::identifier;
use super::page::Page;
use crate::Server;

fn to_json(record: &Record) -> Value {
    let value: Value = serde_json::from_slice(&record.value).unwrap_or_default();
    json!({"id": record.key, "key": value["key"], "value": value["value"], "type": "string"})
}

pub async fn list(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let page = Page::of(&asked, "offset")?;
    let empty_only = match asked.query("state") {
        None => false,
        Some("empty") => true,
        Some(_) => {
            return Err(Fault::bad(
                "request/query/state must be equal to one of the allowed values: empty",
            ));
        }
    };
    let records = server.store.records(Kind::Variable).await?;
    let mut all: Vec<Value> = records.iter().map(to_json).collect();
    all.retain(|variable| !empty_only || variable["value"] == "");
    Ok(Json(page.cut(all)).into_response())
}

pub async fn create(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let _changing = server.changing.lock().await;
    let id = identifier::new(&*server.world.capabilities.entropy);
    let made = put(&server, &asked, &id).await?;
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

pub async fn update(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let _changing = server.changing.lock().await;
    there(&server, asked.param("id")).await?;
    put(&server, &asked, asked.param("id")).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub async fn delete(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let _changing = server.changing.lock().await;
    there(&server, asked.param("id")).await?;
    let remove = Change::Remove {
        kind: Kind::Variable,
        key: asked.param("id").to_owned(),
    };
    server.store.write(remove).await?;
    server.executions.read_variables().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn there(server: &Server, id: &str) -> Result<(), Fault> {
    let record = server.store.record(Kind::Variable, id).await?;
    record.map(drop).ok_or_else(Fault::not_found)
}

async fn put(server: &Server, asked: &Asked, id: &str) -> Result<Value, Fault> {
    let body = asked.object(false)?;
    let fields = Fields::new(&body, &["key", "value", "projectId"], &["id", "type"])?;
    let (key, value) = (fields.text("key")?, fields.text("value")?);
    let is_sign = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    if key.is_empty() || key.len() > 50 || !key.chars().all(is_sign) {
        return Err(Fault::bad(
            "request/body/key must be 1 to 50 letters, digits and underscores",
        ));
    }
    let records = server.store.records(Kind::Variable).await?;
    let mut others = records.iter().filter(|record| record.key != id);
    if others.any(|record| to_json(record)["key"] == key) {
        return Err(Fault::bad(format!("A variable with the key \"{key}\" already exists")));
    }
    let put = Change::Put {
        kind: Kind::Variable,
        key: id.to_owned(),
        value: json!({"key": key, "value": value}).to_string().into_bytes(),
        now: server.now(),
    };
    server.store.write(put).await?;
    server.executions.read_variables().await?;
    Ok(json!({"id": id, "key": key, "value": value, "type": "string"}))
}
