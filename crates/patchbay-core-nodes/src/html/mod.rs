//! HTML: takes values out of HTML by CSS selectors, fills a template, makes a table of items.

mod legacy;
pub(crate) mod page;
mod selector;
mod table;
mod text;

use std::borrow::Cow;

use async_trait::async_trait;
use patchbay_model::{Item, Object, Text, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};
use scraper::{ElementRef, Html as Document, Selector};

pub use legacy::HtmlExtract;
use selector::Query;

use crate::path::Path;
use crate::set::template::{Part, Template};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.html",
    title: "HTML",
    about: "Takes values out of HTML, or makes HTML",
    versions: &[1.0, 1.1, 1.2],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "operation",
            Kind::Options(&["generateHtmlTemplate", "extractHtmlContent", "convertToHtmlTable"]),
            "\"generateHtmlTemplate\"",
            "What is done",
        ),
        ParameterDescription::new("html", Kind::Text, include_str!("template.json"), "The template"),
        ParameterDescription::new(
            "sourceData",
            Kind::Options(&["json", "binary"]),
            "\"json\"",
            "Where the HTML is",
        ),
        ParameterDescription::new("dataPropertyName", Kind::Text, "\"data\"", "The field of the HTML")
            .required_where("operation", &["extractHtmlContent"]),
        ParameterDescription::new("extractionValues", Kind::Collection, "{}", "The values to take out"),
        ParameterDescription::new("options", Kind::Collection, "{}", "White space; the table's looks"),
    ],
};

pub struct Html;

