//! The fields of a form: what a node's parameters say of them, and what comes back.

use std::sync::Arc;

use indexmap::IndexMap;
use patchbay_model::{Binary, Item, Object, Text, Value};

use super::super::settings::Reader;
use patchbay_node::NodeError;

/// One field.
#[derive(Clone, Debug)]
pub struct Field {
    /// What the item calls it.
    pub name: Text,
    /// What people read.
    pub label: Text,
    pub kind: Kind,
    pub required: bool,
    pub placeholder: Text,
    /// What stands in it from the start; of HTML that itself.
    pub values: Vec<Text>,
    pub options: Vec<Text>,
    /// Several options, or several files.
    pub several: bool,
    /// Which files: `.pdf,.txt`.
    pub accept: Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    TextArea,
    Number,
    Email,
    Password,
    Date,
    Select,
    Checkbox,
    Radio,
    File,
    Hidden,
    Html,
}

/// What was sent: by the name of its place in the form.
pub struct Sent {
    pub values: Object,
    pub files: IndexMap<String, Vec<Binary>>,
}

impl Field {
    /// The fields of a node.
    pub fn all(reader: &Reader<'_>) -> Result<Vec<Self>, NodeError> {
        let given = if reader.text("defineForm")?.as_deref() == Some("json") {
            match reader.value("jsonOutput")? {
                Some(Value::Text(text)) => Value::from_json(&text).unwrap_or_default(),
                other => other.unwrap_or_default(),
            }
        } else {
            let fields = reader.value("formFields")?.unwrap_or_default();
            fields.get("values").cloned().unwrap_or_default()
        };
        Ok(given.as_array().unwrap_or_default().iter().map(Self::read).collect())
    }

    fn read(value: &Value) -> Self {
        let text = |name: &str| value.get(name).filter(|value| !value.is_null()).map(Value::to_text);
        let flag = |name: &str| value.get(name).map(Value::truthy);
        let kind = match text("fieldType").as_deref() {
            Some("textarea") => Kind::TextArea,
            Some("number") => Kind::Number,
            Some("email") => Kind::Email,
            Some("password") => Kind::Password,
            Some("date") => Kind::Date,
            Some("dropdown") => Kind::Select,
            Some("checkbox") => Kind::Checkbox,
            Some("radio") => Kind::Radio,
            Some("file") => Kind::File,
            Some("hiddenField") => Kind::Hidden,
            Some("html") => Kind::Html,
            _ => Kind::Text,
        };
        let options = value.get("fieldOptions").and_then(|options| options.get("values"));
        let options = options.and_then(Value::as_array).unwrap_or_default();
        let written = |name: &str| text(name).filter(|text| !text.is_empty());
        let (name, label) = (written("fieldName"), written("fieldLabel"));
        let values = match kind {
            Kind::Html => text("html"),
            Kind::Hidden => text("fieldValue"),
            _ => text("defaultValue"),
        };
        Self {
            label: label.clone().or_else(|| name.clone()).unwrap_or_default(),
            name: name.or(label).unwrap_or_default(),
            kind,
            required: flag("requiredField") == Some(true),
            placeholder: text("placeholder").unwrap_or_default(),
            values: values.into_iter().filter(|value| !value.is_empty()).collect(),
            options: options
                .iter()
                .filter_map(|option| option.get("option").map(Value::to_text))
                .collect(),
            several: match kind {
                Kind::File => flag("multipleFiles") != Some(false),
                Kind::Checkbox => true,
                _ => flag("multiselect") == Some(true),
            },
            accept: text("acceptFileTypes").unwrap_or_default(),
        }
    }

    /// What the address gives for it, by its name or what people read, stands in it from the start.
    pub fn preset(&mut self, given: &Object) {
        if matches!(self.kind, Kind::Html | Kind::File | Kind::Password) {
            return;
        }
        let found = given.get(&self.name).or_else(|| given.get(&self.label));
        match found {
            Some(Value::Array(values)) => self.values = values.iter().map(Value::to_text).collect(),
            Some(value) => self.values = vec![value.to_text()],
            None => {}
        }
    }

