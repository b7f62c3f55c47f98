//! `Math`.

use patchbay_model::Scope;

use super::argument;
use crate::native::operator::power;
use crate::{Error, Js};

pub(super) const NAMES: [&str; 35] = [
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "clz32", "cos", "cosh", "exp",
    "expm1", "floor", "fround", "hypot", "imul", "log", "log10", "log1p", "log2", "max", "min", "pow", "random",
    "round", "sign", "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
];

pub(super) fn constant(name: &str) -> Option<Js> {
    use std::f64::consts;
    Some(Js::number(match name {
        "PI" => consts::PI,
        "E" => consts::E,
        "LN2" => consts::LN_2,
        "LN10" => consts::LN_10,
        "LOG2E" => consts::LOG2_E,
        "LOG10E" => consts::LOG10_E,
        "SQRT2" => consts::SQRT_2,
        "SQRT1_2" => consts::FRAC_1_SQRT_2,
        _ => return None,
    }))
}

pub(super) fn call(name: &str, arguments: &[Js], scope: &Scope<'_>) -> Option<Result<Js, Error>> {
    let x = argument(arguments, 0).to_number();
    let y = || argument(arguments, 1).to_number();
    let numbers = || arguments.iter().map(Js::to_number);
    Some(Ok(Js::number(match name {
        "abs" => x.abs(),
        "acos" => x.acos(),
        "acosh" => x.acosh(),
        "asin" => x.asin(),
        "asinh" => x.asinh(),
        "atan" => x.atan(),
        "atan2" => x.atan2(y()),
        "atanh" => x.atanh(),
        "cbrt" => x.cbrt(),
        "ceil" => x.ceil(),
        "clz32" => f64::from((argument(arguments, 0).to_int32() as u32).leading_zeros()),
        "cos" => x.cos(),
        "cosh" => x.cosh(),
        "exp" => x.exp(),
        "expm1" => x.exp_m1(),
        "floor" => x.floor(),
        "fround" => f64::from(x as f32),
        "hypot" => numbers().fold(0.0, f64::hypot),
        "imul" => f64::from(
            argument(arguments, 0)
                .to_int32()
                .wrapping_mul(argument(arguments, 1).to_int32()),
        ),
        "log" => x.ln(),
        "log10" => x.log10(),
        "log1p" => x.ln_1p(),
        "log2" => x.log2(),
        "max" => extreme(numbers(), f64::NEG_INFINITY, |best, number| {
            number > best || (number == best && best.is_sign_negative())
        }),
        "min" => extreme(numbers(), f64::INFINITY, |best, number| {
            number < best || (number == best && number.is_sign_negative())
        }),
        "pow" => power(x, y()),
        "random" => scope.environment.random(),
        // Halves go up.
        "round" => {
            let floor = x.floor();
            if x - floor >= 0.5 { floor + 1.0 } else { floor }
        }
        "sign" if x == 0.0 || x.is_nan() => x,
        "sign" => x.signum(),
        "sin" => x.sin(),
        "sinh" => x.sinh(),
        "sqrt" => x.sqrt(),
        "tan" => x.tan(),
        "tanh" => x.tanh(),
        "trunc" => x.trunc(),
        _ => return None,
    })))
}

fn extreme(numbers: impl Iterator<Item = f64>, none: f64, better: fn(f64, f64) -> bool) -> f64 {
    let mut best = none;
    let mut is_nan = false;
    for number in numbers {
        is_nan |= number.is_nan();
        if better(best, number) {
            best = number;
        }
    }
    if is_nan { f64::NAN } else { best }
}
