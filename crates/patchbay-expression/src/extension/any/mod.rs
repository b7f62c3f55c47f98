//! Extensions of every type, null and undefined among them.

mod is_empty;
mod is_not_empty;

use super::Description;

pub use is_empty::is_empty;

pub const ALL: &[Description] = &[is_empty::DESCRIPTION, is_not_empty::DESCRIPTION];
