//! What n8n's scope holds, the same for both evaluators: `$json`, `$input`, `$('Node')`, `$node`, `$items()`
//! and so on, as names ([`get`], [`call`]) and as the objects behind them ([`Host`]).
//!
//! A [`Host`] is a few words that say what it stands for; it holds no data. Its properties are read from the
//! scope when they are asked for.

mod error;
mod function;
mod name;
mod node;
mod object;
mod paired;

use patchbay_model::{Item, Scope, Text};

pub(crate) use error::in_script;
pub use name::{NAMES, call, get};

use crate::Error;

/// An object of n8n's scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// `$input`.
    Input,
    /// `$node`: nodes by name, for the item at an index of the current input.
    Nodes { index: usize },
    /// `$('Name')`.
    Node(Text),
    /// `$node["Name"]`, for the item at an index of the current input.
    LegacyNode { name: Text, index: usize },
    /// `$env`.
    Environment,
    /// `$item(index)`: `$json`, `$node` and so on for another item.
    ItemScope(usize),
    /// `$execution.customData`.
    CustomData,
    /// A function of the scope that was read and not called: `$items`, `$input.all`.
    Function { of: Option<Box<Host>>, name: &'static str },
}

/// `$('Name').item`, without making an object of it.
pub(crate) fn paired_item<'a>(name: &str, scope: &Scope<'a>) -> Result<&'a Item, Error> {
    // A node that has run is there, which saves a look into the workflow.
    if !scope.run_data.has_run(name) {
        node::check_exists(name, scope)?;
        return Err(node::no_item_yet(name, scope));
    }
    paired::item_for(name, scope.item_index, "item", scope)
}

/// `$('Name').first()`; `None` where there are no items.
pub(crate) fn first_item<'a>(name: &str, scope: &Scope<'a>) -> Result<Option<&'a Item>, Error> {
    Ok(node::output(name, None, None, scope)?.first())
}

/// `$('Name').last()`; `None` where there are no items.
pub(crate) fn last_item<'a>(name: &str, scope: &Scope<'a>) -> Result<Option<&'a Item>, Error> {
    Ok(node::output(name, None, None, scope)?.last())
}

/// The item behind `$node["Name"].json`: the one at the current item's index.
pub(crate) fn legacy_item<'a>(name: &str, scope: &Scope<'a>) -> Result<&'a Item, Error> {
    node::legacy_item(name, scope.item_index, scope)
}
