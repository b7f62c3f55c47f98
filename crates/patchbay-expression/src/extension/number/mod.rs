//! Extensions of numbers.

mod abs;
mod ceil;
mod floor;
mod format;
mod is_even;
mod is_integer;
mod is_odd;
mod round;
mod to_boolean;
mod to_date_time;
mod to_float;
mod to_int;

use super::Description;

pub use to_date_time::Epoch;

pub const ALL: &[Description] = &[
    abs::DESCRIPTION,
    ceil::DESCRIPTION,
    floor::DESCRIPTION,
    format::DESCRIPTION,
    is_even::DESCRIPTION,
    is_integer::DESCRIPTION,
    is_odd::DESCRIPTION,
    round::DESCRIPTION,
    to_boolean::DESCRIPTION,
    to_date_time::DESCRIPTION,
    to_float::DESCRIPTION,
    to_int::DESCRIPTION,
];
