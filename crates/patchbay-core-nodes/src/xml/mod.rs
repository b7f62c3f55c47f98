//! XML: from XML to JSON and back. How XML is read is `patchbay_xml`'s; writing is in [`write`].

mod write;

use async_trait::async_trait;
use patchbay_model::{Item, Object, Text, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};
use patchbay_xml::Options;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.xml",
    title: "XML",
    about: "Converts between XML and JSON",
    versions: &[1.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "mode",
            Kind::Options(&["xmlToJson", "jsonToxml"]),
            "\"xmlToJson\"",
            "Which way",
        ),
        ParameterDescription::new("dataPropertyName", Kind::Text, "\"data\"", "The field of the XML").required(),
        ParameterDescription::new(
            "options",
            Kind::Collection,
            "{}",
            "The forms of what is read and written",
        ),
    ],
};

pub struct Xml;

#[async_trait]
impl Node for Xml {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let mut made = Vec::with_capacity(context.items().len());
        for (index, item) in context.items().iter().enumerate() {
            let converted = match context.text("mode", index)?.as_str() {
                "xmlToJson" => to_json(context, &item.json, index).map(Item::new),
                "jsonToxml" => to_xml(context, &item.json, index).map(|json| Item::new(json).paired_with(index)),
                _ => Ok(item.clone()),
            };
            match converted {
                Ok(item) => made.push(item),
                // n8n drops items that fail where the node goes on.
                Err(error) if context.continues_on_fail() && !error.is_cancelled() => {}
                Err(error) => return Err(error.item(index)),
            }
        }
        Ok(Outcome::items(made))
    }
}

fn to_json(context: &Context<'_>, json: &Object, index: usize) -> Result<Object, NodeError> {
    let property = context.text("dataPropertyName", index)?;
    let options = reading(context, index)?;
    let xml = match json.get(&property) {
        None => {
            let message = format!("Item has no JSON property called \"{property}\"");
            let error = NodeError::new("E0986", message).parameter("dataPropertyName");
            let near = patchbay_model::diagnostic::nearest(&property, json.keys().map(AsRef::as_ref));
            return Err(match near {
                Some(near) => error.hint(format!("Did you mean `{near}`?")),
                None => error,
            });
        }
        Some(Value::Null) => {
            let message = "Cannot read properties of null (reading 'toString')";
            return Err(NodeError::new("E0986", message).parameter("dataPropertyName"));
        }
        Some(value) => value.to_text(),
    };
    let no_object = |what: &str| {
        NodeError::new("E0987", format!("The XML has no {what}"))
            .parameter("dataPropertyName")
            .hint("Give a document whose root element has children or attributes, or keep `Explicit Root` on")
    };
    let refused =
        |refusal: patchbay_xml::Refusal| NodeError::new("E0985", refusal.to_string()).parameter("dataPropertyName");
    match patchbay_xml::read(&xml, &options).map_err(refused)? {
        Some(Value::Object(object)) => Ok(std::sync::Arc::unwrap_or_clone(object)),
        Some(_) => Err(no_object("fields: its root element is only text")),
        None => Err(no_object("root element")),
    }
}

/// The node's options for reading.
fn reading(context: &Context<'_>, item: usize) -> Result<Options, NodeError> {
    let otherwise = Options::default();
    let set = |name: &str, default: bool| match context.optional(&format!("options.{name}"), item)? {
        Some(value) => Ok(value.truthy()),
        None => Ok::<_, NodeError>(default),
    };
    Ok(Options {
        attribute_key: key(context, "attrkey", &otherwise.attribute_key, item)?,
        text_key: key(context, "charkey", &otherwise.text_key, item)?,
        always_lists: set("explicitArray", otherwise.always_lists)?,
        with_root: set("explicitRoot", otherwise.with_root)?,
        without_attributes: set("ignoreAttrs", otherwise.without_attributes)?,
        merges_attributes: set("mergeAttrs", otherwise.merges_attributes)?,
        collapses_space: set("normalize", otherwise.collapses_space)?,
        lower_case_tags: set("normalizeTags", otherwise.lower_case_tags)?,
        trims: set("trim", otherwise.trims)?,
        deepest: otherwise.deepest,
    })
}

