//! Executions that would change something at a service and then stop half way, told when their workflow is loaded: a later node
//! has no credential, or an expression of it names a node that is not there. `patchbay run` refuses such a run; here they are
//! told, for what is missing may come before the first webhook does.

use std::collections::HashSet;

use patchbay_engine::Graph;
use patchbay_model::Diagnostic;

use super::Loaded;
use crate::server::Server;

/// The nodes, by their places, of which a fault would stop an execution half way, from whichever trigger it starts.
fn at_risk(graph: &Graph) -> HashSet<usize> {
    let triggers = graph.triggers().into_iter();
    triggers
        .flat_map(|start| graph.must_not_fail(start, |_| false))
        .collect()
}

/// Whether a fault of a node would stop an execution half way.
pub(super) fn concerns(graph: &Graph, fault: &Diagnostic) -> bool {
    let place = fault.node.as_ref().and_then(|node| graph.workflow.node_place(node));
    place.is_some_and(|place| at_risk(graph).contains(&place))
}

/// Tells what the nodes of an active workflow lack.
pub(super) async fn tell(server: &Server, loaded: &Loaded) {
    let mut places: Vec<usize> = at_risk(&loaded.graph).into_iter().collect();
    places.sort_unstable();
    for place in places {
        if let Err(error) = loaded.graph.ready(place, &server.world.capabilities).await {
            let node = error.node.as_deref().unwrap_or_default();
            tracing::warn!(
                code = error.code.as_str(),
                node,
                "{}: the workflow changes something, and would then stop: {}",
                loaded.file.display(),
                error.message
            );
        }
    }
}
