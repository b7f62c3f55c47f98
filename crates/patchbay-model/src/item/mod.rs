//! Items: what flows along connections.
//!
//! An [`Item`] is a handle of a few words: its JSON, its binary data and its error are shared, so an
//! item passes from node to node without a copy. Who changes an item makes a new one.

mod binary;
mod kept;

use std::ops::Deref;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::run::Source;
pub use binary::{Binary, BinaryData, readable_size};

use crate::value::{Object, Text, Value};

/// One item. As it is kept (serde) it loses nothing; [`Item::to_n8n`] is the shape that users see.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub json: Arc<Object>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary: Option<Arc<IndexMap<Text, Binary>>>,
    /// Which item of the node's input this one was made from.
    #[serde(default, skip_serializing_if = "PairedItem::is_none")]
    pub paired: PairedItem,
    /// Why the node failed for this item, where it went on all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<ItemError>>,
}

impl Item {
    pub fn new(json: impl Into<Arc<Object>>) -> Self {
        Self {
            json: json.into(),
            ..Self::default()
        }
    }

    /// The item with another origin.
    #[must_use]
    pub fn paired_with(mut self, paired: impl Into<PairedItem>) -> Self {
        self.paired = paired.into();
        self
    }

    /// The item's JSON as a value that shares it.
    pub fn json_value(&self) -> Value {
        Value::Object(self.json.clone())
    }

    /// Reads `{"json": {…}, "binary"?, "pairedItem"?, "error"?}`, n8n's shape of an item. Inline binary data is kept as it is.
    pub fn from_n8n(value: &Value) -> Option<Self> {
        let json = match value.get("json")? {
            Value::Object(json) => json.clone(),
            _ => return None,
        };
        let binary = value
            .get("binary")
            .and_then(Value::as_object)
            .filter(|binary| !binary.is_empty());
        let binary = binary.map(|binary| {
            let files = binary
                .iter()
                .filter_map(|(key, file)| Some((key.clone(), Binary::from_n8n(file)?)));
            Arc::new(files.collect())
        });
        let paired = value.get("pairedItem").map_or(PairedItem::None, PairedItem::from_n8n);
        let error = value.get("error").map(|error| {
            let message = error.get("message").unwrap_or(error).to_text();
            Arc::new(ItemError {
                message,
                ..ItemError::default()
            })
        });
        Some(Self {
            json,
            binary,
            paired,
            error,
        })
    }

    /// n8n's shape of an item, as scripts see it: `{"json", "binary"?, "pairedItem"?, "error"?: {"message",
    /// "description"?}}`; files without their bytes.
    pub fn to_n8n(&self) -> Value {
        self.shaped(Binary::to_n8n, |error| error.to_n8n().into())
    }

    /// As [`Item::to_n8n`], small files with their bytes and errors as their messages: what is kept of a run.
    pub fn to_n8n_with_data(&self) -> Value {
        self.shaped(Binary::to_n8n_with_data, |error| error.message.clone().into())
    }

    fn shaped(&self, file_shape: fn(&Binary) -> Value, error_shape: fn(&ItemError) -> Value) -> Value {
        let mut item = Object::with_capacity(4);
        item.insert("json", self.json_value());
        if let Some(binary) = &self.binary {
            let files = binary.iter().map(|(key, file)| (key.clone(), file_shape(file)));
            item.insert("binary", files.collect::<Object>());
        }
        if let Some(paired) = self.paired.to_n8n() {
            item.insert("pairedItem", paired);
        }
        if let Some(error) = &self.error {
            item.insert("error", error_shape(error));
        }
        Value::object(item)
    }
}

/// Why one item failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ItemError {
    pub message: Text,
    pub description: Option<Text>,
    /// What else the node knows: an HTTP status, the service's answer.
    pub details: Option<Value>,
    /// As in the error of a run: what the item's JSON holds beside n8n's `error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Arc<Object>>,
}

impl ItemError {
    /// The JSON of the item that failed: n8n's `{"error": MESSAGE}`, and what is told beside it.
    pub fn to_json(&self) -> Object {
        let mut json = Object::with_capacity(1);
        json.insert("error", self.message.clone());
        json.extend(
            self.beside
                .iter()
                .flat_map(|beside| beside.iter())
                .map(|(key, value)| (key.clone(), value.clone())),
        );
        json
    }
}

impl ItemError {
    fn to_n8n(&self) -> Object {
        let mut object = Object::with_capacity(2);
        object.insert("message", self.message.clone());
        if let Some(description) = &self.description {
            object.insert("description", description.clone());
        }
        object
    }
}

/// Where an item comes from, as n8n's `pairedItem` says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum PairedItem {
    #[default]
    None,
    One(Pair),
    Many(Arc<[Pair]>),
    /// As `One`, but of what another node put out than the one that fed this run: Loop Over Items gives items back that
    /// an earlier run got.
    Elsewhere(Arc<(Pair, Source)>),
}

/// One origin: the `item`-th item of the node's `input`-th input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    pub item: u32,
    /// `None` where n8n writes only the item's number, which means the first input.
    pub input: Option<u32>,
}