#[async_trait]
impl Node for Html {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let operation = context.text("operation", 0)?;
        if operation == "convertToHtmlTable" {
            return table::of_items(context).map(|item| Outcome::items(vec![item]));
        }
        let mut made = Vec::new();
        for (index, item) in context.items().iter().enumerate() {
            context.checkpoint()?;
            let result = if operation == "extractHtmlContent" {
                let cleaning = Cleaning {
                    trim: context.boolean("options.trimValues", index)?,
                    clean: context.boolean("options.cleanUpText", index)?,
                    formatted: context.version() >= 1.2,
                    keeps_empty: false,
                };
                extract(context, item, index, &cleaning).await
            } else {
                generate(context, index).map(|item| vec![item])
            };
            match result {
                Ok(items) => made.extend(items),
                Err(error) if context.continues_on_fail() && !error.is_cancelled() => {
                    let json: Object = [("error", error.error.message)].into_iter().collect();
                    made.push(Item::new(json).paired_with(index));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Outcome::items(made))
    }
}

/// The template with each `{{ }}` replaced, whether the parameter begins with `=` or not.
fn generate(context: &Context<'_>, index: usize) -> Result<Item, NodeError> {
    let html = match context.parameter("html") {
        Some(parameter) => match Template::of_text(parameter, "html")? {
            Template::Parts(parts) => {
                let mut html = String::new();
                for part in &parts {
                    match part {
                        Part::Text(text) => html.push_str(text),
                        Part::Expression(expression) => {
                            let value = Template::value(expression, context, index)
                                .map_err(|error| error.parameter("html").item(index))?;
                            html.push_str(&value.map_or(Text::new_static("undefined"), |value| value.to_text()));
                        }
                    }
                }
                html.into()
            }
            _ => context.text("html", index)?,
        },
        None => context.text("html", index)?,
    };
    let json: Object = [("html", html)].into_iter().collect();
    Ok(Item::new(json).paired_with(index))
}

/// One value to take out.
struct Extraction {
    key: Text,
    selector: Text,
    what: Text,
    attribute: Text,
    all: bool,
    skip: Vec<Selector>,
}

async fn extract(
    context: &Context<'_>,
    item: &Item,
    index: usize,
    cleaning: &Cleaning,
) -> Result<Vec<Item>, NodeError> {
    let name = context.text("dataPropertyName", index)?;
    let sources = if context.text("sourceData", index)? == "binary" {
        let file = item.binary.as_ref().and_then(|files| files.get(&name)).ok_or_else(|| {
            let message = format!(
                "This operation expects the node's input data to contain a binary file '{name}', but none was found \
                 [item {index}]"
            );
            NodeError::new("E0910", message)
                .parameter("dataPropertyName")
                .item(index)
        })?;
        let bytes = context.capabilities.binaries.read(file).await?;
        vec![Value::text(String::from_utf8_lossy(&bytes).into_owned())]
    } else {
        match Path::parse(&name).get(&item.json).map(Cow::into_owned) {
            None => {
                let error = NodeError::new("E0911", format!("No property named \"{name}\" exists!"));
                let known = item.json.keys().map(Text::as_str);
                let error = match patchbay_model::diagnostic::nearest(&name, known) {
                    Some(near) => error.hint(format!("Did you mean `{near}`?")),
                    None => error,
                };
                return Err(error.parameter("dataPropertyName").item(index));
            }
            Some(Value::Array(values)) => values.to_vec(),
            Some(value) => vec![value],
        }
    };
    let extractions = extractions(context, index)?;
    let mut made = Vec::with_capacity(sources.len());
    for source in sources {
        let html = match &source {
            Value::Text(html) => html,
            Value::Bool(_) | Value::Number(_) => {
                let message = format!(
                    "Cannot create property 'prev' on {} '{}'",
                    source.type_of(),
                    source.to_text()
                );
                return Err(not_html("E0912", message, index));
            }
            Value::Null => return Err(not_html("E0913", "cheerio.load() expects a string".to_owned(), index)),
            Value::Array(_) | Value::Object(_) => {
                return Err(not_html(
                    "E0914",
                    "Converting circular structure to JSON".to_owned(),
                    index,
                ));
            }
        };
        let document = page::document(html).map_err(|error| error.parameter("dataPropertyName").item(index))?;
        let mut json = Object::with_capacity(extractions.len());
        for (place, extraction) in extractions.iter().enumerate() {
            let value = extraction.of(&document, cleaning).map_err(|error| {
                error
                    .parameter(format!("extractionValues.values.{place}.cssSelector"))
                    .item(index)
            })?;
            // The last value of a key counts, also where it is none.
            match value {
                Some(value) => drop(json.insert(extraction.key.clone(), value)),
                None => drop(json.remove(&extraction.key)),
            }
        }
        made.push(Item::new(json).paired_with(index));
    }
    Ok(made)
}

fn not_html(code: &'static str, message: String, index: usize) -> NodeError {
    NodeError::new(code, message)
        .parameter("dataPropertyName")
        .item(index)
        .hint("The field does not hold text with HTML")
}

fn extractions(context: &Context<'_>, index: usize) -> Result<Vec<Extraction>, NodeError> {
    const PATH: &str = "extractionValues.values";
    let count = match context.parameter("extractionValues") {
        None if context.version() < 1.1 => {
            return Err(NodeError::new("E0929", "extractionValues.values is not iterable")
                .parameter("extractionValues")
                .item(index));
        }
        Some(_) => context.parameter(PATH).map_or(0, |list| list.elements().len()),
        None => 1,
    };
    let mut extractions = Vec::with_capacity(count);
    for place in 0..count {
        let path = |key: &str| format!("{PATH}.{place}.{key}");
        let skip = context.text(&path("skipSelectors"), index)?;
        extractions.push(Extraction {
            key: context.text(&path("key"), index)?,
            selector: context.text(&path("cssSelector"), index)?,
            what: context.text(&path("returnValue"), index)?,
            attribute: context.text(&path("attribute"), index)?,
            all: context.boolean(&path("returnArray"), index)?,
            skip: skip
                .split(',')
                .filter_map(|selector| Selector::parse(selector.trim()).ok())
                .collect(),
        });
    }
    Ok(extractions)
}

/// What is done to white space.
struct Cleaning {
    trim: bool,
    clean: bool,
    /// Text keeps its lines and lists, as since version 1.2.
    formatted: bool,
    /// Where nothing is found there is empty text, not nothing.
    keeps_empty: bool,
}

impl Cleaning {
    fn of(&self, text: String) -> Text {
        let text = if self.trim || self.clean {
            text.trim().to_owned()
        } else {
            text
        };
        if !self.clean {
            return text.into();
        }
        let lines: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
        lines.split_whitespace().collect::<Vec<_>>().join(" ").into()
    }
}

impl Extraction {
    /// The value; `None` where there is none.
    fn of(&self, document: &Document, cleaning: &Cleaning) -> Result<Option<Value>, NodeError> {
        let found: Vec<ElementRef> = if self.selector.trim().is_empty() {
            Vec::new()
        } else {
            let query = Query::parse(&self.selector).map_err(|message| NodeError::new("E0915", message))?;
            query.select(document)
        };
        if self.all {
            let values = found
                .iter()
                .map(|element| self.one(*element, cleaning).unwrap_or_default());
            return Ok(Some(Value::array(values.collect())));
        }
        if self.what.is_empty() || self.what == "text" {
            if cleaning.formatted {
                let text = found
                    .first()
                    .map(|element| text::formatted(*element, &self.skip))
                    .unwrap_or_default();
                return Ok(Some(Value::Text(cleaning.of(text))));
            }
            let text: String = found.iter().map(|element| text::plain(*element)).collect();
            let there = cleaning.keeps_empty || !text.is_empty();
            return Ok(there.then(|| Value::Text(cleaning.of(text))));
        }
        Ok(found.first().and_then(|element| self.one(*element, cleaning)))
    }

