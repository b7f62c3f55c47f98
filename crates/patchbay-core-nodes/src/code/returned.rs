//! What a Code node's script may return, in n8n's words where it may not, and the items that it becomes.

use std::sync::Arc;

use indexmap::IndexMap;
use patchbay_expression::{Js, Missing};
use patchbay_model::{Binary, Item, ItemError, Object, PairedItem, Text, Value};
use patchbay_node::NodeError;

use super::host::ContextHost;

/// Keys of an item beside `json`.
const KNOWN: [&str; 5] = ["json", "binary", "pairedItem", "error", "index"];
/// Keys that make an object an item of n8n's, or may not stand beside others.
const RESERVED: [&str; 4] = ["json", "binary", "pairedItem", "error"];

/// What a script returned is no item.
fn improperly(message: impl Into<Text>) -> NodeError {
    NodeError::new("E0391", message).hint(
        "items are returned like this: return [{ json: { name: 'value' } }]; one: return { json: { name: 'value' } }",
    )
}

/// The items of a script that ran once.
pub(super) fn all(value: Js, host: &ContextHost<'_, '_>) -> Result<Vec<Item>, NodeError> {
    let improper = || {
        improperly("Code doesn't return items properly")
            .description("Please return an array of objects, one for each item you would like to output.")
            .parameter("jsCode")
    };
    if matches!(value, Js::Json(Value::Null)) {
        return Ok(Vec::new());
    }
    if !value.is_array() {
        return Ok(vec![one(&value, host)?.ok_or_else(improper)?]);
    }
    // The script's own copy is taken apart where nothing else holds it.
    let elements: Vec<Js> = match value {
        Js::Json(Value::Array(values)) => Arc::unwrap_or_clone(values).into_iter().map(Js::Json).collect(),
        value => value.to_elements().unwrap_or_default(),
    };
    if elements.iter().any(|element| !is_object(element) || element.is_array()) {
        return Err(improper());
    }
    let itemlike = elements
        .iter()
        .any(|element| RESERVED.iter().any(|key| has(element, key)));
    if !itemlike {
        return Ok(elements.iter().map(|element| Item::new(json_of(element))).collect());
    }
    for (index, element) in elements.iter().enumerate() {
        check_keys(element, index)?;
    }
    let wrapped = elements.iter().filter(|element| has(element, "json")).count();
    if wrapped > 0 && wrapped < elements.len() {
        return Err(improperly("Inconsistent item format").parameter("jsCode"));
    }
    let mut items = Vec::with_capacity(elements.len());
    for (index, element) in elements.iter().enumerate() {
        let returned = Returned::of(element, index)?.ok_or_else(improper)?;
        items.push(returned.with_error(returned.item(index, host)?));
    }
    Ok(items)
}

/// An object that a script returned where it could return many: n8n takes it for an item if it has `json`, whatever
/// else it has, and for the item's JSON if not.
fn one(value: &Js, host: &ContextHost<'_, '_>) -> Result<Option<Item>, NodeError> {
    let Some(returned) = Returned::of(value, 0)? else {
        return Ok(None);
    };
    if !value.own("json").is_some_and(|json| json.truthy()) {
        return Ok(Some(Item::new(json_of(value))));
    }
    returned.check_json(0)?;
    Ok(Some(returned.with_error(returned.known_parts(0, host)?)))
}

/// Among items, no object may have keys that are no item's.
fn check_keys(element: &Js, index: usize) -> Result<(), NodeError> {
    let Some(unknown) = unknown_key(element) else {
        return Ok(());
    };
    if let Some(key) = RESERVED.iter().find(|key| has(element, key)) {
        if let Some(returned) = Returned::of(element, index)? {
            returned.check_json(index)?;
        }
        return Err(reserved(key, index));
    }
    let message = format!("Unknown top-level item key: {unknown} [item {index}]");
    Err(improperly(message)
        .description("Access the properties of an item under `.json`, e.g. `item.json`")
        .parameter("jsCode"))
}

/// The item of a script that ran for one item; `None` for null.
pub(super) fn each(value: &Js, index: usize, host: &ContextHost<'_, '_>) -> Result<Option<Item>, NodeError> {
    let fault = |message: &str, description: String| {
        improperly(format!("{message} [item {index}]"))
            .description(description)
            .parameter("jsCode")
    };
    if matches!(value, Js::Json(Value::Null)) {
        return Ok(None);
    }
    if let Some(elements) = value.to_elements() {
        let what = match elements.first() {
            None => "An empty array".to_owned(),
            Some(first) => format!("An array of {}s", first.type_of()),
        };
        return Err(fault(
            "Code doesn't return a single object",
            format!(
                "{what} was returned. If you need to output multiple items, please use the 'Run Once for All Items' \
                 mode instead."
            ),
        ));
    }
    let Some(returned) = Returned::of(value, index)? else {
        return Err(fault(
            "Code doesn't return an object",
            format!(
                "Please return an object representing the output item. ('{}' was returned instead.)",
                value.to_text()
            ),
        ));
    };
    returned.item(index, host).map(Some)
}

/// An object that is meant to be an item.
struct Returned<'v> {
    value: &'v Js,
    /// `json` is one of its keys.
    wrapped: bool,
}

