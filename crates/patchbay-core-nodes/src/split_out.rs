//! Split Out: makes an item of each element of a list that items carry.

use async_trait::async_trait;
use patchbay_model::{Item, Object, Text, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::item_lists;
use crate::path::Path;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.splitOut",
    title: "Split Out",
    about: "Makes an item of each element of a list",
    versions: &[1.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new("fieldToSplitOut", Kind::Text, "\"\"", "The lists, separated by commas").required(),
        ParameterDescription::new(
            "include",
            Kind::Options(&["noOtherFields", "allOtherFields", "selectedOtherFields"]),
            "\"noOtherFields\"",
            "Which other fields each new item has",
        ),
        ParameterDescription::new(
            "fieldsToInclude",
            Kind::Text,
            "\"\"",
            "These fields, separated by commas",
        ),
        ParameterDescription::new(
            "options",
            Kind::Collection,
            "{}",
            "Names of the new fields, dots, binary data",
        ),
    ],
};

pub struct SplitOut;

#[async_trait]
impl Node for SplitOut {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let mut made = Vec::new();
        for (index, item) in context.items().iter().enumerate() {
            context.checkpoint()?;
            Split::of(context, index)?.split(item, index, &mut made)?;
        }
        Ok(Outcome::items(made))
    }
}

/// What is split, for one item.
pub(crate) struct Split {
    /// Each with the key that its elements get.
    pub fields: Vec<(Path, Path)>,
    pub others: Others,
    pub binary: bool,
}

/// Which other fields each new item has.
pub(crate) enum Others {
    None,
    /// By a word that n8n does not know: none, and an object does not become the item.
    Unknown,
    All,
    Selected(Vec<Path>),
}

impl Split {
    pub fn of(context: &Context<'_>, index: usize) -> Result<Self, NodeError> {
        let dots = !context.boolean("options.disableDotNotation", index)?;
        let given = context.optional("fieldToSplitOut", index)?;
        let Some(Value::Text(names)) = given else {
            let message = match given {
                Some(value) if !value.is_null() => "this.getNodeParameter(...).split is not a function",
                Some(_) => "Cannot read properties of null (reading 'split')",
                None => "Cannot read properties of undefined (reading 'split')",
            };
            return Err(NodeError::new("E0350", message)
                .parameter("fieldToSplitOut")
                .item(index)
                .hint("The parameter takes the name of a field, not its value: write `field`, without an expression"));
        };
        // The first version of Item Lists splits out one field, whatever its name.
        let one = item_lists::runs(context) && context.version() < 2.0;
        let names = if one { vec![names.trim()] } else { list(&names) };
        let destinations = context.text("options.destinationFieldName", index)?;
        let destinations = list(&destinations);
        if !destinations.is_empty() && destinations.len() != names.len() {
            let message =
                "If multiple fields to split out are given, the same number of destination fields must be given";
            return Err(NodeError::new("E0351", message)
                .parameter("options.destinationFieldName")
                .item(index));
        }
        let fields = names.iter().enumerate().map(|(place, name)| {
            let key = destinations.get(place).unwrap_or(name);
            (Path::new(name, dots), Path::literal(key))
        });
        let others = match context.text("include", index)?.as_str() {
            "allOtherFields" => Others::All,
            "selectedOtherFields" => {
                let names = field_names(context, "fieldsToInclude", index)?;
                Others::Selected(names.iter().map(|name| Path::new(name, dots)).collect())
            }
            "noOtherFields" => Others::None,
            _ => Others::Unknown,
        };
        Ok(Self {
            fields: fields.collect(),
            others,
            binary: context.boolean("options.includeBinary", index)?,
        })
    }

    /// Adds the items made of one.
    pub fn split(&self, item: &Item, index: usize, made: &mut Vec<Item>) -> Result<(), NodeError> {
        if let [(path, _)] = self.fields.as_slice()
            && path.as_str() == "$binary"
        {
            split_binary(item, index, made);
            return Ok(());
        }
        let lists: Vec<Vec<Value>> = self
            .fields
            .iter()
            .map(|(path, _)| elements(path.get(&item.json).as_deref()))
            .collect();
        let count = lists.iter().map(Vec::len).max().unwrap_or(0);
        // That fields are wanted is told only once there is something to add them to.
        if count > 0 && matches!(&self.others, Others::Selected(paths) if paths.is_empty()) {
            return Err(NodeError::new("E0352", "No fields specified")
                .description("Please add a field to include")
                .parameter("fieldsToInclude")
                .item(index));
        }
        let base = match &self.others {
            Others::All => {
                let mut base = (*item.json).clone();
                for (path, _) in &self.fields {
                    path.unset(&mut base);
                }
                base
            }
            _ => Object::new(),
        };
        for place in 0..count {
            let mut json = base.clone();
            for ((path, key), list) in self.fields.iter().zip(&lists) {
                let Some(element) = list.get(place) else { continue };
                match (&self.others, element) {
                    // An object becomes the item itself, unless a name is given for it.
                    (Others::None, Value::Object(object))
                        if self.fields.len() == 1 && key.as_str() == path.as_str() =>
                    {
                        json = (**object).clone();
                    }
                    (Others::None, Value::Array(values)) if self.fields.len() == 1 && key.as_str() == path.as_str() => {
                        let entries = values.iter().enumerate();
                        json = entries
                            .map(|(index, value)| (index.to_string(), value.clone()))
                            .collect();
                    }
                    _ => key.set(&mut json, Some(element.clone())),
                }
            }
            if let Others::Selected(paths) = &self.others {
                for path in paths {
                    if let Some(value) = path.get(&item.json) {
                        json.insert(path.as_str(), value.into_owned());
                    }
                }
            }
            let binary = item.binary.clone().filter(|_| self.binary);
            made.push(Item {
                json: json.into(),
                binary,
                paired: index.into(),
                error: None,
            });
        }
        Ok(())
    }
}

