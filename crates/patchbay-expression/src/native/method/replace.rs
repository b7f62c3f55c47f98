//! `replace` and `replaceAll`.

use indexmap::IndexMap;
use patchbay_model::{Scope, Text};
use regress::Match;

use super::regular_expression::group;
use crate::js::Pattern;
use crate::native::call::invoke;
use crate::native::{check_length, units};
use crate::{Error, Js};

/// One place to be replaced.
struct Found {
    start: usize,
    end: usize,
    /// The groups after the first.
    groups: Vec<Js>,
    named: Option<Js>,
}

pub(super) fn replace(
    subject: &Text,
    all: bool,
    pattern: &Js,
    replacement: &Js,
    scope: &Scope<'_>,
) -> Result<Js, Error> {
    let found: Vec<Found> = match pattern {
        Js::RegularExpression(expression) => {
            let pattern = &expression.pattern;
            if all && !pattern.is_global() {
                return Err(Error::type_error("replaceAll must be called with a global RegExp"));
            }
            let limit = if pattern.is_global() { usize::MAX } else { 1 };
            matches(subject, pattern, limit)
        }
        other => {
            let sought = other.to_text();
            let limit = if all { usize::MAX } else { 1 };
            let places = subject.match_indices(sought.as_str()).take(limit);
            places
                .map(|(start, part)| Found {
                    start,
                    end: start + part.len(),
                    groups: Vec::new(),
                    named: None,
                })
                .collect()
        }
    };
    if found.is_empty() {
        return Ok(Js::text(subject.clone()));
    }
    let template = match replacement {
        Js::Function(_) => None,
        other => Some(other.to_text()),
    };
    let mut result = String::with_capacity(subject.len());
    let mut done = 0;
    for found in &found {
        result.push_str(&subject[done..found.start]);
        if let Some(template) = &template {
            expand(template, subject, found, &mut result);
        } else {
            let mut arguments = vec![Js::text(&subject[found.start..found.end])];
            arguments.extend(found.groups.iter().cloned());
            arguments.push(Js::count(units::from_bytes(subject, found.start)));
            arguments.push(Js::text(subject.clone()));
            arguments.extend(found.named.clone());
            result.push_str(&invoke(replacement, arguments, scope)?.to_text());
        }
        check_length(result.len())?;
        done = found.end;
    }
    result.push_str(&subject[done..]);
    Ok(Js::text(result))
}

fn matches(subject: &Text, pattern: &Pattern, limit: usize) -> Vec<Found> {
    let named = |found: &Match| {
        let entries: IndexMap<Text, Js> = found
            .named_groups()
            .map(|(name, range)| (Text::from(name), group(subject, range)))
            .collect();
        (!entries.is_empty()).then(|| Js::record(entries))
    };
    let found = pattern.regex.find_iter(subject).take(limit);
    found
        .map(|found| Found {
            start: found.start(),
            end: found.end(),
            groups: found.groups().skip(1).map(|range| group(subject, range)).collect(),
            named: named(&found),
        })
        .collect()
}

/// Writes a replacement with its `$1`, `$&`, `$<name>` and so on.
fn expand(template: &str, subject: &str, found: &Found, result: &mut String) {
    let mut rest = template;
    while let Some(place) = rest.find('$') {
        result.push_str(&rest[..place]);
        rest = &rest[place + 1..];
        let used = match rest.as_bytes().first() {
            Some(b'$') => {
                result.push('$');
                1
            }
            Some(b'&') => {
                result.push_str(&subject[found.start..found.end]);
                1
            }
            Some(b'`') => {
                result.push_str(&subject[..found.start]);
                1
            }
            Some(b'\'') => {
                result.push_str(&subject[found.end..]);
                1
            }
            Some(b'0'..=b'9') => expand_number(rest, found, result),
            Some(b'<') if found.named.is_some() => match (rest.find('>'), &found.named) {
                (Some(end), Some(named)) => {
                    let value = named.own(&rest[1..end]).unwrap_or_default();
                    if !value.is_undefined() {
                        result.push_str(&value.to_text());
                    }
                    end + 1
                }
                _ => 0,
            },
            _ => 0,
        };
        if used == 0 {
            result.push('$');
        }
        rest = &rest[used..];
    }
    result.push_str(rest);
}

/// `$n` or `$nn`, if there is such a group; how many bytes were used.
fn expand_number(rest: &str, found: &Found, result: &mut String) -> usize {
    for digits in [2, 1] {
        let number = rest.get(..digits).and_then(|digits| digits.parse::<usize>().ok());
        if let Some(number) = number
            && let Some(group) = number.checked_sub(1).and_then(|place| found.groups.get(place))
        {
            if !group.is_undefined() {
                result.push_str(&group.to_text());
            }
            return digits;
        }
    }
    0
}
