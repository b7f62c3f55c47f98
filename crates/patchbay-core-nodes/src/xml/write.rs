//! JSON to XML: keys become elements, lists elements of the same name, two keys stand for attributes and text.

use patchbay_model::{Object, Text, Value};
use patchbay_node::{Context, NodeError};

use patchbay_xml::{begins_name, in_name};

/// The options of the node for this way.
pub struct Options {
    pub attribute_key: Text,
    pub text_key: Text,
    pub root: Text,
    /// Text that needs escapes is written as `CDATA`.
    pub literal_text: bool,
    pub without_declaration: bool,
}

impl Options {
    pub fn of(context: &Context<'_>, item: usize) -> Result<Self, NodeError> {
        Ok(Self {
            attribute_key: super::key(context, "attrkey", "$", item)?,
            text_key: super::key(context, "charkey", "_", item)?,
            root: super::key(context, "rootName", DEFAULT_ROOT, item)?,
            literal_text: context.boolean("options.cdata", item)?,
            without_declaration: context.boolean("options.headless", item)?,
        })
    }
}

const DEFAULT_ROOT: &str = "root";
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// An element to be written.
struct Element {
    name: Text,
    attributes: Vec<(Text, String)>,
    children: Vec<Child>,
}

enum Child {
    Element(Element),
    /// Escaped already.
    Text(String),
}

/// The object as a document; the error is n8n's text.
pub fn write(object: &Object, options: &Options) -> Result<String, String> {
    let only = object
        .iter()
        .next()
        .filter(|_| object.len() == 1 && options.root == DEFAULT_ROOT);
    let element = if let Some((name, value)) = only {
        let mut element = Element::new(name)?;
        element.fill(value, options)?;
        element
    } else {
        let mut element = Element::new(&options.root)?;
        element.fill_from(object, options)?;
        element
    };
    let mut text = String::new();
    if !options.without_declaration {
        text.push_str(DECLARATION);
    }
    element.write(0, &mut text);
    Ok(text)
}

impl Element {
    fn new(name: &str) -> Result<Self, String> {
        check_name(name)?;
        Ok(Self {
            name: name.into(),
            attributes: Vec::new(),
            children: Vec::new(),
        })
    }

    fn of(name: &str, value: &Value, options: &Options) -> Result<Child, String> {
        let mut element = Self::new(name)?;
        element.fill(value, options)?;
        Ok(Child::Element(element))
    }

    fn fill(&mut self, value: &Value, options: &Options) -> Result<(), String> {
        match value {
            Value::Object(object) => self.fill_from(object, options),
            // The parts of the elements of a list all end up here; only objects have such.
            Value::Array(values) => {
                for value in values.iter() {
                    match value {
                        Value::Object(object) => {
                            for (name, value) in object.iter() {
                                self.children.push(Self::of(name, value, options)?);
                            }
                        }
                        Value::Array(values) if values.is_empty() => {}
                        Value::Text(text) if text.is_empty() => {}
                        Value::Array(_) | Value::Text(_) => check_name("0")?,
                        _ => {}
                    }
                }
                Ok(())
            }
            value => self.add_text(value, options),
        }
    }

    fn fill_from(&mut self, object: &Object, options: &Options) -> Result<(), String> {
        for (name, value) in object {
            if *name == options.attribute_key {
                self.add_attributes(value)?;
            } else if *name == options.text_key {
                self.add_text(value, options)?;
            } else if let Value::Array(values) = value {
                for value in values.iter() {
                    self.children.push(Self::of(name, value, options)?);
                }
            } else {
                self.children.push(Self::of(name, value, options)?);
            }
        }
        Ok(())
    }

    fn add_attributes(&mut self, value: &Value) -> Result<(), String> {
        match value {
            Value::Object(attributes) => {
                for (name, value) in attributes.iter().filter(|(_, value)| !value.is_null()) {
                    check_name(name)?;
                    let text = value.to_text();
                    check_characters(&text)?;
                    self.attributes.push((name.clone(), escaped_attribute(&text)));
                }
                Ok(())
            }
            Value::Array(values) if !values.is_empty() => check_name("0"),
            _ => Ok(()),
        }
    }

    fn add_text(&mut self, value: &Value, options: &Options) -> Result<(), String> {
        let text = match value {
            Value::Null => return Ok(()),
            value => value.to_text(),
        };
        check_characters(&text)?;
        if text.is_empty() {
            return Ok(());
        }
        let literal = options.literal_text && text.contains(['&', '<', '>']);
        self.children.push(Child::Text(if literal {
            format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
        } else {
            escaped(&text)
        }));
        Ok(())
    }

    /// Two spaces a level; an element that holds but text stays on one line.
    fn write(&self, level: usize, to: &mut String) {
        to.push('<');
        to.push_str(&self.name);
        for (name, value) in &self.attributes {
            to.extend([" ", name, "=\"", value, "\""]);
        }
        let inline = self.children.iter().all(|child| matches!(child, Child::Text(_)));
        if self.children.is_empty() {
            to.push_str("/>");
            return;
        }
        to.push('>');
        for child in &self.children {
            if !inline {
                to.push('\n');
                to.push_str(&"  ".repeat(level + 1));
            }
            match child {
                Child::Text(text) => to.push_str(text),
                Child::Element(element) => element.write(level + 1, to),
            }
        }
        if !inline {
            to.push('\n');
            to.push_str(&"  ".repeat(level));
        }
        to.extend(["</", &self.name, ">"]);
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let mut characters = name.chars();
    if characters.next().is_some_and(begins_name) && characters.all(in_name) {
        Ok(())
    } else {
        Err("Invalid character in name".to_owned())
    }
}

fn check_characters(text: &str) -> Result<(), String> {
    let forbidden =
        |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    match text.find(forbidden) {
        None => Ok(()),
        Some(place) => {
            let index = text[..place].encode_utf16().count();
            Err(format!("Invalid character in string: {text} at index {index}"))
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\r', "&#xD;")
}

fn escaped_attribute(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
        .replace('\t', "&#x9;")
        .replace('\n', "&#xA;")
        .replace('\r', "&#xD;")
}
