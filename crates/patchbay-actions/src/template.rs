//! Handlebars templates of definitions: `/Users({{odata Id}})/Groups`.
//!
//! Parsed once; their names are known, so that a definition can be checked before anything runs. Values are handed over
//! by who renders. Two helpers make text fit for a URL: `{{odata x}}` writes an OData literal (text quoted, numbers and
//! booleans as they are), `{{encode x}}` the plain text; both are percent-encoded. Without a helper a value is written
//! as it is.

use std::borrow::Cow;

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use serde_json::Value;

use crate::odata;

/// A template. Handlebars reads it; as it can hold no more than names, its pieces are written without Handlebars, which
/// would take longer for it than all else that makes a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    source: String,
    pieces: Vec<Piece>,
    names: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Value { name: String, form: Form },
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Plain,
    Odata,
    Encoded,
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub message: String,
    /// In bytes.
    pub offset: usize,
}

/// A template's value that was not given.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("`{0}` has no value")]
pub struct Missing(pub String);

const HELPERS: [(&str, Form); 2] = [("odata", Form::Odata), ("encode", Form::Encoded)];

impl Template {
    pub fn parse(source: &str) -> Result<Self, Problem> {
        let template = handlebars::Template::compile(source).map_err(|error| Problem {
            message: format!("`{source}` is no template: a value in it is `{{{{name}}}}`, `{{{{odata name}}}}` or `{{{{encode name}}}}`"),
            offset: error.pos().map_or(0, |(_, column)| column.saturating_sub(1)),
        })?;
        let mut made = Self {
            source: source.to_owned(),
            ..Self::default()
        };
        for element in template.elements {
            match element {
                TemplateElement::RawString(text) => made.pieces.push(Piece::Text(text)),
                TemplateElement::Comment(_) => {}
                TemplateElement::Expression(expression) | TemplateElement::HtmlExpression(expression) => {
                    let (name, form) = value(&expression).map_err(|message| Problem { message, offset: 0 })?;
                    if !made.names.contains(&name) {
                        made.names.push(name.clone());
                    }
                    made.pieces.push(Piece::Value { name, form });
                }
                _ => {
                    let message = format!(
                        "`{source}` may only hold `{{{{name}}}}`, `{{{{odata name}}}}` and `{{{{encode name}}}}`"
                    );
                    return Err(Problem { message, offset: 0 });
                }
            }
        }
        Ok(made)
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    /// The text with names only: `/Users({Id})/Groups`.
    pub fn to_plain(&self) -> String {
        let mut plain = self.source.replace("{{", "{").replace("}}", "}");
        for (helper, _) in HELPERS {
            plain = plain.replace(&format!("{{{helper} "), "{");
        }
        plain
    }

    /// The names that must have values.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The text, with these values.
    pub fn render(&self, values: &serde_json::Map<String, Value>) -> Result<String, Missing> {
        let mut text = String::with_capacity(2 * self.source.len());
        for piece in &self.pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Value { name, form } => {
                    let value = values.get(name).ok_or_else(|| Missing(name.clone()))?;
                    match form {
                        Form::Plain => text.push_str(&plain(value)),
                        Form::Odata => text.push_str(&odata::literal(value)),
                        Form::Encoded => text.push_str(&odata::encode_path(&plain(value))),
                    }
                }
            }
        }
        Ok(text)
    }
}

/// Text as it is, all else as JSON.
fn plain(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        value => Cow::Owned(value.to_string()),
    }
}

/// The name in `{{name}}`, `{{odata name}}` or `{{encode name}}`, and how its value is written.
fn value(expression: &HelperTemplate) -> Result<(String, Form), String> {
    let name = |parameter: &Parameter| {
        let name = parameter.as_name().ok_or("a template's values are names")?;
        // What is no plain word is in brackets: `{{encode [user.id]}}`.
        let inner = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        Ok::<_, String>(inner.unwrap_or(name).to_owned())
    };
    match expression.params.as_slice() {
        [] => Ok((name(&expression.name)?, Form::Plain)),
        [parameter] => {
            let helper = expression.name.as_name().unwrap_or_default();
            match HELPERS.iter().find(|(known, _)| *known == helper) {
                Some((_, form)) => Ok((name(parameter)?, *form)),
                None => Err(format!("there is no helper `{helper}`: use `odata` or `encode`")),
            }
        }
        _ => Err("a helper takes one name".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_write_values_for_urls() {
        let cases = [
            ("/Users({{odata Id}})", r#"{"Id": 5}"#, "/Users(5)"),
            (
                "/F(mac={{odata mac}})",
                r#"{"mac": "a'b/ä c"}"#,
                "/F(mac='a''b%2F%C3%A4%20c')",
            ),
            ("/F(mac={{odata mac}})", r#"{"mac": "'a''b'"}"#, "/F(mac='a''b')"),
            ("/F(x={{odata x}})", r#"{"x": null}"#, "/F(x=null)"),
            (
                "/F(x={{encode x}})",
                r#"{"x": "2026-01-02T03:04:05Z"}"#,
                "/F(x=2026-01-02T03:04:05Z)",
            ),
            (
                "/F/{{encode [user.id]}}-{{odata [a (path)]}}",
                r#"{"user.id": 7, "a (path)": "x"}"#,
                "/F/7-'x'",
            ),
            ("{{url}}", r#"{"url": "https://a.example"}"#, "https://a.example"),
        ];
        for (template, values, text) in cases {
            let template = Template::parse(template).expect("template");
            let serde_json::Value::Object(values) = serde_json::from_str(values).expect("JSON") else {
                panic!("an object")
            };
            assert_eq!(template.render(&values).expect("rendered"), text);
        }
    }

    #[test]
    fn a_value_that_is_missing_is_named() {
        let template = Template::parse("/Users({{odata Id}})").expect("a template");
        let missing = template.render(&serde_json::Map::new());
        assert_eq!(missing, Err(Missing("Id".to_owned())));
    }

    #[test]
    fn a_template_knows_its_names_and_faults() {
        assert_eq!(
            Template::parse("/a({{odata Id}})/{{encode x}}")
                .expect("template")
                .names(),
            ["Id", "x"]
        );
        for (source, message) in [
            (
                "/a({{quote Id}})",
                "there is no helper `quote`: use `odata` or `encode`",
            ),
            ("/a({{Id)", "`/a({{Id)` is no template"),
            ("/a({{odata Id Name}})", "a helper takes one name"),
            ("{{#if a}}b{{/if}}", "may only hold"),
        ] {
            let problem = Template::parse(source).expect_err("a fault");
            assert!(problem.message.contains(message), "{}", problem.message);
        }
    }
}
