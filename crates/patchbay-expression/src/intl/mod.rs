//! `Intl` and `toLocaleString`: dates and numbers in the words and patterns of languages.
//!
//! V8 takes both from CLDR, and so does this: `data/` holds CLDR's patterns for the locales that workflows use, as
//! `data/generate.mjs` reads them out of Node.js. (The `icu` crates hold CLDR too, but offer a fixed set of lengths,
//! not the free choice of fields that ECMA-402's options make.) A locale without a table is English.

mod collator;
mod data;
mod date;
mod date_options;
mod formatter;
mod language;
mod locale;
mod number;
mod number_options;
mod zone_group;

pub use collator::locale_compare;
pub use data::{Names, Tables, Width};
pub use date::{Moment, Part, joined_text};
pub use date_options::{DateOptions, Defaults, HourCycle, Style};
pub use formatter::{call, number_to_locale_string};
pub use locale::Locale;
pub use number::{format_number, format_unit, number_parts};
pub use number_options::NumberOptions;
