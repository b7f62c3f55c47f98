//! What a running server tells of its active workflows, for it has to ask for credentials: of each version once.

use std::collections::HashSet;
use std::sync::Arc;

use super::half_run;
use crate::server::Server;
use crate::webhook::lacking;

/// Looks at what is active now, and after each change, until the server ends.
pub(crate) async fn tell_what_is_missing(server: Arc<Server>) {
    let mut changes = server.workflows.changes();
    let mut looked_at = HashSet::new();
    let mut told = lacking::Told::new();
    loop {
        changes.mark_unchanged();
        let table = server.workflows.table();
        for loaded in table.workflows.values().filter(|loaded| loaded.active) {
            lacking::tell(&server, loaded, &mut told).await;
            if looked_at.insert((loaded.id.clone(), loaded.version.clone())) {
                half_run::tell(&server, loaded).await;
            }
        }
        drop(table);
        tokio::select! {
            () = server.ending.cancelled() => return,
            changed = changes.changed() => if changed.is_err() { return },
        }
    }
}
