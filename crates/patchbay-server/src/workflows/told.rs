//! What the log says of workflows: which came, changed or went, where they are reached, and what is wrong with them.

use std::sync::Arc;

use super::{Fault, Loaded, Table};
use crate::webhook::{Hook, form};

/// The methods and paths by which a workflow is reached; `webhook_path` is in front of its webhooks' own.
fn reached(webhook_path: &str, table: &Table, loaded: &Loaded) -> String {
    let line = |methods: Vec<&str>, endpoint: &str, hook: &Hook| {
        (!methods.is_empty()).then(|| format!("{} /{endpoint}/{}", methods.join(","), hook.path))
    };
    let hooks = loaded.hooks.iter();
    let hooks = hooks.filter_map(|hook| line(table.routes.methods_of(loaded, hook), webhook_path, hook));
    let forms = loaded.forms.iter();
    let forms = forms.filter_map(|form| line(table.form_routes.methods_of(loaded, form), form::PATH, form));
    hooks.chain(forms).collect::<Vec<_>>().join(" ")
}

/// Tells what became of each workflow.
pub(super) fn tell_changes(webhook_path: &str, before: &Table, now: &Table) {
    for loaded in now.workflows.values() {
        let known = before.workflows.get(&loaded.id);
        // One that is read again because another part of its file has changed is the same.
        let is_same = |known: &&Arc<Loaded>| known.version == loaded.version && known.file == loaded.file;
        let what = match known {
            None => "a workflow was added",
            Some(known) if is_same(&known) && before.runs(known) == now.runs(loaded) => continue,
            Some(_) => "a workflow was changed",
        };
        tracing::info!(
            workflow = %loaded.name,
            id = %loaded.id,
            file = %loaded.file.display(),
            active = loaded.active,
            runs = now.runs(loaded),
            webhooks = %reached(webhook_path, now, loaded),
            "{what}"
        );
    }
    for gone in before
        .workflows
        .values()
        .filter(|known| !now.workflows.contains_key(&known.id))
    {
        tracing::info!(workflow = %gone.name, id = %gone.id, file = %gone.file.display(), "a workflow was removed");
    }
}

/// Tells the faults that were not told before.
pub(super) fn tell_faults(before: &[Fault], now: &[Fault]) {
    for fault in now.iter().filter(|fault| !before.contains(fault)) {
        let Fault {
            file, code, message, ..
        } = fault;
        if fault.is_warning {
            tracing::warn!(code, file = %file.display(), "{message}");
        } else {
            tracing::error!(code, file = %file.display(), "{message}");
        }
    }
}
