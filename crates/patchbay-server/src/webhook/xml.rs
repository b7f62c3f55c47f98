//! XML bodies as n8n gives them to workflows: names in lower case, attributes below `$`, text beside them below `_`, several
//! elements of one name as a list.

use patchbay_model::{Object, Value};
use roxmltree::{Document, Node};

use super::query::append;

/// The document, or what is wrong with it.
pub fn read(text: &str) -> Result<Value, String> {
    let document = Document::parse(text).map_err(|error| error.to_string())?;
    let root = document.root_element();
    let mut object = Object::new();
    object.insert(name(root), value(root));
    Ok(object.into())
}

fn name(node: Node<'_, '_>) -> String {
    let prefix = node.tag_name().namespace().and_then(|space| node.lookup_prefix(space));
    let name = node.tag_name().name();
    prefix.map_or_else(
        || name.to_lowercase(),
        |prefix| format!("{prefix}:{name}").to_lowercase(),
    )
}

fn value(node: Node<'_, '_>) -> Value {
    let mut object = Object::new();
    let text: String = node
        .children()
        .filter(Node::is_text)
        .filter_map(|child| child.text())
        .collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let attributes = node.attributes();
    let has_more = attributes.len() > 0 || node.children().any(|child| child.is_element());
    if !has_more {
        return text.into();
    }
    if !text.is_empty() {
        object.insert("_", text);
    }
    if attributes.len() > 0 {
        let attributes = attributes.map(|attribute| (attribute.name().to_owned(), attribute.value().to_owned()));
        object.insert("$", attributes.collect::<Object>());
    }
    for child in node.children().filter(Node::is_element) {
        append(&mut object, &name(child), value(child));
    }
    object.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_as_n8n_reads_them() {
        for (text, json) in [
            ("<a><b>1</b><b>2</b></a>", r#"{"a":{"b":["1","2"]}}"#),
            (
                r#"<A x="1"><b>t</b><b y="2">u</b><C/></A>"#,
                r#"{"a":{"$":{"x":"1"},"b":["t",{"_":"u","$":{"y":"2"}}],"c":""}}"#,
            ),
        ] {
            assert_eq!(read(text).map(|value| value.to_json()), Ok(json.to_owned()));
        }
        assert!(read("<A").is_err());
    }
}
