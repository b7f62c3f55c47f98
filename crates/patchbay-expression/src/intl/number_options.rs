//! The options of `Intl.NumberFormat` and `Number.prototype.toLocaleString`.

use patchbay_model::Text;

use crate::date::{error, flag, property, text_option};
use crate::{Error, Js};

/// What a number stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NumberStyle {
    #[default]
    Decimal,
    Percent,
    Currency {
        /// In capitals.
        code: Text,
        display: CurrencyDisplay,
        accounting: bool,
    },
    /// A unit and the length of its name.
    Unit {
        unit: Text,
        display: Text,
    },
}

/// How a currency is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurrencyDisplay {
    Symbol,
    /// `$` for every dollar.
    NarrowSymbol,
    Code,
    Name,
}

/// When a sign is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignDisplay {
    #[default]
    Auto,
    Always,
    ExceptZero,
    Negative,
    Never,
}

/// How a number is written.
#[derive(Clone, Debug)]
pub struct NumberOptions {
    pub style: NumberStyle,
    pub minimum_integer_digits: usize,
    pub minimum_fraction_digits: usize,
    pub maximum_fraction_digits: usize,
    /// The least and the most significant digits, instead of fraction digits.
    pub significant_digits: Option<(usize, usize)>,
    pub use_grouping: bool,
    pub compact: Option<Compact>,
    pub sign: SignDisplay,
}

/// `notation: 'compact'`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compact {
    Short,
    Long,
}

impl Default for NumberOptions {
    fn default() -> Self {
        Self {
            style: NumberStyle::Decimal,
            minimum_integer_digits: 1,
            minimum_fraction_digits: 0,
            maximum_fraction_digits: 3,
            significant_digits: None,
            use_grouping: true,
            compact: None,
            sign: SignDisplay::Auto,
        }
    }
}

impl NumberOptions {
    /// Fails with JavaScript's errors for a value that an option does not have.
    pub fn from_js(options: &Js) -> Result<Self, Error> {
        let style = style(options)?;
        let compact = match text_option(options, "notation").as_deref() {
            Some("compact") => Some(match text_option(options, "compactDisplay").as_deref() {
                Some("long") => Compact::Long,
                _ => Compact::Short,
            }),
            _ => None,
        };
        let (least, most) = match &style {
            NumberStyle::Currency { code, .. } if compact.is_none() => (currency_digits(code), currency_digits(code)),
            NumberStyle::Percent => (0, 0),
            _ if compact.is_some() => (0, 0),
            _ => (0, 3),
        };
        let minimum = digits(options, "minimumFractionDigits", 0, 100)?;
        let maximum = digits(options, "maximumFractionDigits", 0, 100)?;
        let (minimum_fraction_digits, maximum_fraction_digits) = match (minimum, maximum) {
            (Some(minimum), Some(maximum)) if minimum > maximum => {
                return Err(error("maximumFractionDigits value is out of range."));
            }
            (Some(minimum), Some(maximum)) => (minimum, maximum),
            (Some(minimum), None) => (minimum, minimum.max(most)),
            (None, Some(maximum)) => (least.min(maximum), maximum),
            (None, None) => (least, most),
        };
        let fewest = digits(options, "minimumSignificantDigits", 1, 21)?;
        let greatest = digits(options, "maximumSignificantDigits", 1, 21)?;
        let mut significant_digits =
            (fewest.is_some() || greatest.is_some()).then(|| (fewest.unwrap_or(1), greatest.unwrap_or(21)));
        if significant_digits.is_some_and(|(fewest, greatest)| fewest > greatest) {
            return Err(error("maximumSignificantDigits value is out of range."));
        }
        if compact.is_some() && minimum.is_none() && maximum.is_none() && significant_digits.is_none() {
            // Two digits for what is small, none of a fraction for what is not: `1.2K`, `12K`.
            significant_digits = Some((1, 2));
        }
        let grouping = property(options, "useGrouping");
        Ok(Self {
            style,
            minimum_integer_digits: digits(options, "minimumIntegerDigits", 1, 21)?.unwrap_or(1),
            minimum_fraction_digits,
            maximum_fraction_digits,
            significant_digits,
            use_grouping: grouping.is_nullish()
                || (flag(options, "useGrouping", true) && grouping.to_text() != "false"),
            compact,
            sign: match text_option(options, "signDisplay").as_deref() {
                Some("always") => SignDisplay::Always,
                Some("exceptZero") => SignDisplay::ExceptZero,
                Some("negative") => SignDisplay::Negative,
                Some("never") => SignDisplay::Never,
                _ => SignDisplay::Auto,
            },
        })
    }
}

fn style(options: &Js) -> Result<NumberStyle, Error> {
    let currency = text_option(options, "currency");
    if let Some(code) = &currency
        && (code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_alphabetic()))
    {
        return Err(error(format!("Invalid currency code : {code}")));
    }
    Ok(match text_option(options, "style").as_deref() {
        None | Some("decimal") => NumberStyle::Decimal,
        Some("percent") => NumberStyle::Percent,
        Some("currency") => NumberStyle::Currency {
            code: currency
                .ok_or_else(|| Error::type_error("Currency code is required with currency style."))?
                .to_ascii_uppercase()
                .into(),
            display: match text_option(options, "currencyDisplay").as_deref() {
                Some("code") => CurrencyDisplay::Code,
                Some("name") => CurrencyDisplay::Name,
                Some("narrowSymbol") => CurrencyDisplay::NarrowSymbol,
                _ => CurrencyDisplay::Symbol,
            },
            accounting: text_option(options, "currencySign").is_some_and(|sign| sign == "accounting"),
        },
        Some("unit") => NumberStyle::Unit {
            unit: text_option(options, "unit").ok_or_else(|| Error::type_error("Unit is required with unit style."))?,
            display: text_option(options, "unitDisplay").unwrap_or_else(|| "short".into()),
        },
        Some(other) => {
            return Err(error(format!(
                "Value {other} out of range for Intl.NumberFormat options property style"
            )));
        }
    })
}

fn digits(options: &Js, name: &str, least: usize, most: usize) -> Result<Option<usize>, Error> {
    let value = property(options, name);
    if matches!(value, Js::Undefined) {
        return Ok(None);
    }
    let number = value.to_number();
    if !(least as f64..=most as f64).contains(&number) {
        return Err(error(format!("{name} value is out of range.")));
    }
    Ok(Some(number as usize))
}

/// Digits behind the decimal point of a currency (ISO 4217).
fn currency_digits(code: &str) -> usize {
    match code {
        "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "UGX" | "XAF" | "XOF" | "XPF" | "PYG" | "RWF" | "KMF" | "GNF"
        | "DJF" | "BIF" | "VUV" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}