    /// What was sent for this field, as texts.
    pub fn texts(&self, place: usize, sent: &Sent) -> Vec<Text> {
        let texts = match sent.values.get(&format!("field-{place}")) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(values)) => values.iter().map(Value::to_text).collect(),
            Some(value) => {
                let text = value.to_text();
                // n8n's own page sends lists as JSON.
                match Value::from_json(&text) {
                    Ok(Value::Array(values)) if self.several || self.kind == Kind::Radio => {
                        values.iter().map(Value::to_text).collect()
                    }
                    _ => vec![text],
                }
            }
        };
        texts.into_iter().filter(|text| !text.is_empty()).collect()
    }

    /// What is wrong with what was sent, if something is.
    pub fn fault(&self, place: usize, sent: &Sent) -> Option<&'static str> {
        let texts = self.texts(place, sent);
        let has_files = sent.files.contains_key(&format!("field-{place}"));
        let first = texts.first().map_or("", Text::as_str);
        let is_known = |text: &Text| self.options.contains(text);
        match self.kind {
            Kind::Html | Kind::Hidden => None,
            _ if self.required && texts.is_empty() && !has_files => Some("This field is required"),
            Kind::Number if !first.is_empty() && first.trim().parse::<f64>().is_err() => Some("This is no number"),
            Kind::Date if !first.is_empty() && first.parse::<jiff::civil::Date>().is_err() => Some("This is no date"),
            Kind::Email if !first.is_empty() && !first.contains('@') => Some("This is no e-mail address"),
            Kind::Select | Kind::Radio | Kind::Checkbox if !texts.iter().all(is_known) => {
                Some("This is none of the options")
            }
            _ => None,
        }
    }

    fn value(&self, place: usize, sent: &Sent, files: &[Binary]) -> Value {
        let texts = self.texts(place, sent);
        // As in n8n, nothing chosen is no list.
        let list = |values: Vec<Value>| {
            if values.is_empty() {
                Value::Null
            } else {
                Value::array(values)
            }
        };
        match self.kind {
            Kind::File => {
                let told = files.iter().map(|file| {
                    let mut object = Object::new();
                    object.insert("filename", file.file_name.clone());
                    object.insert("mimetype", file.mime_type.clone());
                    object.insert("size", file.size as f64);
                    Value::object(object)
                });
                let mut told: Vec<Value> = told.collect();
                if self.several {
                    list(told)
                } else {
                    told.pop().unwrap_or_default()
                }
            }
            _ if self.several => list(texts.into_iter().map(Value::Text).collect()),
            Kind::Number => {
                let number = texts.first().and_then(|text| text.trim().parse::<f64>().ok());
                number.map(Value::from).unwrap_or_default()
            }
            _ => texts.into_iter().next().map(Value::Text).unwrap_or_default(),
        }
    }
}

/// n8n's item for a form that was sent.
pub fn item(fields: &[Field], mut sent: Sent, submitted_at: String, mode: &str) -> Item {
    let (mut json, mut binary) = (Object::new(), IndexMap::new());
    for (place, field) in fields.iter().enumerate() {
        if field.kind == Kind::Html {
            continue;
        }
        let files = sent.files.shift_remove(&format!("field-{place}")).unwrap_or_default();
        json.insert(field.name.clone(), field.value(place, &sent, &files));
        let is_sign = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
        let key: String = field
            .name
            .chars()
            .map(|sign| if is_sign(sign) { sign } else { '_' })
            .collect();
        let several = files.len() > 1;
        for (number, file) in files.into_iter().enumerate() {
            let key = if several {
                format!("{key}_{number}")
            } else {
                key.clone()
            };
            binary.insert(Text::from(key), file);
        }
    }
    json.insert("submittedAt", submitted_at);
    json.insert("formMode", mode);
    Item {
        binary: (!binary.is_empty()).then(|| Arc::new(binary)),
        ..Item::new(json)
    }
}
