//! `number.round`: rounding as `toFixed` does it.

use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "round",
    aliases: &[],
    about: "The number rounded by its exact binary value, halves away from zero",
    parameters: &[Parameter::optional("decimals", "0 to 100 decimal places, 0 by default")],
    examples: &[
        Example("(1.5).round()", Gives::Json("2")),
        Example("(123.456).round(2)", Gives::Json("123.46")),
        // It is 1.00499999999999989… in binary.
        Example("(1.005).round(2)", Gives::Json("1")),
    ],
    body: Body::Number(round_to),
};

fn round_to(number: f64, arguments: &Arguments<'_>) -> Result<Js, Error> {
    let decimals = arguments.get(0).to_integer();
    if !(0.0..=100.0).contains(&decimals) {
        return Err(Error::range("toFixed() digits argument must be between 0 and 100"));
    }
    Ok(Js::number(round(number, decimals as usize)))
}

/// `Number(number.toFixed(decimals))`.
pub fn round(number: f64, decimals: usize) -> f64 {
    /// From here on every number is whole.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    if !number.is_finite() || number.abs() >= WHOLE {
        return number;
    }
    if decimals == 0 {
        return number.round() + 0.0;
    }
    // Formatting knows the exact value but rounds a tie to even. A tie ends in a 5 that nothing follows.
    let exact = format!("{:.1$}", number.abs(), decimals + 60);
    let (kept, rest) = exact.split_at(exact.len() - 60);
    let is_tie = rest.starts_with('5') && rest[1..].bytes().all(|digit| digit == b'0');
    let rounded = if is_tie {
        // The next decimal up: the tie itself with a 6 at its end rounds away from zero.
        format!("{kept}6")
            .parse()
            .map_or_else(|_| number.abs(), |up: f64| parse(&format!("{up:.decimals$}")))
    } else {
        parse(&format!("{:.decimals$}", number.abs()))
    };
    rounded.copysign(number) + 0.0
}

fn parse(digits: &str) -> f64 {
    digits.parse().unwrap_or(f64::NAN)
}
