//! HTML Extract: what the HTML node does since, as a node of older files. It trims values unless it is told not to, and
//! has empty text where nothing is found.

use async_trait::async_trait;
use patchbay_model::{Item, Object};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use super::{Cleaning, extract};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.htmlExtract",
    title: "HTML Extract",
    about: "Takes values out of HTML",
    versions: &[1.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "sourceData",
            Kind::Options(&["json", "binary"]),
            "\"json\"",
            "Where the HTML is",
        ),
        ParameterDescription::new("dataPropertyName", Kind::Text, "\"data\"", "The field of the HTML").required(),
        ParameterDescription::new("extractionValues", Kind::Collection, "{}", "The values to take out"),
        ParameterDescription::new("options", Kind::Collection, "{}", "White space"),
    ],
};

pub struct HtmlExtract;

#[async_trait]
impl Node for HtmlExtract {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let mut made = Vec::new();
        for (index, item) in context.items().iter().enumerate() {
            context.checkpoint()?;
            let cleaning = Cleaning {
                trim: context
                    .optional("options.trimValues", index)?
                    .is_none_or(|value| value.truthy()),
                clean: false,
                formatted: false,
                keeps_empty: true,
            };
            match extract(context, item, index, &cleaning).await {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn values_are_trimmed_and_empty_where_nothing_is_found() {
        for (value, options, expected) in [
            (r#""cssSelector": "b""#, "{}", r#"{"k":"x"}"#),
            (r#""cssSelector": "b""#, r#"{"trimValues": false}"#, r#"{"k":" x "}"#),
            (r#""cssSelector": "i""#, "{}", r#"{"k":""}"#),
            (r#""cssSelector": "i", "returnArray": true"#, "{}", r#"{"k":[]}"#),
        ] {
            let parameters =
                format!(r#"{{"extractionValues": {{"values": [{{"key": "k", {value}}}]}}, "options": {options}}}"#);
            let result = run(1.0, &parameters, r#"[{"data":"<b> x </b>"}]"#).of(&HtmlExtract);
            assert_eq!(result, Ok(format!("[[{expected}]]")), "{value} {options}");
        }
    }
}
