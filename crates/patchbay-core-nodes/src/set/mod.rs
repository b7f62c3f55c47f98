//! Edit Fields (Set): makes items from fields that are named one by one, or from JSON.
//!
//! The first two versions, which had a list of fields for each type, are in [`legacy`]; what of the input goes on is in
//! [`include`].

mod fields;
mod include;
mod legacy;
mod raw;
pub(crate) mod template;

use async_trait::async_trait;
use patchbay_model::workflow::Node as FileNode;
use patchbay_model::{Diagnostics, Item, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::issues;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.set",
    title: "Edit Fields (Set)",
    about: "Sets, adds or keeps fields of each item",
    versions: &[1.0, 2.0, 3.0, 3.1, 3.2, 3.3, 3.4],
    trigger: false,
    parameters: &[
        ParameterDescription::new("keepOnlySet", Kind::Boolean, "false", "Only the fields set here go on")
            .versions(1.0, 2.0),
        ParameterDescription::new("values", Kind::Collection, "{}", "The fields, a list for each type")
            .versions(1.0, 2.0),
        ParameterDescription::new(
            "mode",
            Kind::Options(&["manual", "raw"]),
            "\"manual\"",
            "Field by field, or JSON",
        )
        .versions(3.0, f64::INFINITY),
        ParameterDescription::new(
            "duplicateItem",
            Kind::Boolean,
            "false",
            "Repeats each item in manual runs",
        )
        .versions(3.0, f64::INFINITY),
        ParameterDescription::new("duplicateCount", Kind::Number, "0", "How many more of each item")
            .versions(3.0, f64::INFINITY),
        ParameterDescription::new("fields", Kind::Collection, "{}", "The fields, in order").versions(3.0, 3.2),
        ParameterDescription::new("assignments", Kind::Collection, "{}", "The fields, in order")
            .versions(3.3, f64::INFINITY),
        ParameterDescription::new("jsonOutput", Kind::Json, raw::DEFAULT, "The fields as JSON")
            .required_where("mode", &["raw"])
            .versions(3.0, f64::INFINITY),
        ParameterDescription::new(
            "includeOtherFields",
            Kind::Boolean,
            "false",
            "Fields of the input go on too",
        )
        .versions(3.3, f64::INFINITY),
        ParameterDescription::new(
            "include",
            Kind::Options(&["all", "none", "selected", "except"]),
            "\"all\"",
            "Which fields of the input go on",
        )
        .versions(3.0, f64::INFINITY),
        ParameterDescription::new(
            "includeFields",
            Kind::Text,
            "\"\"",
            "The fields that go on, separated by commas",
        )
        .versions(3.0, f64::INFINITY),
        ParameterDescription::new(
            "excludeFields",
            Kind::Text,
            "\"\"",
            "The fields left out, separated by commas",
        )
        .versions(3.0, f64::INFINITY),
        ParameterDescription::new(
            "options",
            Kind::Collection,
            "{}",
            "Dot notation, binary data, failed conversions",
        ),
    ],
};

pub struct Set;

#[async_trait]
impl Node for Set {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    fn check(&self, node: &FileNode) -> Diagnostics {
        if issues::literal(node, "mode", "manual") == "raw" {
            raw::issue(node).into_iter().collect()
        } else {
            fields::issues(node)
        }
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        if context.version() < 3.0 {
            return legacy::run(context).map(Outcome::items);
        }
        let copies = copies(context)?;
        let maker = if context.text("mode", 0)? == "raw" {
            Maker::Raw(raw::Raw::compile(context)?)
        } else {
            Maker::Fields(fields::Fields::compile(context)?)
        };
        let include = include::Include::compile(context)?;
        let mut items = Vec::with_capacity(context.items().len() * copies);
        for (index, item) in context.items().iter().enumerate() {
            context.checkpoint()?;
            let made = include.start(context, item, index).and_then(|mut made| {
                match &maker {
                    Maker::Raw(raw) => raw.fill(context, index, include.dots(), &mut made)?,
                    Maker::Fields(fields) => {
                        let before = overlooks_failures(context).then(|| made.clone());
                        match (fields.fill(context, index, include.dots(), &mut made), before) {
                            (Err(error), Some(before)) if is_overlooked(&error) && context.version() >= 3.3 => {
                                made = before;
                            }
                            (filled, _) => filled?,
                        }
                    }
                }
                let binary = include::Include::binary(context, item, index)?;
                Ok(Item {
                    json: made.into(),
                    binary,
                    paired: index.into(),
                    error: None,
                })
            });
            let made = match made {
                Err(error) if context.continues_on_fail() && !error.is_cancelled() => maker.failed(&error, index),
                made => made?,
            };
            items.extend(std::iter::repeat_n(made, copies));
        }
        Ok(Outcome::items(items))
    }
}

/// Whether the old flag `continueOnFail` is set: with it, and only in this node, n8n takes a list of fields of which an
/// expression fails for empty.
fn overlooks_failures(context: &Context<'_>) -> bool {
    context.node.extra.get("continueOnFail").is_some_and(Value::truthy)
}

/// Whether it was an expression that failed, and not for its syntax.
fn is_overlooked(error: &NodeError) -> bool {
    error.error.code.starts_with("E02") && error.error.code != "E0204"
}

/// What fills the new items.
enum Maker<'run> {
    Fields(fields::Fields<'run>),
    Raw(raw::Raw<'run>),
}

impl Maker<'_> {
    /// The item that goes on where one failed.
    fn failed(&self, error: &NodeError, index: usize) -> Item {
        match self {
            Self::Fields(_) => fields::failed(error, index),
            Self::Raw(_) => raw::failed(error, index),
        }
    }
}

