//! Summarize: counts, sums, joins and so on of fields, for all items or for groups of them.

use std::borrow::Cow;

use async_trait::async_trait;
use indexmap::IndexMap;
use patchbay_model::{Item, Items, Object, Text, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::aggregate::pairs;
use crate::compare::less;
use crate::fingerprint::fingerprint;
use crate::path::Path;
use crate::split_out::list;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.summarize",
    title: "Summarize",
    about: "Counts, sums, joins … of fields, by groups of items",
    versions: &[1.0, 1.1],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "fieldsToSummarize",
            Kind::Collection,
            "{}",
            "The fields, and what is made of each",
        ),
        ParameterDescription::new(
            "fieldsToSplitBy",
            Kind::Text,
            "\"\"",
            "The fields that make groups, by commas",
        ),
        ParameterDescription::new(
            "options",
            Kind::Collection,
            "{}",
            "Dots, missing fields, groups, the output's form",
        ),
    ],
};

pub struct Summarize;

#[async_trait]
impl Node for Summarize {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        summarized(context, context.version() >= 1.1, false).map(Outcome::items)
    }
}

/// The summaries. `typed`: groups keep the type of their value, and fields may be missing; `groups_first`: the fields that
/// make the groups come before the results, and from version 2.1 on any field may be missing.
pub(crate) fn summarized(context: &Context<'_>, typed: bool, groups_first: bool) -> Result<Items, NodeError> {
    let dots = !context.boolean("options.disableDotNotation", 0)?;
    let summaries = Summary::all(context, dots)?;
    let items = context.items();
    let strict = if groups_first { context.version() < 2.1 } else { !typed };
    if strict && !context.boolean("options.continueIfFieldNotFound", 0)? {
        for summary in &summaries {
            let named = !summary.path.as_str().is_empty();
            if named && !items.iter().any(|item| summary.path.get(&item.json).is_some()) {
                let message = format!("The field '{}' does not exist in any items", summary.path.as_str());
                return Err(NodeError::new("E0373", message).parameter("fieldsToSummarize"));
            }
        }
    }
    let split = context.text("fieldsToSplitBy", 0)?;
    let split: Vec<Path> = list(&split).into_iter().map(|name| Path::new(name, dots)).collect();
    let skip_empty = context.boolean("options.skipEmptySplitFields", 0)?;
    let places: Vec<usize> = (0..items.len()).collect();
    let single = context.text("options.outputFormat", 0)? == "singleItem";
    let grouping = Grouping {
        items,
        summaries: &summaries,
        split: &split,
        typed,
        skip_empty,
        groups_first,
    };
    if single {
        let Value::Object(json) = grouping.nested(&places, 0) else {
            return Ok(Items::default());
        };
        return Ok(vec![Item::new(json).paired_with(pairs(places))].into());
    }
    let mut made = Vec::new();
    grouping.separate(&places, 0, &mut Vec::new(), &mut made);
    Ok(made.into())
}

/// One field, and what is made of it.
struct Summary {
    path: Path,
    kind: Text,
    /// The name of the result.
    name: Text,
    include_empty: bool,
    separator: Text,
}

impl Summary {
    fn all(context: &Context<'_>, dots: bool) -> Result<Vec<Self>, NodeError> {
        const PATH: &str = "fieldsToSummarize.values";
        let mut all = Vec::new();
        for index in 0..context.parameter(PATH).map_or(0, |list| list.elements().len()) {
            let text = |key: &str| context.text(&format!("{PATH}.{index}.{key}"), 0);
            let field = text("field")?;
            let kind = match text("aggregation")? {
                kind if kind.is_empty() => "count".into(),
                kind => kind,
            };
            let prefix = match kind.as_str() {
                "append" => "appended_",
                "concatenate" => "concatenated_",
                "countUnique" => "unique_count_",
                "average" => "average_",
                "max" => "max_",
                "min" => "min_",
                "sum" => "sum_",
                _ => "count_",
            };
            let separator = match context.optional(&format!("{PATH}.{index}.separateBy"), 0)? {
                None => ",".into(),
                Some(Value::Text(other)) if other == "other" => text("customSeparator")?,
                Some(value) => value.to_text(),
            };
            all.push(Self {
                name: format!("{prefix}{}", flat(&field)).into(),
                path: Path::new(&field, dots),
                include_empty: context.boolean(&format!("{PATH}.{index}.includeEmpty"), 0)?,
                kind,
                separator,
            });
        }
        if all.iter().all(|summary: &Self| summary.path.as_str().is_empty()) {
            let message = "You need to add at least one aggregation to 'Fields to Summarize' with non empty 'Field'";
            return Err(NodeError::new("E0372", message).parameter("fieldsToSummarize"));
        }
        Ok(all)
    }

