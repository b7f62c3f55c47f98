//! Filter: keeps the items for which the conditions hold.

use async_trait::async_trait;
use patchbay_model::workflow::OnError;
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::conditions::legacy::{Conditions, OF_FILTER};
use crate::if_node::part;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.filter",
    title: "Filter",
    about: "Keeps the items for which conditions hold",
    versions: &[1.0, 2.0, 2.1, 2.2, 2.3],
    trigger: false,
    parameters: &[
        ParameterDescription::new("conditions", Kind::Collection, "{}", "What must hold"),
        ParameterDescription::new(
            "combineConditions",
            Kind::Options(&["AND", "OR"]),
            "\"AND\"",
            "How many must hold",
        )
        .versions(1.0, 1.0),
        ParameterDescription::new(
            "looseTypeValidation",
            Kind::Boolean,
            "false",
            "Types are converted where needed",
        )
        .versions(2.1, f64::INFINITY),
        ParameterDescription::new("options", Kind::Collection, "{}", "Case of text, types")
            .versions(2.0, f64::INFINITY),
    ],
};

pub struct Filter;

#[async_trait]
impl Node for Filter {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let (kept, discarded) = part(context, || {
            let any = context.text("combineConditions", 0)? == "OR";
            Conditions::compile(context, any, OF_FILTER)
        })?;
        // n8n shows the items left out in a second output that nothing can be connected to.
        Ok(Outcome::Outputs(match context.node.on_error {
            OnError::ContinueErrorOutput => vec![kept],
            _ => vec![kept, discarded],
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn items_are_kept_or_left_out() {
        let parameters = r#"{"conditions": {"options": {"typeValidation": "strict"}, "combinator": "or", "conditions": [
            {"leftValue": "a", "rightValue": "b", "operator": {"type": "string", "operation": "equals"}},
            {"leftValue": "A", "rightValue": "a", "operator": {"type": "string", "operation": "equals"}}]}}"#;
        assert_eq!(
            run(2.0, parameters, r#"[{"a":1}]"#).of(&Filter).as_deref(),
            Ok(r#"[[{"a":1}],[]]"#)
        );
        let parameters = r#"{"conditions": {"number": [{"value1": 1, "operation": "larger", "value2": 2}]}}"#;
        assert_eq!(
            run(1.0, parameters, r#"[{"a":1}]"#).of(&Filter).as_deref(),
            Ok(r#"[[],[{"a":1}]]"#)
        );
    }
}
