//! From an operation and the values of its parameters to a request: only what is set is in it.
//!
//! Where the values come from in a workflow's node is [`gather`]'s affair, how a body is written is [`body`]'s; sending is
//! left to [`crate::run`].

pub mod body;
pub mod extras;
pub mod gather;
pub mod options;
mod styles;

use patchbay_model::{Binary, Object, Text, Value};
use patchbay_node::NodeError;
use patchbay_node::capability::http::Effect;

use crate::definition::{Kind, Operation, Parameter, Place, Style, Version};
use crate::odata;
use crate::value::{Refusal, coerce, not_allowed, wanted};

/// A request, but for its host and its authorization.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub method: Text,
    /// Percent-encoded, below the connection's path.
    pub path: String,
    /// Not yet encoded.
    pub query: Vec<(Text, Text)>,
    pub headers: Vec<(Text, Text)>,
    /// The fields of a form, the text of a text, or JSON; `None` for an operation without a body.
    pub body: Option<Value>,
    /// The same fields as a form has them: a list is several of one name.
    pub form: Vec<(Text, Value)>,
    /// What the body is written as: `application/json`.
    pub content_type: Text,
    /// What goes with the body's fields; or the whole body, without a name.
    pub files: Vec<Attachment>,
    pub effect: Effect,
}

/// A file that is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// The field of the form; none where the file is the whole body.
    pub field: Option<Text>,
    /// The parameter that names it.
    pub parameter: Text,
    /// Under which name the item has it.
    pub name: Text,
    /// Itself, once it is found.
    pub file: Option<Binary>,
}

/// The value of a parameter, and where the node has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// `options.$filter`.
    pub path: Text,
    /// `None` where an expression gave undefined.
    pub value: Option<Value>,
}

/// What a request is made for.
#[derive(Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// The version of the service, if it is known.
    pub version: Option<&'a Version>,
    /// IANA name of the zone of dates without one.
    pub timezone: &'a str,
}

/// What the parameters of the item before became, in their order: most of them have the same value for each item.
#[derive(Default)]
pub struct Before(Vec<Option<(Value, Option<Value>)>>);

impl Before {
    /// As [`coerce_any`], for the parameter of that place.
    fn coerce(
        &mut self,
        place: usize,
        parameter: &Parameter,
        value: &Value,
        circumstances: Circumstances,
    ) -> Result<Option<Value>, Refusal> {
        if self.0.len() <= place {
            self.0.resize(place + 1, None);
        }
        match &mut self.0[place] {
            Some((before, coerced)) if before == value => Ok(coerced.clone()),
            known => {
                let coerced = coerce_any(parameter, value, circumstances)?;
                *known = Some((value.clone(), coerced.clone()));
                Ok(coerced)
            }
        }
    }
}

