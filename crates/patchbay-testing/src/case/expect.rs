//! What is to come out: items and errors.

use std::sync::Arc;

use base64::Engine as _;
use patchbay_actions::definition::fault::Faults;
use patchbay_actions::definition::fields::{Fields, Node};
use patchbay_model::{Binary, BinaryData, Item, Items, Object, Text, Value};
use toml::de::DeValue;

use crate::document::{self, CODES};

/// One run of a node, as it is to be.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// For each output its items.
    pub outputs: Option<Vec<Vec<Value>>>,
    /// Whether the file says `output`, and not `outputs`.
    pub first_only: bool,
    /// For each item of the first output the input items that it is from; none: as the items came in.
    pub paired: Option<Value>,
    pub error: Option<Value>,
}

/// Keys of an expected item that is more than its JSON.
const ITEM: [&str; 4] = ["json", "binary", "paired", "error"];

/// Reads `output`, `outputs`, `paired` and `error`.
pub fn read_run(faults: &mut Faults, fields: &mut Fields) -> Run {
    let (outputs, first_only) = read_outputs(faults, fields);
    Run {
        outputs,
        first_only,
        paired: fields.any("paired").map(|node| document::json(faults, node)),
        error: fields.any("error").map(|node| read_error(faults, node)),
    }
}

/// Reads `output` or `outputs`: for each output its items; and whether it is `output`.
pub fn read_outputs(faults: &mut Faults, fields: &mut Fields) -> (Option<Vec<Vec<Value>>>, bool) {
    let single = fields.any("output").map(|node| vec![read_items(faults, node)]);
    let first_only = single.is_some();
    let several = fields.any("outputs").map(|node| {
        if let Some(outputs) = node.get_ref().as_array() {
            outputs.iter().map(|output| read_items(faults, output)).collect()
        } else {
            faults.add(
                CODES.wrong_value,
                node.span(),
                "`outputs` wants a list of lists of items",
            );
            Vec::new()
        }
    });
    if single.is_some() && several.is_some() {
        faults.add(
            "E1005",
            fields.span(),
            "`output` is the first of `outputs`: only one of them can be given",
        );
    }
    (single.or(several), first_only)
}

/// The items of one output: tables, or JSON text of a list.
pub fn read_items(faults: &mut Faults, node: &Node) -> Vec<Value> {
    let list = match node.get_ref() {
        DeValue::String(_) => document::json(faults, node),
        other => {
            let list = document::value(other);
            document::pattern(faults, node.span(), &list);
            list
        }
    };
    let Some(items) = list.as_array() else {
        faults.add(
            CODES.wrong_value,
            node.span(),
            "items are a list of tables, or JSON text of one",
        );
        return Vec::new();
    };
    items.to_vec()
}

/// `"E0413"`, or a table with `code`, `message`, `description`, `hint`, `parameter`, `item`, `node`.
fn read_error(faults: &mut Faults, node: &Node) -> Value {
    if let DeValue::String(code) = node.get_ref() {
        return Value::object([("code", Value::text(code.as_ref()))].into_iter().collect());
    }
    let Some(mut fields) = Fields::open(faults, node, "an error") else {
        return Value::Null;
    };
    let mut error = Object::new();
    for key in ["code", "message", "description", "hint", "parameter", "item", "node"] {
        if let Some(node) = fields.any(key) {
            let expected = document::value(node.get_ref());
            document::pattern(faults, node.span(), &expected);
            error.insert(key, expected);
        }
    }
    fields.finish(faults);
    Value::object(error)
}

/// Reads the items that go in: as [`Value`]s they are plain JSON, or have `json` and `binary`.
pub fn read_input(faults: &mut Faults, fields: &mut Fields) -> Option<Items> {
    let node = fields.any("input")?;
    let values = read_items(faults, node);
    let read = items(&values);
    if read.is_none() {
        faults.add(CODES.wrong_value, node.span(), "an item is a table");
    }
    read
}

