//! The `node.toml` of an imported API: what the file says of its server and of who may use it.

use serde_json::{Value, json};

use super::Table;
use super::document::{Document, SecurityScheme};
use super::names;

pub fn table(document: &Document) -> Table {
    let title = if document.info.title.is_empty() {
        "Service"
    } else {
        &document.info.title
    };
    let slug: String = names::start_case(&title.to_lowercase()).replace(' ', "");
    let server = document
        .servers
        .first()
        .map(|server| server.url.as_str())
        .unwrap_or_default();
    let path = match server.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |start| &rest[start..]),
        None => server,
    };
    let mut fields = Table::new();
    fields.insert(
        "url".to_owned(),
        json!({"required": true, "about": "The address of the service: `https://host`"}),
    );
    let scheme = document.components.security_schemes.values().find_map(auth);
    let (auth, more) = scheme.unwrap_or_else(|| (json!({"type": "none"}), Vec::new()));
    for (name, secret) in more {
        let field = if secret {
            json!({"required": true, "secret": true})
        } else {
            json!({"required": true})
        };
        fields.insert(name.to_owned(), field);
    }
    let table = json!({
        "types": [format!("CUSTOM.{}", camel(&slug))],
        "title": title,
        "credential": {"types": [format!("{}Api", camel(&slug))], "field": fields},
        "connection": {"base": "{{url}}", "path": path.trim_end_matches('/'), "headers": {"Accept": "application/json"}},
        "auth": auth,
        "error": {"message": "$.message"},
    });
    let mut table = match table {
        Value::Object(table) => table,
        _ => Table::new(),
    };
    if path.trim_end_matches('/').is_empty()
        && let Some(Value::Object(connection)) = table.get_mut("connection")
    {
        connection.shift_remove("path");
    }
    if is_odata(document) {
        odata(&mut table);
    }
    table
}

/// How requests are authorized, and the credential's fields for it, with whether they are secret.
fn auth(scheme: &SecurityScheme) -> Option<(Value, Vec<(&'static str, bool)>)> {
    match (
        scheme.kind.as_str(),
        scheme.scheme.to_lowercase().as_str(),
        scheme.place.as_str(),
    ) {
        ("oauth2", _, _) => {
            let flow = scheme.flows.get("clientCredentials")?;
            let form = json!({"client_id": "{{clientId}}", "client_secret": "{{clientSecret}}", "grant_type": "client_credentials"});
            let auth = json!({"type": "oauth2-client-credentials", "token-path": flow.token_url, "client": "client_id", "form": form});
            Some((auth, vec![("clientId", false), ("clientSecret", true)]))
        }
        ("http", "bearer", _) => Some((
            json!({"type": "header", "name": "Authorization", "value": "Bearer {{token}}"}),
            vec![("token", true)],
        )),
        ("http", "basic", _) => {
            let auth = json!({"type": "basic", "user": "{{user}}", "password": "{{password}}"});
            Some((auth, vec![("user", false), ("password", true)]))
        }
        ("apiKey", _, place @ ("header" | "query")) => Some((
            json!({"type": place, "name": scheme.name, "value": "{{apiKey}}"}),
            vec![("apiKey", true)],
        )),
        _ => None,
    }
}

fn is_odata(document: &Document) -> bool {
    document
        .components
        .parameters
        .values()
        .any(|parameter| parameter.name == "$filter")
        || document.paths.values().any(|item| {
            item.rest
                .values()
                .any(|operation| operation.to_string().contains("\"$filter\""))
        })
}

/// OData's errors, its pages, and its query options, which nearly every operation shares.
fn odata(table: &mut Table) {
    let error = json!({
        "code": "$.error.code",
        "message": "$.error.message",
        "target": "$.error.target",
        "details": "$.error.details[*]",
    });
    let option = |kind: &str, about: &str| match kind {
        "string" => json!({"in": "query", "about": about}),
        "integer" => json!({"in": "query", "type": kind, "minimum": 0, "about": about}),
        _ => json!({"in": "query", "type": kind, "about": about}),
    };
    let list = json!({
        "$top": option("integer", "At most so many"),
        "$skip": option("integer", "Leave out so many first"),
        "$search": option("string", "Words to look for"),
        "$filter": option("string", "A condition: `Number eq '100'`"),
        "$count": option("boolean", "Also count them"),
        "$orderby": option("list", "Properties to order by: `Number desc`"),
        "$select": option("list", "Properties to give"),
        "$expand": option("list", "Related entities to give along"),
    });
    let entity = json!({"$select": list["$select"], "$expand": list["$expand"]});
    table.insert("error".to_owned(), error);
    table.insert(
        "paging".to_owned(),
        json!({"size-option": "$top", "offset-option": "$skip", "size": 100, "items": "$.value"}),
    );
    table.insert("set".to_owned(), json!({"odata-list": list, "odata-entity": entity}));
}

fn camel(name: &str) -> String {
    let mut characters = name.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}
