//! Webhooks and forms of active workflows on which every call would fail, told when their workflow is read: what they ask
//! callers for is not there, or their parameters cannot be read.

use std::collections::HashSet;

use patchbay_model::Text;

use super::Hook;
use super::authentication::credential_type;
use crate::Server;
use crate::workflows::Loaded;

/// The webhooks and forms of which it was told, by their workflows' versions.
pub type Told = HashSet<(Text, Text)>;

/// Tells of the webhooks and forms of an active workflow, each once.
pub async fn tell(server: &Server, loaded: &Loaded, told: &mut Told) {
    for hook in loaded.hooks.iter().chain(&loaded.forms) {
        let place = (loaded.version.clone(), hook.name.clone());
        if !told.contains(&place) && tell_of(server, loaded, hook).await {
            told.insert(place);
        }
    }
}

/// Gives whether there was something to tell.
async fn tell_of(server: &Server, loaded: &Loaded, hook: &Hook) -> bool {
    let (file, workflow, node) = (loaded.file.display(), &loaded.name, &hook.name);
    let settings = match &hook.settings {
        Ok(settings) => settings,
        Err(error) => {
            let (code, message) = (&error.error.code, &error.error.message);
            tracing::error!(%code, %file, %workflow, %node, "each call will fail: {message}");
            return true;
        }
    };
    let Some(kind) = credential_type(settings.authentication) else {
        return false;
    };
    let node_of_file = &loaded.graph.workflow.nodes[hook.node];
    let found = server.world.capabilities.credentials.find(kind, node_of_file).await;
    let Err(error) = found else { return false };
    let message = &error.error.message;
    tracing::warn!(code = "E1227", %file, %workflow, %node, "it will let nobody in: {message}");
    true
}
