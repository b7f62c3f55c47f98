//! Extensions of objects: everything of `typeof` `object` that is neither array nor date.

mod compact;
mod has_field;
mod keep_fields_containing;
mod keys;
mod no_conversion;
mod remove_field;
mod remove_fields_containing;
mod to_json_string;
mod url_encode;
mod values;

use super::Description;

pub use compact::{compact_object, is_kept};
pub use keys::keys;

pub const ALL: &[Description] = &[
    compact::DESCRIPTION,
    has_field::DESCRIPTION,
    keep_fields_containing::DESCRIPTION,
    keys::DESCRIPTION,
    no_conversion::DESCRIPTION,
    remove_field::DESCRIPTION,
    remove_fields_containing::DESCRIPTION,
    to_json_string::DESCRIPTION,
    url_encode::DESCRIPTION,
    values::DESCRIPTION,
];
