//! Which node runs next: n8n's two orders of execution.
//!
//! Order v1 goes down one branch to its end before it begins the next; branches of one node come by their
//! targets' positions, top to bottom, then left to right. Order v0 takes nodes as their items come, breadth
//! first, and starts branches that got no items with an empty one where another node waits for them.
//!
//! A node with connections to more than one of its inputs waits until each has items; when nothing else can
//! run, it runs with what it has.

use std::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};

use indexmap::IndexMap;
use patchbay_model::workflow::ExecutionOrder;
use patchbay_model::{Item, Items, RunData, Source};
use patchbay_node::RequiredInputs;

use crate::Graph;
use crate::graph::Edge;

/// A node that is to run, with the items of each input.
pub(super) struct Job {
    pub node: usize,
    pub inputs: Vec<Items>,
    /// Where the items of each input came from.
    pub sources: Vec<Option<Source>>,
}

/// What a waiting node has got so far, by input.
type Slots = Vec<Option<(Items, Source)>>;

/// What is still to run.
pub(super) struct Queue<'graph> {
    graph: &'graph Graph,
    /// The next one is in front.
    ready: VecDeque<Job>,
    /// By node, in the order in which they began to wait; several runs of one node can wait, by their number.
    waiting: IndexMap<usize, BTreeMap<usize, Slots>>,
    /// Nodes to which the items of the node that has just run go.
    arriving: Vec<usize>,
}

impl<'graph> Queue<'graph> {
    pub fn new(graph: &'graph Graph) -> Self {
        Self {
            graph,
            ready: VecDeque::new(),
            waiting: IndexMap::new(),
            arriving: Vec::new(),
        }
    }

    /// Adds the node at which the execution starts; like any node it does not run without items.
    pub fn start(&mut self, node: usize, items: Items) {
        if !items.is_empty() {
            self.ready.push_back(Job {
                node,
                inputs: vec![items],
                sources: vec![None],
            });
        }
    }

    /// The next node to run; `None` when the execution is at its end.
    pub fn next(&mut self) -> Option<Job> {
        if self.ready.is_empty() {
            self.release_waiting();
        }
        self.ready.pop_front()
    }

    /// Whether nothing is ready; nodes may wait all the same.
    pub fn is_idle(&self) -> bool {
        self.ready.is_empty()
    }

    /// Hands on what the last run of a node put out. An output without items starts nothing.
    pub fn follow(&mut self, node: usize, run_data: &RunData) {
        let name = &self.graph.workflow.nodes[node].name;
        let runs = run_data.runs(name);
        let Some((last, earlier)) = runs.split_last() else {
            return;
        };
        let source = |output| Source {
            node: name.clone(),
            output,
            run: earlier.len(),
        };
        let outputs = last.outputs.iter().flatten().enumerate();
        let deliveries = outputs.flat_map(|(output, items)| {
            let edges = self.graph.nodes[node].targets.get(output).into_iter().flatten();
            edges.map(move |edge| (output, *edge, items))
        });
        // In order v0 a node need not wait for what will not come to its later inputs.
        let counts_empty = |edge: &Edge| edge.input > 0 && self.order() == ExecutionOrder::V0;
        let deliveries = deliveries.filter(|(_, edge, items)| !items.is_empty() || counts_empty(edge));
        let mut deliveries: Vec<_> = deliveries.collect();
        if self.order() == ExecutionOrder::V1 {
            // Each goes in front of those before it; of nodes at one place the last that is connected runs first.
            deliveries.sort_by(|(_, one, _), (_, other, _)| self.compare_positions(other.node, one.node));
        }
        let begins = |(_, edge, items): &(usize, Edge, &Items)| (!items.is_empty()).then_some(edge.node);
        self.arriving = deliveries.iter().filter_map(begins).collect();
        for (output, edge, items) in deliveries {
            self.deliver(edge, items.clone(), source(output), run_data);
        }
        self.arriving.clear();
    }

    fn order(&self) -> ExecutionOrder {
        self.graph.workflow.settings.execution_order
    }

    fn compare_positions(&self, one: usize, other: usize) -> Ordering {
        let nodes = &self.graph.workflow.nodes;
        let ([left, top], [other_left, other_top]) = (nodes[one].position, nodes[other].position);
        top.total_cmp(&other_top).then(left.total_cmp(&other_left))
    }

    fn deliver(&mut self, edge: Edge, items: Items, source: Source, run_data: &RunData) {
        let inputs = self.graph.nodes[edge.node].inputs;
        if inputs <= 1 {
            let slots = vec![Some((items, source))];
            return self.make_ready(edge.node, slots);
        }
        let brings_items = !items.is_empty();
        let begins_to_wait = !self.waiting.contains_key(&edge.node);
        let runs = self.waiting.entry(edge.node).or_default();
        let open = runs.iter().find(|(_, slots)| slots[edge.input].is_none());
        // n8n numbers the runs by how many wait: where an earlier one has gone meanwhile, a new one can get the number of
        // another, which is lost with what it had got.
        let run = open.map_or(runs.len(), |(run, _)| *run);
        let taken = open.is_some().then(|| runs.remove(&run)).flatten();
        let mut slots = taken.unwrap_or_else(|| vec![None; inputs]);
        slots[edge.input] = Some((items, source.clone()));
        if slots.iter().all(Option::is_some) {
            if runs.is_empty() {
                self.waiting.shift_remove(&edge.node);
            }
            return self.make_ready(edge.node, slots);
        }
        runs.insert(run, slots);
        if begins_to_wait && self.order() == ExecutionOrder::V0 {
            self.call_for_missing(edge.node, brings_items, &source, run_data);
        }
    }

