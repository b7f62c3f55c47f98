//! XML as values, read as n8n reads it: an element becomes an object of its attributes and its children, or its text where
//! it has nothing else. Where the XML comes from, and what is done with it, is left to others; so is writing it.

mod scan;

use indexmap::IndexMap;
use patchbay_model::{Object, Text, Value};

use scan::{Event, Scanner};
pub use scan::{Refusal, begins_name, in_name};

/// So many elements may be within each other: one may take two levels of a value, its own and a list's.
pub const DEEPEST: usize = Value::DEEPEST / 2 - 1;

/// In which form values are made.
#[derive(Clone, Debug)]
pub struct Options {
    pub attribute_key: Text,
    pub text_key: Text,
    pub always_lists: bool,
    pub with_root: bool,
    pub without_attributes: bool,
    pub merges_attributes: bool,
    pub collapses_space: bool,
    pub lower_case_tags: bool,
    pub trims: bool,
    /// So many elements may be within each other, at most [`DEEPEST`].
    pub deepest: usize,
}

impl Default for Options {
    /// As the node XML has them.
    fn default() -> Self {
        Self {
            attribute_key: "$".into(),
            text_key: "_".into(),
            always_lists: false,
            with_root: true,
            without_attributes: false,
            merges_attributes: true,
            collapses_space: false,
            lower_case_tags: false,
            trims: false,
            deepest: DEEPEST,
        }
    }
}

/// An element that has begun and not ended.
struct Element {
    name: Text,
    content: Object,
    text: String,
    /// Its text comes from a `CDATA` section, and counts even if it is blank.
    literal: bool,
}

/// The document as an object with the root element, or as that element's content. `None` where there is no root.
pub fn read(text: &str, options: &Options) -> Result<Option<Value>, Refusal> {
    let mut scanner = Scanner::new(text);
    let mut open: Vec<Element> = Vec::new();
    while let Some(event) = scanner.next()? {
        match event {
            Event::Start { .. } if open.len() >= options.deepest => {
                return Err(scanner.refusal(&format!("More than {} elements within each other", options.deepest)));
            }
            Event::Start { name, attributes } => open.push(begun(name, attributes, options)),
            Event::Text(text) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&text);
                }
            }
            Event::CData(text) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&text);
                    element.literal = true;
                }
            }
            Event::End => {
                let Some(element) = open.pop() else { break };
                let name = element.name.clone();
                let value = ended(element, options);
                match open.last_mut() {
                    Some(parent) => add(&mut parent.content, name, value, options.always_lists),
                    None if options.with_root => return Ok(Some(Value::object([(name, value)].into_iter().collect()))),
                    None => return Ok(Some(value)),
                }
            }
        }
    }
    Ok(None)
}

fn begun(name: String, attributes: IndexMap<String, String>, options: &Options) -> Element {
    // The place of the text is before attributes and children, whenever it comes.
    let mut content = Object::new();
    content.insert(options.text_key.clone(), Value::text(""));
    if !options.without_attributes {
        let mut apart = Object::new();
        for (name, value) in attributes {
            if options.merges_attributes {
                add(&mut content, name.into(), Value::text(value), options.always_lists);
            } else {
                apart.insert(name, Value::text(value));
            }
        }
        if !apart.is_empty() {
            content.insert(options.attribute_key.clone(), Value::object(apart));
        }
    }
    Element {
        name: if options.lower_case_tags {
            name.to_lowercase().into()
        } else {
            name.into()
        },
        content,
        text: String::new(),
        literal: false,
    }
}

/// The value of an element that is complete.
fn ended(mut element: Element, options: &Options) -> Value {
    let blank = !element.literal && element.text.chars().all(char::is_whitespace);
    if blank {
        element.content.remove(&options.text_key);
        return if element.content.is_empty() {
            Value::text(element.text)
        } else {
            Value::object(element.content)
        };
    }
    let text = if options.collapses_space {
        collapsed(element.text.trim())
    } else if options.trims {
        element.text.trim().to_owned()
    } else {
        element.text
    };
    if element.content.len() == 1 {
        return Value::text(text);
    }
    element.content.insert(options.text_key.clone(), Value::text(text));
    Value::object(element.content)
}

/// Runs of two and more white space characters as one space; a single one stays as it is.
fn collapsed(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(char::is_whitespace) {
        made.push_str(&rest[..start]);
        let after = rest[start..].trim_start();
        let space = &rest[start..rest.len() - after.len()];
        made.push_str(if space.chars().count() > 1 { " " } else { space });
        rest = after;
    }
    made + rest
}

/// What n8n's parser says against a document, if it refuses it.
pub fn fault(document: &str) -> Option<Refusal> {
    let mut scanner = Scanner::new(document);
    loop {
        match scanner.next() {
            Ok(Some(_)) => {}
            Ok(None) => return None,
            Err(refusal) => return Some(refusal),
        }
    }
}

/// Values of the same name become a list.
fn add(object: &mut Object, name: Text, value: Value, always_lists: bool) {
    if always_lists && !object.contains_key(&name) {
        object.insert(name, Value::array(vec![value]));
    } else {
        object.append(name, value);
    }
}
