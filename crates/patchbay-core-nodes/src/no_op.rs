//! No Operation: passes its items on.

use async_trait::async_trait;
use patchbay_node::{Context, Description, Node, NodeError, Outcome};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.noOp",
    title: "No Operation, do nothing",
    about: "Passes its items on",
    versions: &[1.0],
    trigger: false,
    parameters: &[],
};

pub struct NoOp;

#[async_trait]
impl Node for NoOp {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        Ok(Outcome::items(context.inputs.first().cloned().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn items_pass() {
        assert_eq!(
            run(1.0, "{}", r#"[{"a":1}]"#).of(&NoOp).as_deref(),
            Ok(r#"[[{"a":1}]]"#)
        );
    }
}