    fn of(&self, items: &[Item], places: &[usize]) -> Value {
        let found: Vec<Option<Cow<'_, Value>>> = (places.iter())
            .map(|place| self.path.get(&items[*place].json))
            .collect();
        let found = found.iter().map(Option::as_deref);
        let empty = |value: Option<&Value>| match value {
            None | Some(Value::Null) => true,
            Some(Value::Text(text)) => text.is_empty(),
            _ => false,
        };
        match self.kind.as_str() {
            "sum" | "average" => {
                let numbers: Vec<f64> = found.filter_map(|value| value?.as_number()).collect();
                let sum: f64 = numbers.iter().sum();
                Value::Number(if self.kind == "sum" {
                    sum
                } else {
                    sum / numbers.len() as f64
                })
            }
            "max" | "min" => {
                let mut best: Option<&Value> = None;
                for value in found.filter(|value| !empty(*value)).flatten() {
                    let better = match (best, self.kind.as_str()) {
                        (None, _) => true,
                        (Some(best), "max") => less(Some(best), Some(value)),
                        (Some(best), _) => less(Some(value), Some(best)),
                    };
                    if better {
                        best = Some(value);
                    }
                }
                best.cloned().unwrap_or_default()
            }
            kind => {
                let values = found.filter(|value| self.include_empty || !empty(*value));
                match kind {
                    "append" => Value::array(values.map(|value| value.cloned().unwrap_or_default()).collect()),
                    "concatenate" => {
                        let texts: Vec<Text> = values.map(shown).collect();
                        Value::Text(texts.join(&self.separator).into())
                    }
                    "countUnique" => {
                        let mut known = std::collections::HashSet::new();
                        values
                            .filter(|value| known.insert(value.map(fingerprint)))
                            .count()
                            .into()
                    }
                    _ => values.count().into(),
                }
            }
        }
    }
}

/// The name of a field as part of another: without brackets and quotes, dots and spaces as underscores.
fn flat(field: &str) -> Text {
    let kept = field.chars().filter(|c| !matches!(c, '[' | ']' | '"'));
    kept.map(|c| if matches!(c, '.' | ' ') { '_' } else { c })
        .collect::<String>()
        .into()
}

/// A value as n8n joins it: arrays and objects as JSON.
fn shown(value: Option<&Value>) -> Text {
    match value {
        None => "undefined".into(),
        Some(value @ (Value::Array(_) | Value::Object(_))) => value.to_json().into(),
        Some(value) => value.to_text(),
    }
}

/// Items in groups, and in groups of groups.
struct Grouping<'a> {
    items: &'a [Item],
    summaries: &'a [Summary],
    split: &'a [Path],
    /// Groups keep the type of their value; else it becomes text.
    typed: bool,
    skip_empty: bool,
    groups_first: bool,
}

/// One group: the value that its items have, and their places.
type Groups = IndexMap<String, (Option<Value>, Vec<usize>)>;

