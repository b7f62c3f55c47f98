//! What a request gets: its answer, a fault, and how often.

use std::ops::Range;

use bytes::Bytes;
use patchbay_actions::definition::fault::Faults;
use patchbay_actions::definition::fields::{Fields, Node};
use patchbay_model::diagnostic::nearest;
use patchbay_model::{Object, Value};
use patchbay_sandbox::{Effect, Fault};
use toml::de::DeValue;

use super::{Answer, Turn, Usual, laid_over, lower_case, read_file, read_object};
use crate::document::{self, CODES};
use crate::rewrite::text;

/// Reads `answer`, `fault` and `times`.
pub fn read_turns(faults: &mut Faults, fields: &mut Fields, usual: &Usual) -> (Vec<Turn>, bool) {
    let answer = fields.any("answer").map(|node| read_answer(faults, node, usual));
    let fault = fields.text(faults, "fault").and_then(|(text, span)| {
        let fault = read_fault(faults, &text, span.clone())?;
        if fault.path.is_some() {
            let message = "the fault of an exchange has no path: it is that of the request";
            faults.add(CODES.wrong_value, span, message);
            return None;
        }
        Some(fault)
    });
    let mut turns = Vec::new();
    match (fault, &answer) {
        (Some(fault), answer) if spoils(&fault.effect) => turns.push(Turn {
            answer: answer.clone().unwrap_or_default(),
            fault: Some(fault.effect),
        }),
        (Some(fault), answer) => {
            let times = fault.times.unwrap_or(1) as usize;
            let faulty = Turn {
                answer: Answer::default(),
                fault: Some(fault.effect),
            };
            turns.extend(std::iter::repeat_n(faulty, times));
            turns.extend(answer.clone().map(|answer| Turn { answer, fault: None }));
        }
        (None, answer) => turns.push(Turn {
            answer: answer.clone().unwrap_or_else(nothing),
            fault: None,
        }),
    }
    let mut any_number = false;
    if let Some(node) = fields.any("times") {
        match node.get_ref() {
            DeValue::String(text) if text == "any" => any_number = true,
            DeValue::Integer(number) if number.as_str().parse::<usize>().is_ok_and(|times| times > 0) => {
                let last = turns.last().cloned();
                let more = number.as_str().parse::<usize>().unwrap_or(1) - 1;
                turns.extend(last.into_iter().flat_map(|turn| std::iter::repeat_n(turn, more)));
            }
            _ => drop(faults.add(
                CODES.wrong_value,
                node.span(),
                "`times` wants a number from 1 on, or \"any\"",
            )),
        }
    }
    (turns, any_number)
}

/// A fault in the words of the sandbox.
pub fn read_fault(faults: &mut Faults, text: &str, span: Range<usize>) -> Option<Fault> {
    match text.parse() {
        Ok(fault) => Some(fault),
        Err(message) => {
            let name = text.split(['=', '@', ' ']).next().unwrap_or_default();
            let near = nearest(name, Fault::NAMES).filter(|near| *near != name);
            let fault = faults.add(CODES.wrong_value, span, message);
            fault.hints.extend(near.map(|near| format!("did you mean `{near}`?")));
            None
        }
    }
}

/// Whether a fault changes an answer, and does not come in its place.
fn spoils(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Slow(_) | Effect::Truncate | Effect::WrongContentType | Effect::BadJson
    )
}

/// The answer of an exchange that has none.
fn nothing() -> Answer {
    Answer {
        status: 204,
        ..Answer::default()
    }
}

fn read_answer(faults: &mut Faults, node: &Node, usual: &Usual) -> Answer {
    let Some(table) = node.get_ref().as_table() else {
        let given = document::value(node.get_ref());
        let key = match &given {
            Value::Number(_) => "status",
            Value::Text(_) => "text",
            _ => "json",
        };
        let fault = faults.add(CODES.wrong_value, node.span(), "`answer` wants a table");
        fault
            .hints
            .push(format!("write `answer = {{ {key} = {} }}`", text::value(&given, 0, 0)));
        return Answer::default();
    };
    let mut fields = Fields::new(table, node.span(), "an answer");
    let json = fields.any("json").map(|node| match node.get_ref() {
        DeValue::String(text) => Bytes::copy_from_slice(text.as_bytes()),
        other => document::value(other).to_json().into(),
    });
    let text = fields
        .text(faults, "text")
        .map(|(text, _)| Bytes::copy_from_slice(text.as_bytes()));
    let file = read_file(faults, &mut fields, &usual.folder);
    let is_json = json.is_some();
    let mut bodies: Vec<Bytes> = [json, text, file].into_iter().flatten().collect();
    if bodies.len() > 1 {
        faults.add("E1005", fields.span(), "an answer has one of `json`, `text` and `file`");
    }
    let body = bodies.pop();
    let status = match fields.number(faults, "status") {
        Some(status) if (100.0..=599.0).contains(&status) => status as u16,
        Some(status) => {
            faults.add(CODES.wrong_value, fields.span(), format!("{status} is not a status"));
            200
        }
        None => {
            if body.is_some() {
                200
            } else {
                204
            }
        }
    };
    let own = read_object(faults, &mut fields, "headers").unwrap_or_default();
    fields.finish(faults);
    let mut headers = Object::new();
    if is_json {
        headers.insert("content-type", "application/json");
        headers = laid_over(&headers, &lower_case(&usual.answer_headers));
    }
    let headers = laid_over(&headers, &lower_case(&own));
    Answer {
        status,
        headers: headers
            .iter()
            .map(|(name, value)| (name.clone(), value.to_text()))
            .collect(),
        body: body.unwrap_or_default(),
    }
}