/// How often each item is put out: more than once only in manual runs.
fn copies(context: &Context<'_>) -> Result<usize, NodeError> {
    const MOST: f64 = 1000.0;
    if context.scope.execution.mode != "test" || !context.boolean("duplicateItem", 0)? {
        return Ok(1);
    }
    Ok(1 + context.number("duplicateCount", 0)?.clamp(0.0, MOST) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    const ITEM: &str = r#"[{"a": 1, "b": {"c": 2, "d": [1, {"e": 5}]}, "x.y": 9}]"#;

    fn check(version: f64, parameters: &str, expected: Result<&str, &str>) {
        let result = run(version, parameters, ITEM).of(&Set);
        let expected = expected.map(|items| format!("[[{items}]]"));
        assert_eq!(
            result.as_deref().map_err(String::as_str),
            expected.as_deref().map_err(|text| *text),
            "{parameters}"
        );
    }

    fn fields(fields: &str, more: &str) -> String {
        format!(r#"{{"assignments": {{"assignments": [{fields}]}}{more}}}"#)
    }

    #[test]
    fn fields_are_converted_to_their_type() {
        for (kind, value, expected) in [
            ("number", "\"12.5\"", Ok("12.5")),
            ("number", "null", Ok("null")),
            ("string", "{\"a\": 1}", Ok(r#""{\"a\":1}""#)),
            ("boolean", "\"TRUE\"", Ok("true")),
            ("array", "\"[1]\"", Ok("[1]")),
            ("object", "\"{a: 1}\"", Ok(r#"{"a":1}"#)),
            (
                "number",
                "\"abc\"",
                Err("'x' expects a number but we got 'abc' [item 0]"),
            ),
            ("array", "{}", Err("'x' expects a array but we got object [item 0]")),
            ("object", "[1]", Err("'x' expects a object but we got array [item 0]")),
        ] {
            let parameters = fields(&format!(r#"{{"name": "x", "type": "{kind}", "value": {value}}}"#), "");
            let expected = expected.map(|value| format!(r#"{{"x":{value}}}"#));
            check(3.4, &parameters, expected.as_deref().map_err(|text| *text));
        }
        let parameters = fields(
            r#"{"name": "x", "type": "number", "value": "abc"}"#,
            r#", "options": {"ignoreConversionErrors": true}"#,
        );
        check(3.4, &parameters, Ok(r#"{"x":"abc"}"#));
    }

    #[test]
    fn fields_of_the_input_go_on_as_asked() {
        for (more, expected) in [
            ("", r#"{"n":"t"}"#),
            (
                r#", "includeOtherFields": true"#,
                r#"{"a":1,"b":{"c":2,"d":[1,{"e":5}]},"x.y":9,"n":"t"}"#,
            ),
            (
                r#", "includeOtherFields": true, "include": "selected", "includeFields": "b.c, x.y""#,
                r#"{"c":2,"y":9,"n":"t"}"#,
            ),
            (
                r#", "includeOtherFields": true, "include": "except", "excludeFields": "b.c,x.y""#,
                r#"{"a":1,"b":{"d":[1,{"e":5}]},"n":"t"}"#,
            ),
            (
                r#", "includeOtherFields": true, "include": "selected", "includeFields": "b.c,x.y", "options": {"dotNotation": false}"#,
                r#"{"x.y":9,"n":"t"}"#,
            ),
        ] {
            check(
                3.4,
                &fields(r#"{"name": "n", "type": "string", "value": "t"}"#, more),
                Ok(expected),
            );
        }
        check(
            3.2,
            r#"{"fields": {"values": [{"name": "n", "stringValue": "t"}]}, "include": "none"}"#,
            Ok(r#"{"n":"t"}"#),
        );
    }

    #[test]
    fn json_makes_the_item() {
        for (text, expected) in [
            (r#""{\"q\": 1}""#, Ok(r#"{"q":1}"#)),
            (r#""{q: 1}""#, Ok(r#"{"q":1}"#)),
            (r#""{\"a.b\": 1}""#, Ok(r#"{"a":{"b":1}}"#)),
            (r#""null""#, Err("Cannot convert undefined or null to object")),
            (
                r#""[1]""#,
                Err("The 'JSON Output' in item 0 does not contain a valid JSON object"),
            ),
            (
                r#""{\"a\": \"b\" c\"}""#,
                Err("The 'JSON Output' in item 0 contains invalid JSON"),
            ),
        ] {
            check(3.4, &format!(r#"{{"mode": "raw", "jsonOutput": {text}}}"#), expected);
        }
        check(
            3.4,
            r#"{"mode": "raw"}"#,
            Ok(r#"{"my_field_1":"value","my_field_2":1}"#),
        );
    }

    #[test]
    fn the_first_versions_have_a_list_for_each_type() {
        let values = r#"{"string": [{"name": "b.c", "value": "t"}, {"name": "s", "value": "u"}],
            "number": [{"name": "n", "value": "7"}], "boolean": [{"name": "t", "value": "false"}, {"name": "f"}]}"#;
        let keep = |more: &str| format!(r#"{{"keepOnlySet": true, "values": {values}{more}}}"#);
        check(
            1.0,
            &keep(""),
            Ok(r#"{"t":true,"f":false,"n":"7","b":{"c":"t"},"s":"u"}"#),
        );
        check(
            2.0,
            &keep(""),
            Ok(r#"{"t":true,"f":false,"n":7,"b":{"c":"t"},"s":"u"}"#),
        );
        check(
            2.0,
            &keep(r#", "options": {"dotNotation": false}"#),
            Ok(r#"{"t":true,"f":false,"n":7,"b.c":"t","s":"u"}"#),
        );
        check(2.0, "{}", Ok(r#"{"a":1,"b":{"c":2,"d":[1,{"e":5}]},"x.y":9}"#));
    }
}