impl Grouping<'_> {
    fn groups(&self, places: &[usize], path: &Path) -> Groups {
        let mut groups = Groups::new();
        for place in places {
            let value = match path.get(&self.items[*place].json).as_deref() {
                value if !self.typed => Some(Value::Text(shown(value))),
                Some(value @ (Value::Array(_) | Value::Object(_))) => Some(Value::Text(value.to_json().into())),
                value => value.cloned(),
            };
            let empty = match &value {
                None | Some(Value::Null) => true,
                Some(Value::Text(text)) => text.is_empty(),
                _ => false,
            };
            if self.skip_empty && empty {
                continue;
            }
            let key = value.as_ref().map(fingerprint).unwrap_or_default();
            groups.entry(key).or_insert_with(|| (value, Vec::new())).1.push(*place);
        }
        groups
    }

    fn summary(&self, places: &[usize]) -> Object {
        let summaries = self.summaries.iter();
        summaries
            .map(|summary| (summary.name.clone(), summary.of(self.items, places)))
            .collect()
    }

    /// One item for each group; the innermost group's value comes first.
    fn separate(&self, places: &[usize], depth: usize, values: &mut Vec<(Text, Option<Value>)>, made: &mut Vec<Item>) {
        let Some(path) = self.split.get(depth) else {
            let groups = values
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
            let json: Object = if self.groups_first {
                groups.chain(self.summary(places)).collect()
            } else {
                self.summary(places).into_iter().chain(groups.rev()).collect()
            };
            made.push(Item::new(json).paired_with(pairs(places.iter().copied())));
            return;
        };
        for (value, places) in self.groups(places, path).into_values() {
            values.push((flat(path.as_str()), value));
            self.separate(&places, depth + 1, values, made);
            values.pop();
        }
    }

    /// One object, a key for each group.
    fn nested(&self, places: &[usize], depth: usize) -> Value {
        let Some(path) = self.split.get(depth) else {
            return Value::object(self.summary(places));
        };
        let groups = self.groups(places, path).into_values();
        let entries = groups.map(|(value, places)| (shown(value.as_ref()), self.nested(&places, depth + 1)));
        Value::object(entries.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    const ITEMS: &str =
        r#"[{"c":"x","v":1,"n":{"z":5}},{"c":"y","v":2,"n":{"z":6}},{"c":"x","v":"3"},{"c":"x","v":null},{"v":4}]"#;

    #[test]
    fn groups_are_summarized() {
        for (version, kind, split, expected) in [
            (1.1, "append", "", r#"{"appended_v":[1,2,"3",4]}"#),
            (
                1.1,
                "sum",
                "c",
                r#"{"sum_v":1,"c":"x"},{"sum_v":2,"c":"y"},{"sum_v":4}"#,
            ),
            (
                1.0,
                "count",
                "c",
                r#"{"count_v":2,"c":"x"},{"count_v":1,"c":"y"},{"count_v":1,"c":"undefined"}"#,
            ),
            (1.1, "average", "", r#"{"average_v":2.3333333333333335}"#),
            (1.1, "concatenate", "", r#"{"concatenated_v":"1,2,3,4"}"#),
            (1.1, "max", "", r#"{"max_v":4}"#),
            (
                1.1,
                "min",
                "n.z",
                r#"{"min_v":1,"n_z":5},{"min_v":2,"n_z":6},{"min_v":"3"}"#,
            ),
            (1.1, "countUnique", "", r#"{"unique_count_v":4}"#),
        ] {
            let parameters = format!(
                r#"{{"fieldsToSummarize": {{"values": [{{"aggregation": "{kind}", "field": "v"}}]}}, "fieldsToSplitBy": "{split}"}}"#
            );
            let result = run(version, &parameters, ITEMS).of(&Summarize);
            assert_eq!(result, Ok(format!("[[{expected}]]")), "{kind}");
        }
    }

    #[test]
    fn all_groups_fit_one_item() {
        let parameters = r#"{"fieldsToSummarize": {"values": [{"field": "v"}]}, "fieldsToSplitBy": "c",
            "options": {"outputFormat": "singleItem"}}"#;
        let result = run(1.1, parameters, ITEMS).of(&Summarize);
        let expected = r#"[[{"x":{"count_v":2},"y":{"count_v":1},"undefined":{"count_v":1}}]]"#;
        assert_eq!(result.as_deref(), Ok(expected));
    }
}