    /// What the first run of a node that waits has got; it waits no longer.
    fn take_first_waiting(&mut self, node: usize) -> Option<Slots> {
        let runs = self.waiting.get_mut(&node)?;
        let (_, slots) = runs.pop_first()?;
        if runs.is_empty() {
            self.waiting.shift_remove(&node);
        }
        Some(slots)
    }

    fn make_ready(&mut self, node: usize, slots: Slots) {
        let slots = slots.into_iter().map(|slot| match slot {
            Some((items, source)) => (items, Some(source)),
            None => (Items::default(), None),
        });
        let (inputs, sources) = slots.unzip();
        let job = Job { node, inputs, sources };
        match self.order() {
            ExecutionOrder::V0 => self.ready.push_back(job),
            ExecutionOrder::V1 => self.ready.push_front(job),
        }
    }

    /// Nothing else can run, so nodes that wait run with what they have: in order v1 one of them and what follows it
    /// first, in order v0 all that can; a run that has got nothing but empty outputs is dropped instead.
    fn release_waiting(&mut self) {
        let nodes = self.waiting.keys().copied();
        let mut may_run: Vec<usize> = nodes.filter(|node| self.may_run(*node)).collect();
        if self.order() == ExecutionOrder::V1 {
            may_run.truncate(1);
        }
        for node in may_run {
            if let Some(slots) = self.take_first_waiting(node)
                && slots.iter().flatten().any(|(items, _)| !items.is_empty())
            {
                self.make_ready(node, slots);
            }
        }
    }

    /// A node that another waiting node leads to goes on waiting for that one.
    fn may_run(&self, node: usize) -> bool {
        let Some(slots) = self.waiting.get(&node).and_then(|runs| runs.values().next()) else {
            return false;
        };
        let has_items = |input: usize| slots.get(input).is_some_and(Option::is_some);
        let has_enough = match self.required_inputs(node) {
            RequiredInputs::These(inputs) if self.order() == ExecutionOrder::V1 => inputs.into_iter().all(has_items),
            _ => true,
        };
        let mut others = self.waiting.keys().filter(|other| **other != node);
        has_enough && !others.any(|other| self.graph.feeds(*other, node))
    }

    fn required_inputs(&self, node: usize) -> RequiredInputs {
        let implementation = self.graph.nodes[node].implementation.as_ref();
        implementation.map_or(RequiredInputs::Any, |found| {
            found.required_inputs(&self.graph.workflow.nodes[node])
        })
    }

    /// Order v0: branches that lead to a node that begins to wait, and that nothing will start, start with one empty
    /// item, which counts as coming from where the waiting node got its items.
    fn call_for_missing(&mut self, waiting: usize, brings_items: bool, source: &Source, run_data: &RunData) {
        let ends = self.graph.nodes[waiting].sources.iter().flatten();
        // A node that put out nothing for the waiting one starts no branch of its own either.
        let deliverer = self.graph.workflow.node_place(&source.node).filter(|_| !brings_items);
        for end in ends.copied() {
            let start = self.branch_to_start(end, run_data).filter(|start| {
                let mut parents = self.graph.nodes[*start].sources.iter().flatten();
                !self.has_got_items(*start, run_data) && !parents.any(|parent| Some(*parent) == deliverer)
            });
            if let Some(node) = start {
                self.ready.push_back(Job {
                    node,
                    inputs: vec![vec![Item::default()].into()],
                    sources: vec![Some(source.clone())],
                });
            }
        }
    }

    /// Whether any run of a node has put out items for a node's first input.
    fn has_got_items(&self, node: usize, run_data: &RunData) -> bool {
        let first = Edge { node, input: 0 };
        let sources = self.graph.nodes[node].sources.iter().take(1).flatten();
        let mut outputs = sources.flat_map(|source| {
            let runs = run_data.runs(&self.graph.workflow.nodes[*source].name);
            let targets = &self.graph.nodes[*source].targets;
            runs.iter()
                .flat_map(move |run| run.outputs.iter().flatten().zip(targets))
        });
        outputs.any(|(items, targets)| !items.is_empty() && targets.contains(&first))
    }

    /// Where to start the branch that ends at `end`; `None` if that node has run or will run by itself, or if the
    /// branch leads through a node before it that waits.
    fn branch_to_start(&self, end: usize, run_data: &RunData) -> Option<usize> {
        let has_run = |place: usize| run_data.has_run(&self.graph.workflow.nodes[place].name);
        let arriving = self
            .arriving
            .iter()
            .copied()
            .filter(|node| !self.waiting.contains_key(node));
        let mut ready = self.ready.iter().map(|job| job.node).chain(arriving);
        if has_run(end) || ready.any(|node| node == end || self.graph.feeds(node, end)) {
            return None;
        }
        let mut seen = vec![false; self.graph.nodes.len()];
        let mut start = end;
        loop {
            seen[start] = true;
            let mut parents = self.graph.nodes[start].sources.iter().flatten().copied();
            if parents.clone().any(has_run) {
                return Some(start);
            }
            match parents.next_back() {
                Some(parent) if parent != end && self.waiting.contains_key(&parent) => return None,
                // The way back goes in a circle: a loop that nothing leads to.
                Some(parent) if seen[parent] => return Some(start),
                Some(parent) => start = parent,
                None => return Some(start),
            }
        }
    }
}