/// The elements of a list, the values of an object, or the value itself.
fn elements(value: Option<&Value>) -> Vec<Value> {
    match value {
        None => Vec::new(),
        Some(Value::Array(values)) => values.to_vec(),
        Some(Value::Object(object)) => object.values().cloned().collect(),
        Some(value) => vec![value.clone()],
    }
}

/// An item for each file of an item.
fn split_binary(item: &Item, index: usize, made: &mut Vec<Item>) {
    let files = item.binary.iter().flat_map(|files| files.iter());
    made.extend(files.map(|(key, file)| {
        Item {
            binary: Some(
                [(key.clone(), file.clone())]
                    .into_iter()
                    .collect::<indexmap::IndexMap<_, _>>()
                    .into(),
            ),
            paired: index.into(),
            ..Item::default()
        }
    }));
}

/// The names of fields that a parameter gives: text with commas, or an array; in the older versions of Item Lists a list
/// of fields, as `{"fields": [{"fieldName": "a"}]}`.
pub(crate) fn field_names(context: &Context<'_>, path: &str, item: usize) -> Result<Vec<Text>, NodeError> {
    if item_lists::runs(context) && context.version() < 3.0 {
        let count = (context.parameter(&format!("{path}.fields"))).map_or(0, |list| list.elements().len());
        return (0..count)
            .map(|place| context.text(&format!("{path}.fields.{place}.fieldName"), item))
            .collect();
    }
    match context.value(path, item)? {
        Value::Text(names) => Ok(list(&names).into_iter().map(Text::from).collect()),
        Value::Array(names) => Ok(names.iter().map(Value::to_text).collect()),
        Value::Null => Ok(Vec::new()),
        _ => {
            let what = path.trim_start_matches("fieldsTo");
            let message = format!(
                "The 'Fields To {what}' parameter must be a string of fields separated by commas or an array of strings."
            );
            Err(NodeError::new("E0907", message).parameter(path.to_owned()).item(item))
        }
    }
}

/// Names separated by commas, without the empty ones.
pub(crate) fn list(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn lists_become_items() {
        let items = r#"[{"l": [1, {"x": 2}, [3]], "m": ["p", "q"], "n": {"k": [7]}, "s": "t"}, {"q": 1}]"#;
        for (parameters, expected) in [
            (r#"{"fieldToSplitOut": "l"}"#, Ok(r#"[[{"l":1},{"x":2},{"0":3}]]"#)),
            (r#"{"fieldToSplitOut": "n.k"}"#, Ok(r#"[[{"n.k":7}]]"#)),
            (
                r#"{"fieldToSplitOut": "n.k", "options": {"disableDotNotation": true}}"#,
                Ok("[[]]"),
            ),
            (
                r#"{"fieldToSplitOut": "m", "options": {"destinationFieldName": "d"}, "include": "selectedOtherFields", "fieldsToInclude": "s, n.k"}"#,
                Ok(r#"[[{"d":"p","s":"t","n.k":[7]},{"d":"q","s":"t","n.k":[7]}]]"#),
            ),
            (
                r#"{"fieldToSplitOut": "n.k, m", "include": "allOtherFields"}"#,
                Ok(
                    r#"[[{"l":[1,{"x":2},[3]],"n":{},"s":"t","n.k":7,"m":"p"},{"l":[1,{"x":2},[3]],"n":{},"s":"t","m":"q"}]]"#,
                ),
            ),
            (
                r#"{"fieldToSplitOut": "l, m", "options": {"destinationFieldName": "d"}}"#,
                Err("If multiple fields to split out are given, the same number of destination fields must be given"),
            ),
        ] {
            let result = run(1.0, parameters, items).of(&SplitOut);
            assert_eq!(result.as_deref().map_err(String::as_str), expected, "{parameters}");
        }
    }
}
