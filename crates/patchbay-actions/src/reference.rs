//! Pages about a service for people, in Markdown, made from its definitions: an index, and one for each resource. What they
//! say is [`crate::describe`]'s.

use std::fmt::Write;

use crate::definition::Kind;
use crate::describe::{self, OperationDescription, OperationSummary, ParameterDescription, ResourceDescription};
use crate::library::LazyService;
use crate::openapi::file_stem;
use crate::request::extras::EXTRAS;
use crate::value::accepted;

/// The name of the index.
const INDEX: &str = "README.md";

/// All pages: `(file name, text)`, the index first.
pub fn pages(service: &LazyService) -> Vec<(String, String)> {
    let description = describe::service(service);
    let folder = &description.name;
    let made = format!("<!-- Made by `patchbay nodes docs {folder} --out docs/{folder}`: do not edit. -->\n\n");
    let mut index = format!("{made}# {}\n\n{}.\n\n", description.title, description.about);
    let _ = writeln!(index, "- node type: `{}`", description.types.join("`, `"));
    if !description.credential_types.is_empty() {
        let _ = writeln!(index, "- credential: `{}`", description.credential_types.join("`, `"));
    }
    if !description.credential_fields.is_empty() {
        let _ = writeln!(index, "\n| field of the credential | | about |\n| --- | --- | --- |");
        for field in &description.credential_fields {
            let required = if field.required { "required" } else { "" };
            let _ = writeln!(index, "| `{}` | {required} | {} |", field.name, field.about);
        }
    }
    let _ = writeln!(
        index,
        "\nWhat patchbay adds to operations that give lists, in the collection `options`:\n"
    );
    let _ = writeln!(index, "| option | type | about |\n| --- | --- | --- |");
    for option in EXTRAS.iter() {
        let _ = writeln!(
            index,
            "| `{}` | {} | {} |",
            option.name,
            option.kind.as_str(),
            option.about
        );
    }
    let _ = writeln!(
        index,
        "\nWhat a parameter of each type takes:\n\n| type | values |\n| --- | --- |"
    );
    for (name, kind) in Kind::ALL {
        let _ = writeln!(index, "| `{name}` | {} |", accepted(kind));
    }
    let _ = writeln!(index, "\n| resource | operations |\n| --- | --- |");
    let mut pages = Vec::with_capacity(description.resources.len() + 1);
    for resource in &description.resources {
        let file = format!("{}.md", file_stem(&resource.name));
        let names: Vec<String> = resource.operations.iter().map(listed).collect();
        let _ = writeln!(index, "| [{}]({file}) | {} |", resource.name, names.join(", "));
        pages.push((file, made.clone() + &page(service, resource)));
    }
    pages.insert(0, (INDEX.to_owned(), index));
    pages
}

/// An operation in the index: with its versions, where it is not in all.
fn listed(operation: &OperationSummary) -> String {
    match operation.versions().as_str() {
        "" => operation.name.clone(),
        versions => format!("{} ({versions})", operation.name),
    }
}

fn page(service: &LazyService, resource: &ResourceDescription) -> String {
    let mut text = format!("# {}\n", resource.name);
    if !resource.about.is_empty() {
        let _ = write!(text, "\n{}.\n", resource.about);
    }
    for listed in &resource.operations {
        let forms = describe::operation(service, &resource.name, &listed.name).unwrap_or_default();
        for form in &forms {
            operation(&mut text, form, forms.len() > 1);
        }
    }
    text
}

fn operation(text: &mut String, operation: &OperationDescription, is_one_of_several: bool) {
    let life = if is_one_of_several {
        format!(" ({})", operation.life)
    } else {
        String::new()
    };
    let _ = write!(text, "\n## {}{life}\n\n", operation.name);
    if !operation.about.is_empty() {
        let _ = write!(text, "{}.\n\n", operation.about);
    }
    let effect = operation.effect();
    let options: Vec<String> = operation
        .options
        .iter()
        .map(|option| format!("`{}`", option.name))
        .collect();
    let paged = match options.as_slice() {
        [] => String::new(),
        options => format!("; its `options` also take {}", options.join(", ")),
    };
    let _ = writeln!(
        text,
        "`{} {}`: {effect}, {}{paged}.",
        operation.method, operation.path, operation.life
    );
    if !operation.parameters.is_empty() {
        let _ = writeln!(text, "\n| parameter | type | in | about |\n| --- | --- | --- | --- |");
        for parameter in &operation.parameters {
            row(text, parameter);
        }
    }
    let _ = write!(text, "\n```json\n{}\n```\n", operation.example.to_json());
}

fn row(text: &mut String, parameter: &ParameterDescription) {
    let required = if parameter.required { ", required" } else { "" };
    let values = if parameter.values.is_empty() {
        parameter.kind.to_owned()
    } else {
        let values = parameter.values.iter().zip(parameter.values_in_words());
        let values = values.map(|(value, words)| words.replacen(value.as_str(), &format!("`{value}`"), 1));
        values.collect::<Vec<_>>().join(", ")
    };
    let holds = match parameter.holds.as_str() {
        "" => String::new(),
        holds => format!("`{holds}`"),
    };
    let about: Vec<&str> = [parameter.about.as_str(), &holds, parameter.life.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    let about = about.join("; ").replace('|', "\\|");
    let _ = writeln!(
        text,
        "| `{}` | {values} | {}{required} | {about} |",
        parameter.name, parameter.place
    );
}
