//! Handlebars templates of definitions: `/Users({{odata Id}})/Groups`.
//!
//! Parsed once; their names are known, so that a definition can be checked before anything runs. Values are handed over
//! by who renders. Two helpers make text fit for a URL: `{{odata x}}` writes an OData literal (text quoted, numbers and
//! booleans as they are), `{{encode x}}` the plain text; both are percent-encoded. Without a helper a value is written
//! as it is.

use std::sync::LazyLock;

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext, Renderable};

use crate::odata;

/// A template.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    source: String,
    parsed: handlebars::Template,
    names: Vec<String>,
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub message: String,
    /// In bytes.
    pub offset: usize,
}

static HANDLEBARS: LazyLock<Handlebars<'static>> = LazyLock::new(|| {
    let mut handlebars = Handlebars::new();
    handlebars.set_strict_mode(true);
    handlebars.register_escape_fn(handlebars::no_escape);
    handlebars.register_helper("odata", Box::new(write_odata));
    handlebars.register_helper("encode", Box::new(write_encoded));
    handlebars
});

const HELPERS: [&str; 2] = ["odata", "encode"];

impl Template {
    pub fn parse(source: &str) -> Result<Self, Problem> {
        let template = handlebars::Template::compile(source).map_err(|error| Problem {
            message: format!("`{source}` is no template: {}", error.reason()),
            offset: error.pos().map_or(0, |(_, column)| column.saturating_sub(1)),
        })?;
        let mut names = Vec::new();
        for element in &template.elements {
            match element {
                TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
                TemplateElement::Expression(expression) | TemplateElement::HtmlExpression(expression) => {
                    collect_names(expression, &mut names).map_err(|message| Problem { message, offset: 0 })?;
                }
                _ => {
                    let message = format!(
                        "`{source}` may only hold `{{{{name}}}}`, `{{{{odata name}}}}` and `{{{{encode name}}}}`"
                    );
                    return Err(Problem { message, offset: 0 });
                }
            }
        }
        Ok(Self {
            source: source.to_owned(),
            parsed: template,
            names,
        })
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    /// The text with names only: `/Users({Id})/Groups`.
    pub fn to_plain(&self) -> String {
        let mut plain = self.source.replace("{{", "{").replace("}}", "}");
        for helper in HELPERS {
            plain = plain.replace(&format!("{{{helper} "), "{");
        }
        plain
    }

    /// The names that must have values.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The text, with these values.
    pub fn render(
        &self,
        values: serde_json::Map<String, serde_json::Value>,
    ) -> Result<String, handlebars::RenderError> {
        let context = Context::from(serde_json::Value::Object(values));
        self.parsed
            .renders(&HANDLEBARS, &context, &mut RenderContext::new(None))
    }
}

fn collect_names(expression: &HelperTemplate, names: &mut Vec<String>) -> Result<(), String> {
    let mut add = |parameter: &Parameter| match parameter.as_name() {
        Some(name) => {
            // What is no plain word is in brackets: `{{encode [user.id]}}`.
            let name = name
                .strip_prefix('[')
                .and_then(|name| name.strip_suffix(']'))
                .unwrap_or(name);
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
            Ok(())
        }
        None => Err("a template's values are names".to_owned()),
    };
    if expression.params.is_empty() {
        return add(&expression.name);
    }
    match expression.name.as_name() {
        Some(helper) if HELPERS.contains(&helper) => expression.params.iter().try_for_each(add),
        helper => Err(format!(
            "there is no helper `{}`: use `odata` or `encode`",
            helper.unwrap_or_default()
        )),
    }
}

fn write_odata(
    helper: &Helper,
    _: &Handlebars,
    _: &Context,
    _: &mut RenderContext,
    output: &mut dyn Output,
) -> HelperResult {
    if let Some(value) = helper.param(0) {
        output.write(&odata::literal(value.value()))?;
    }
    Ok(())
}

fn write_encoded(
    helper: &Helper,
    _: &Handlebars,
    _: &Context,
    _: &mut RenderContext,
    output: &mut dyn Output,
) -> HelperResult {
    if let Some(value) = helper.param(0) {
        let text = match value.value() {
            serde_json::Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        output.write(&odata::encode_path(&text))?;
    }
    Ok(())
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
            assert_eq!(template.render(values).expect("rendered"), text);
        }
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
            ("{{#if a}}b{{/if}}", "may only hold"),
        ] {
            let problem = Template::parse(source).expect_err("a fault");
            assert!(problem.message.contains(message), "{}", problem.message);
        }
    }
}
