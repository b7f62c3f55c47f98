//! Whose item an item was made from, across any number of nodes.
//!
//! An item's `pairedItem` names an item of its node's input; that input's source names the node, the output and the
//! run that it came from. From the current item we go back until the node that is asked for.

use patchbay_model::item::Pair;
use patchbay_model::{Item, Scope, Source};

use super::error;
use crate::Error;

/// How many nodes a way back may pass: more means that it goes in a circle.
const LONGEST_WAY: usize = 1000;

/// The item of `node` from which the item at `index` of the current input was made. `method` is what asks.
pub(super) fn item_for<'a>(node: &str, index: usize, method: &str, scope: &Scope<'a>) -> Result<&'a Item, Error> {
    if index >= scope.items.len() {
        return Err(error::no_data(node, &scope.node.name));
    }
    let start = Pair {
        item: index as u32,
        input: Some(scope.input_index as u32),
    };
    follow(node, start, scope.sources, method, scope, 0)
}

/// Goes back from one pair of an input whose sources are given.
pub(super) fn follow<'a>(
    node: &str,
    pair: Pair,
    sources: &[Option<Source>],
    method: &str,
    scope: &Scope<'a>,
    steps: usize,
) -> Result<&'a Item, Error> {
    let source = sources.get(pair.input.unwrap_or(0) as usize).and_then(Option::as_ref);
    let run = source.and_then(|source| scope.run_data.run(&source.node, source.run));
    let (Some(source), Some(run), true) = (source, run, steps < LONGEST_WAY) else {
        // JavaScript's error here, which n8n does not show.
        return Err(Error::type_error(format!(
            "No way leads back from the current item to {node}"
        )));
    };
    let Some(item) = run.output(source.output).get(pair.item as usize) else {
        return Err(error::no_pair(method, &source.node));
    };
    if source.node == node {
        return Ok(item);
    }
    if let (Some(source), [pair]) = (item.paired.source(), item.paired.pairs()) {
        return follow(node, *pair, &[Some(source.clone())], method, scope, steps + 1);
    }
    let step = |pair: &Pair| follow(node, *pair, &run.source, method, scope, steps + 1);
    match item.paired.pairs() {
        [] => Err(error::no_pair(method, &source.node)),
        [pair] => step(pair),
        // Ways that lead nowhere do not count; those that lead there must lead to one item.
        [first, rest @ ..] => {
            let mut found = step(first);
            for pair in rest {
                match (&found, step(pair)) {
                    (Ok(one), Ok(other)) if !std::ptr::eq(*one, other) => return Err(error::ambiguous()),
                    (Err(_), other @ Ok(_)) => found = other,
                    _ => {}
                }
            }
            found
        }
    }
}