impl<'v> Returned<'v> {
    /// `None` where the value is no object.
    fn of(value: &'v Js, index: usize) -> Result<Option<Self>, NodeError> {
        if is_date(value) {
            return Err(not_an_object("json", index));
        }
        if !is_object(value) {
            return Ok(None);
        }
        Ok(Some(Self {
            value,
            wrapped: has(value, "json"),
        }))
    }

    /// The engine of n8n takes an item with an error for a failed one.
    fn with_error(&self, mut item: Item) -> Item {
        if let Some(error) = self.value.own("error").filter(|_| self.wrapped) {
            let message = match error {
                Js::Error(error) => Some(Value::Text(error.message.clone())),
                error => error
                    .own("message")
                    .and_then(|message| message.to_value(Missing::Dropped)),
            };
            match message {
                Some(Value::Text(message)) => {
                    item.error = Some(Arc::new(ItemError {
                        message,
                        description: None,
                        details: None,
                        beside: None,
                    }));
                }
                message => {
                    let error = message.map(|message| (Text::from("error"), message));
                    item.json = Arc::new(error.into_iter().collect());
                }
            }
        }
        item
    }

    fn check_json(&self, index: usize) -> Result<(), NodeError> {
        match self.value.own("json") {
            Some(json) if self.wrapped && (!is_object(&json) || json.is_array()) => Err(not_an_object("json", index)),
            _ => Ok(()),
        }
    }

    fn item(&self, index: usize, host: &ContextHost<'_, '_>) -> Result<Item, NodeError> {
        self.check_json(index)?;
        if self.wrapped && unknown_key(self.value).is_some() {
            return Err(reserved("json", index));
        }
        self.known_parts(index, host)
    }

    /// The item of the keys that an item has, whatever other keys there are.
    fn known_parts(&self, index: usize, host: &ContextHost<'_, '_>) -> Result<Item, NodeError> {
        let binary = self.value.own("binary").filter(|binary| !binary.is_undefined());
        if binary.as_ref().is_some_and(|binary| !is_object(binary)) {
            return Err(not_an_object("binary", index));
        }
        let mut item = if self.wrapped {
            let json = self.value.own("json").unwrap_or_default();
            let mut item = Item::new(json_of(&json));
            item.paired = origins_of(self.value);
            item
        } else {
            let mut json = Object::clone(&json_of(self.value));
            if binary.is_some() {
                json.remove("binary");
            }
            Item::new(json)
        };
        item.binary = binary.and_then(|binary| files_of(&binary, host));
        Ok(item)
    }
}

fn not_an_object(key: &str, index: usize) -> NodeError {
    improperly(format!("A '{key}' property isn't an object [item {index}]"))
        .description(format!(
            "In the returned data, every key named '{key}' must point to an object."
        ))
        .parameter("jsCode")
}

fn reserved(key: &str, index: usize) -> NodeError {
    let description = format!(
        "An output item contains the reserved key <code>{key}</code>. To get around this, please wrap each item in an \
         object, under a key called <code>json</code>. <a \
         href=\"https://docs.n8n.io/data/data-structure/#data-structure\" target=\"_blank\">Example</a>"
    );
    improperly(format!("Invalid output format [item {index}]"))
        .description(description)
        .parameter("jsCode")
}

/// Objects of any kind but functions; n8n does not take a JavaScript `Date` for one.
fn is_object(value: &Js) -> bool {
    value.is_object() && !value.is_function() && !is_date(value)
}

fn is_date(value: &Js) -> bool {
    matches!(value, Js::Temporal(temporal) if temporal.class() == "Date")
}

fn has(value: &Js, key: &str) -> bool {
    value.own(key).is_some()
}

fn unknown_key(value: &Js) -> Option<Text> {
    let mut entries = value.entries()?;
    entries
        .find(|(key, _)| !KNOWN.contains(&key.as_str()))
        .map(|(key, _)| key.clone())
}

/// What an item says of the items that it was made from, in its `pairedItem`.
pub(crate) fn origins_of(item: &Js) -> PairedItem {
    let paired = item
        .own("pairedItem")
        .and_then(|paired| paired.to_value(Missing::Dropped));
    let shaped = paired.and_then(|paired| {
        let shape = [("json", Value::object(Object::new())), ("pairedItem", paired)];
        Item::from_n8n(&Value::object(shape.into_iter().collect::<Object>()))
    });
    shaped.map(|shaped| shaped.paired).unwrap_or_default()
}

/// The files of an item, from its `binary`.
pub(crate) fn files_of(binary: &Js, host: &ContextHost<'_, '_>) -> Option<Arc<IndexMap<Text, Binary>>> {
    let files = binary.to_value(Missing::Dropped)?;
    let files = files.as_object()?.iter();
    let files: IndexMap<_, _> = files
        .filter_map(|(name, file)| Some((name.clone(), host.file(file)?)))
        .collect();
    (!files.is_empty()).then(|| Arc::new(files))
}

/// The JSON of an item. A date of Luxon's, which n8n lets stand where an object should, is kept under a name.
pub(crate) fn json_of(value: &Js) -> Arc<Object> {
    match value.to_value(Missing::Dropped) {
        Some(Value::Object(object)) => object,
        Some(other) => Arc::new([("value", other)].into_iter().collect()),
        None => Arc::default(),
    }
}
