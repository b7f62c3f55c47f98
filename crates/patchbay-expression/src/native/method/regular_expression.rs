//! What texts and regular expressions do with each other.

use patchbay_model::{Text, Value};
use regress::Match;

use super::{argument, text};
use crate::js::{Pattern, RegularExpression};
use crate::native::units;
use crate::{Error, Js};

pub(super) fn call(expression: &RegularExpression, name: &str, arguments: &[Js]) -> Option<Result<Js, Error>> {
    let subject = argument(arguments, 0).to_text();
    Some(Ok(match name {
        "test" => Js::boolean(next_match(expression, &subject).is_some()),
        "exec" => match next_match(expression, &subject) {
            Some(found) => match_value(&found, &subject),
            None => Js::NULL,
        },
        _ => return None,
    }))
}

/// The next match; with the flag `g` it begins where the last one ended.
fn next_match(expression: &RegularExpression, subject: &str) -> Option<Match> {
    let pattern = &expression.pattern;
    if !pattern.is_global() {
        return pattern.regex.find(subject);
    }
    let start = expression.last_index.get();
    let found = (start <= units::length(subject))
        .then(|| pattern.regex.find_from(subject, units::to_bytes(subject, start)).next())
        .flatten();
    expression.last_index.set(
        found
            .as_ref()
            .map_or(0, |found| units::from_bytes(subject, found.end())),
    );
    found
}

/// `text.match(pattern)`.
pub(super) fn match_text(subject: &Text, pattern: &Js) -> Result<Js, Error> {
    let pattern = text::pattern_of(pattern)?;
    if !pattern.is_global() {
        let found = pattern.regex.find(subject);
        return Ok(found.map_or(Js::NULL, |found| match_value(&found, subject)));
    }
    let found: Vec<Js> = pattern
        .regex
        .find_iter(subject)
        .map(|found| Js::text(found.as_str(subject)))
        .collect();
    Ok(if found.is_empty() { Js::NULL } else { Js::list(found) })
}

/// `text.matchAll(pattern)`, as a list.
pub(super) fn match_all(subject: &Text, arguments: &[Js]) -> Result<Vec<Js>, Error> {
    let pattern = match argument(arguments, 0) {
        Js::RegularExpression(expression) if !expression.pattern.is_global() => {
            return Err(Error::type_error(
                "String.prototype.matchAll called with a non-global RegExp argument",
            ));
        }
        other => text::pattern_of(other)?,
    };
    let found = pattern.regex.find_iter(subject);
    Ok(found.map(|found| match_value(&found, subject)).collect())
}

/// What `exec` gives: an array of the groups. That it has properties, too (`index`, `groups`), `get_property` leaves
/// to QuickJS.
fn match_value(found: &Match, subject: &str) -> Js {
    Js::list(found.groups().map(|range| group(subject, range)).collect())
}

pub(super) fn group(subject: &str, range: Option<std::ops::Range<usize>>) -> Js {
    Js::optional(range.and_then(|range| subject.get(range)).map(Value::from))
}

/// `text.split(pattern)`.
pub(super) fn split(subject: &Text, pattern: &Pattern) -> Vec<Js> {
    if subject.is_empty() {
        return match pattern.regex.find(subject) {
            Some(_) => Vec::new(),
            None => vec![Js::text("")],
        };
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for found in pattern.regex.find_iter(subject) {
        let is_empty = found.start() == found.end();
        // An empty match at either end separates nothing.
        if is_empty && (found.start() == start || found.start() >= subject.len()) {
            continue;
        }
        parts.push(Js::text(&subject[start..found.start()]));
        parts.extend(found.groups().skip(1).map(|range| group(subject, range)));
        start = found.end();
    }
    parts.push(Js::text(&subject[start..]));
    parts
}
