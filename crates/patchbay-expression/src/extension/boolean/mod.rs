//! Extensions of booleans.

mod to_boolean;
mod to_date_time;
mod to_number;

use super::Description;

pub const ALL: &[Description] = &[
    to_boolean::DESCRIPTION,
    to_date_time::DESCRIPTION,
    to_number::DESCRIPTION,
];
