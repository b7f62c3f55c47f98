//! Nodes that a case does not let run: they put out what the case gives, or fail as it says.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use patchbay_model::item::Pair;
use patchbay_model::workflow::Node as WorkflowNode;
use patchbay_model::{Item, Items, Object, PairedItem, Workflow};
use patchbay_node::{Context, Description, Node, NodeError, Outcome, Registry, RequiredInputs};

use crate::case::workflow::{Made, MockedNode};
use crate::world::lock;

/// Stands in for a node of a workflow.
struct StandIn {
    description: Description,
    original: Option<Arc<dyn Node>>,
    runs: Vec<Made>,
}

/// Puts a stand-in in the place of each mocked node: a type of its own, which the registry then knows.
pub fn replace(workflow: &mut Workflow, registry: &mut Registry, mocked: &[MockedNode]) {
    for (number, mock) in mocked.iter().enumerate() {
        let Some(node) = workflow.nodes.iter_mut().find(|node| node.name == mock.name) else {
            continue;
        };
        let original = registry.find(&node.kind).cloned();
        let name = name(number);
        let trigger = original.as_ref().is_some_and(|node| node.description().trigger);
        node.kind = name.into();
        node.version = 1.0;
        registry.add(Arc::new(StandIn {
            description: Description {
                name,
                title: name,
                about: "Stands in for a node of a test",
                versions: &[1.0],
                trigger,
                parameters: &[],
            },
            original,
            runs: mock.runs.clone(),
        }));
    }
}

/// The type of the stand-in of that number. Types live as long as the program, so each is made once.
fn name(number: usize) -> &'static str {
    static NAMES: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let mut names = lock(&NAMES);
    while names.len() <= number {
        let name = format!("patchbay-testing.standIn{}", names.len());
        names.push(Box::leak(name.into_boxed_str()));
    }
    names[number]
}

#[async_trait]
impl Node for StandIn {
    fn description(&self) -> &Description {
        &self.description
    }

    fn inputs(&self, node: &WorkflowNode) -> usize {
        match &self.original {
            Some(original) => original.inputs(node),
            None => usize::from(!self.description.trigger),
        }
    }

    fn outputs(&self, node: &WorkflowNode) -> usize {
        let given = |made: &Made| match made {
            Made::Outputs(outputs) => outputs.len(),
            Made::Error(_) => 1,
        };
        let given = self.runs.iter().map(given).max().unwrap_or(1);
        let original = self.original.as_ref().map_or(1, |original| original.outputs(node));
        original.max(given)
    }

    fn start_rank(&self) -> Option<u8> {
        self.original.as_ref().and_then(|original| original.start_rank())
    }

    fn required_inputs(&self, node: &WorkflowNode) -> RequiredInputs {
        self.original
            .as_ref()
            .map_or(RequiredInputs::Any, |original| original.required_inputs(node))
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let run = self.runs.get(context.scope.run_index).or(self.runs.last());
        match run {
            Some(Made::Outputs(outputs)) => Ok(Outcome::Outputs(outputs.clone())),
            Some(Made::Error(error)) if context.continues_on_fail() => {
                Ok(Outcome::Outputs(vec![failed(error, context)]))
            }
            Some(Made::Error(error)) => Err(error.clone()),
            None => Ok(Outcome::Outputs(Vec::new())),
        }
    }
}

/// What a node puts out that goes on where it fails: each item that came in, failed.
fn failed(error: &NodeError, context: &Context) -> Items {
    let failed = (0..context.items().len()).map(|place| {
        let json: Object = [("error", error.error.message.clone())].into_iter().collect();
        let item = Item {
            error: Some(Arc::new(error.to_item_error())),
            ..Item::new(json)
        };
        item.paired_with(PairedItem::One(Pair {
            item: place as u32,
            input: None,
        }))
    });
    failed.collect()
}
