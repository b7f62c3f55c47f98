//! Makes cases of requests for every operation of a service: `tests/generated/RESOURCE.toml`.
//!
//! For each operation there is a case that sets every parameter, and one in which wrong values are refused; for each
//! resource one in which the service says no. What goes out and comes out is what the definitions make of it today: the
//! committed files are what they are held against from then on. The same definitions give the same bytes.

mod sample;

use std::sync::Arc;

use patchbay_actions::definition::{Kind, Life, Operation, Parameter, Resource, Version};
use patchbay_actions::library::LazyService;
use patchbay_model::{Items, Object, Text, Value};

use crate::Host;
use crate::case::exchange::{Answer, Content, Exchange, Expected, Turn, decoded, gathered};
use crate::case::expect::Run;
use crate::case::node::{Defaults, NodeCase};
use crate::rewrite::attachment::{Attachments, extension};
use crate::rewrite::text;
use crate::run::Ran;
use crate::world::http::{Sent, readable, target};

/// A file in the making: its name below `tests/`, and its text.
pub type Made = (String, String);

/// Cases for all resources of a service; `defaults` is what the cases of its folder share.
pub fn generate(host: &Host, service: &LazyService, defaults: &Defaults) -> Result<Vec<Made>, String> {
    let newest = newest(service);
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

/// The newest version that the definitions speak of.
pub(crate) fn newest(service: &LazyService) -> Option<Version> {
    let of_life = |life: &Life| life.since.iter().chain(&life.until).cloned().collect::<Vec<_>>();
    let operations = service
        .resources()
        .flat_map(|resource| resource.operations.values().flatten());
    operations
        .flat_map(|operation| {
            let parameters = operation
                .parameters
                .iter()
                .flat_map(|parameter| of_life(&parameter.life));
            let values = operation
                .parameters
                .iter()
                .flat_map(|parameter| parameter.newer_values.iter());
            let values = values.map(|(_, version)| version.clone());
            of_life(&operation.life)
                .into_iter()
                .chain(parameters)
                .chain(values)
                .collect::<Vec<_>>()
        })
        .max()
}

struct Generator<'a> {
    host: &'a Host,
    service: &'a LazyService,
    defaults: &'a Defaults,
    resource: &'a Resource,
    newest: Option<Version>,
}

