//! Reads the file of a resource.

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;
use patchbay_model::Text;
use patchbay_node::capability::http::Effect;

use super::fault::{Fault, Faults};
use super::fields::{Fields, parse};
use super::{Answer, Operation, Parameter, Place, Resource, Service, Sets, parameter};
use crate::request::body::MULTIPART;
use crate::template::Template;

/// Parameters of every node.
const TAKEN: [&str; 2] = ["resource", "operation"];

const METHODS: [(&str, &str); 7] = [
    ("GET", "GET"),
    ("POST", "POST"),
    ("PATCH", "PATCH"),
    ("PUT", "PUT"),
    ("DELETE", "DELETE"),
    ("HEAD", "HEAD"),
    ("OPTIONS", "OPTIONS"),
];

/// Reads a resource's file; `file` is its name for messages.
pub fn read(service: &Service, file: &str, text: &str) -> Result<Resource, Vec<Fault>> {
    let mut faults = Faults::new(file, text);
    let document = parse(&mut faults);
    let mut fields = Fields::new(document.get_ref(), document.span(), "a resource");
    let (name, _) = fields.required(&mut faults, "resource");
    let about = fields
        .text(&mut faults, "about")
        .map(|(about, _)| about)
        .unwrap_or_default();
    let sets = parameter::read_sets(&mut faults, &mut fields);
    let mut operations: IndexMap<String, Vec<Arc<Operation>>> = IndexMap::new();
    for entry in fields.array(&mut faults, "operation", "an operation") {
        let span = entry.span();
        let operation = read_operation(&mut faults, entry, [&sets, &service.sets]);
        let variants = operations.entry(operation.name.to_lowercase()).or_default();
        if variants.iter().any(|known| known.life.overlaps(&operation.life)) && !operation.name.is_empty() {
            let message = format!("the operation `{}` is here twice", operation.name);
            let fault = faults.add("E0405", span, message);
            fault
                .hints
                .push("where it changed, each must have its own versions: `since` and `until`".to_owned());
        }
        variants.push(Arc::new(operation));
    }
    fields.finish(&mut faults);
    if faults.is_empty() {
        Ok(Resource {
            name,
            about,
            operations,
        })
    } else {
        Err(faults.into_vec())
    }
}

fn read_operation(faults: &mut Faults, mut fields: Fields, sets: [&Sets; 2]) -> Operation {
    let (name, _) = fields.required(faults, "name");
    let (_, _) = fields.required(faults, "method");
    let method = fields.choice(faults, "method", &METHODS).unwrap_or("GET");
    let (path, path_span) = fields.required(faults, "path");
    let effects = [("read", Effect::Read), ("write", Effect::Write)];
    let effect = fields.choice(faults, "effect", &effects);
    let answers = [("json", Answer::Json), ("file", Answer::File)];
    let mut parameters = read_parameters(faults, &mut fields, sets);
    let path = read_path(faults, &path, path_span, &mut parameters);
    let with_body = matches!(method, "POST" | "PATCH" | "PUT" | "DELETE");
    let reads = matches!(method, "GET" | "HEAD" | "OPTIONS");
    if let Some(parameter) = parameters.iter().find(|known| !with_body && is_body(known)) {
        let message = format!("a {method} has no body: say where `{}` goes", parameter.name);
        let fault = faults.add("E0405", fields.span(), message);
        fault
            .hints
            .push("add `in = \"path\"`, `\"query\"` or `\"header\"`".to_owned());
    }
    refuse_contradictions(faults, &fields, &parameters);
    let operation = Operation {
        name,
        about: fields.text(faults, "about").map(|(about, _)| about).unwrap_or_default(),
        method: method.into(),
        path,
        effect: effect.unwrap_or(if reads { Effect::Read } else { Effect::Write }),
        body: parameters.iter().any(is_body),
        content_type: read_content_type(faults, &mut fields, &parameters),
        answer: fields.choice(faults, "answer", &answers).unwrap_or_default(),
        filters_pages: fields.boolean(faults, "filters-pages"),
        parameters,
        life: parameter::read_life(faults, &mut fields),
    };
    fields.finish(faults);
    operation
}

