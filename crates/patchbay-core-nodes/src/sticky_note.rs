//! Sticky Note: a comment on the canvas, without inputs or outputs; it never runs.

use async_trait::async_trait;
use patchbay_model::workflow;
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.stickyNote",
    title: "Sticky Note",
    about: "A comment in the workflow",
    versions: &[1.0],
    trigger: false,
    parameters: &[ParameterDescription::new(
        "content",
        Kind::Text,
        "",
        "The comment, as Markdown",
    )],
};

pub struct StickyNote;

#[async_trait]
impl Node for StickyNote {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    fn inputs(&self, _node: &workflow::Node) -> usize {
        0
    }

    fn outputs(&self, _node: &workflow::Node) -> usize {
        0
    }

    async fn run(&self, _context: &Context<'_>) -> Result<Outcome, NodeError> {
        Ok(Outcome::Outputs(Vec::new()))
    }
}
