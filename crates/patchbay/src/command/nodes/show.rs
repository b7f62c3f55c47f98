//! A service, a resource or an operation, as text and as JSON.

use std::sync::Arc;

use patchbay_actions::Library;
use patchbay_actions::definition::Version;
use patchbay_actions::describe::{
    self, OperationDescription, ParameterDescription, ResourceDescription, ServiceDescription,
};
use patchbay_actions::library::LazyService;
use patchbay_model::Value;

use super::table::{count, indent, table};
use super::{Shown, Unknown, check_versions, core_node};

/// A node of a service, a resource or an operation of one, or a core node.
pub fn show(
    library: &Library,
    node: &str,
    resource: Option<&str>,
    operation: Option<&str>,
    version: Option<&Version>,
) -> Result<Shown, Unknown> {
    let by_type = |service: &&Arc<LazyService>| {
        service
            .definition()
            .types
            .iter()
            .any(|kind| kind.eq_ignore_ascii_case(node))
    };
    let Some(service) = library.service(node).or_else(|| library.services().find(by_type)) else {
        return core_node::show(library, node);
    };
    check_versions(service, version)?;
    let unknown = |unknown: describe::Unknown| Unknown {
        message: unknown.message,
        hint: unknown.hint,
    };
    match (resource, operation) {
        (None, _) => {
            let mut service = describe::service(service);
            if let Some(version) = version {
                service.keep_version(version);
            }
            Ok(Shown {
                human: service_text(&service),
                json: service.to_value(),
            })
        }
        (Some(resource), None) => {
            let mut resource = describe::resource(service, resource).map_err(unknown)?;
            if let Some(version) = version {
                resource.keep_version(version);
            }
            Ok(Shown {
                human: resource_text(&resource),
                json: resource.to_value(),
            })
        }
        (Some(resource), Some(operation)) => {
            let mut variants = describe::operation(service, resource, operation).map_err(unknown)?;
            if let Some(version) = version {
                let lives: Vec<String> = variants.iter().map(|variant| variant.life.to_string()).collect();
                variants.retain(|variant| variant.life.includes(version));
                if variants.is_empty() {
                    return Err(Unknown {
                        message: format!("`{operation}` is not in version {version}"),
                        hint: format!("it is there {}", lives.join(" and ")),
                    });
                }
            }
            let texts: Vec<String> = variants.iter().map(operation_text).collect();
            let json: Vec<Value> = variants.iter().map(OperationDescription::to_value).collect();
            Ok(Shown {
                human: texts.join("\n"),
                json: json.into(),
            })
        }
    }
}

fn service_text(service: &ServiceDescription) -> String {
    let resources = service.resources.iter();
    let rows: Vec<[String; 3]> = resources
        .map(|resource| {
            [
                resource.name.clone(),
                count(resource.operations.len(), "operation"),
                resource.about.clone(),
            ]
        })
        .collect();
    let fields: Vec<[String; 3]> = service
        .credential_fields
        .iter()
        .map(|field| {
            let need = match (field.required, field.secret) {
                (true, true) => "required, secret",
                (true, false) => "required",
                (false, true) => "secret",
                (false, false) => "",
            };
            [field.name.clone(), need.to_owned(), field.about.clone()]
        })
        .collect();
    format!(
        "{}\n{}\n\ntype        {}\ncredential  {}\n\nfields of the credential\n{}\nresources\n{}",
        service.title,
        service.about,
        service.types.join(", "),
        service.credential_types.join(", "),
        indent(&table(&fields)),
        indent(&table(&rows))
    )
}

fn resource_text(resource: &ResourceDescription) -> String {
    let operations = resource.operations.iter();
    let rows: Vec<[String; 3]> = operations
        .map(|operation| [operation.name.clone(), operation.versions(), operation.about.clone()])
        .collect();
    let about = if resource.about.is_empty() {
        String::new()
    } else {
        format!("{}\n", resource.about)
    };
    format!("{}\n{about}\noperations\n{}", resource.name, indent(&table(&rows)))
}

fn operation_text(operation: &OperationDescription) -> String {
    let rows: Vec<[String; 3]> = operation.parameters.iter().map(parameter_row).collect();
    let parameters = if rows.is_empty() {
        String::new()
    } else {
        format!("\nparameters\n{}", indent(&table(&rows)))
    };
    let options = if operation.options.is_empty() {
        String::new()
    } else {
        let rows: Vec<[String; 3]> = operation.options.iter().map(option_row).collect();
        format!("\nin `options`, what patchbay adds\n{}", indent(&table(&rows)))
    };
    format!(
        "{} / {}\n{}\n\n{} {}\n{}, {}\n{parameters}{options}\na node to paste into n8n\n{}\n",
        operation.resource,
        operation.name,
        operation.about,
        operation.method,
        operation.path,
        operation.effect(),
        operation.life,
        indent(&operation.example.to_json_pretty()),
    )
}

fn parameter_row(parameter: &ParameterDescription) -> [String; 3] {
    let kind = if parameter.values.is_empty() {
        parameter.kind.to_owned()
    } else {
        parameter.values_in_words().join(" | ")
    };
    let mut about = vec![format!("in the {}", parameter.place)];
    if parameter.required {
        about.push("required".to_owned());
    }
    about.extend(
        [&parameter.life, &parameter.about, &parameter.holds]
            .into_iter()
            .filter(|text| !text.is_empty())
            .cloned(),
    );
    [parameter.name.clone(), kind, about.join(", ")]
}

fn option_row(option: &ParameterDescription) -> [String; 3] {
    [option.name.clone(), option.kind.to_owned(), option.about.clone()]
}