impl PairedItem {
    pub fn pairs(&self) -> &[Pair] {
        match self {
            Self::None => &[],
            Self::One(pair) => std::slice::from_ref(pair),
            Self::Many(pairs) => pairs,
            Self::Elsewhere(pair) => std::slice::from_ref(&pair.0),
        }
    }

    /// What the pair's `item` counts the items of, where that is not what fed the run: n8n's `sourceOverwrite`.
    pub fn source(&self) -> Option<&Source> {
        match self {
            Self::Elsewhere(pair) => Some(&pair.1),
            _ => None,
        }
    }

    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    fn from_n8n(value: &Value) -> Self {
        let pair = |value: &Value| match value {
            Value::Number(item) => Some(Pair {
                item: *item as u32,
                input: None,
            }),
            Value::Object(pair) => Some(Pair {
                item: pair.get("item")?.as_number()? as u32,
                input: pair.get("input").and_then(Value::as_number).map(|input| input as u32),
            }),
            _ => None,
        };
        match value {
            Value::Array(values) => Self::Many(values.iter().filter_map(pair).collect()),
            value => match (pair(value), value.get("sourceOverwrite").and_then(source_from_n8n)) {
                (Some(pair), Some(source)) => Self::Elsewhere(Arc::new((pair, source))),
                (Some(pair), None) => Self::One(pair),
                (None, _) => Self::None,
            },
        }
    }

    fn to_n8n(&self) -> Option<Value> {
        let pair = |pair: &Pair| {
            let mut object = Object::with_capacity(2);
            object.insert("item", pair.item as usize);
            if let Some(input) = pair.input {
                object.insert("input", input as usize);
            }
            object
        };
        match self {
            Self::None => None,
            Self::One(one) => Some(pair(one).into()),
            Self::Many(pairs) => Some(Value::array(pairs.iter().map(|one| pair(one).into()).collect())),
            Self::Elsewhere(elsewhere) => {
                let mut object = pair(&elsewhere.0);
                object.insert("sourceOverwrite", source_to_n8n(&elsewhere.1));
                Some(object.into())
            }
        }
    }
}

/// n8n leaves out zeros.
fn source_to_n8n(source: &Source) -> Object {
    let mut object = Object::with_capacity(3);
    object.insert("previousNode", source.node.clone());
    for (key, number) in [("previousNodeOutput", source.output), ("previousNodeRun", source.run)] {
        if number > 0 {
            object.insert(key, number);
        }
    }
    object
}

fn source_from_n8n(value: &Value) -> Option<Source> {
    let number = |key: &str| value.get(key).and_then(Value::as_number).unwrap_or_default() as usize;
    Some(Source {
        node: value.get("previousNode")?.as_str()?.into(),
        output: number("previousNodeOutput"),
        run: number("previousNodeRun"),
    })
}

impl From<usize> for PairedItem {
    fn from(item: usize) -> Self {
        Self::One(Pair {
            item: item as u32,
            input: None,
        })
    }
}

impl From<Pair> for PairedItem {
    fn from(pair: Pair) -> Self {
        Self::One(pair)
    }
}

impl FromIterator<Pair> for PairedItem {
    fn from_iter<I: IntoIterator<Item = Pair>>(pairs: I) -> Self {
        Self::Many(pairs.into_iter().collect())
    }
}

/// A list of items that nodes share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Items(Arc<Vec<Item>>);

impl Items {
    /// The items to change or take apart; copied (handles only) if they are shared.
    pub fn into_vec(self) -> Vec<Item> {
        Arc::unwrap_or_clone(self.0)
    }
}

impl Deref for Items {
    type Target = [Item];

    fn deref(&self) -> &[Item] {
        &self.0
    }
}

impl From<Vec<Item>> for Items {
    fn from(items: Vec<Item>) -> Self {
        Self(Arc::new(items))
    }
}

impl FromIterator<Item> for Items {
    fn from_iter<I: IntoIterator<Item = Item>>(items: I) -> Self {
        Self(Arc::new(items.into_iter().collect()))
    }
}

impl<'a> IntoIterator for &'a Items {
    type Item = &'a Item;
    type IntoIter = std::slice::Iter<'a, Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_survives_n8ns_shape() {
        let value =
            Value::from_json(r#"{"json": {"a": 1}, "pairedItem": [{"item": 2, "input": 1}, 3]}"#).expect("JSON");
        let item = Item::from_n8n(&value).expect("item");
        assert_eq!(
            item.paired.pairs(),
            [
                Pair {
                    item: 2,
                    input: Some(1)
                },
                Pair { item: 3, input: None }
            ]
        );
        assert_eq!(Item::from_n8n(&item.to_n8n()), Some(item));
    }

    #[test]
    fn a_pair_can_be_of_another_source() {
        let source = Source {
            node: "Loop".into(),
            output: 0,
            run: 2,
        };
        let pair = Pair { item: 3, input: None };
        let item = Item::default().paired_with(PairedItem::Elsewhere(Arc::new((pair, source.clone()))));
        assert_eq!(item.paired.source(), Some(&source));
        let expected =
            r#"{"json":{},"pairedItem":{"item":3,"sourceOverwrite":{"previousNode":"Loop","previousNodeRun":2}}}"#;
        assert_eq!(item.to_n8n().to_json(), expected);
        assert_eq!(Item::from_n8n(&item.to_n8n()), Some(item));
    }
}
