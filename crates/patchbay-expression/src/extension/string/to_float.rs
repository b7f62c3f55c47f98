//! `text.toFloat`, `toDecimalNumber`: the number that a text begins with.

use super::currency::without_currency;
use crate::extension::{Body, Description, Example, Gives};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "toFloat",
    aliases: &["toDecimalNumber"],
    about: "The number that the text begins with, as `parseFloat` reads it; signs of currencies are ignored, a comma is refused",
    parameters: &[],
    examples: &[
        Example("'12.5px'.toFloat()", Gives::Json("12.5")),
        Example(
            "'1,5'.toFloat()",
            Gives::Error("cannot convert to float, expected . as decimal separator"),
        ),
        Example("'px'.toFloat()", Gives::Error("cannot convert to float")),
    ],
    body: Body::Text(|text, _| {
        if text.contains(',') {
            return Err(Error::new("cannot convert to float, expected . as decimal separator"));
        }
        parse_float(&without_currency(text))
            .map(Js::number)
            .ok_or_else(|| Error::new("cannot convert to float"))
    }),
};

/// `parseFloat`; `None` for NaN.
fn parse_float(text: &str) -> Option<f64> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let bytes = text.as_bytes();
    let signed = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    if text[signed..].starts_with("Infinity") {
        return Some(if bytes[0] == b'-' {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        });
    }
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(signed);
    let mut end = signed + whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        if whole + fraction > 0 {
            end += 1 + fraction;
        }
    }
    if whole + fraction == 0 {
        return None;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let exponent = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if exponent <= bytes.len() && digits(exponent) > 0 {
            end = exponent + digits(exponent);
        }
    }
    text[..end].parse().ok()
}