    fn one(&self, element: ElementRef<'_>, cleaning: &Cleaning) -> Option<Value> {
        let text = match self.what.as_str() {
            // Without a name: all of them.
            "attribute" if self.attribute.is_empty() => {
                let all: Object = element.value().attrs().collect();
                return Some(Value::object(all));
            }
            "attribute" => element.attr(&self.attribute)?.to_owned(),
            "html" => Some(element.inner_html()).filter(|html| !html.is_empty())?,
            "value" => form_value(element)?,
            _ if cleaning.formatted => text::formatted(element, &self.skip),
            _ => Some(text::plain(element)).filter(|text| cleaning.keeps_empty || !text.is_empty())?,
        };
        Some(Value::Text(cleaning.of(text)))
    }
}

/// What a form would send for the element.
fn form_value(element: ElementRef<'_>) -> Option<String> {
    match element.value().name() {
        "textarea" => Some(element.text().collect()),
        "select" => {
            let options = Selector::parse("option").ok()?;
            let mut options = element.select(&options);
            let chosen = options.clone().find(|option| option.attr("selected").is_some());
            form_value(chosen.or_else(|| options.next())?)
        }
        "option" => Some(
            element
                .attr("value")
                .map_or_else(|| element.text().collect(), str::to_owned),
        ),
        _ => element.attr("value").map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    const PAGE: &str = r"<div class='a' id='x'>  Hello <b>bold</b>\n text<br>line2 <script>var a=1</script></div><div class='a'>Two <a href='/u?a=1&amp;b=2'>link</a></div><p> para </p><input value='v'><select><option value='1'>o1</option><option selected value='2'>o2</option></select><ul><li>i1</li><li>i2 <span>sp</span></li></ul>";

    fn check(version: f64, extraction: &str, expected: &str) {
        let parameters = format!(
            r#"{{"operation": "extractHtmlContent", "extractionValues": {{"values": [{{"key": "k", {extraction}}}]}}}}"#
        );
        let result = run(version, &parameters, &format!(r#"[{{"data": "{PAGE}"}}]"#)).of(&Html);
        assert_eq!(result, Ok(format!("[[{expected}]]")), "{version} {extraction}");
    }

    #[test]
    fn values_are_taken_out() {
        for (version, extraction, expected) in [
            (
                1.0,
                r#""cssSelector": ".a""#,
                r#"{"k":"  Hello bold\n textline2 Two link"}"#,
            ),
            (1.2, r#""cssSelector": ".a""#, r#"{"k":"Hello bold text\nline2"}"#),
            (
                1.2,
                r#""cssSelector": ".a", "returnArray": true"#,
                r#"{"k":["Hello bold text\nline2","Two link [/u?a=1&b=2]"]}"#,
            ),
            (
                1.2,
                r#""cssSelector": "a", "returnValue": "attribute", "attribute": "href""#,
                r#"{"k":"/u?a=1&b=2"}"#,
            ),
            (1.2, r#""cssSelector": "p", "returnValue": "html""#, r#"{"k":" para "}"#),
            (
                1.2,
                r#""cssSelector": "select", "returnValue": "value""#,
                r#"{"k":"2"}"#,
            ),
            (1.2, r#""cssSelector": "input", "returnValue": "value""#, r#"{"k":"v"}"#),
            (
                1.2,
                r#""cssSelector": "ul", "skipSelectors": "span""#,
                r#"{"k":"i1i2"}"#,
            ),
            (1.0, r#""cssSelector": "zz""#, "{}"),
            (1.2, r#""cssSelector": "zz""#, r#"{"k":""}"#),
        ] {
            check(version, extraction, expected);
        }
    }

    #[test]
    fn a_field_that_is_missing_is_an_error() {
        let parameters = r#"{"operation": "extractHtmlContent", "dataPropertyName": "dota"}"#;
        let result = run(1.2, parameters, r#"[{"data": "x"}]"#).of(&Html);
        assert_eq!(result, Err("No property named \"dota\" exists!".to_owned()));
    }

    #[test]
    fn items_become_a_table() {
        let parameters =
            r#"{"operation": "convertToHtmlTable", "options": {"customStyling": true, "capitalize": true}}"#;
        let result = run(1.2, parameters, r#"[{"first_name": "A"}, {"b": true}]"#).of(&Html);
        let expected = r#"[[{"table":"<table  ><thead  ><tr><th>First Name</th><th>B</th></tr></thead><tbody><tr  ><td  >A</td><td  >undefined</td></tr><tr  ><td  >undefined</td><td  ><input type=\"checkbox\" checked=\"checked\"/></td></tr></tbody></table>"}]]"#;
        assert_eq!(result.as_deref(), Ok(expected));
    }
}
