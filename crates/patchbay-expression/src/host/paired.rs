//! Whose item an item was made from, across any number of nodes.
//!
//! An item's `pairedItem` names an item of its node's input; that input's source names the node, the output and the
//! run that it came from. From the current item we go back until the node that is asked for.

use std::collections::HashMap;

use patchbay_model::item::Pair;
use patchbay_model::{Item, NodeRun, Scope, Source};

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
    follow(node, start, scope.sources, method, scope)
}

/// Goes back from one pair of an input whose sources are given.
pub(super) fn follow<'a>(
    node: &str,
    pair: Pair,
    sources: &[Option<Source>],
    method: &str,
    scope: &Scope<'a>,
) -> Result<&'a Item, Error> {
    let mut way = Way {
        node,
        method,
        scope,
        known: HashMap::new(),
    };
    way.back(pair, sources, 0)
}

/// The way back to a node.
struct Way<'a, 's> {
    node: &'s str,
    /// What asks.
    method: &'s str,
    scope: &'s Scope<'a>,
    /// Where items of runs lead from which several ways do: many may come together in one. Runs may share items.
    known: HashMap<(*const NodeRun, *const Item), Result<&'a Item, Error>>,
}

impl<'a> Way<'a, '_> {
    fn back(&mut self, pair: Pair, sources: &[Option<Source>], steps: usize) -> Result<&'a Item, Error> {
        let source = sources.get(pair.input.unwrap_or(0) as usize).and_then(Option::as_ref);
        let run = source.and_then(|source| self.scope.run_data.run(&source.node, source.run));
        let (Some(source), Some(run), true) = (source, run, steps < LONGEST_WAY) else {
            // JavaScript's error here, which n8n does not show.
            return Err(Error::type_error(format!(
                "No way leads back from the current item to {}",
                self.node
            )));
        };
        let Some(item) = run.output(source.output).get(pair.item as usize) else {
            return Err(error::no_pair(self.method, &source.node));
        };
        if source.node == self.node {
            return Ok(item);
        }
        if let (Some(source), [pair]) = (item.paired.source(), item.paired.pairs()) {
            return self.back(*pair, &[Some(source.clone())], steps + 1);
        }
        match item.paired.pairs() {
            [] => Err(error::no_pair(self.method, &source.node)),
            [pair] => self.back(*pair, &run.source, steps + 1),
            pairs => {
                let place = (std::ptr::from_ref(run), std::ptr::from_ref(item));
                if let Some(known) = self.known.get(&place) {
                    return known.clone();
                }
                let found = self.back_by_all(pairs, &run.source, steps + 1);
                self.known.insert(place, found.clone());
                found
            }
        }
    }

    /// Ways that lead nowhere do not count; those that lead there must lead to one item.
    fn back_by_all(&mut self, pairs: &[Pair], sources: &[Option<Source>], steps: usize) -> Result<&'a Item, Error> {
        let mut found: Option<Result<&'a Item, Error>> = None;
        for pair in pairs {
            match (&found, self.back(*pair, sources, steps)) {
                (Some(Ok(one)), Ok(other)) if !std::ptr::eq(*one, other) => return Err(error::ambiguous()),
                (None | Some(Err(_)), other @ Ok(_)) | (None, other) => found = Some(other),
                _ => {}
            }
        }
        found.unwrap_or_else(|| Err(error::no_pair(self.method, self.node)))
    }
}