fn to_xml(context: &Context<'_>, json: &Object, index: usize) -> Result<Object, NodeError> {
    let options = write::Options::of(context, index)?;
    let property = context.text("dataPropertyName", index)?;
    let xml = write::write(json, &options).map_err(|message| {
        NodeError::new("E0988", message).hint("XML knows fewer names and characters than JSON: rename the field")
    })?;
    Ok([(property, Value::text(xml))].into_iter().collect())
}

/// An option that names a key.
fn key(context: &Context<'_>, option: &str, default: &str, item: usize) -> Result<Text, NodeError> {
    let value = context.optional(&format!("options.{option}"), item)?;
    Ok(value.map_or_else(|| default.into(), |value| value.to_text()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    fn check(parameters: &str, items: &str, expected: Result<&str, &str>) {
        let result = run(1.0, parameters, items).of(&Xml);
        assert_eq!(
            result.as_deref().map_err(String::as_str),
            expected,
            "{parameters} {items}"
        );
    }

    #[test]
    fn xml_becomes_json() {
        for (options, xml, json) in [
            ("{}", "<root/>", r#"{"root":""}"#),
            (
                "{}",
                "<?xml version='1.0'?><a x='1'>t<b>1</b><b y='2'>&lt;</b></a>",
                r#"{"a":{"_":"t","x":"1","b":["1",{"_":"<","y":"2"}]}}"#,
            ),
            (
                "{}",
                "<a> <!-- c --> <b><![CDATA[<x>]]></b></a> tail",
                r#"{"a":{"b":"<x>"}}"#,
            ),
            (r#"{"mergeAttrs": false}"#, "<a x='1'/>", r#"{"a":{"$":{"x":"1"}}}"#),
            (r#"{"explicitRoot": false}"#, "<a><b/></a>", r#"{"b":""}"#),
            (r#"{"explicitArray": true}"#, "<a><b/></a>", r#"{"a":{"b":[""]}}"#),
            (r#"{"normalize": true}"#, "<a> x \n y </a>", r#"{"a":"x y"}"#),
            (r#"{"normalizeTags": true}"#, "<A B='c'/>", r#"{"a":{"B":"c"}}"#),
        ] {
            let parameters = format!(r#"{{"options": {options}}}"#);
            let item = Value::array(vec![Value::object([("data", Value::text(xml))].into_iter().collect())]);
            check(&parameters, &item.to_json(), Ok(&format!("[[{json}]]")));
        }
    }

    #[test]
    fn faults_are_told_with_their_place() {
        for (xml, message) in [
            ("<a>\n <b></a>", "Unexpected close tag\nLine: 1\nColumn: 8\nChar: >"),
            ("<a>", "Unclosed root tag\nLine: 0\nColumn: 3\nChar: "),
            ("<a x=1/>", "Unquoted attribute value\nLine: 0\nColumn: 6\nChar: 1"),
            ("{}", "Non-whitespace before first tag.\nLine: 0\nColumn: 1\nChar: {"),
            ("<a>&q;</a>", "Invalid character entity\nLine: 0\nColumn: 6\nChar: ;"),
            ("", "The XML has no root element"),
        ] {
            let item = Value::array(vec![Value::object([("data", Value::text(xml))].into_iter().collect())]);
            check("{}", &item.to_json(), Err(message));
        }
    }

    #[test]
    fn json_becomes_xml() {
        for (options, json, xml) in [
            (
                r#"{"headless": true}"#,
                r#"{"a":{"$":{"x":1},"_":"t&"}}"#,
                r#"<a x=\"1\">t&amp;</a>"#,
            ),
            (
                r#"{"headless": true}"#,
                r#"{"a":1,"b":[1,null]}"#,
                r"<root>\n  <a>1</a>\n  <b>1</b>\n  <b/>\n</root>",
            ),
            (
                r#"{"headless": true, "rootName": "top"}"#,
                r#"{"a":1}"#,
                r"<top>\n  <a>1</a>\n</top>",
            ),
            (
                r#"{"headless": true, "cdata": true}"#,
                r#"{"a":"<b>"}"#,
                "<a><![CDATA[<b>]]></a>",
            ),
        ] {
            let parameters = format!(r#"{{"mode": "jsonToxml", "options": {options}}}"#);
            check(
                &parameters,
                &format!("[{json}]"),
                Ok(&format!(r#"[[{{"data":"{xml}"}}]]"#)),
            );
        }
        check(
            r#"{"mode": "jsonToxml"}"#,
            r#"[{"a b":1}]"#,
            Err("Invalid character in name"),
        );
    }
}