/// So many wrong values are tried for one operation.
const WRONG: usize = 4;

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

    /// Every parameter is set, and the request goes out.
    fn success(&self, operation: &Operation, several: bool, number: usize) -> Result<String, String> {
        let parameters = self.parameters(operation);
        let values = parameters
            .iter()
            .enumerate()
            .map(|(place, parameter)| (parameter.name.clone(), sample::right(parameter, place + number)));
        let answer = self.as_read(sample::answer(self.service, operation));
        let mut case = self.case(operation, several, &values.collect());
        case.exchanges.push(any_request(answer.clone()));
        if parameters.iter().any(|parameter| parameter.kind == Kind::File) {
            case.input = crate::case::expect::items(&[sample::file()]);
        }
        let ran = self.ran(&case)?;
        if let Some(error) = &ran.error {
            return Err(format!(
                "{} of {} fails: {}",
                operation.name,
                self.resource.name,
                error.to_json()
            ));
        }
        Ok(self.told(&case, operation, &[answer], &ran))
    }

    /// Every value of every enumeration goes out, an item for each.
    fn values(&self, operation: &Operation, several: bool) -> Result<String, String> {
        let version = self.version(operation);
        let known = |parameter: &Parameter| {
            let newer = |value: &Text| {
                let since = parameter.newer_values.iter().find(|(newer, _)| newer == value);
                since.is_some_and(|(_, since)| version.as_ref().is_some_and(|version| version < since))
            };
            let known = parameter.values.iter().filter(|value| !newer(value));
            known.cloned().collect::<Vec<Text>>()
        };
        let parameters = self.parameters(operation);
        let (listed, others): (Vec<_>, Vec<_>) = parameters
            .into_iter()
            .partition(|parameter| !parameter.values.is_empty());
        let items = listed.iter().map(|parameter| known(parameter).len()).max().unwrap_or(0);
        if items == 0 {
            return Ok(String::new());
        }
        let mut values = Object::new();
        for (place, parameter) in others.iter().filter(|parameter| parameter.required).enumerate() {
            values.insert(parameter.name.clone(), sample::right(parameter, place));
        }
        for parameter in &listed {
            values.insert(parameter.name.clone(), from_item(&parameter.name));
        }
        let item = |number: usize| {
            let values = listed.iter().filter_map(|parameter| {
                let known = known(parameter);
                let value = known.get(number).or(known.last())?.clone();
                Some((parameter.name.clone(), value))
            });
            Value::object(values.collect())
        };
        let input: Vec<Value> = (0..items).map(item).collect();
        let mut case = self.case(operation, several, &values);
        case.name = format!("{}: every value", case.name).into();
        case.input = crate::case::expect::items(&input);
        let answers = vec![self.as_read(sample::answer(self.service, operation)); items];
        case.exchanges.extend(answers.iter().cloned().map(any_request));
        let ran = self.ran(&case)?;
        Ok(self.told(&case, operation, &answers, &ran))
    }

    /// Page after page is fetched.
    fn paged(&self, operation: &Operation, several: bool) -> Result<String, String> {
        let paging = self.service.definition().paging.as_ref();
        let Some(paging) = paging.filter(|paging| operation.is_paged(paging)) else {
            return Ok(String::new());
        };
        if operation.answer == patchbay_actions::definition::Answer::File {
            return Ok(String::new());
        }
        let required = operation.parameters.iter().filter(|parameter| parameter.required);
        let mut values: Object = required
            .enumerate()
            .map(|(place, parameter)| (parameter.name.clone(), sample::right(parameter, place)))
            .collect();
        values.insert(paging.size_option.clone(), 1);
        values.insert("fetchAll", true);
        let mut case = self.case(operation, several, &values);
        case.name = format!("{}: page after page", case.name).into();
        let answers: Vec<Answer> = sample::pages(paging)
            .into_iter()
            .map(|page| self.as_read(page))
            .collect();
        case.exchanges.extend(answers.iter().cloned().map(any_request));
        let ran = self.ran(&case)?;
        Ok(self.told(&case, operation, &answers, &ran))
    }

    /// Wrong values are refused, each at its item, and nothing is sent for them.
    fn refused(&self, operation: &Operation, several: bool, number: usize) -> Result<String, String> {
        let parameters = self.parameters(operation);
        let mut tried: Vec<&Arc<Parameter>> = Vec::new();
        let mut candidates = parameters.clone();
        if candidates.is_empty() {
            return Ok(String::new());
        }
        let turn = number % candidates.len();
        candidates.rotate_left(turn);
        // Those first whose type a request does not show.
        candidates.sort_by_key(|parameter| sample::shows_its_type(parameter));
        tried.extend(
            candidates
                .into_iter()
                .filter(|parameter| sample::wrong(parameter).is_some())
                .take(WRONG),
        );
        if tried.is_empty() {
            return Ok(String::new());
        }
        let required: Vec<&Arc<Parameter>> = parameters
            .iter()
            .copied()
            .filter(|parameter| parameter.required)
            .collect();
        let mut values = Object::new();
        for parameter in required.iter().chain(&tried) {
            values.insert(parameter.name.clone(), from_item(&parameter.name));
        }
        let item = |wrong: &Arc<Parameter>| {
            let mut item = Object::new();
            for (place, parameter) in required.iter().enumerate() {
                item.insert(parameter.name.clone(), sample::right(parameter, place));
            }
            item.insert(wrong.name.clone(), sample::wrong(wrong).unwrap_or_default());
            Value::object(item)
        };
        let items: Vec<Value> = tried.iter().map(|parameter| item(parameter)).collect();
        let mut case = self.case(operation, several, &values);
        case.name = format!("{}: wrong values", case.name).into();
        case.input = crate::case::expect::items(&items);
        case.settings.insert("onError", "continueRegularOutput");
        let ran = self.ran(&case)?;
        let outputs = ran.outputs.clone().unwrap_or_default();
        let refused = outputs.first().is_some_and(|items| items.len() == tried.len());
        let sent = ran
            .sent
            .iter()
            .filter(|sent| sent.exchange.is_some_and(|exchange| exchange >= self.first()))
            .count();
        if !refused || sent > 0 {
            return Err(format!(
                "{} of {} takes a wrong value",
                operation.name, self.resource.name
            ));
        }
        Ok(self.told(&case, operation, &[], &ran))
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

    /// The service says no.
    fn denied(&self, operation: &Operation, several: bool) -> Result<String, String> {
        let parameters = self
            .parameters(operation)
            .into_iter()
            .filter(|parameter| parameter.required);
        let values = parameters.map(|parameter| (parameter.name.clone(), sample::right(parameter, 0)));
        let mut case = self.case(operation, several, &values.collect());
        case.name = format!("{}: the role is too low", case.name).into();
        let answer = self.as_read(sample::denial());
        case.exchanges.push(any_request(answer.clone()));
        let ran = self.ran(&case)?;
        Ok(self.told(&case, operation, &[answer], &ran))
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
        match &ran.error {
            Some(error) => {
                let mut shown = error.as_object().cloned().unwrap_or_default();
                shown.retain(|key, _| ["code", "message", "description"].contains(&key.as_str()));
                table.insert("error", shown);
            }
            None => drop(table.insert(
                "output",
                ran.outputs.iter().flatten().next().cloned().unwrap_or_default(),
            )),
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

/// An expression that reads a property of the item.
fn from_item(name: &str) -> String {
    format!("={{{{ $json[{}] }}}}", Value::from(name).to_json())
}

fn plain(items: &Items) -> Vec<Value> {
    items.iter().map(patchbay_model::Item::json_value).collect()
}

/// A request as a case has it, with the answer that it got.
pub fn shown_exchange(sent: &Sent, answer: &Answer, defaults: &Defaults, attachments: &mut Attachments) -> Object {
    let mut exchange = shown_request(sent, defaults, attachments);
    exchange.insert("answer", shown_answer(answer, defaults, attachments));
    exchange
}

/// `request`, and where there is something to say `query`, `headers`, `json`, `form`, `text` or `file`.
pub fn shown_request(sent: &Sent, defaults: &Defaults, attachments: &mut Attachments) -> Object {
    let target = target(&sent.url);
    let (path, query) = target
        .split_once('?')
        .map_or((target, None), |(path, query)| (path, Some(query)));
    let mut exchange = Object::new();
    exchange.insert("request", format!("{} {path}", sent.method));
    if let Some(query) = query {
        exchange.insert("query", gathered(decoded(query)));
    }
    let mut usual = defaults.headers();
    let is_text = std::str::from_utf8(&sent.body).is_ok();
    if !is_text {
        attachments.keep(&sent.body, "bin", &mut exchange);
    }
    let body = (is_text && !sent.body.is_empty()).then(|| readable(&sent.body));
    let content_type = crate::world::http::headers(sent)
        .get("content-type")
        .map(Value::to_text)
        .unwrap_or_default();
    if let Some(body) = body {
        let (key, value) = match &body {
            _ if content_type.starts_with("application/x-www-form-urlencoded") => {
                let form = gathered(decoded(&String::from_utf8_lossy(&sent.body)));
                usual.insert("content-type", "application/x-www-form-urlencoded");
                ("form", Value::object(form))
            }
            Value::Text(_) => ("text", body.clone()),
            _ => {
                usual.insert("content-type", "application/json");
                ("json", body.clone())
            }
        };
        exchange.insert(key, value);
    }
    let mut headers = Object::new();
    let actual = crate::world::http::headers(sent);
    for (name, value) in &actual {
        if usual.get(name) != Some(value) {
            headers.insert(name.clone(), value.clone());
        }
    }
    for name in usual.keys().filter(|name| !actual.contains_key(name)) {
        headers.insert(name.clone(), false);
    }
    if !headers.is_empty() {
        exchange.insert("headers", headers);
    }
    exchange
}

/// `status`, `headers` and the body, but for what is usual.
pub fn shown_answer(answer: &Answer, defaults: &Defaults, attachments: &mut Attachments) -> Object {
    let mut shown = Object::new();
    let is_text = std::str::from_utf8(&answer.body).is_ok();
    let body = (is_text && !answer.body.is_empty()).then(|| readable(&answer.body));
    let usual_status = if answer.body.is_empty() { 204 } else { 200 };
    if answer.status != usual_status {
        shown.insert("status", f64::from(answer.status));
    }
    let is_json = body.as_ref().is_some_and(|body| body.as_str().is_none());
    let usual = if is_json {
        defaults.answer_headers()
    } else {
        Object::new()
    };
    let mut headers = Object::new();
    for (name, value) in &answer.headers {
        if usual.get(name).map(Value::to_text).as_ref() != Some(value) {
            headers.insert(name.clone(), value.clone());
        }
    }
    if !headers.is_empty() {
        shown.insert("headers", headers);
    }
    match body {
        Some(Value::Text(body)) => drop(shown.insert("text", body)),
        // TOML has no null, and an answer is a table: its JSON alone is given as text.
        Some(body) if text::holds_null(&body) => drop(shown.insert("json", text::json_lines(&body))),
        Some(body) => drop(shown.insert("json", body)),
        None if !is_text => attachments.keep(&answer.body, &extension(answer), &mut shown),
        None => {}
    }
    shown
}

/// An exchange that takes any request, so that it can be seen.
fn any_request(answer: Answer) -> Exchange {
    Exchange {
        request: Expected {
            method: Text::default(),
            origin: None,
            path: Value::object([("~any", true)].into_iter().collect()),
            query: None,
            headers: None,
            body: Content::Any,
            node: None,
        },
        turns: vec![Turn { answer, fault: None }],
        any_number: false,
        place: Vec::new(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_null_is_a_table_with_json_text() {
        let answer = Answer {
            status: 200,
            headers: Vec::new(),
            body: r#"{"a":null}"#.into(),
        };
        let shown = shown_answer(&answer, &Defaults::default(), &mut Attachments::default());
        assert_eq!(text::value(&Value::object(shown), 0, 0), r#"{ json = '{"a":null}' }"#);
    }
}
