//! The `node.toml` of an imported API: what the file says of its server and of who may use it.

use serde_json::{Value, json};

use crate::definition::Place;

use super::Table;
use super::document::{Document, SecurityScheme, Server};
use super::names;
use super::operations::Operation;

/// The newest version's document, and its operations.
pub fn table(document: &Document, operations: &[Operation]) -> Table {
    let title = if document.info.title.is_empty() {
        "Service"
    } else {
        &document.info.title
    };
    let slug: String = names::start_case(&title.to_lowercase()).replace(' ', "");
    let server = document.servers.first().map(address).unwrap_or_default();
    let (host, path) = match server.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            (format!("{scheme}://{}", &rest[..end]), &rest[end..])
        }
        None => ("https://host".to_owned(), server.as_str()),
    };
    let mut fields = Table::new();
    fields.insert(
        "url".to_owned(),
        json!({"required": true, "about": format!("The address of the service: `{host}`")}),
    );
    let scheme = schemes(document)
        .into_iter()
        .find_map(|(scheme, scopes)| auth(scheme, &scopes));
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
    } else if let Some(paging) = paging(operations) {
        table.insert("paging".to_owned(), paging);
    }
    table
}

/// The first server's address, its variables at their defaults.
fn address(server: &Server) -> String {
    let variables = server.variables.iter();
    variables.fold(server.url.clone(), |url, (name, variable)| {
        url.replace(&format!("{{{name}}}"), &variable.default)
    })
}

/// The security schemes, those that the whole API asks for first, with the scopes that it asks for.
fn schemes(document: &Document) -> Vec<(&SecurityScheme, String)> {
    let known = &document.components.security_schemes;
    let scopes = |scopes: &Value| {
        let names = scopes.as_array().into_iter().flatten().filter_map(Value::as_str);
        names.collect::<Vec<_>>().join(" ")
    };
    let named = document.security.iter().flatten();
    let named = named.filter_map(|(name, wanted)| Some((known.get(name)?, scopes(wanted))));
    named
        .chain(known.values().map(|scheme| (scheme, String::new())))
        .collect()
}

/// The pairs of query options by which lists are asked for in pieces: how many, and how many before them.
const PAGES: [(&str, &str); 7] = [
    ("limit", "offset"),
    ("limit", "skip"),
    ("take", "skip"),
    ("count", "offset"),
    ("size", "from"),
    ("max_results", "start_at"),
    ("maxResults", "startAt"),
];

/// The pair that most operations have, and where most of their answers have the elements.
fn paging(operations: &[Operation]) -> Option<Value> {
    let option = |operation: &Operation, name: &str| {
        let mut found = operation.parameters.iter();
        found
            .find(|known| known.place == Place::Query && known.name == name)
            .cloned()
    };
    let having = |pair: &(&str, &str)| -> Vec<&Operation> {
        let both = |operation: &&Operation| option(operation, pair.0).and(option(operation, pair.1)).is_some();
        operations.iter().filter(both).collect()
    };
    // Of equals the first in the list.
    let pair = PAGES.iter().rev().max_by_key(|pair| having(pair).len())?;
    let paged = having(pair);
    let limits = paged.iter().filter_map(|operation| {
        let option = option(operation, pair.0)?;
        option.table.get("maximum")?.as_i64()
    });
    let size = limits.min().unwrap_or(100);
    let elements = |operation: &&&Operation| operation.elements.clone();
    let mut places: Vec<String> = paged.iter().filter_map(|operation| elements(&operation)).collect();
    places.sort();
    let count = |place: &str| places.iter().filter(|known| *known == place).count();
    let items = places.iter().max_by_key(|place| count(place))?;
    Some(json!({"size-option": pair.0, "offset-option": pair.1, "size": size, "items": items}))
}

/// How requests are authorized, and the credential's fields for it, with whether they are secret.
fn auth(scheme: &SecurityScheme, scopes: &str) -> Option<(Value, Vec<(&'static str, bool)>)> {
    match (
        scheme.kind.as_str(),
        scheme.scheme.to_lowercase().as_str(),
        scheme.place.as_str(),
    ) {
        ("oauth2", _, _) if scheme.flows.contains_key("clientCredentials") => {
            let flow = &scheme.flows["clientCredentials"];
            let mut form = json!({"client_id": "{{clientId}}", "client_secret": "{{clientSecret}}", "grant_type": "client_credentials"});
            if !scopes.is_empty() {
                form["scope"] = scopes.into();
            }
            let auth = json!({"type": "oauth2-client-credentials", "token-path": flow.token_url, "client": "client_id", "form": form});
            Some((auth, vec![("clientId", false), ("clientSecret", true)]))
        }
        // Whoever logs in elsewhere brings the token along.
        ("http", "bearer", _) | ("oauth2" | "openIdConnect", _, _) => Some((
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
        ("apiKey", _, "cookie") => Some((
            json!({"type": "header", "name": "Cookie", "value": format!("{}={{{{apiKey}}}}", scheme.name)}),
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
