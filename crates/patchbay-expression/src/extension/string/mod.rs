//! Extensions of text.

mod base64_decode;
mod base64_encode;
mod currency;
mod extract_domain;
mod extract_email;
mod extract_url;
mod extract_url_path;
mod hash;
mod is_domain;
mod is_email;
mod is_numeric;
mod is_url;
mod length;
mod parse_json;
mod quote;
mod remove_markdown;
mod remove_tags;
mod replace_special_chars;
mod to_boolean;
mod to_date;
mod to_date_time;
mod to_float;
mod to_int;
mod to_json_string;
mod to_number;
mod to_sentence_case;
mod to_snake_case;
mod to_title_case;
mod url_decode;
mod url_encode;

use super::Description;

pub use to_date::to_date;
pub use to_date_time::to_date_time;

pub const ALL: &[Description] = &[
    base64_decode::DESCRIPTION,
    base64_encode::DESCRIPTION,
    extract_domain::DESCRIPTION,
    extract_email::DESCRIPTION,
    extract_url::DESCRIPTION,
    extract_url_path::DESCRIPTION,
    hash::DESCRIPTION,
    is_domain::DESCRIPTION,
    is_email::DESCRIPTION,
    is_numeric::DESCRIPTION,
    is_url::DESCRIPTION,
    length::DESCRIPTION,
    parse_json::DESCRIPTION,
    quote::DESCRIPTION,
    remove_markdown::DESCRIPTION,
    remove_tags::DESCRIPTION,
    replace_special_chars::DESCRIPTION,
    to_boolean::DESCRIPTION,
    to_date::DESCRIPTION,
    to_date_time::DESCRIPTION,
    to_float::DESCRIPTION,
    to_int::DESCRIPTION,
    to_json_string::DESCRIPTION,
    to_number::DESCRIPTION,
    to_sentence_case::DESCRIPTION,
    to_snake_case::DESCRIPTION,
    to_title_case::DESCRIPTION,
    url_decode::DESCRIPTION,
    url_encode::DESCRIPTION,
];
