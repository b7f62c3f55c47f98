//! Makes cases of requests for every operation of a service: `tests/generated/RESOURCE.toml`.
//!
//! For each operation there is a case that sets every parameter, and one in which wrong values are refused; for each
//! resource one in which the service says no. What goes out and comes out is what the definitions make of it today: the
//! committed files are what they are held against from then on. The same definitions give the same bytes.

mod kinds;
mod sample;

use std::sync::Arc;

use patchbay_actions::changes;
use patchbay_actions::definition::{Operation, Parameter, Resource, Version};
use patchbay_actions::library::LazyService;
use patchbay_model::{Items, Object, Value};

use crate::Host;
use crate::case::exchange::Answer;
use crate::case::expect::Run;
use crate::case::node::{Defaults, NodeCase};
use crate::rewrite::attachment::Attachments;
use crate::rewrite::exchange::shown_exchange;
use crate::rewrite::text;
use crate::run::Ran;

/// A file in the making: its name below `tests/`, and its text.
pub type Made = (String, String);

/// Cases for all resources of a service; `defaults` is what the cases of its folder share.
pub fn generate(host: &Host, service: &LazyService, defaults: &Defaults) -> Result<Vec<Made>, String> {
    let newest = changes::versions(service).pop();
    let mut files = Vec::new();
    for resource in service.resources() {
        let generator = Generator {
            host,
            service,
            defaults,
            resource,
            newest: newest.clone(),
        };
        files.push((format!("generated/{}.toml", stem(&resource.name)), generator.file()?));
    }
    Ok(files)
}

/// `Service Principals` is in `service-principals.toml`.
pub fn stem(name: &str) -> String {
    let words = name.split(|character: char| !character.is_alphanumeric());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    words.join("-")
}

struct Generator<'a> {
    host: &'a Host,
    service: &'a LazyService,
    defaults: &'a Defaults,
    resource: &'a Resource,
    newest: Option<Version>,
}

impl Generator<'_> {
    fn file(&self) -> Result<String, String> {
        let mut file = String::from(
            "# Made by `patchbay test --generate`: every operation with all its parameters, and with wrong ones.\n\n",
        );
        file.push_str(&format!("resource = {}\n", text::string(&self.resource.name)));
        let mut number = 0;
        for variants in self.resource.operations.values() {
            for operation in variants {
                let several = variants.len() > 1;
                file.push_str(&self.success(operation, several, number)?);
                file.push_str(&self.values(operation, several)?);
                file.push_str(&self.paged(operation, several)?);
                file.push_str(&self.refused(operation, several, number)?);
                if number == 0 {
                    file.push_str(&self.denied(operation, several)?);
                }
                number += 1;
            }
        }
        Ok(file)
    }

    /// `Get Trunk By Number until 20.0.7`.
    fn title(operation: &Operation, several: bool) -> String {
        if several {
            format!("{} {}", operation.name, operation.life)
        } else {
            operation.name.to_string()
        }
    }

    /// The newest version that has the operation.
    fn version(&self, operation: &Operation) -> Option<Version> {
        operation.life.until.clone().or_else(|| self.newest.clone())
    }

    /// The parameters that the operation has in a version.
    fn parameters<'o>(&self, operation: &'o Operation) -> Vec<&'o Arc<Parameter>> {
        let version = self.version(operation);
        let there =
            |parameter: &&Arc<Parameter>| version.as_ref().is_none_or(|version| parameter.life.includes(version));
        operation.parameters.iter().filter(there).collect()
    }

    /// An answer with the headers that it has once it is read from a file.
    fn as_read(&self, answer: Answer) -> Answer {
        if answer.body.is_empty() || !answer.headers.is_empty() {
            return answer;
        }
        let headers = self.defaults.answer_headers();
        Answer {
            headers: headers
                .iter()
                .map(|(name, value)| (name.clone(), value.to_text()))
                .collect(),
            ..answer
        }
    }

    /// How many exchanges go before those of a case.
    fn first(&self) -> usize {
        self.defaults.first().len()
    }

    fn case(&self, operation: &Operation, several: bool, values: &Object) -> NodeCase {
        let mut parameters = Object::new();
        parameters.insert("resource", self.resource.name.clone());
        parameters.insert("operation", operation.name.clone());
        parameters.extend(values.iter().map(|(name, value)| (name.clone(), value.clone())));
        let mut case = NodeCase::new(Self::title(operation, several), parameters, self.defaults);
        if let (Some(version), Some(field)) = (
            self.version(operation),
            &self.service.definition().credential.version_field,
        ) {
            case.credential.insert(field.clone(), version.to_string());
        }
        case
    }

    fn ran(&self, case: &NodeCase) -> Result<Ran, String> {
        crate::run::alone(self.host, case, &self.service.definition().folder)
    }

    /// The case as text; the answers are those of its own exchanges.
    fn told(&self, case: &NodeCase, operation: &Operation, answers: &[Answer], ran: &Ran) -> String {
        let mut table = Object::new();
        table.insert("name", case.name.clone());
        table.insert("operation", operation.name.clone());
        if let Some(field) = &self.service.definition().credential.version_field
            && let Some(version) = case.credential.get(field)
        {
            let credential: Object = [(field.clone(), version.clone())].into_iter().collect();
            table.insert("credential", credential);
        }
        let mut parameters = case.parameters.clone();
        parameters.remove("resource");
        parameters.remove("operation");
        if !parameters.is_empty() {
            table.insert("parameters", parameters);
        }
        if !case.settings.is_empty() {
            table.insert("settings", case.settings.clone());
        }
        if let Some(input) = &case.input {
            let has_file = input.iter().any(|item| item.binary.is_some());
            let items = if has_file { vec![sample::file()] } else { plain(input) };
            table.insert("input", items);
        }
        if answers.is_empty() && !ran.sent.is_empty() {
            table.insert("first", true);
        }
        if let Some(error) = &ran.error {
            let mut shown = error.as_object().cloned().unwrap_or_default();
            shown.retain(|key, _| ["code", "message", "description"].contains(&key.as_str()));
            table.insert("error", shown);
        } else {
            let items = ran.outputs.iter().flatten().next().into_iter().flatten();
            table.insert("output", items.map(shown_item).collect::<Vec<Value>>());
        }
        let mut told = format!("\n[[case]]\n{}", text::entries(&table));
        for (sent, answer) in ran.sent.iter().skip(self.first()).zip(answers) {
            // What is made up here is all text: nothing is attached.
            let exchange = shown_exchange(sent, answer, self.defaults, &mut Attachments::default());
            told.push_str(&format!("\n[[case.exchange]]\n{}", text::entries(&exchange)));
        }
        told
    }
}

/// An item that came out; of one that failed only its message, as all else follows from its code.
fn shown_item(item: &Value) -> Value {
    match item.get("error").filter(|_| item.get("errorDetails").is_some()) {
        Some(error) => {
            let message: Object = [("error", error.clone())].into_iter().collect();
            Value::object([("~contains", message)].into_iter().collect())
        }
        None => item.clone(),
    }
}

fn plain(items: &Items) -> Vec<Value> {
    items.iter().map(patchbay_model::Item::json_value).collect()
}

/// Used by cases that are made and not read.
impl NodeCase {
    fn new(name: String, parameters: Object, defaults: &Defaults) -> Self {
        let mut case = defaults.case();
        case.name = name.into();
        case.parameters = parameters;
        case.expect = Run::default();
        case
    }
}
