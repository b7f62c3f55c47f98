//! Merge by fields: items of two inputs belong together where the values of fields are the same.

use std::borrow::Cow;
use std::collections::HashMap;

use patchbay_model::{Item, Items, Object, Value};
use patchbay_node::{Context, NodeError};

use super::clash::Clash;
use super::input;
use crate::fingerprint::{fingerprint, fuzzy_fingerprint};
use crate::matching_fields;
use crate::path::Path;
use crate::split_out::list;

/// Which items of which input match.
struct Matches {
    /// Places in the second input for each matched place of the first.
    matched: Vec<(usize, Vec<usize>)>,
    unmatched: [Vec<usize>; 2],
    /// Matched places of the second input, ascending.
    matched_second: Vec<usize>,
}

pub fn run(context: &Context<'_>) -> Result<Items, NodeError> {
    let fields = pairs_of_fields(context)?;
    let inputs = [input(context, 0), input(context, 1)];
    if context.version() < 2.1 {
        check_fields(&inputs, &fields)?;
    }
    let join = context.text("joinMode", 0)?;
    if fields.is_empty() && inputs.iter().all(|items| !items.is_empty()) {
        // Without a field, nothing belongs together, but n8n lets the second input go nowhere either.
        let [first, _] = inputs;
        return Ok(match join.as_str() {
            "keepNonMatches" | "enrichInput1" => first.into(),
            _ => Items::default(),
        });
    }
    let output = context.text("outputDataFrom", 0)?;
    // Where items of the second input stay or go by themselves, each of them counts.
    let each_counts = matches!(
        (join.as_str(), output.as_str()),
        ("keepNonMatches", _) | ("keepMatches", "input2")
    );
    let multiple = each_counts || context.text("options.multipleMatches", 0)? != "first";
    let matches = find(&inputs, &fields, context.boolean("options.fuzzyCompare", 0)?, multiple);
    let item = |input: usize, place: usize| inputs[input][place].clone();
    let all = |input: usize, places: &[usize]| {
        places
            .iter()
            .map(move |place| item(input, *place))
            .collect::<Vec<Item>>()
    };
    Ok(match (join.as_str(), output.as_str()) {
        ("keepMatches", "input1") => matches.matched.iter().map(|(place, _)| item(0, *place)).collect(),
        ("keepMatches", "input2") => all(1, &matches.matched_second).into(),
        ("keepMatches", _) => merged(context, &inputs, &matches, "preferInput2")?.into(),
        ("keepNonMatches", "input1") => all(0, &matches.unmatched[0]).into(),
        ("keepNonMatches", "input2") => all(1, &matches.unmatched[1]).into(),
        // Where there is nothing to compare with, n8n gives the other input's items as they are.
        ("keepNonMatches", _) if inputs[0].is_empty() => inputs[1].clone().into(),
        ("keepNonMatches", _) if inputs[1].is_empty() => inputs[0].clone().into(),
        ("keepNonMatches", _) => {
            let first = all(0, &matches.unmatched[0])
                .into_iter()
                .map(|item| with_source(item, "input1"));
            let second = all(1, &matches.unmatched[1])
                .into_iter()
                .map(|item| with_source(item, "input2"));
            first.chain(second).collect()
        }
        (join, _) => {
            let prefer = if join == "enrichInput2" {
                "preferInput1"
            } else {
                "preferInput2"
            };
            let clash = Clash::of(context, prefer)?;
            let mut made = merged(context, &inputs, &matches, prefer)?;
            let unmatched = |input: usize| {
                let items = all(input, &matches.unmatched[input]).into_iter();
                items
                    .map(|item| clash.suffixed(&item, input + 1))
                    .collect::<Vec<Item>>()
            };
            if join != "enrichInput2" {
                made.extend(unmatched(0));
            }
            if join != "enrichInput1" {
                made.extend(unmatched(1));
            }
            made.into()
        }
    })
}

