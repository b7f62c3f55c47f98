//! `Number`, `parseInt` and `parseFloat`.

use super::argument;
use crate::{Error, Js};

pub(super) const NAMES: [&str; 6] = [
    "isInteger",
    "isSafeInteger",
    "isFinite",
    "isNaN",
    "parseInt",
    "parseFloat",
];

const LARGEST_SAFE: f64 = 9_007_199_254_740_991.0;

pub(super) fn constant(name: &str) -> Option<Js> {
    Some(Js::number(match name {
        "MAX_SAFE_INTEGER" => LARGEST_SAFE,
        "MIN_SAFE_INTEGER" => -LARGEST_SAFE,
        "MAX_VALUE" => f64::MAX,
        "MIN_VALUE" => 5e-324,
        "EPSILON" => f64::EPSILON,
        "POSITIVE_INFINITY" => f64::INFINITY,
        "NEGATIVE_INFINITY" => f64::NEG_INFINITY,
        "NaN" => f64::NAN,
        _ => return None,
    }))
}

pub(super) fn call(name: &str, arguments: &[Js]) -> Option<Result<Js, Error>> {
    let first = argument(arguments, 0);
    let is = |test: fn(f64) -> bool| Js::boolean(first.as_number().is_some_and(test));
    Some(Ok(match name {
        "isInteger" => is(|number| number.is_finite() && number.fract() == 0.0),
        "isSafeInteger" => is(|number| number.fract() == 0.0 && number.abs() <= LARGEST_SAFE),
        "isFinite" => is(f64::is_finite),
        "isNaN" => is(f64::is_nan),
        "parseInt" => Js::number(parse_int(&first.to_text(), argument(arguments, 1).to_int32())),
        "parseFloat" => Js::number(parse_float(&first.to_text())),
        _ => return None,
    }))
}

pub(super) fn parse_int(text: &str, radix: i32) -> f64 {
    let text = text.trim_start_matches(|character: char| character.is_whitespace() || character == '\u{feff}');
    let (sign, mut text) = match text.as_bytes().first() {
        Some(b'-') => (-1.0, &text[1..]),
        Some(b'+') => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    let mut radix = match radix {
        0 => 10,
        2..=36 => radix as u32,
        _ => return f64::NAN,
    };
    let is_hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    if is_hexadecimal && matches!(radix, 10 | 16) {
        text = &text[2..];
        radix = 16;
    }
    let end = text
        .find(|character: char| !character.is_digit(radix))
        .unwrap_or(text.len());
    let digits = &text[..end];
    if digits.is_empty() {
        return f64::NAN;
    }
    if radix == 10 {
        return sign * digits.parse::<f64>().unwrap_or(f64::NAN);
    }
    let value = digits.chars().filter_map(|digit| digit.to_digit(radix));
    sign * value.fold(0.0, |sum, digit| sum * f64::from(radix) + f64::from(digit))
}

pub(super) fn parse_float(text: &str) -> f64 {
    let text = text.trim_start_matches(|character: char| character.is_whitespace() || character == '\u{feff}');
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    if text[end..].starts_with("Infinity") {
        return if bytes[0] == b'-' {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        };
    }
    let whole = digits(end);
    end += whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        if whole + fraction > 0 {
            end += 1 + fraction;
        }
    }
    if whole + fraction == 0 {
        return f64::NAN;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = bytes.get(end + 1 + sign..).map_or(0, |_| digits(end + 1 + sign));
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    text[..end].parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_the_beginning() {
        for (text, radix, number) in [
            ("12px", 0, 12.0),
            (" -7.9", 0, -7.0),
            ("0x1F", 0, 31.0),
            ("ff", 16, 255.0),
            ("101", 2, 5.0),
        ] {
            assert_eq!(parse_int(text, radix), number, "{text}");
        }
        for (text, number) in [
            ("1.5e3abc", 1500.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e", 1.0),
            ("-Infinityx", f64::NEG_INFINITY),
            ("2.25.15", 2.25),
        ] {
            assert_eq!(parse_float(text), number, "{text}");
        }
        assert!(parse_int("px", 0).is_nan() && parse_float("e5").is_nan() && parse_float(".").is_nan());
    }
}