/// Makes the request; `values` are those of the operation's parameters, in their order. `before` is of one operation and one
/// run of it.
pub fn build(
    operation: &Operation,
    values: &[Option<Given>],
    circumstances: Circumstances,
    before: &mut Before,
) -> Result<Draft, NodeError> {
    let mut names = serde_json::Map::new();
    let mut cookies: Vec<String> = Vec::new();
    // A body that is one value is there if the value is.
    let is_whole = operation
        .parameters
        .iter()
        .any(|parameter| parameter.place == Place::Content);
    let mut draft = Draft {
        method: operation.method.clone(),
        path: String::new(),
        query: Vec::new(),
        headers: Vec::new(),
        body: (operation.body && !is_whole).then(|| Value::object(Object::new())),
        form: Vec::new(),
        content_type: operation.content_type.clone(),
        files: Vec::new(),
        effect: operation.effect,
    };
    for (place, (parameter, given)) in operation.parameters.iter().zip(values).enumerate() {
        let path = given.as_ref().map_or(&parameter.name, |given| &given.path);
        let refuse = |refusal: Refusal| refusal.into_error(path);
        let value = match given {
            Some(Given { value: Some(value), .. }) => {
                before.coerce(place, parameter, value, circumstances).map_err(refuse)?
            }
            _ => None,
        };
        let Some(value) = value else {
            if parameter.is_required(circumstances.version) {
                return Err(refuse(missing(operation, parameter, given.is_some())));
            }
            continue;
        };
        let sent_name = &parameter.sent_name;
        match parameter.place {
            _ if parameter.kind.is_file() => {
                let names = value.as_array().unwrap_or(std::slice::from_ref(&value));
                draft.files.extend(names.iter().map(|name| Attachment {
                    field: (parameter.place == Place::Body).then(|| sent_name.clone()),
                    parameter: path.clone(),
                    name: name.to_text(),
                    file: None,
                }));
            }
            Place::Path => drop(names.insert(parameter.name.to_string(), in_path(parameter, &value))),
            Place::Query => draft.query.extend(styles::in_query(parameter, &value)),
            Place::Header => draft.headers.push((sent_name.clone(), value.to_text())),
            Place::Cookie => cookies.push(format!("{sent_name}={}", odata::encode_query(&value.to_text()))),
            Place::Content => {
                let fields = value.as_object().into_iter().flat_map(Object::iter);
                let fields = fields.flat_map(|(name, value)| styles::pairs(name, Style::Repeat, value));
                draft.form.extend(fields);
                draft.body = Some(value);
            }
            Place::Body => {
                draft.form.extend(styles::pairs(sent_name, parameter.style, &value));
                if let Some(body) = draft.body.as_mut().and_then(Value::as_object_mut) {
                    body.insert(sent_name.clone(), value);
                }
            }
        }
    }
    if !cookies.is_empty() {
        draft.headers.push(("Cookie".into(), cookies.join("; ").into()));
    }
    draft.path = operation.path.render(&names).map_err(|missing| {
        let message = format!("the path of `{}` can not be written: {missing}", operation.name);
        NodeError::new("E0419", message)
            .hint("set every parameter that the path names; an expression may have given nothing")
    })?;
    let is_empty = |body: &Value| body.as_object().is_some_and(Object::is_empty);
    if draft.method == "DELETE" && draft.body.as_ref().is_some_and(is_empty) {
        draft.body = None;
    }
    refuse_dot_segments(operation, &draft.path)?;
    refuse_empty_update(operation, &draft)?;
    Ok(draft)
}

/// A value as the path's template takes it; digits that no number of a workflow can hold are a number to it.
fn in_path(parameter: &Parameter, value: &Value) -> serde_json::Value {
    let digits = value.as_str().filter(|_| parameter.kind == Kind::Integer);
    let number = digits.and_then(|digits| serde_json::from_str::<serde_json::Number>(digits).ok());
    number.map_or_else(|| value.into(), serde_json::Value::Number)
}

/// An update without a field is a write of nothing, and the service calls that a success: what was meant is not done.
fn refuse_empty_update(operation: &Operation, draft: &Draft) -> Result<(), NodeError> {
    let has_fields = draft
        .body
        .as_ref()
        .and_then(Value::as_object)
        .is_none_or(|fields| !fields.is_empty());
    // An option may be what changes something.
    if !operation.updates_fields() || has_fields || !draft.files.is_empty() || !draft.query.is_empty() {
        return Ok(());
    }
    let refusal = nothing_set(operation);
    let error = refusal
        .hints
        .into_iter()
        .fold(NodeError::new(refusal.code, refusal.message), NodeError::hint);
    Err(error.hint("if expressions set them: do the fields that they read exist in the item?"))
}

/// An update has no field to send.
pub fn nothing_set(operation: &Operation) -> Refusal {
    Refusal {
        code: "E0481",
        message: format!("`{}` sets no field: it would change nothing", operation.name),
        hints: vec!["set a field, or remove the node".to_owned()],
    }
}

/// Whoever reads a URL takes `..` out of its path together with what stands before it: the request would be another one.
/// That holds for `%2e%2e` as well, and a proxy may decode once more what was encoded here.
fn refuse_dot_segments(operation: &Operation, path: &str) -> Result<(), NodeError> {
    // Few paths have any.
    if !path.contains('.') && !path.to_ascii_lowercase().contains("2e") {
        return Ok(());
    }
    let is_dots = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%25", "%").replace("%2e", ".");
        matches!(plain.as_str(), "." | "..")
    };
    if !path.split(['/', '\\']).any(is_dots) {
        return Ok(());
    }
    let message = format!(
        "the path of `{}` would be `{path}`: a segment of only dots leads elsewhere, and was not sent",
        operation.name
    );
    let error = NodeError::new("E0480", message);
    let names: Vec<String> = operation.path.names().iter().map(|name| format!("`{name}`")).collect();
    Err(error.hint(format!("set {} to what the path names", names.join(" and "))))
}

