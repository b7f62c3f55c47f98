//! Compare Datasets: parts two inputs into what only the first has, what is the same, what differs, and what only the
//! second has.

use std::borrow::Cow;
use std::collections::HashMap;

use async_trait::async_trait;
use patchbay_model::item::Pair;
use patchbay_model::{Item, Items, Object, PairedItem, Text, Value, workflow};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::fingerprint::{fingerprint, fuzzy_fingerprint};
use crate::matching_fields;
use crate::path::Path;
use crate::split_out::list;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.compareDatasets",
    title: "Compare Datasets",
    about: "Tells what two inputs have in common, and what not",
    versions: &[1.0, 2.0, 2.1, 2.2, 2.3],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "mergeByFields",
            Kind::Collection,
            "{}",
            "The fields that belong together",
        )
        .required(),
        ParameterDescription::new(
            "resolve",
            Kind::Options(&["preferInput1", "preferInput2", "mix", "includeBoth"]),
            "\"preferInput2\"",
            "What goes on where items differ",
        )
        .later(&[(2.1, "\"includeBoth\"")]),
        ParameterDescription::new("preferWhenMix", Kind::Text, "\"input1\"", "Whose fields in a mix"),
        ParameterDescription::new("exceptWhenMix", Kind::Text, "\"\"", "The fields of the other one"),
        ParameterDescription::new("fuzzyCompare", Kind::Boolean, "false", "3 is the same as \"3\"")
            .versions(2.0, f64::INFINITY),
        ParameterDescription::new(
            "options",
            Kind::Collection,
            "{}",
            "Fields left out, several matches, dots",
        ),
    ],
};

/// What the first version calls the inputs. Where they differ it shows null in place of whatever JavaScript takes for
/// false.
const FIRST_NAMES: [&str; 2] = ["input1", "input2"];

pub struct CompareDatasets;

#[async_trait]
impl Node for CompareDatasets {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    fn inputs(&self, _node: &workflow::Node) -> usize {
        2
    }

    fn outputs(&self, _node: &workflow::Node) -> usize {
        4
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let comparison = Comparison::of(context)?;
        let first = numbered(context, 0);
        let second = numbered(context, 1);
        if context.version() < 2.2 {
            comparison.check_fields(&first, &second)?;
        }
        let mut places: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
        for (place, item) in second.iter().enumerate() {
            if let Some(keys) = comparison.keys(item, 1) {
                places.entry(keys).or_default().push(place);
            }
        }
        let mut matched = vec![false; second.len()];
        let (mut only_first, mut same, mut different) = (Vec::new(), Vec::new(), Vec::new());
        for item in first {
            context.checkpoint()?;
            let candidates = comparison.keys(&item, 0).and_then(|keys| places.get(&keys));
            let mut found: Vec<usize> = candidates.cloned().unwrap_or_default();
            if !comparison.multiple {
                found.truncate(1);
            }
            if found.is_empty() {
                only_first.push(item);
                continue;
            }
            let mut is_same = false;
            for place in found {
                matched[place] = true;
                let other = &second[place];
                if comparison.are_same(&item, other) {
                    // However many are the same as it, it goes on once.
                    if std::mem::replace(&mut is_same, true) {
                        continue;
                    }
                    let chosen = if comparison.fuzzy && comparison.resolve == "preferInput2" {
                        other
                    } else {
                        &item
                    };
                    same.push(chosen.clone());
                } else {
                    different.push(comparison.resolved(&item, other));
                }
            }
        }
        let left = second.into_iter().zip(matched).filter(|(_, matched)| !matched);
        let only_second: Items = left.map(|(item, _)| item).collect();
        Ok(Outcome::Outputs(vec![
            only_first.into(),
            same.into(),
            different.into(),
            only_second,
        ]))
    }
}

/// The items of an input, each knowing its place. Those that hold nothing, as `alwaysOutputData` makes them, are not compared.
fn numbered(context: &Context<'_>, input: usize) -> Vec<Item> {
    let items = context.inputs.get(input).map_or(&[][..], |items| items);
    let items = items.iter().enumerate();
    items
        .filter(|(_, item)| !item.json.is_empty())
        .map(|(index, item)| {
            let pair = Pair {
                item: index as u32,
                input: (input > 0).then_some(input as u32),
            };
            item.clone().paired_with(pair)
        })
        .collect()
}

