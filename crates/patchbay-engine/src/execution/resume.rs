//! Going on from a [`Snapshot`]: the runs that it holds are taken as they are and handed on as if their nodes had just
//! run, which brings back the queue of what comes next. Only nodes that keep a state run over their recorded inputs
//! again, unobserved, to have their state back.

use patchbay_model::{Begun, Items, NodeRun, Pause, RunData, Snapshot, Text};

use super::outputs::pair;

/// What makes a resting execution go on.
#[derive(Clone, Debug, Default)]
pub enum Resumption {
    /// Its time has come, its rest was ended by a call (see [`end_rest`]), or it was put aside or broken off.
    #[default]
    GoOn,
    /// Somebody decided that the node that was broken off is run again.
    Repeat,
    /// Somebody decided that it counts as failed; its `onError` says what comes of that.
    Fail,
}

/// The resume URL was called: the node that ran last rested, and puts this out, as in n8n, instead of what it rested with, with which its items are paired.
pub fn end_rest(run_data: &mut RunData, mut outputs: Vec<Items>) -> Option<(Text, NodeRun)> {
    let (node, run) = run_data.pop()?;
    pair(&mut outputs, run.outputs.as_deref().unwrap_or_default());
    let run = NodeRun {
        outputs: Some(outputs),
        ..run
    };
    run_data.push(&node, run.clone());
    Some((node, run))
}

/// What is known of an execution before it goes on.
#[derive(Default)]
pub(super) struct Recorded {
    run_data: RunData,
    begun: Option<Begun>,
    resumption: Resumption,
}

/// What is to be done about a node that comes next.
pub(super) enum Known {
    /// It is run.
    Nothing,
    /// It has run.
    Run(Box<NodeRun>),
    /// It paused.
    Paused(Pause),
    /// Somebody must decide whether it is run again.
    Undecided(Begun),
    /// It was broken off and counts as failed.
    BrokenOff,
}

impl Recorded {
    pub fn new(snapshot: Snapshot, resumption: Resumption) -> Self {
        Self {
            run_data: snapshot.run_data,
            begun: snapshot.begun,
            resumption,
        }
    }

    /// What is known of one run of one node.
    pub fn known(&self, node: &Text, run: usize) -> Known {
        if let Some(recorded) = self.run_data.run(node, run) {
            return Known::Run(Box::new(recorded.clone()));
        }
        match &self.begun {
            Some(begun) if begun.node == *node && begun.run == run => match (begun.pause, &self.resumption) {
                (Some(pause), _) => Known::Paused(pause),
                (None, Resumption::Repeat) => Known::Nothing,
                (None, Resumption::Fail) => Known::BrokenOff,
                (None, Resumption::GoOn) => Known::Undecided(begun.clone()),
            },
            _ => Known::Nothing,
        }
    }
}
