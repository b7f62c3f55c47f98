//! From a request to an operation with its arguments: the path is matched with the API's, the role asked, the body checked. And what
//! every answer needs of it: options applied, contexts told.

use serde_json::{Map, Value};

use super::role::{Access, Role};
use super::{Answer, Content, Reply, Request};
use crate::facts::{Arguments, Body, EntitySet, Facts, Kind, Operation};
use crate::odata::filter::Evaluation;
use crate::odata::query::{self, Limits};
use crate::odata::{Error, alias, path};

/// A request whose operation is found and whose arguments and body are as the API says.
pub(super) struct Call<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) facts: &'static Facts,
    pub(super) operation: &'static Operation,
    /// The values of keys and functions' arguments.
    pub(super) arguments: Map<String, Value>,
    pub(super) body: Map<String, Value>,
    /// The segment `/$count` at the end.
    pub(super) count_only: bool,
    /// A role that sees nothing.
    pub(super) empty: bool,
    /// The key of the entity that `MyUser` or `MyGroup` stands for.
    pub(super) own_key: Value,
}

/// The operation of a request with its checked arguments and body.
pub(super) fn find<'a>(request: &'a Request<'a>, role: Role, facts: &'static Facts) -> Result<Call<'a>, Error> {
    let mut segments = path::parse(request.path)?;
    let count_only = segments.len() > 1 && segments.last().is_some_and(|segment| segment.name == "$count");
    if count_only {
        segments.pop();
    }
    // `Users()` is `Users`.
    for segment in &mut segments {
        let is_set = facts.entity_set(&segment.name).is_some();
        if is_set && segment.arguments == path::Arguments::Named(Vec::new()) {
            segment.arguments = path::Arguments::None;
        }
    }
    // `Users(Id=12)` is `Users(12)`.
    for segment in segments.iter_mut().filter(|segment| !segment.name.contains("Pbx.")) {
        if let path::Arguments::Named(named) = &segment.arguments
            && let [(name, value)] = named.as_slice()
            && facts
                .entity_set(&segment.name)
                .and_then(|set| set.key.as_ref())
                .is_some_and(|(key, _)| key == name)
        {
            segment.arguments = path::Arguments::Key(value.clone());
        }
    }
    let shape = path::shape(&segments);
    let mut methods = Vec::new();
    let mut found = None;
    for operation in facts.operations_on(&shape) {
        methods.push(operation.method);
        found = found.or((operation.method == request.method).then_some(operation));
    }
    let Some(operation) = found else {
        return Err(unknown_path(&segments, &methods, request.method, facts));
    };
    let mut arguments = Map::new();
    for (segment, template) in segments.iter().zip(&operation.path.segments) {
        match (&segment.arguments, &template.arguments) {
            (path::Arguments::Key(literal), Arguments::Key(name, value)) => {
                let literal = alias::resolve(literal, request.query);
                arguments.insert((*name).to_owned(), path::argument(name, &literal, value, facts)?);
            }
            (path::Arguments::Named(given), Arguments::Named(expected)) => {
                for (name, value) in expected {
                    let literal = given
                        .iter()
                        .find(|(each, _)| each == name)
                        .map_or("null", |(_, literal)| literal.as_str());
                    let literal = alias::resolve(literal, request.query);
                    arguments.insert((*name).to_owned(), path::argument(name, &literal, value, facts)?);
                }
            }
            _ => {}
        }
    }
    let empty = match role.access(operation) {
        Access::Allowed => false,
        Access::Empty => true,
        Access::Denied(needed) => {
            let message = format!("The role {} may not do this: it needs {}", role.name(), needed.name());
            return Err(Error::new(403, "Forbidden", message));
        }
    };
    let body = body(request, operation, facts)?;
    Ok(Call {
        request,
        facts,
        operation,
        arguments,
        body,
        count_only,
        empty,
        own_key: Value::Null,
    })
}

fn unknown_path(segments: &[path::Segment], methods: &[&'static str], method: &str, facts: &Facts) -> Error {
    if !methods.is_empty() {
        let message = format!(
            "The requested resource does not support http method '{method}', only {}",
            methods.join(", ")
        );
        return Error::new(405, "MethodNotAllowed", message);
    }
    let known = |name: &str| facts.entity_set(name).is_some();
    let segment = segments
        .iter()
        .find(|segment| !known(&segment.name))
        .or(segments.last());
    let name = segment.map_or("", |segment| segment.name.as_str());
    Error::not_found(format!("Resource not found for the segment '{name}'")).target(name)
}

fn body(request: &Request, operation: &Operation, facts: &Facts) -> Result<Map<String, Value>, Error> {
    if matches!(operation.body, Body::Nothing) {
        return Ok(Map::new());
    }
    if let Some(content_type) = request.content_type.filter(|_| !request.body.is_empty())
        && !is_json(content_type)
    {
        let message = format!("The body must be sent as 'application/json', not as '{content_type}'");
        return Err(Error::new(415, "UnsupportedMediaType", message).target("Content-Type"));
    }
    let body = match serde_json::from_slice(request.body) {
        Ok(Value::Object(body)) => body,
        // An action may be called without a body when all its parameters may be absent.
        Err(_) if request.body.is_empty() && matches!(operation.body, Body::Parameters(_)) => Map::new(),
        Ok(_) => return Err(Error::bad_request("The body must be a JSON object")),
        Err(error) => return Err(Error::bad_request(format!("The body is not JSON: {error}"))),
    };
    match &operation.body {
        Body::Nothing => {}
        Body::Entity(type_name) => crate::validate::structure(&body, type_name, facts)?,
        Body::Parameters(parameters) => crate::validate::parameters(&body, parameters, facts)?,
    }
    Ok(body)
}

/// Whether a media type is JSON's, whatever its parameters.
fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json")
}