/// The fields to match: of the first input, of the second.
fn pairs_of_fields(context: &Context<'_>) -> Result<Vec<[Path; 2]>, NodeError> {
    let dots = !context.boolean("options.disableDotNotation", 0)?;
    if context.version() < 3.0 || context.boolean("advanced", 0)? {
        return matching_fields::pairs(context, dots, "E0381");
    }
    let names = context.text("fieldsToMatchString", 0)?;
    let paths = list(&names).into_iter().map(|name| Path::new(name, dots));
    let pairs: Vec<[Path; 2]> = paths.map(|path| [path.clone(), path]).collect();
    if pairs.is_empty() || pairs.iter().any(|[path, _]| path.as_str().is_empty()) {
        return Err(NodeError::new("E0381", matching_fields::NONE).parameter("fieldsToMatchString"));
    }
    Ok(pairs)
}

/// The first version with fields wanted each of them to be somewhere.
fn check_fields(inputs: &[Vec<Item>; 2], fields: &[[Path; 2]]) -> Result<(), NodeError> {
    for [first, second] in fields {
        for (items, path, number) in [(&inputs[0], first, 1), (&inputs[1], second, 2)] {
            if !items.iter().any(|item| path.get(&item.json).is_some()) {
                let message = format!(
                    "Field '{}' is not present in any of items in 'Input {number}'",
                    path.as_str()
                );
                return Err(NodeError::new("E0382", message).parameter("mergeByFields"));
            }
        }
    }
    Ok(())
}

fn find(inputs: &[Vec<Item>; 2], fields: &[[Path; 2]], fuzzy: bool, multiple: bool) -> Matches {
    let key = |value: Option<&Value>| match value {
        value if fuzzy => Some(fuzzy_fingerprint(value.unwrap_or(&Value::Null))),
        Some(value) => Some(fingerprint(value)),
        None => None,
    };
    let mut places: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
    for (place, item) in inputs[1].iter().enumerate() {
        let keys: Option<Vec<String>> = fields
            .iter()
            .map(|[_, path]| key(path.get(&item.json).as_deref()))
            .collect();
        if let Some(keys) = keys {
            places.entry(keys).or_default().push(place);
        }
    }
    let mut matches = Matches {
        matched: Vec::new(),
        unmatched: [Vec::new(), Vec::new()],
        matched_second: Vec::new(),
    };
    let mut second = vec![false; inputs[1].len()];
    for (place, item) in inputs[0].iter().enumerate() {
        // A field that the first input does not have matches nothing, whatever the second one has.
        let values: Option<Vec<Cow<'_, Value>>> = fields.iter().map(|[path, _]| path.get(&item.json)).collect();
        let keys: Option<Vec<String>> =
            values.and_then(|values| values.iter().map(|value| key(Some(value.as_ref()))).collect());
        match keys.and_then(|keys| places.get(&keys)) {
            Some(found) => {
                let found = if multiple { found.clone() } else { found[..1].to_vec() };
                for place in &found {
                    second[*place] = true;
                }
                matches.matched.push((place, found));
            }
            None => matches.unmatched[0].push(place),
        }
    }
    for (place, matched) in second.into_iter().enumerate() {
        let list = if matched {
            &mut matches.matched_second
        } else {
            &mut matches.unmatched[1]
        };
        list.push(place);
    }
    matches
}

fn merged(
    context: &Context<'_>,
    inputs: &[Vec<Item>; 2],
    matches: &Matches,
    prefer: &str,
) -> Result<Vec<Item>, NodeError> {
    let clash = Clash::of(context, prefer)?;
    let mut made = Vec::with_capacity(matches.matched.len());
    for (first, found) in &matches.matched {
        context.checkpoint()?;
        made.extend(
            found
                .iter()
                .map(|second| clash.merge_two(&inputs[0][*first], &inputs[1][*second])),
        );
    }
    Ok(made)
}

fn with_source(item: Item, source: &str) -> Item {
    let mut json: Object = (*item.json).clone();
    json.insert("_source", source);
    Item {
        json: json.into(),
        ..item
    }
}