/// A required parameter is not there, or is empty.
pub fn missing(operation: &Operation, parameter: &Parameter, given: bool) -> Refusal {
    let message = if given {
        format!("`{}` of `{}` has no value", parameter.name, operation.name)
    } else {
        format!("`{}` wants `{}`, which is not set", operation.name, parameter.name)
    };
    let mut hints = vec![format!("set `{}` to {}", parameter.name, wanted(parameter))];
    if given {
        hints.push("if it is an expression: does the field that it reads exist in the item?".to_owned());
    }
    Refusal {
        code: "E0412",
        message,
        hints,
    }
}

/// The value as the form of the parameter wants it that the version has; where the version is not known, as the newest form
/// that takes it.
pub fn coerce_any(
    parameter: &Parameter,
    value: &Value,
    circumstances: Circumstances,
) -> Result<Option<Value>, Refusal> {
    let coerce = |form: &Parameter| coerce(form, value, circumstances.timezone);
    let Some(version) = circumstances.version else {
        let newest = coerce(parameter);
        let mut older = parameter.forms().skip(1).map(coerce);
        return newest.or_else(|refusal| older.find(Result::is_ok).unwrap_or(Err(refusal)));
    };
    let of_version = parameter.forms().find(|form| form.life.includes(version));
    let form = of_version.unwrap_or(parameter);
    let value = coerce(form).map_err(|refusal| match refusal.code {
        "E0414" if !form.newer_values.is_empty() => of_values(form, value, version),
        _ => refusal,
    })?;
    if let Some(value) = &value {
        check_life(parameter, of_version, value, version)?;
    }
    Ok(value)
}

/// The refusal of a value that is not allowed, with the values that the version has.
fn of_values(form: &Parameter, value: &Value, version: &Version) -> Refusal {
    let is_newer = |value: &Text| {
        form.newer_values
            .iter()
            .any(|(newer, since)| newer == value && version < since)
    };
    let values: Vec<Text> = form.values.iter().filter(|value| !is_newer(value)).cloned().collect();
    not_allowed(form, &value.to_text(), &values)
}

/// Refuses what the version of the service does not have.
fn check_life(
    parameter: &Parameter,
    of_version: Option<&Parameter>,
    value: &Value,
    version: &Version,
) -> Result<(), Refusal> {
    let refusal = |what: String, life: String| Refusal {
        code: "E0416",
        message: format!("version {version} of the service has no {what}"),
        hints: vec![format!("it is there {life}")],
    };
    let Some(form) = of_version else {
        return Err(refusal(
            format!("`{}`", parameter.name),
            parameter.whole_life().to_string(),
        ));
    };
    let newer = form
        .newer_values
        .iter()
        .find(|(newer, since)| value.as_str() == Some(newer) && version < since);
    match newer {
        Some((value, since)) => Err(refusal(
            format!("`{value}` for `{}`", parameter.name),
            format!("since {since}"),
        )),
        None => Ok(()),
    }
}

impl Draft {
    /// Path and query, percent-encoded.
    pub fn target(&self) -> String {
        let mut target = self.path.clone();
        for (name, value) in &self.query {
            // A path may have options of its own.
            target.push(if target.contains('?') { '&' } else { '?' });
            target.extend(odata::encoded_query(name));
            target.push('=');
            target.extend(odata::encoded_query(value));
        }
        target
    }

    /// Sets a query option, in place of the one of that name.
    pub fn set_query(&mut self, name: &str, value: impl Into<Text>) {
        let value = value.into();
        match self.query.iter_mut().find(|(known, _)| known == name) {
            Some(option) => option.1 = value,
            None => self.query.push((name.into(), value)),
        }
    }
}
