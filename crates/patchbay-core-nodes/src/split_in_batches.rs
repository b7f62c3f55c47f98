//! Loop Over Items (Split in Batches): puts its items out a few at a time, run by run; what comes back is gathered and
//! put out at the end.

use std::sync::Arc;

use async_trait::async_trait;
use patchbay_model::item::Pair;
use patchbay_model::workflow::{self, OnError};
use patchbay_model::{Items, PairedItem, Source, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.splitInBatches",
    title: "Loop Over Items (Split in Batches)",
    about: "Puts items out a few at a time, until all were out",
    versions: &[1.0, 2.0, 3.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new("batchSize", Kind::Number, "10", "How many items at a time").later(&[(3.0, "1")]),
        ParameterDescription::new("options", Kind::Collection, "{}", "Starting anew"),
    ],
};

pub struct SplitInBatches;

#[async_trait]
impl Node for SplitInBatches {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    fn outputs(&self, node: &workflow::Node) -> usize {
        if node.version < 2.0 { 1 } else { 2 }
    }

    fn keeps_state(&self) -> bool {
        true
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let size = context.number("batchSize", 0)?.max(0.0) as usize;
        let started = context.state.with_context(|kept| kept.contains_key("currentRunIndex"));
        if !started || context.boolean("options.reset", 0)? {
            start(context, size);
        } else {
            go_on(context);
        }
        let (batch, left) = context.state.with_held(|held| {
            let size = size.min(held.waiting.len());
            let batch: Items = held.waiting.drain(..size).collect();
            (batch, held.waiting.len())
        });
        let finished = batch.is_empty();
        context.state.with_context(|kept| {
            kept.insert("noItemsLeft", left == 0);
            if context.version() >= 2.0 {
                kept.insert("done", finished);
            }
        });
        if context.version() < 2.0 {
            return Ok(if finished {
                Outcome::Ended
            } else {
                Outcome::items(batch)
            });
        }
        let done: Items = if finished {
            // They are kept: if the loop is fed once more, n8n puts all of them out again. Where it looks for failed ones
            // among them, to send them to their own output, it empties the node's list.
            let looked_through = context.node.on_error == OnError::ContinueErrorOutput;
            let done = |held: &mut patchbay_node::context::Held| {
                if looked_through {
                    std::mem::take(&mut held.done)
                } else {
                    held.done.clone()
                }
            };
            context.state.with_held(done).into()
        } else {
            Items::default()
        };
        Ok(Outcome::Outputs(if context.version() < 3.0 {
            vec![batch, done]
        } else {
            vec![done, batch]
        }))
    }
}

/// Takes the input as the items to loop over.
fn start(context: &Context<'_>, size: usize) {
    let source = source(context);
    let items = context.items();
    context.state.with_held(|held| {
        held.done.clear();
        held.waiting = items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                // Those of the first run were made from that run's input; those of later runs say whose they are.
                let paired = if index < size {
                    index.into()
                } else {
                    of_source(index, source.as_ref())
                };
                item.clone().paired_with(paired)
            })
            .collect();
    });
    context.state.with_context(|kept| {
        kept.insert("currentRunIndex", 0);
        kept.insert("maxRunIndex", items.len().div_ceil(size.max(1)));
        if let Some(source) = source {
            let name: patchbay_model::Object = [("previousNode", source.node)].into_iter().collect();
            kept.insert("sourceData", name);
        }
    });
}

/// Gathers what came back.
fn go_on(context: &Context<'_>) {
    let source = source(context);
    let items = context.items().iter().enumerate();
    let items = items.map(|(index, item)| item.clone().paired_with(of_source(index, source.as_ref())));
    if context.version() >= 2.0 {
        context.state.with_held(|held| held.done.extend(items));
    }
    context.state.with_context(|kept| {
        let run = kept.get("currentRunIndex").map_or(0.0, Value::to_number);
        kept.insert("currentRunIndex", run + 1.0);
    });
}

/// What fed this run.
fn source(context: &Context<'_>) -> Option<Source> {
    context.scope.sources.first().cloned().flatten()
}

fn of_source(index: usize, source: Option<&Source>) -> PairedItem {
    let pair = Pair {
        item: index as u32,
        input: None,
    };
    match source {
        Some(source) => PairedItem::Elsewhere(Arc::new((pair, source.clone()))),
        None => PairedItem::One(pair),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn items_leave_a_few_at_a_time() {
        let all = r#"[{"i":0},{"i":1},{"i":2}]"#;
        for (version, runs) in [
            (
                1.0,
                [
                    r#"[[{"i":0},{"i":1}]]"#.to_owned(),
                    r#"[[{"i":2}]]"#.to_owned(),
                    "[]".to_owned(),
                ],
            ),
            (
                2.0,
                [
                    r#"[[{"i":0},{"i":1}],[]]"#.to_owned(),
                    r#"[[{"i":2}],[]]"#.to_owned(),
                    r#"[[],[{"i":0},{"i":1},{"i":2},{"i":0},{"i":1},{"i":2}]]"#.to_owned(),
                ],
            ),
            (
                3.0,
                [
                    r#"[[],[{"i":0},{"i":1}]]"#.to_owned(),
                    r#"[[],[{"i":2}]]"#.to_owned(),
                    r#"[[{"i":0},{"i":1},{"i":2},{"i":0},{"i":1},{"i":2}],[]]"#.to_owned(),
                ],
            ),
        ] {
            let run = run(version, r#"{"batchSize": 2}"#, all);
            for expected in runs {
                assert_eq!(run.of(&SplitInBatches), Ok(expected), "version {version}");
            }
        }
    }

    #[test]
    fn a_reset_starts_anew() {
        let run = run(
            3.0,
            r#"{"batchSize": 1, "options": {"reset": true}}"#,
            r#"[{"i":0},{"i":1}]"#,
        );
        for _ in 0..3 {
            assert_eq!(run.of(&SplitInBatches).as_deref(), Ok(r#"[[],[{"i":0}]]"#));
        }
    }
}