impl Call<'_> {
    pub(super) fn evaluation(&self) -> Evaluation<'static> {
        Evaluation {
            facts: self.facts,
            now: self.request.now,
        }
    }

    /// The set in which `MyUser` or `MyGroup` is an entity.
    pub(super) fn stands_for(&self) -> Option<&'static str> {
        match self.operation.path.segments.first().map(|segment| segment.name) {
            Some("MyUser") => Some("Users"),
            Some("MyGroup") => Some("Groups"),
            _ => None,
        }
    }

    /// The set that the path begins with.
    pub(super) fn set(&self) -> Result<&'static EntitySet, Error> {
        let name = self.operation.path.segments.first().map_or("", |segment| segment.name);
        let set = self.facts.entity_set(self.stands_for().unwrap_or(name));
        set.ok_or_else(|| Error::not_found(format!("Resource not found for the segment '{name}'")))
    }

    /// The key in the path's first segment; null for none.
    pub(super) fn key(&self) -> Value {
        match self.operation.path.segments.first().map(|segment| &segment.arguments) {
            Some(Arguments::Key(name, _)) => self.arguments.get(*name).cloned().unwrap_or(Value::Null),
            _ => self.own_key.clone(),
        }
    }

    /// An argument or a parameter of type string; empty for null.
    pub(super) fn text(&self, name: &str) -> &str {
        self.arguments
            .get(name)
            .or_else(|| self.body.get(name))
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A parameter that is a list of numbers.
    pub(super) fn ids(&self, name: &str) -> Vec<i64> {
        self.body
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_i64)
            .collect()
    }

    pub(super) fn context(&self, fragment: &str) -> Value {
        Value::from(format!("{}/xapi/v1/$metadata#{fragment}", self.request.base))
    }

    /// A list with the request's options applied.
    pub(super) fn list(&self, entities: &[Value], kind: &Kind, fragment: &str) -> Answer {
        self.list_by(self.request.query, entities, kind, fragment)
    }

    /// A list with other options than the request's.
    pub(super) fn list_by(
        &self,
        query: &[(String, String)],
        entities: &[Value],
        kind: &Kind,
        fragment: &str,
    ) -> Answer {
        let greatest_top = (fragment == "Users").then_some(100);
        let options = query::parse(
            query,
            kind,
            Limits {
                list: true,
                greatest_top,
            },
            self.facts,
        )?;
        let entities = if self.empty { &[] } else { entities };
        let page = options.apply(entities, kind, self.evaluation());
        if self.count_only {
            return Ok(Reply {
                content: Content::Text(page.count.to_string()),
                ..Reply::json(Value::Null)
            });
        }
        let mut body = Map::new();
        body.insert(
            "@odata.context".to_owned(),
            self.context(&format!("{fragment}{}", self.selected())),
        );
        if options.count {
            body.insert("@odata.count".to_owned(), Value::from(page.count));
        }
        body.insert("value".to_owned(), Value::Array(page.items));
        Ok(Reply::json(Value::Object(body)))
    }

    /// One entity or structure with the request's options applied.
    pub(super) fn single(&self, entity: &Value, kind: &Kind, fragment: &str) -> Answer {
        if self.count_only {
            return Err(Error::not_found("`$count` needs a list").target("$count"));
        }
        let options = query::parse(
            self.request.query,
            kind,
            Limits {
                list: false,
                greatest_top: None,
            },
            self.facts,
        )?;
        let mut body = Map::new();
        body.insert("@odata.context".to_owned(), self.context(fragment));
        if let Value::Object(properties) = options.project(entity, kind, self.evaluation()) {
            body.extend(properties);
        }
        Ok(Reply::json(Value::Object(body)))
    }

    /// `{"value": …}`.
    pub(super) fn value(&self, value: Value, kind: &Kind) -> Reply {
        let mut body = Map::new();
        body.insert("@odata.context".to_owned(), self.context(&kind.name()));
        body.insert("value".to_owned(), value);
        Reply::json(Value::Object(body))
    }

    /// The selected properties as `@odata.context` tells them.
    pub(super) fn selected(&self) -> String {
        let select = self.request.query.iter().find(|(name, _)| name == "$select");
        select.map_or_else(String::new, |(_, names)| format!("({names})"))
    }
}
