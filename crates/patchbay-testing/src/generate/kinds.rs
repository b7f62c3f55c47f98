//! The kinds of cases that an operation gets: all parameters, every value, page after page, wrong values, and a refusal.

use std::sync::Arc;

use patchbay_actions::definition::{Answer as AnswerKind, Operation, Parameter};
use patchbay_model::{Object, Text, Value};

use super::{Generator, sample};
use crate::case::exchange::{Answer, Content, Exchange, Expected, Turn};

/// So many wrong values are tried for one operation.
const WRONG: usize = 4;

impl Generator<'_> {
    /// Every parameter is set, and the request goes out.
    pub(super) fn success(&self, operation: &Operation, several: bool, number: usize) -> Result<String, String> {
        let parameters = self.parameters(operation);
        let values = parameters
            .iter()
            .enumerate()
            .map(|(place, parameter)| (parameter.name.clone(), sample::right(parameter, place + number)));
        let answer = self.as_read(sample::answer(self.service, operation));
        let mut case = self.case(operation, several, &values.collect());
        case.exchanges.push(any_request(answer.clone()));
        if parameters.iter().any(|parameter| parameter.kind.is_file()) {
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
    pub(super) fn values(&self, operation: &Operation, several: bool) -> Result<String, String> {
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
    pub(super) fn paged(&self, operation: &Operation, several: bool) -> Result<String, String> {
        let paging = self.service.definition().paging.as_ref();
        let Some(paging) = paging.filter(|paging| operation.is_paged(paging)) else {
            return Ok(String::new());
        };
        if operation.answer == AnswerKind::File {
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
    pub(super) fn refused(&self, operation: &Operation, several: bool, number: usize) -> Result<String, String> {
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

    /// The service says no.
    pub(super) fn denied(&self, operation: &Operation, several: bool) -> Result<String, String> {
        let parameters = self
            .parameters(operation)
            .into_iter()
            .filter(|parameter| parameter.required);
        let values = parameters.map(|parameter| (parameter.name.clone(), sample::right(parameter, 0)));
        let mut case = self.case(operation, several, &values.collect());
        case.name = format!("{}: the role is too low", case.name).into();
        let answer = self.as_read(sample::denial(&self.service.definition().errors));
        case.exchanges.push(any_request(answer.clone()));
        let ran = self.ran(&case)?;
        Ok(self.told(&case, operation, &[answer], &ran))
    }
}

/// An expression that reads a property of the item.
fn from_item(name: &str) -> String {
    format!("={{{{ $json[{}] }}}}", Value::from(name).to_json())
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
