//! Markdown: from HTML to Markdown and back, in the forms that n8n writes; documents are parsed by `scraper`.

mod from_html;
mod inline;
mod to_html;

use async_trait::async_trait;
use patchbay_model::{Item, Object, Text, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::path::Path;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.markdown",
    title: "Markdown",
    about: "Converts between Markdown and HTML",
    versions: &[1.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "mode",
            Kind::Options(&["markdownToHtml", "htmlToMarkdown"]),
            "\"htmlToMarkdown\"",
            "Which way",
        ),
        ParameterDescription::new("html", Kind::Text, "\"\"", "The HTML").required_where("mode", &["htmlToMarkdown"]),
        ParameterDescription::new("markdown", Kind::Text, "\"\"", "The Markdown")
            .required_where("mode", &["markdownToHtml"]),
        ParameterDescription::new("destinationKey", Kind::Text, "\"data\"", "The field of the result").required(),
        ParameterDescription::new("options", Kind::Collection, "{}", "The forms of what is written"),
    ],
};

pub struct Markdown;

#[async_trait]
impl Node for Markdown {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let mut made = Vec::with_capacity(context.items().len());
        for (index, item) in context.items().iter().enumerate() {
            let item = match converted(context, index) {
                Ok(value) => {
                    let mut json = item.json.as_ref().clone();
                    Path::parse(&context.text("destinationKey", index)?).set(&mut json, value);
                    Item::new(json)
                }
                // n8n does not tell which item failed, nor from which one any was made.
                Err(error) if context.continues_on_fail() && !error.is_cancelled() => {
                    let json: Object = [("error", error.error.message)].into_iter().collect();
                    Item::new(json)
                }
                Err(error) => return Err(error.item(index)),
            };
            made.push(item);
        }
        Ok(Outcome::items(made))
    }
}

fn converted(context: &Context<'_>, index: usize) -> Result<Option<Value>, NodeError> {
    if context.text("mode", index)? == "markdownToHtml" {
        let options = to_html::Options::of(context, index)?;
        return match context.optional("markdown", index)? {
            None => Ok(None),
            Some(Value::Text(markdown)) => Ok(Some(to_html::convert(&markdown, &options).into())),
            // What JavaScript takes for false is passed on as it is.
            Some(value) if !value.truthy() => Ok(Some(value)),
            Some(_) => Err(NodeError::new("E0960", "text.replace is not a function")
                .parameter("markdown")
                .hint("The parameter does not hold text")),
        };
    }
    let options = from_html::Options::of(context, index)?;
    let convert = |value: &Value| match value {
        Value::Null => {
            Err(NodeError::new("E0961", "Cannot read properties of null (reading 'length')").parameter("html"))
        }
        value => from_html::convert(&value.to_text(), &options)
            .map(Value::text)
            .map_err(|error| error.parameter("html")),
    };
    match context.optional("html", index)? {
        None | Some(Value::Null) => {
            Err(NodeError::new("E0961", "Cannot convert undefined or null to object").parameter("html"))
        }
        Some(html @ Value::Text(_)) => convert(&html).map(Some),
        // A list or an object of documents; a number or a boolean is an object without any.
        Some(Value::Array(values)) => {
            let entries = values.iter().enumerate();
            let entries = entries.map(|(place, value)| Ok((Text::from(place.to_string()), convert(value)?)));
            Ok(Some(Value::object(entries.collect::<Result<_, NodeError>>()?)))
        }
        Some(Value::Object(values)) => {
            let entries = values.iter().map(|(key, value)| Ok((key.clone(), convert(value)?)));
            Ok(Some(Value::object(entries.collect::<Result<_, NodeError>>()?)))
        }
        Some(_) => Ok(Some(Value::object(Object::default()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn values_of_each_kind_are_converted() {
        for (mode, expression, expected) in [
            (
                "htmlToMarkdown",
                "={{ ['<b>x</b>', 2] }}",
                Ok(r#"{"a":{"b":{"0":"**x**","1":"2"}}}"#),
            ),
            ("htmlToMarkdown", "={{ 5 }}", Ok(r#"{"a":{"b":{}}}"#)),
            (
                "htmlToMarkdown",
                "={{ null }}",
                Err("Cannot convert undefined or null to object"),
            ),
            ("markdownToHtml", "*x*", Ok(r#"{"a":{"b":"<p><em>x</em></p>"}}"#)),
            ("markdownToHtml", "={{ undefined }}", Ok(r#"{"a":{}}"#)),
            ("markdownToHtml", "={{ 0 }}", Ok(r#"{"a":{"b":0}}"#)),
            ("markdownToHtml", "={{ 5 }}", Err("text.replace is not a function")),
        ] {
            let parameters = format!(
                r#"{{"mode": "{mode}", "html": "{expression}", "markdown": "{expression}", "destinationKey": "a.b"}}"#
            );
            let result = run(1.0, &parameters, r#"[{"a":{}}]"#).of(&Markdown);
            let expected = expected.map(|json| format!("[[{json}]]")).map_err(str::to_owned);
            assert_eq!(result, expected, "{mode} {expression}");
        }
    }
}