/// Parameters that can not be sent beside each other.
fn refuse_contradictions(faults: &mut Faults, fields: &Fields, parameters: &[Arc<Parameter>]) {
    let mut add = |message: String, hint: &str| {
        let fault = faults.add("E0405", fields.span(), message);
        fault.hints.push(hint.to_owned());
    };
    let whole = parameters.iter().find(|parameter| parameter.place == Place::Content);
    let field = parameters.iter().find(|parameter| parameter.place == Place::Body);
    if let (Some(whole), Some(field)) = (whole, field) {
        add(
            format!(
                "`{}` is the whole body: `{}` has no place in it",
                whole.name, field.name
            ),
            "say where it goes: `in = \"path\"`, `\"query\"` or `\"header\"`",
        );
    }
    for (index, parameter) in parameters.iter().enumerate() {
        let same = |other: &&Arc<Parameter>| other.place == parameter.place && other.sent_name == parameter.sent_name;
        if let Some(other) = parameters[..index].iter().find(same) {
            add(
                format!("`{}` and `{}` are sent under one name", other.name, parameter.name),
                "give one of them another `name`, or take it out",
            );
        }
        if TAKEN.contains(&parameter.name.as_str()) {
            add(
                format!("`{}` is a parameter of every node of a service", parameter.name),
                "call it otherwise, and say with `name` how it is sent",
            );
        }
    }
}

/// Only a form of parts, or a file as the whole body, can send files.
fn read_content_type(faults: &mut Faults, fields: &mut Fields, parameters: &[Arc<Parameter>]) -> Text {
    let (content_type, span) = fields
        .text(faults, "content-type")
        .unwrap_or_else(|| ("application/json".into(), fields.span()));
    let is_form = content_type == MULTIPART;
    let file = parameters
        .iter()
        .find(|parameter| parameter.kind.is_file() && parameter.place == Place::Body);
    if let Some(file) = file.filter(|_| !is_form) {
        let message = format!("`{}` is a file, which `{content_type}` can not hold", file.name);
        let fault = faults.add("E0405", span, message);
        fault.hints.push(format!("say `content-type = \"{MULTIPART}\"`"));
    }
    content_type
}

/// The operation's own parameters, then those of the sets that it uses and that it does not have itself.
fn read_parameters(faults: &mut Faults, fields: &mut Fields, sets: [&Sets; 2]) -> Vec<Arc<Parameter>> {
    let own = parameter::read_all(faults, fields, "parameter");
    let mut parameters: Vec<Arc<Parameter>> = own.into_iter().map(|(parameter, _)| parameter).collect();
    for (name, span) in fields.texts(faults, "use") {
        let Some(set) = sets.iter().find_map(|sets| sets.get(&name)) else {
            let known = sets.iter().flat_map(|sets| sets.keys()).map(Text::as_str);
            faults.unknown("E0405", span, format!("there is no set `{name}`"), &name, known);
            continue;
        };
        for parameter in set {
            if parameters.iter().all(|known| known.name != parameter.name) {
                parameters.push(parameter.clone());
            }
        }
    }
    parameters
}

/// Parses the path and holds its names against the parameters.
fn read_path(faults: &mut Faults, path: &str, span: Range<usize>, parameters: &mut [Arc<Parameter>]) -> Template {
    let template = Template::parse(path).map_err(|problem| {
        // Text in the file is quoted: one byte of quote comes first.
        let start = span.start + 1 + problem.offset.min(path.len());
        faults.add("E0405", start..span.end, problem.message);
    });
    if !path.is_empty() && !path.starts_with('/') {
        faults.add("E0405", span.clone(), format!("a path begins with `/`: `/{path}`"));
    }
    let Ok(template) = template else {
        return Template::default();
    };
    let in_path = |parameter: &&Arc<Parameter>| parameter.place == Place::Path;
    for name in template.names() {
        if !parameters
            .iter()
            .filter(in_path)
            .any(|parameter| parameter.name == *name)
        {
            let start = span.start + 1 + path.find(name.as_str()).unwrap_or(0);
            let known: Vec<&str> = parameters
                .iter()
                .filter(in_path)
                .map(|parameter| parameter.name.as_str())
                .collect();
            let message = format!("the path names `{name}`, which is no parameter with `in = \"path\"`");
            faults.unknown("E0405", start..start + name.len(), message, name, known);
        }
    }
    for parameter in parameters.iter().filter(in_path) {
        if !template.names().iter().any(|name| *name == parameter.name) && !path.is_empty() {
            let message = format!("the path does not name its parameter `{}`", parameter.name);
            let fault = faults.add("E0405", span.clone(), message);
            fault
                .hints
                .push(format!("write `{{{{odata {}}}}}` where it belongs", parameter.name));
        }
    }
    template
}

fn is_body(parameter: &Arc<Parameter>) -> bool {
    parameter.place.is_body()
}
