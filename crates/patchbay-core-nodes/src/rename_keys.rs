//! Rename Keys: gives fields other names, one by one or by a regular expression.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use patchbay_model::item::PairedItem;
use patchbay_model::{Item, Object, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};
use regress::Regex;

use crate::path::Path;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.renameKeys",
    title: "Rename Keys",
    about: "Gives fields other names",
    versions: &[1.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new("keys", Kind::Collection, "{}", "Old and new names"),
        ParameterDescription::new("additionalOptions", Kind::Collection, "{}", "Regular expressions"),
    ],
};

pub struct RenameKeys;

#[async_trait]
impl Node for RenameKeys {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        const KEYS: &str = "keys.key";
        let count = |path: &str| context.parameter(path).map_or(0, |list| list.elements().len());
        let replacements = match replacements(context) {
            Ok(replacements) => replacements,
            Err(error) if context.continues_on_fail() && !error.is_cancelled() => {
                return Ok(Outcome::items(failed(context, &error)));
            }
            Err(error) => return Err(error),
        };
        let mut made = Vec::with_capacity(context.items().len());
        for (index, item) in context.items().iter().enumerate() {
            let mut json: Object = (*item.json).clone();
            for place in 0..count(KEYS) {
                let old = context.text(&format!("{KEYS}.{place}.currentKey"), index)?;
                let new = context.text(&format!("{KEYS}.{place}.newKey"), index)?;
                if old.is_empty() || new.is_empty() || old == new {
                    continue;
                }
                let old = Path::parse(&old);
                if let Some(value) = old.get(&json).map(Cow::into_owned) {
                    Path::parse(&new).set(&mut json, Some(value));
                    old.unset(&mut json);
                }
            }
            for replacement in &replacements {
                replacement.apply(&mut json, 0);
            }
            made.push(Item {
                json: json.into(),
                paired: index.into(),
                ..item.clone()
            });
        }
        Ok(Outcome::items(made))
    }
}

/// An item of the error for each item.
fn failed(context: &Context<'_>, error: &NodeError) -> Vec<Item> {
    let mut json = Object::with_capacity(1);
    json.insert("error", error.error.message.clone());
    let items = 0..context.items().len();
    items
        .map(|index| Item::new(json.clone()).paired_with(PairedItem::from(index)))
        .collect()
}

/// A regular expression that renames keys.
struct Replacement {
    search: Regex,
    replace: String,
    /// How many levels down, `None` for all.
    depth: Option<usize>,
}

fn replacements(context: &Context<'_>) -> Result<Vec<Replacement>, NodeError> {
    const PATH: &str = "additionalOptions.regexReplacement.replacements";
    let mut replacements = Vec::new();
    for place in 0..context.parameter(PATH).map_or(0, |list| list.elements().len()) {
        let path = |key: &str| format!("{PATH}.{place}.{key}");
        let pattern = context.text(&path("searchRegex"), 0)?;
        let flags = if context.boolean(&path("options.caseInsensitive"), 0)? {
            "i"
        } else {
            ""
        };
        let search = Regex::with_flags(&pattern, flags).map_err(|error| {
            // The commonest fault, in the words that JavaScript has for it.
            let told = error
                .to_string()
                .replace("Unbalanced parenthesis", "Unterminated group");
            NodeError::new(
                "E0904",
                format!("Invalid regular expression: /{pattern}/{flags}: {told}"),
            )
            .parameter(path("searchRegex"))
        })?;
        let depth = context
            .optional(&path("options.depth"), 0)?
            .map_or(-1.0, |depth| depth.to_number());
        replacements.push(Replacement {
            search,
            replace: context.text(&path("replaceRegex"), 0)?.to_string(),
            depth: (depth >= 0.0).then_some(depth as usize),
        });
    }
    Ok(replacements)
}

impl Replacement {
    fn apply(&self, object: &mut Object, level: usize) {
        let keys: Vec<_> = object.keys().cloned().collect();
        for key in keys {
            let renamed = self.rename(&key);
            if renamed != key.as_str()
                && let Some(value) = object.remove(&key)
            {
                object.insert(renamed.as_str(), value);
            }
            if self.depth.is_none_or(|depth| level < depth)
                && let Some(value) = object.get_mut(&renamed)
            {
                self.apply_to_value(value, level + 1);
            }
        }
    }

    fn apply_to_value(&self, value: &mut Value, level: usize) {
        match value {
            Value::Object(object) => self.apply(Arc::make_mut(object), level),
            Value::Array(values) if self.depth.is_none_or(|depth| level < depth) => {
                for value in Arc::make_mut(values) {
                    self.apply_to_value(value, level + 1);
                }
            }
            _ => {}
        }
    }

    /// The name with the first match replaced; `$1` is the first group, and itself where the pattern has no group.
    fn rename(&self, key: &str) -> String {
        let Some(found) = self.search.find(key) else {
            return key.to_owned();
        };
        let mut renamed = key[..found.start()].to_owned();
        let mut rest = self.replace.chars().peekable();
        while let Some(c) = rest.next() {
            let digit = rest.peek().filter(|_| c == '$').and_then(|digit| digit.to_digit(10));
            let group = digit.and_then(|digit| found.captures.get((digit as usize).checked_sub(1)?));
            let Some(group) = group else {
                renamed.push(c);
                continue;
            };
            rest.next();
            if let Some(range) = group {
                renamed.push_str(&key[range.clone()]);
            }
        }
        renamed.push_str(&key[found.end()..]);
        renamed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn keys_get_other_names() {
        for (parameters, expected) in [
            (
                r#"{"keys": {"key": [{"currentKey": "a", "newKey": "z"}, {"currentKey": "b.c", "newKey": "b.d"}]}}"#,
                r#"{"b":{"a":5,"d":2},"x_y":3,"z":1}"#,
            ),
            (
                r#"{"additionalOptions": {"regexReplacement": {"replacements": [{"searchRegex": "A", "replaceRegex": "Q", "options": {"caseInsensitive": true}}]}}}"#,
                r#"{"b":{"c":2,"Q":5},"x_y":3,"Q":1}"#,
            ),
            (
                r#"{"additionalOptions": {"regexReplacement": {"replacements": [{"searchRegex": "(\\w)_(\\w)", "replaceRegex": "$2-$1", "options": {"depth": 0}}]}}}"#,
                r#"{"a":1,"b":{"c":2,"a":5},"y-x":3}"#,
            ),
        ] {
            let result = run(1.0, parameters, r#"[{"a":1,"b":{"c":2,"a":5},"x_y":3}]"#).of(&RenameKeys);
            assert_eq!(result, Ok(format!("[[{expected}]]")), "{parameters}");
        }
    }
}