/// What is compared, and how. Without fields that belong together, each item belongs to each of the other input.
struct Comparison {
    fields: Vec<[Path; 2]>,
    skipped: Vec<Text>,
    except: Vec<Path>,
    prefer_first: bool,
    /// Names are paths.
    dots: bool,
    resolve: Text,
    fuzzy: bool,
    multiple: bool,
    /// What the inputs are called in the output.
    names: [&'static str; 2],
}

impl Comparison {
    fn of(context: &Context<'_>) -> Result<Self, NodeError> {
        let dots = !context.boolean("options.disableDotNotation", 0)?;
        let fields = matching_fields::pairs(context, dots, "E0905")?;
        let names = |path: &str| -> Result<Vec<Text>, NodeError> {
            Ok(list(&context.text(path, 0)?).into_iter().map(Text::from).collect())
        };
        let fuzzy = if context.version() < 2.0 {
            "options.fuzzyCompare"
        } else {
            "fuzzyCompare"
        };
        Ok(Self {
            fields,
            skipped: names("options.skipFields")?,
            except: names("exceptWhenMix")?
                .into_iter()
                .map(|name| Path::new(&name, dots))
                .collect(),
            dots,
            prefer_first: context.text("preferWhenMix", 0)? == "input1",
            resolve: context.text("resolve", 0)?,
            fuzzy: context.boolean(fuzzy, 0)?,
            multiple: context.text("options.multipleMatches", 0)? == "all",
            names: if context.version() < 2.0 {
                FIRST_NAMES
            } else {
                ["inputA", "inputB"]
            },
        })
    }

    /// The first versions want each field in at least one item of its input.
    fn check_fields(&self, first: &[Item], second: &[Item]) -> Result<(), NodeError> {
        for (input, items, name) in [(0, first, "Input A"), (1, second, "Input B")] {
            for fields in &self.fields {
                let path = &fields[input];
                if !items.is_empty() && items.iter().all(|item| path.get(&item.json).is_none()) {
                    let message = format!("Field '{}' is not present in any of items in '{name}'", path.as_str());
                    return Err(NodeError::new("E0930", message).parameter("mergeByFields"));
                }
            }
        }
        Ok(())
    }

    fn key(&self, value: &Value) -> String {
        if self.fuzzy {
            fuzzy_fingerprint(value)
        } else {
            fingerprint(value)
        }
    }

    /// What an item is found by; `None` where it lacks a field.
    fn keys(&self, item: &Item, input: usize) -> Option<Vec<String>> {
        self.fields
            .iter()
            .map(|fields| fields[input].get(&item.json).map(|value| self.key(&value)))
            .collect()
    }

    fn equal(&self, first: Option<&Value>, second: Option<&Value>) -> bool {
        match (first, second) {
            (Some(first), Some(second)) => self.key(first) == self.key(second),
            (None, None) => true,
            (Some(value), None) | (None, Some(value)) => self.fuzzy && self.key(value) == self.key(&Value::Null),
        }
    }

    /// The fields that either item has.
    fn all_fields<'a>(first: &'a Item, second: &'a Item) -> impl Iterator<Item = &'a Text> {
        let added = second.json.keys().filter(|key| !first.json.contains_key(key));
        first.json.keys().chain(added)
    }

    fn are_same(&self, first: &Item, second: &Item) -> bool {
        let matched = |key: &Text| {
            self.fields
                .iter()
                .any(|[one, two]| one.as_str() == key && two.as_str() == key)
        };
        if self.fuzzy {
            // n8n then looks at what the first item has, and at nothing else.
            let compared = first
                .json
                .keys()
                .filter(|key| !self.skipped.contains(key) && !matched(key));
            return compared
                .into_iter()
                .all(|key| self.equal(first.json.get(key), second.json.get(key)));
        }
        Self::all_fields(first, second)
            .filter(|key| !self.skipped.contains(key) && !matched(key))
            .filter(|key| {
                !self.fields.iter().any(|[one, two]| {
                    one.as_str() != two.as_str() && (one.as_str() == key.as_str() || two.as_str() == key.as_str())
                })
            })
            .all(|key| self.equal(first.json.get(key), second.json.get(key)))
    }

