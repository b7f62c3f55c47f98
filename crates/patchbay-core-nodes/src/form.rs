//! Form: a further page of a form. The execution rests until the page is sent, which takes a server; from the command line
//! it is put aside at that point.

use async_trait::async_trait;
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription, Wait};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.form",
    title: "Form",
    about: "Shows a further page of a form, or its end",
    versions: &[1.0, 2.3, 2.4, 2.5],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "operation",
            Kind::Options(&["page", "completion"]),
            "\"page\"",
            "A page with fields, or the end of the form",
        ),
        ParameterDescription::new("formFields", Kind::Collection, "{}", "The fields"),
        ParameterDescription::new("options", Kind::Collection, "{}", "Title, button, style"),
    ],
};

pub struct Form;

#[async_trait]
impl Node for Form {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let nodes = &context.scope.workflow.nodes;
        if !nodes
            .iter()
            .any(|node| !node.disabled && node.kind.to_lowercase().ends_with(".formtrigger"))
        {
            return Err(
                NodeError::new("E0998", "Form Trigger node must be set before this node")
                    .hint("a page of a form follows the page of a Form Trigger"),
            );
        }
        Ok(Outcome::Wait {
            until: Wait::Webhook { until: None },
            outputs: vec![context.inputs.first().cloned().unwrap_or_default()],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn a_page_needs_the_page_of_a_trigger() {
        let result = run(2.3, "{}", "[{}]").of(&Form);
        assert_eq!(result, Err("Form Trigger node must be set before this node".to_owned()));
    }
}