/// Items as a case gives them; `None` where one is no object.
pub fn items(values: &[Value]) -> Option<Items> {
    let item = |value: &Value| {
        if is_whole_item(value) {
            Item::from_n8n(&with_data(value))
        } else {
            value.as_object().cloned().map(Item::new)
        }
    };
    let items: Option<Vec<Item>> = values.iter().map(item).collect();
    items.map(Items::from)
}

/// The files of an item, their `text` made `data`.
fn with_data(item: &Value) -> Value {
    let mut item = item.clone();
    let Some(object) = item.as_object_mut() else {
        return item;
    };
    if !object.contains_key("json") {
        object.insert("json", Object::new());
    }
    let files = object
        .get("binary")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    if files.is_empty() {
        return item;
    }
    let mut with_data = Object::new();
    for (name, file) in &files {
        let mut file = file.as_object().cloned().unwrap_or_default();
        if let Some(text) = file.remove("text") {
            let data = base64::engine::general_purpose::STANDARD.encode(text.to_text().as_bytes());
            file.insert("data", data);
        }
        with_data.insert(name.clone(), file);
    }
    object.insert("binary", with_data);
    item
}

/// Whether an item of a case is given with its files or its error, and not as plain JSON.
pub fn is_whole_item(value: &Value) -> bool {
    value.as_object().is_some_and(|object| {
        (object.contains_key("json") || object.contains_key("binary"))
            && object.keys().all(|key| ITEM.contains(&key.as_str()))
    })
}

/// An item as expectations are compared with it: plain JSON, or with what the expected item speaks of.
pub fn comparable(item: &Item, expected: Option<&Value>) -> Value {
    let whole = expected.is_some_and(is_whole_item);
    if !whole && item.binary.is_none() {
        return item.json_value();
    }
    let mut object = Object::new();
    let speaks_of = |key: &str| expected.and_then(|expected| expected.get(key)).is_some();
    if speaks_of("json") || !item.json.is_empty() {
        object.insert("json", item.json_value());
    }
    if let Some(files) = &item.binary {
        let shown = files.iter().map(|(name, file)| {
            let wanted = expected.and_then(|expected| expected.at(["binary", name.as_str()]));
            (name.clone(), shown_file(file, wanted))
        });
        object.insert("binary", shown.collect::<Object>());
    }
    if speaks_of("paired") {
        object.insert("paired", pairs(item));
    }
    if speaks_of("error") {
        object.insert("error", item.error.as_ref().map(|error| error.message.clone()));
    }
    Value::object(object)
}

/// `{"mimeType", "fileName"?, "fileSize", "sha256"}`, and `text` where that is asked for; of a file that is expected only
/// what it is expected to have.
fn shown_file(file: &Binary, wanted: Option<&Value>) -> Value {
    let bytes = match &file.data {
        BinaryData::Memory(bytes) => bytes.to_vec(),
        BinaryData::Base64(text) => base64::engine::general_purpose::STANDARD
            .decode(text.as_bytes())
            .unwrap_or_default(),
        BinaryData::Stored { .. } => Vec::new(),
    };
    let mut object = Object::new();
    object.insert("mimeType", file.mime_type.clone());
    if let Some(name) = &file.file_name {
        object.insert("fileName", name.clone());
    }
    object.insert("fileSize", bytes.len());
    object.insert("sha256", digest(&bytes));
    if wanted.is_some_and(|wanted| wanted.get("text").is_some()) {
        object.insert("text", String::from_utf8_lossy(&bytes).into_owned());
    }
    if let Some(wanted) = wanted.and_then(Value::as_object) {
        object.retain(|key, _| wanted.contains_key(key));
    }
    Value::object(object)
}

/// SHA-256, in hexadecimal.
pub fn digest(bytes: &[u8]) -> Text {
    use sha2::Digest as _;
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in sha2::Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text.into()
}

/// The items that an item was made from: a number, a list of numbers, or null.
pub fn pairs(item: &Item) -> Value {
    let number = |pair: &patchbay_model::item::Pair| Value::from(pair.item as usize);
    match item.paired.pairs() {
        [] => Value::Null,
        [pair] => number(pair),
        pairs => Value::Array(Arc::new(pairs.iter().map(number).collect())),
    }
}
