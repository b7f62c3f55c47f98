//! The `node.toml` of an imported API: what the file says of its server and of who may use it.

use patchbay_model::Diagnostic;
use serde_json::{Value, json};

use crate::definition::Place;

use super::Table;
use super::document::{Document, SecurityScheme, Server};
use super::names;
use super::notes::LEFT_OUT;
use super::operations::{Operation, Parameter};

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
const PAGES: [(&str, &str); 12] = [
    ("limit", "offset"),
    ("limit", "skip"),
    ("limit", "start"),
    ("take", "skip"),
    ("top", "skip"),
    ("$top", "$skip"),
    ("count", "offset"),
    ("size", "from"),
    ("page_size", "offset"),
    ("max_results", "start_at"),
    ("maxResults", "startAt"),
    ("per_page", "offset"),
];

/// The same of pages with numbers: how many, and which one. The file must say which number is the first (`minimum`): a guess
/// would leave a page out.
const NUMBERED_PAGES: [(&str, &str); 8] = [
    ("per_page", "page"),
    ("perPage", "page"),
    ("page_size", "page"),
    ("pageSize", "page"),
    ("size", "page"),
    ("limit", "page"),
    ("pageSize", "pageNumber"),
    ("page_size", "page_number"),
];

/// Parts of the names of options that ask for a piece of a list.
const OF_PAGES: [&str; 8] = ["page", "cursor", "offset", "limit", "skip", "take", "start", "top"];

fn query_option<'o>(operation: &'o Operation, name: &str) -> Option<&'o Parameter> {
    let mut parameters = operation.parameters.iter();
    parameters.find(|known| known.place == Place::Query && known.name == name)
}

/// The pair that most operations have, and where most of their answers have the elements.
fn paging(operations: &[Operation]) -> Option<Value> {
    let first_page = |operation: &Operation, name: &str| query_option(operation, name)?.table.get("minimum")?.as_i64();
    let having = |pair: &(&str, &str), numbered: bool| -> Vec<&Operation> {
        let fits = |operation: &&Operation| {
            query_option(operation, pair.0).is_some()
                && query_option(operation, pair.1).is_some()
                && operation.elements.is_some()
                && (!numbered || first_page(operation, pair.1).is_some())
        };
        operations.iter().filter(fits).collect()
    };
    let by_offset = PAGES.iter().map(|pair| (pair, false));
    let pairs: Vec<_> = by_offset
        .chain(NUMBERED_PAGES.iter().map(|pair| (pair, true)))
        .collect();
    // Of equals the first in the list.
    let (pair, numbered) = pairs
        .into_iter()
        .rev()
        .max_by_key(|(pair, numbered)| having(pair, *numbered).len())?;
    let paged = having(pair, numbered);
    let limits = paged
        .iter()
        .filter_map(|operation| query_option(operation, pair.0)?.table.get("maximum")?.as_i64());
    let size = limits.min().unwrap_or(100);
    let items = most_frequent(paged.iter().filter_map(|operation| operation.elements.clone()))?;
    let mut paging = json!({"size-option": pair.0, "offset-option": pair.1, "size": size, "items": items});
    if numbered {
        let first = most_frequent(paged.iter().filter_map(|operation| first_page(operation, pair.1)))?;
        paging["first-page"] = first.into();
    }
    if let Some(count) = most_frequent(paged.iter().filter_map(|operation| operation.count.clone())) {
        paging["count"] = count.into();
    }
    Some(paging)
}

/// Of equals the greatest.
fn most_frequent<T: Ord>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut values: Vec<T> = values.collect();
    values.sort();
    let runs = values.chunk_by(|one, other| one == other).map(<[T]>::len);
    let longest = runs.scan(0, |end, length| {
        *end += length;
        Some((length, *end))
    });
    let (_, end) = longest.max()?;
    values.into_iter().nth(end - 1)
}

/// What is to be told of lists that are given in pieces, in a way that nobody knows; `service` is what was made.
pub fn unknown_paging(operations: &[Operation], service: &Table) -> Option<Diagnostic> {
    let is_of_pages = |name: &str| OF_PAGES.iter().any(|part| name.to_lowercase().contains(part));
    let asks_for_pieces = |operation: &&Operation| {
        let mut options = operation.parameters.iter().filter(|known| known.place == Place::Query);
        operation.method == "GET" && operation.elements.is_some() && options.any(|option| is_of_pages(&option.name))
    };
    if service.contains_key("paging") {
        return None;
    }
    let example = operations.iter().find(asks_for_pieces)?;
    let message = format!(
        "`{}` seems to give its list in pieces, in a way that is not known: `fetchAll`, `limit` and `splitItems` are left out",
        example.name
    );
    let hint = "where pieces are asked for by how many and how many before them, or by a page's number, say so as `[paging]` in `node.overlay.toml`";
    Some(Diagnostic::warning(LEFT_OUT, message).hint(hint))
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