    /// What goes on of two items that differ.
    fn resolved(&self, first: &Item, second: &Item) -> Item {
        match self.resolve.as_str() {
            "preferInput1" => first.clone(),
            "preferInput2" => second.clone(),
            "mix" => {
                let (base, other) = if self.prefer_first {
                    (first, second)
                } else {
                    (second, first)
                };
                let mut json: Object = (*base.json).clone();
                for path in &self.except {
                    let value = path.get(&other.json);
                    if self.dots {
                        // n8n reads along the dots but writes the whole name, and shows null for what JavaScript takes
                        // for false.
                        let value = value.filter(|value| value.truthy());
                        json.insert(path.as_str(), value.map(Cow::into_owned));
                    } else {
                        match value {
                            Some(value) => drop(json.insert(path.as_str(), value.into_owned())),
                            None => drop(json.remove(path.as_str())),
                        }
                    }
                }
                Item {
                    json: json.into(),
                    ..base.clone()
                }
            }
            _ => self.both(first, second),
        }
    }

    fn both(&self, first: &Item, second: &Item) -> Item {
        let (mut keys, mut same, mut different, mut skipped) =
            (Object::new(), Object::new(), Object::new(), Object::new());
        for [field, _] in &self.fields {
            if let Some(value) = first.json.get(field.as_str()) {
                keys.insert(field.as_str(), value.clone());
            }
        }
        for key in Self::all_fields(first, second) {
            let values = [first.json.get(key), second.json.get(key)];
            if self.equal(values[0], values[1]) {
                same.insert(key.clone(), values[0].cloned());
                continue;
            }
            let pair: Object = self
                .names
                .into_iter()
                .zip(values)
                .map(|(name, value)| {
                    (
                        name,
                        value
                            .filter(|value| self.names != FIRST_NAMES || value.truthy())
                            .cloned(),
                    )
                })
                .collect();
            let target = if self.skipped.contains(key) {
                &mut skipped
            } else {
                &mut different
            };
            target.insert(key.clone(), pair);
        }
        let mut json = Object::with_capacity(4);
        json.insert("keys", keys);
        json.insert("same", same);
        json.insert("different", different);
        if !skipped.is_empty() {
            json.insert("skipped", skipped);
        }
        let pairs = first.paired.pairs().iter().chain(second.paired.pairs()).copied();
        Item::new(json).paired_with(pairs.collect::<PairedItem>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn inputs_are_compared() {
        let first = r#"[{"id":1,"n":"a"},{"id":2,"n":"b"},{"id":3,"n":"c"}]"#;
        let second = r#"[{"id":2,"n":"B","z":1},{"id":3,"n":"c"},{"id":"1","n":"a"}]"#;
        let by = r#""mergeByFields": {"values": [{"field1": "id", "field2": "id"}]}"#;
        for (version, more, expected) in [
            (
                2.0,
                "",
                r#"[[{"id":1,"n":"a"}],[{"id":3,"n":"c"}],[{"id":2,"n":"B","z":1}],[{"id":"1","n":"a"}]]"#,
            ),
            (
                2.3,
                "",
                r#"[[{"id":1,"n":"a"}],[{"id":3,"n":"c"}],[{"keys":{"id":2},"same":{"id":2},"different":{"n":{"inputA":"b","inputB":"B"},"z":{"inputA":null,"inputB":1}}}],[{"id":"1","n":"a"}]]"#,
            ),
            (
                2.3,
                r#", "resolve": "mix", "exceptWhenMix": "n", "fuzzyCompare": true"#,
                r#"[[],[{"id":1,"n":"a"},{"id":3,"n":"c"}],[{"id":2,"n":"B"}],[]]"#,
            ),
            (
                1.0,
                r#", "resolve": "mix", "preferWhenMix": "input2", "exceptWhenMix": "z, w""#,
                r#"[[{"id":1,"n":"a"}],[{"id":3,"n":"c"}],[{"id":2,"n":"B","z":null,"w":null}],[{"id":"1","n":"a"}]]"#,
            ),
            (
                2.3,
                r#", "resolve": "mix", "exceptWhenMix": "z,w", "options": {"disableDotNotation": true}"#,
                r#"[[{"id":1,"n":"a"}],[{"id":3,"n":"c"}],[{"id":2,"n":"b","z":1}],[{"id":"1","n":"a"}]]"#,
            ),
        ] {
            let result = run(version, &format!("{{{by}{more}}}"), first)
                .input(second)
                .of(&CompareDatasets);
            assert_eq!(result.as_deref(), Ok(expected), "{version} {more}");
        }
    }
}
