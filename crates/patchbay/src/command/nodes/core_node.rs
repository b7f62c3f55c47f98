//! A core node, as text and as JSON.

use patchbay_actions::Library;
use patchbay_model::diagnostic::nearest;
use patchbay_model::{Object, Value};
use patchbay_node::{Description, Kind};

use super::table::{indent, table, versions};
use super::{Shown, Unknown};

/// A core node, by its type or the last part of it.
pub fn show(library: &Library, wanted: &str) -> Result<Shown, Unknown> {
    let nodes = patchbay_core_nodes::all();
    let short = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    let found = nodes
        .iter()
        .map(|node| node.description())
        .find(|node| node.name.eq_ignore_ascii_case(wanted) || short(node.name).eq_ignore_ascii_case(wanted));
    if let Some(description) = found {
        return Ok(Shown {
            human: core_text(description),
            json: core_value(description),
        });
    }
    let mut known: Vec<String> = nodes.iter().map(|node| short(node.description().name)).collect();
    known.extend(
        library
            .services()
            .map(|service| service.definition().folder.to_string()),
    );
    let hint = match nearest(wanted, known.iter().map(String::as_str)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "`patchbay nodes list` shows all".to_owned(),
    };
    Err(Unknown {
        message: format!("there is no node `{wanted}`"),
        hint,
    })
}

/// `[name, type, about]` of each parameter.
fn core_parameters(node: &Description) -> Vec<[String; 3]> {
    let parameters = node.parameters.iter();
    parameters
        .map(|parameter| {
            let kind = match parameter.kind {
                Kind::Text => "text".to_owned(),
                Kind::Number => "number".to_owned(),
                Kind::Boolean => "boolean".to_owned(),
                Kind::Options(values) => values.join(" | "),
                Kind::Json => "JSON".to_owned(),
                Kind::Collection => "collection".to_owned(),
            };
            let mut about = parameter.about.to_owned();
            if parameter.required {
                about.push_str(" (required)");
            } else if !parameter.default.is_empty() {
                about.push_str(&format!(" (default {})", parameter.default));
            }
            [parameter.name.to_owned(), kind, about]
        })
        .collect()
}

fn core_text(node: &Description) -> String {
    let head = format!(
        "{}\n{}\n\ntype      {}\nversions  {}\n",
        node.title,
        node.about,
        node.name,
        versions(node.versions)
    );
    let rows = core_parameters(node);
    if rows.is_empty() {
        head
    } else {
        head + "\nparameters\n" + &indent(&table(&rows))
    }
}

/// `{"type", "title", "about", "versions", "parameters": [{"name", "type", "about"}]}`.
fn core_value(node: &Description) -> Value {
    let parameters = core_parameters(node).into_iter().map(|[name, kind, about]| {
        Value::object(
            [("name", name), ("type", kind), ("about", about)]
                .into_iter()
                .collect::<Object>(),
        )
    });
    let mut object = Object::new();
    object.insert("type", node.name);
    object.insert("title", node.title);
    object.insert("about", node.about);
    object.insert(
        "versions",
        node.versions.iter().copied().map(Value::from).collect::<Vec<_>>(),
    );
    object.insert("parameters", parameters.collect::<Vec<_>>());
    Value::object(object)
}
