//! Methods of numbers.

use patchbay_model::value::number_to_text;
use patchbay_model::{Scope, Text};

use super::argument;
use crate::{Error, Js};

pub(super) const NAMES: [&str; 3] = ["toFixed", "toPrecision", "toExponential"];

pub(super) fn call(number: f64, name: &str, arguments: &[Js], _scope: &Scope<'_>) -> Option<Result<Js, Error>> {
    let digits = argument(arguments, 0);
    Some(match name {
        "toFixed" => to_fixed(number, digits.to_integer()),
        "toString" if digits.is_undefined() => Ok(Js::text(number_to_text(number))),
        "toString" => to_radix(number, digits.to_integer()),
        "toPrecision" if digits.is_undefined() || !number.is_finite() => Ok(Js::text(number_to_text(number))),
        "toPrecision" => to_precision(number, digits.to_integer()),
        "toExponential" if !number.is_finite() => Ok(Js::text(number_to_text(number))),
        "toExponential" => to_exponential(number, digits),
        _ => return None,
    })
}

fn to_fixed(number: f64, digits: f64) -> Result<Js, Error> {
    if !(0.0..=100.0).contains(&digits) {
        return Err(Error::range("toFixed() digits argument must be between 0 and 100"));
    }
    if !number.is_finite() || number.abs() >= 1e21 {
        return Ok(Js::text(number_to_text(number)));
    }
    let text = round_half_up(number, digits as usize);
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    Ok(Js::text(if is_zero && number == 0.0 {
        text.trim_start_matches('-')
    } else {
        &text
    }))
}

/// The decimal digits of the exact value, a tie rounded away from zero. Rust rounds a tie to even.
fn round_half_up(number: f64, digits: usize) -> String {
    let rounded = format!("{number:.digits$}");
    // Every double has an exact decimal form; a tie shows as a 5 with nothing after it.
    let exact = format!("{:.1074}", number.abs());
    let Some(point) = exact.find('.') else {
        return rounded;
    };
    let tail = &exact[point + 1 + digits..];
    let is_tie = tail.starts_with('5') && tail[1..].bytes().all(|digit| digit == b'0');
    if !is_tie {
        return rounded;
    }
    let mut digits_of: Vec<u8> = exact[..point + 1 + digits].trim_end_matches('.').bytes().collect();
    for digit in digits_of.iter_mut().rev() {
        match digit {
            b'.' => {}
            b'9' => *digit = b'0',
            digit => {
                *digit += 1;
                return signed(number, &digits_of, false);
            }
        }
    }
    signed(number, &digits_of, true)
}

fn signed(number: f64, digits: &[u8], carry: bool) -> String {
    let mut text = String::with_capacity(digits.len() + 2);
    if number < 0.0 {
        text.push('-');
    }
    if carry {
        text.push('1');
    }
    text.extend(digits.iter().map(|digit| char::from(*digit)));
    text
}

/// Digits and exponent of a number in scientific notation.
fn scientific(number: f64, digits: usize) -> (String, i32) {
    let text = format!("{:.*e}", digits, number.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.to_owned(), exponent.parse().unwrap_or(0))
}

fn with_exponent(number: f64, mantissa: &str, exponent: i32) -> Text {
    let sign = if number < 0.0 { "-" } else { "" };
    let plus = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{mantissa}e{plus}{}", exponent.abs()).into()
}

fn to_exponential(number: f64, digits: &Js) -> Result<Js, Error> {
    let count = digits.to_integer();
    if !(0.0..=100.0).contains(&count) {
        return Err(Error::range("toExponential() argument must be between 0 and 100"));
    }
    let (mantissa, exponent) = if digits.is_undefined() {
        let text = format!("{:e}", number.abs());
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        (mantissa.to_owned(), exponent.parse().unwrap_or(0))
    } else {
        scientific(number, count as usize)
    };
    Ok(Js::text(with_exponent(number, &mantissa, exponent)))
}

fn to_precision(number: f64, precision: f64) -> Result<Js, Error> {
    if !(1.0..=100.0).contains(&precision) {
        return Err(Error::range("toPrecision() argument must be between 1 and 100"));
    }
    let precision = precision as usize;
    let (mantissa, exponent) = scientific(number, precision - 1);
    if exponent < -6 || exponent >= precision as i32 {
        return Ok(Js::text(with_exponent(number, &mantissa, exponent)));
    }
    let decimals = (precision as i32 - 1 - exponent).max(0) as usize;
    Ok(Js::text(format!("{number:.decimals$}")))
}

fn to_radix(number: f64, radix: f64) -> Result<Js, Error> {
    if !(2.0..=36.0).contains(&radix) {
        return Err(Error::range("toString() radix must be between 2 and 36"));
    }
    if radix == 10.0 || !number.is_finite() {
        return Ok(Js::text(number_to_text(number)));
    }
    if number.fract() != 0.0 || number.abs() > 9_007_199_254_740_991.0 {
        return Err(Error::unsupported("a fraction in another radix"));
    }
    let radix = radix as u64;
    let mut rest = number.abs() as u64;
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit((rest % radix) as u32, radix as u32).unwrap_or('0'));
        rest /= radix;
        if rest == 0 {
            break;
        }
    }
    if number < 0.0 {
        digits.push('-');
    }
    Ok(Js::text(digits.into_iter().rev().collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_rounded_as_in_javascript() {
        for (number, digits, text) in [
            (1.005, 2.0, "1.00"),
            (2.5, 0.0, "3"),
            (-2.5, 0.0, "-3"),
            (1.45, 1.0, "1.4"),
            (0.5, 0.0, "1"),
            (9.5, 0.0, "10"),
            (1e21, 2.0, "1e+21"),
            (-0.0, 1.0, "0.0"),
            (-0.001, 1.0, "-0.0"),
        ] {
            assert_eq!(
                to_fixed(number, digits)
                    .ok()
                    .and_then(|text| text.as_str().map(str::to_owned))
                    .as_deref(),
                Some(text),
                "{number}"
            );
        }
    }

    #[test]
    fn precision_picks_its_notation() {
        for (number, precision, text) in [
            (12345.678, 3.0, "1.23e+4"),
            (12345.678, 7.0, "12345.68"),
            (0.000_001, 2.0, "0.0000010"),
            (0.000_000_1, 2.0, "1.0e-7"),
            (0.0, 2.0, "0.0"),
        ] {
            assert_eq!(
                to_precision(number, precision)
                    .ok()
                    .and_then(|text| text.as_str().map(str::to_owned))
                    .as_deref(),
                Some(text),
                "{number}"
            );
        }
    }
}
