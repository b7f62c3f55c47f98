//! Extensions of arrays.

mod append;
mod average;
mod chunk;
mod compact;
mod difference;
mod equality;
mod first;
mod intersection;
mod last;
mod max;
mod merge;
mod min;
mod no_conversion;
mod numbers;
mod pluck;
mod random_item;
mod remove_duplicates;
mod rename_keys;
mod smart_join;
mod sum;
mod to_json_string;
mod union;

use super::Description;

pub use average::average;
pub use equality::deep_equals;

pub const ALL: &[Description] = &[
    append::DESCRIPTION,
    average::DESCRIPTION,
    chunk::DESCRIPTION,
    compact::DESCRIPTION,
    difference::DESCRIPTION,
    first::DESCRIPTION,
    intersection::DESCRIPTION,
    last::DESCRIPTION,
    max::DESCRIPTION,
    merge::DESCRIPTION,
    min::DESCRIPTION,
    no_conversion::DESCRIPTION,
    pluck::DESCRIPTION,
    random_item::DESCRIPTION,
    remove_duplicates::DESCRIPTION,
    rename_keys::DESCRIPTION,
    smart_join::DESCRIPTION,
    sum::DESCRIPTION,
    to_json_string::DESCRIPTION,
    union::DESCRIPTION,
];
