//! What the engine does to the items that a node puts out: failed items get their shape and, where the node
//! says so, an output of their own; items that do not say which input item they were made from are paired
//! where that can only be one; a node that must put something out does.

use patchbay_model::item::Pair;
use patchbay_model::workflow::{Node, OnError};
use patchbay_model::{Item, Items, PairedItem, Value};

use super::failed::goes_on;

/// Gives a node's outputs the form in which they are kept. `inputs` is what the node got, `count` how many outputs
/// it has, without the one for errors.
pub(super) fn settle(mut outputs: Vec<Items>, node: &Node, inputs: &[Items], count: usize) -> Vec<Items> {
    if outputs.is_empty() {
        outputs.push(Items::default());
    }
    for output in &mut outputs {
        change(output, |item| item.error.is_some(), shape_failed);
    }
    if node.on_error == OnError::ContinueErrorOutput {
        divert_failed(&mut outputs, inputs, count);
    }
    pair(&mut outputs, inputs);
    always_output(&mut outputs, node, inputs);
    outputs
}

/// As [`settle`], for pinned items: they are what the node put out, whatever they hold.
pub(super) fn settle_pinned(items: Items, node: &Node, inputs: &[Items]) -> Vec<Items> {
    let mut outputs = vec![items];
    pair(&mut outputs, inputs);
    always_output(&mut outputs, node, inputs);
    outputs
}

/// What a node is given: each item says of itself that it is made from itself, so that whoever passes it on need not.
/// Lists in which that is so already are shared.
pub(super) fn as_inputs(lists: &[Items]) -> Vec<Items> {
    let lists = lists.iter().enumerate();
    lists.map(|(input, items)| as_input(items, input)).collect()
}

fn as_input(items: &Items, input: usize) -> Items {
    let itself = |item: usize| {
        PairedItem::One(Pair {
            item: item as u32,
            input: (input > 0).then_some(input as u32),
        })
    };
    let mut indexed = items.iter().enumerate();
    if indexed.all(|(index, item)| item.paired == itself(index)) {
        return items.clone();
    }
    let indexed = items.iter().enumerate();
    indexed
        .map(|(index, item)| item.clone().paired_with(itself(index)))
        .collect()
}

/// What a node puts out that does nothing: the items of its first input.
pub(super) fn pass_on(inputs: &[Items]) -> Vec<Items> {
    vec![inputs.first().cloned().unwrap_or_default()]
}

/// Whether n8n takes a node's outputs for a failure that is worth another try.
pub(super) fn looks_failed(outputs: &[Items]) -> bool {
    let first = outputs.first().and_then(|items| items.first());
    first.is_some_and(|item| item.error.is_some() || item.json.contains_key("error"))
}

/// For how many items a node failed, as what it put out tells: all that left by the output for errors, else those that say
/// so and did not come in so.
pub(super) fn failed_items(outputs: &[Items], node: &Node, inputs: &[Items]) -> usize {
    if !goes_on(node) {
        return 0;
    }
    if node.on_error == OnError::ContinueErrorOutput {
        return outputs.last().map_or(0, |items| items.len());
    }
    let count = |lists: &[Items]| lists.iter().flatten().filter(|item| has_failed(item)).count();
    count(outputs).saturating_sub(count(inputs))
}

/// Changes the items that need it; a list without one stays shared.
fn change(items: &mut Items, needs: impl Fn(&Item) -> bool, apply: impl Fn(usize, &mut Item)) {
    if !items.iter().any(&needs) {
        return;
    }
    let mut changed = std::mem::take(items).into_vec();
    for (index, item) in changed.iter_mut().enumerate().filter(|(_, item)| needs(item)) {
        apply(index, item);
    }
    *items = changed.into();
}

fn shape_failed(_index: usize, item: &mut Item) {
    if let Some(error) = &item.error {
        item.json = error.to_json().into();
    }
}

/// Failed items leave by the output after the last. Each keeps what its input item held, where it says which that was.
fn divert_failed(outputs: &mut Vec<Items>, inputs: &[Items], count: usize) {
    outputs.resize(count, Items::default());
    let mut diverted = Vec::new();
    for output in outputs.iter_mut().filter(|output| output.iter().any(has_failed)) {
        let items = std::mem::take(output).into_vec();
        let (failed, passed): (Vec<Item>, Vec<Item>) = items.into_iter().partition(has_failed);
        diverted.extend(failed.into_iter().map(|item| with_input_data(item, inputs)));
        *output = passed.into();
    }
    outputs.push(diverted.into());
}

/// n8n's rule: an error of its own, or JSON of nothing but `error`, or of `error` and `message`.
fn has_failed(item: &Item) -> bool {
    let given = |key: &str| item.json.get(key).is_some_and(Value::truthy);
    item.error.is_some()
        || match item.json.len() {
            1 => given("error"),
            2 => given("error") && given("message"),
            _ => false,
        }
}

fn with_input_data(mut item: Item, inputs: &[Items]) -> Item {
    let pair = item.paired.pairs().first();
    let input = pair.and_then(|pair| {
        let input = inputs.get(pair.input.unwrap_or_default() as usize)?;
        input.get(pair.item as usize)
    });
    if let Some(input) = input {
        let mut json = (*input.json).clone();
        json.extend(item.json.iter().map(|(key, value)| (key.clone(), value.clone())));
        item.json = json.into();
    }
    item
}

/// Pairs items that do not say where they come from: with the only item of the input if it has just one, with the one
/// at the same place if there are as many.
pub(super) fn pair(outputs: &mut [Items], inputs: &[Items]) {
    let [input] = inputs else { return };
    let only_output = outputs.len() == 1;
    let unpaired = |item: &Item| item.paired == PairedItem::None;
    for output in outputs {
        if input.len() == 1 {
            change(output, unpaired, |_, item| item.paired = 0.into());
        } else if only_output && output.len() == input.len() {
            change(output, unpaired, |index, item| item.paired = index.into());
        }
    }
}

/// `alwaysOutputData`: an empty first output gets one empty item, made from all that came in.
fn always_output(outputs: &mut [Items], node: &Node, inputs: &[Items]) {
    let Some(first) = outputs.first_mut() else { return };
    if !node.always_output_data || !first.is_empty() {
        return;
    }
    let pairs = inputs.iter().enumerate().flat_map(|(input, items)| {
        (0..items.len()).map(move |item| Pair {
            item: item as u32,
            input: Some(input as u32),
        })
    });
    let item = Item::default().paired_with(pairs.collect::<PairedItem>());
    *first = vec![item].into();
}
