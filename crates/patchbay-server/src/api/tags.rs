//! Tags: their names in the store, which workflow has which in the workflow's file.

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use patchbay_model::{Text, Value as ModelValue};
use patchbay_store::{Change, Error, Kind};
use serde_json::{Value, json};

use super::asked::{Asked, Fields};
use super::fault::Fault;
use super::identifier;
use super::page::Page;
use super::workflows::{change, find};
use crate::Server;
use crate::workflows::Loaded;

/// All tags.
pub struct Tags {
    all: Vec<Tag>,
}

struct Tag {
    id: Text,
    name: Text,
    created: i64,
    updated: i64,
}

impl Tag {
    fn to_json(&self) -> Value {
        json!({
            "createdAt": identifier::time(self.created), "updatedAt": identifier::time(self.updated),
            "id": self.id.as_str(), "name": self.name.as_str()
        })
    }
}

impl Tags {
    /// Those of the store, and those that only files name.
    pub async fn read(server: &Server) -> Result<Self, Error> {
        let records = server.store.records(Kind::Tag).await?;
        let mut all: Vec<Tag> = records
            .into_iter()
            .map(|record| Tag {
                id: record.key.into(),
                name: String::from_utf8_lossy(&record.value).as_ref().into(),
                created: record.created,
                updated: record.updated,
            })
            .collect();
        for loaded in server.workflows.table().workflows.values() {
            for (id, name) in in_file(loaded) {
                if !all.iter().any(|tag| tag.id == id) {
                    let (created, updated) = super::shape::times(loaded);
                    all.push(Tag {
                        id,
                        name,
                        created,
                        updated,
                    });
                }
            }
        }
        Ok(Self { all })
    }

    /// n8n's objects for the tags of a workflow.
    pub fn of(&self, loaded: &Loaded) -> Vec<Value> {
        let ids: Vec<Text> = in_file(loaded).into_iter().map(|(id, _)| id).collect();
        let own = self.all.iter().filter(|tag| ids.contains(&tag.id));
        own.map(Tag::to_json).collect()
    }

    /// Whether a workflow has all tags of these names.
    pub fn has_all(&self, loaded: &Loaded, names: &str) -> bool {
        let own = self.of(loaded);
        names
            .split(',')
            .all(|name| own.iter().any(|tag| tag["name"] == name.trim()))
    }

    fn find(&self, id: &str) -> Option<&Tag> {
        self.all.iter().find(|tag| tag.id == id)
    }

    fn is_taken(&self, name: &str, by_other_than: Option<&str>) -> bool {
        let mut others = self.all.iter().filter(|tag| Some(tag.id.as_str()) != by_other_than);
        others.any(|tag| tag.name == name)
    }
}

/// The ids and names of the tags that a workflow's file names: n8n's objects, or names alone.
fn in_file(loaded: &Loaded) -> Vec<(Text, Text)> {
    let tags = loaded.graph.workflow.extra.get("tags").and_then(ModelValue::as_array);
    let tags = tags.unwrap_or_default().iter();
    let read = tags.filter_map(|tag| match tag {
        ModelValue::Text(name) => Some((name.clone(), name.clone())),
        tag => Some((tag.get("id")?.to_text(), tag.get("name")?.to_text())),
    });
    read.filter(|(id, _)| !id.is_empty()).collect()
}

pub async fn list(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let page = Page::of(&asked, "offset")?;
    let tags = Tags::read(&server).await?;
    Ok(Json(page.cut(tags.all.iter().map(Tag::to_json).collect())).into_response())
}

pub async fn get(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let tags = Tags::read(&server).await?;
    let tag = tags.find(asked.param("id")).ok_or_else(Fault::not_found)?;
    Ok(Json(tag.to_json()).into_response())
}

pub async fn create(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let id = identifier::new(&*server.world.capabilities.entropy);
    let _changing = server.changing.lock().await;
    put(&server, &asked, &id, None).await?;
    let tags = Tags::read(&server).await?;
    let tag = tags.find(&id).ok_or_else(Fault::not_found)?;
    Ok((StatusCode::CREATED, Json(tag.to_json())).into_response())
}

pub async fn update(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let id = asked.param("id").to_owned();
    let _changing = server.changing.lock().await;
    Tags::read(&server).await?.find(&id).ok_or_else(Fault::not_found)?;
    put(&server, &asked, &id, Some(&id)).await?;
    let tags = Tags::read(&server).await?;
    let tag = tags.find(&id).ok_or_else(Fault::not_found)?;
    Ok(Json(tag.to_json()).into_response())
}

/// Keeps a tag by the name in the body.
async fn put(server: &Server, asked: &Asked, id: &str, own: Option<&str>) -> Result<(), Fault> {
    let body = asked.object(false)?;
    let fields = Fields::new(&body, &["name"], &["id", "createdAt", "updatedAt"])?;
    let name = fields.text("name")?;
    if name.is_empty() || name.chars().count() > 24 {
        return Err(Fault::bad("request/body/name must have 1 to 24 characters"));
    }
    if Tags::read(server).await?.is_taken(name, own) {
        return Err(Fault::new(StatusCode::CONFLICT, "Tag already exists"));
    }
    let put = Change::Put {
        kind: Kind::Tag,
        key: id.to_owned(),
        value: name.as_bytes().to_vec(),
        now: server.now(),
    };
    server.store.write(put).await?;
    Ok(())
}

pub async fn delete(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let id = asked.param("id").to_owned();
    let _changing = server.changing.lock().await;
    let tags = Tags::read(&server).await?;
    let tag = tags.find(&id).ok_or_else(Fault::not_found)?;
    for loaded in server.workflows.table().workflows.values() {
        let own = in_file(loaded);
        if own.iter().any(|(own, _)| *own == tag.id) {
            let left = tags.of(loaded).into_iter().filter(|tag| tag["id"] != id.as_str());
            let left: Vec<Value> = left.collect();
            change(&server, loaded, |object| {
                object.insert("tags".into(), left.into());
            })
            .await?;
        }
    }
    let remove = Change::Remove {
        kind: Kind::Tag,
        key: id,
    };
    server.store.write(remove).await?;
    Ok(Json(tag.to_json()).into_response())
}

pub async fn of_workflow(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let loaded = find(&server, &asked)?;
    Ok(Json(Tags::read(&server).await?.of(&loaded)).into_response())
}

pub async fn set_of_workflow(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let _changing = server.changing.lock().await;
    let loaded = find(&server, &asked)?;
    let tags = Tags::read(&server).await?;
    let mut own = Vec::new();
    for wanted in asked.array()? {
        let id = wanted.get("id").and_then(Value::as_str);
        let id = id.ok_or_else(|| Fault::bad("request/body/0 must have required property 'id'"))?;
        let missing = || Fault::new(StatusCode::NOT_FOUND, "Some tags not found");
        own.push(tags.find(id).ok_or_else(missing)?.to_json());
    }
    let value = Value::from(own);
    change(&server, &loaded, |object| {
        object.insert("tags".into(), value.clone());
    })
    .await?;
    Ok(Json(value).into_response())
}
