//! Limit: keeps the first or the last items.

use async_trait::async_trait;
use patchbay_model::{Item, Items};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.limit",
    title: "Limit",
    about: "Keeps the first or the last items",
    versions: &[1.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new("maxItems", Kind::Number, "1", "How many items are kept"),
        ParameterDescription::new(
            "keep",
            Kind::Options(&["firstItems", "lastItems"]),
            "\"firstItems\"",
            "Which items are kept",
        ),
    ],
};

pub struct Limit;

#[async_trait]
impl Node for Limit {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        limited_by_parameters(context).map(Outcome::items)
    }
}

/// The items that the parameters `maxItems` and `keep` leave. What is no number counts as JavaScript takes it: nothing is
/// no limit, anything else leaves none of the first items, and all of the last.
pub(crate) fn limited_by_parameters(context: &Context<'_>) -> Result<Items, NodeError> {
    let last = context.text("keep", 0)? != "firstItems";
    let most = match context.optional("maxItems", 0)? {
        None => f64::INFINITY,
        Some(value) => value.to_number(),
    };
    let none_or_all = if last { f64::INFINITY } else { 0.0 };
    let most = if most.is_nan() { none_or_all } else { most };
    Ok(limited(context.items(), most, last))
}

/// At most so many items. As in n8n a negative number of first items leaves so many out at the end.
fn limited(items: &[Item], most: f64, last: bool) -> Items {
    let count = items.len() as f64;
    let (start, end) = if most >= count {
        (0.0, count)
    } else if last {
        ((count - most.max(0.0)).ceil(), count)
    } else if most < 0.0 {
        (0.0, (count + most.trunc()).max(0.0))
    } else {
        (0.0, most.trunc())
    };
    let kept = items
        .iter()
        .enumerate()
        .skip(start as usize)
        .take((end - start) as usize);
    kept.map(|(index, item)| item.clone().paired_with(index)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn items_are_kept_at_one_end() {
        for (parameters, expected) in [
            ("{}", r#"[[{"n":0}]]"#),
            (r#"{"maxItems": 2}"#, r#"[[{"n":0},{"n":1}]]"#),
            (r#"{"maxItems": 2, "keep": "lastItems"}"#, r#"[[{"n":1},{"n":2}]]"#),
            (r#"{"maxItems": 9}"#, r#"[[{"n":0},{"n":1},{"n":2}]]"#),
            (r#"{"maxItems": 0, "keep": "lastItems"}"#, "[[]]"),
            (r#"{"maxItems": -1}"#, r#"[[{"n":0},{"n":1}]]"#),
            (r#"{"maxItems": "x"}"#, "[[]]"),
            (
                r#"{"maxItems": "x", "keep": "lastItems"}"#,
                r#"[[{"n":0},{"n":1},{"n":2}]]"#,
            ),
            (r#"{"maxItems": "={{ $json.zz }}"}"#, r#"[[{"n":0},{"n":1},{"n":2}]]"#),
        ] {
            let result = run(1.0, parameters, r#"[{"n":0},{"n":1},{"n":2}]"#).of(&Limit);
            assert_eq!(result.as_deref(), Ok(expected), "{parameters}");
        }
    }
}
