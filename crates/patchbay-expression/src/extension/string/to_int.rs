//! `text.toInt`, `toWholeNumber`: the integer that a text begins with.

use super::currency::without_currency;
use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "toInt",
    aliases: &["toWholeNumber"],
    about: "The integer that the text begins with, as `parseInt` reads it; signs of currencies are ignored",
    parameters: &[Parameter::optional("radix", "2 to 36, 10 by default")],
    examples: &[
        Example("'12.7px'.toInt()", Gives::Json("12")),
        Example("'ff'.toInt(16)", Gives::Json("255")),
        Example("'px'.toInt()", Gives::Error("cannot convert to integer")),
    ],
    body: Body::Text(to_int),
};

fn to_int(text: &str, arguments: &Arguments<'_>) -> Result<Js, Error> {
    parse_int(&without_currency(text), arguments.get(0).to_int32())
        .map(Js::number)
        .ok_or_else(|| Error::new("cannot convert to integer"))
}

/// `parseInt`; `None` for NaN.
fn parse_int(text: &str, radix: i32) -> Option<f64> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let (sign, text) = match text.as_bytes().first() {
        Some(b'-') => (-1.0, &text[1..]),
        Some(b'+') => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (radix, text) = match (radix, hexadecimal) {
        (0 | 16, Some(digits)) => (16, digits),
        (0, None) => (10, text),
        (2..=36, _) => (radix.unsigned_abs(), text),
        _ => return None,
    };
    let end = text.find(|c: char| !c.is_digit(radix)).unwrap_or(text.len());
    let digits = &text[..end];
    if digits.is_empty() {
        return None;
    }
    let number = if radix == 10 {
        // Exact however many digits there are.
        digits.parse().ok()?
    } else {
        digits
            .chars()
            .filter_map(|c| c.to_digit(radix))
            .fold(0.0, |sum, digit| sum * f64::from(radix) + f64::from(digit))
    };
    Some(sign * number)
}
