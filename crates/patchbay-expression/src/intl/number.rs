//! Writes numbers as a locale does: groups, decimal point, percent, currency, compact.

use patchbay_model::Text;
use patchbay_model::value::number_to_text;

use super::data::{Numbers, Width};
use super::date::Part;
use super::locale::Locale;
use super::number_options::{Compact, CurrencyDisplay, NumberOptions, NumberStyle, SignDisplay};

/// Writes a number.
pub fn format_number(locale: &Locale, number: f64, options: &NumberOptions) -> Text {
    number_parts(locale, number, options)
        .iter()
        .map(|part| part.value.as_str())
        .collect::<String>()
        .into()
}

/// Writes a number in parts, as `formatToParts` has them.
pub fn number_parts(locale: &Locale, number: f64, options: &NumberOptions) -> Vec<Part> {
    let numbers = &locale.tables().numbers;
    let scaled = if options.style == NumberStyle::Percent {
        number * 100.0
    } else {
        number
    };
    let (digits, compact) = match options.compact {
        Some(length) if scaled.is_finite() => compact_digits(scaled.abs(), options, length),
        _ => (round(scaled.abs(), options), ""),
    };
    let zero = digits.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let negative = scaled.is_sign_negative() && !scaled.is_nan();
    let sign = match options.sign {
        SignDisplay::Never => None,
        SignDisplay::Negative => (negative && !zero).then_some(true),
        SignDisplay::ExceptZero => (!zero && !scaled.is_nan()).then_some(negative),
        SignDisplay::Always => Some(negative),
        SignDisplay::Auto => negative.then_some(true),
    };
    let mut core = write_digits(&digits, numbers, options);
    if !compact.is_empty() {
        if compact.starts_with(' ') {
            core.push(part("literal", " "));
        }
        core.push(part("compact", compact.trim_start()));
    }
    let template = match &options.style {
        NumberStyle::Percent => numbers.percent.as_str(),
        NumberStyle::Currency {
            display: CurrencyDisplay::Name,
            ..
        } => "0 ¤",
        NumberStyle::Currency { accounting: true, .. } if sign == Some(true) => numbers.accounting.as_str(),
        NumberStyle::Currency { .. } if sign == Some(true) => numbers.currency_negative.as_str(),
        NumberStyle::Currency { .. } => numbers.currency.as_str(),
        NumberStyle::Decimal | NumberStyle::Unit { .. } => "0",
    };
    let mut parts = Vec::new();
    let signed_by_template = template.contains(['-', '(']);
    if let Some(negative) = sign.filter(|_| !signed_by_template) {
        parts.push(if negative {
            part("minusSign", &numbers.minus)
        } else {
            part("plusSign", "+")
        });
    }
    for c in template.chars() {
        match c {
            '0' => parts.append(&mut core),
            '¤' => parts.extend(symbol(&options.style, numbers, template, digits == "1")),
            '-' => parts.push(part("minusSign", &numbers.minus)),
            other => parts.push(part("literal", &other.to_string())),
        }
    }
    if let NumberStyle::Unit { unit, display } = &options.style {
        let written: String = parts.iter().map(|part| part.value.as_str()).collect();
        return vec![part("literal", &format_unit(locale, number, &written, unit, display))];
    }
    parts
}

fn part(kind: &'static str, value: &str) -> Part {
    Part {
        kind,
        value: value.into(),
    }
}

/// The sign of percent or of the currency. A code of letters keeps a space from the number.
fn symbol(style: &NumberStyle, numbers: &Numbers, template: &str, one: bool) -> Vec<Part> {
    let NumberStyle::Currency { code, display, .. } = style else {
        return vec![part("percentSign", &numbers.percent_sign)];
    };
    let known = numbers.currencies.get(code).unwrap_or(code);
    let shown = match display {
        CurrencyDisplay::Code => code.clone(),
        CurrencyDisplay::Name => currency_name(code, one),
        CurrencyDisplay::NarrowSymbol => known.trim_start_matches(|c: char| c.is_ascii_alphabetic()).into(),
        CurrencyDisplay::Symbol => known.clone(),
    };
    let shown = if shown.is_empty() { known.clone() } else { shown };
    let before_number = template.contains("¤0");
    let letters = shown.ends_with(|c: char| c.is_alphabetic());
    let mut parts = vec![part("currency", &shown)];
    if before_number && letters {
        parts.push(part("literal", "\u{a0}"));
    }
    parts
}

fn currency_name(code: &str, one: bool) -> Text {
    let (singular, plural) = match code {
        "USD" => ("US dollar", "US dollars"),
        "EUR" => ("euro", "euros"),
        "GBP" => ("British pound", "British pounds"),
        "JPY" => ("Japanese yen", "Japanese yen"),
        "CHF" => ("Swiss franc", "Swiss francs"),
        "CAD" => ("Canadian dollar", "Canadian dollars"),
        "AUD" => ("Australian dollar", "Australian dollars"),
        "INR" => ("Indian rupee", "Indian rupees"),
        "CNY" => ("Chinese yuan", "Chinese yuan"),
        "BRL" => ("Brazilian real", "Brazilian reals"),
        _ => (code, code),
    };
    if one { singular } else { plural }.into()
}

/// The digits of a number that is not negative, rounded half away from zero as its shortest text stands.
fn round(number: f64, options: &NumberOptions) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return "∞".to_owned();
    }
    let (digits, point) = decimal(number);
    let (keep, mut least_fraction) = match options.significant_digits {
        Some((fewest, most)) => {
            // Leading zeros are not significant.
            let leading = leading_zeros(&digits) as i64;
            (leading + most as i64, fewest)
        }
        None => (
            point + options.maximum_fraction_digits as i64,
            options.minimum_fraction_digits,
        ),
    };
    let (mut digits, mut point) = (digits, point);
    if keep < digits.len() as i64 {
        let up = keep >= 0 && digits.get(keep as usize).is_some_and(|digit| *digit >= 5);
        digits.truncate(keep.max(0) as usize);
        if up {
            let mut place = digits.len();
            loop {
                if place == 0 {
                    digits.insert(0, 1);
                    point += 1;
                    break;
                }
                place -= 1;
                if digits[place] == 9 {
                    digits[place] = 0;
                } else {
                    digits[place] += 1;
                    break;
                }
            }
        }
    }
    if let Some((fewest, _)) = options.significant_digits {
        least_fraction = (leading_zeros(&digits) as i64 + fewest as i64 - point).max(0) as usize;
    }
    let digit = |place: i64| {
        let value = usize::try_from(place)
            .ok()
            .and_then(|place| digits.get(place))
            .copied()
            .unwrap_or(0);
        char::from(b'0' + value)
    };
    let mut text: String = (0..point.max(0)).map(digit).collect();
    let text_start = text.find(|c| c != '0').unwrap_or(text.len());
    text.drain(..text_start);
    while text.len() < options.minimum_integer_digits {
        text.insert(0, '0');
    }
    let mut fraction: String = (point..digits.len() as i64).map(digit).collect();
    while fraction.len() > least_fraction && fraction.ends_with('0') {
        fraction.pop();
    }
    while fraction.len() < least_fraction {
        fraction.push('0');
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(&fraction);
    }
    text
}

/// Zeros before the first digit that counts; of zero itself none.
fn leading_zeros(digits: &[u8]) -> usize {
    digits.iter().position(|digit| *digit != 0).unwrap_or(0)
}

/// The digits of the shortest text that is this number, and how many of them stand before the point.
fn decimal(number: f64) -> (Vec<u8>, i64) {
    let text = number_to_text(number);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = whole.bytes().chain(fraction.bytes()).map(|byte| byte - b'0').collect();
    (digits, whole.len() as i64 + exponent.parse::<i64>().unwrap_or(0))
}

fn write_digits(digits: &str, numbers: &Numbers, options: &NumberOptions) -> Vec<Part> {
    match digits {
        "NaN" => return vec![part("nan", "NaN")],
        "∞" => return vec![part("infinity", "∞")],
        _ => {}
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut parts = Vec::new();
    // Compact numbers wait for five digits before they group.
    let from = if options.compact.is_some() {
        numbers.group_from.max(5)
    } else {
        numbers.group_from
    };
    if options.use_grouping && whole.len() >= from {
        let [first, others] = numbers.group_sizes;
        let is_currency = matches!(options.style, NumberStyle::Currency { .. });
        let group = if is_currency {
            &numbers.currency_group
        } else {
            &numbers.group
        };
        let mut cuts = Vec::new();
        let mut rest = whole.len().saturating_sub(first);
        while rest > 0 {
            cuts.push(rest);
            rest = rest.saturating_sub(others.max(1));
        }
        let mut start = 0;
        for cut in cuts.into_iter().rev() {
            parts.push(part("integer", &whole[start..cut]));
            parts.push(part("group", group));
            start = cut;
        }
        parts.push(part("integer", &whole[start..]));
    } else {
        parts.push(part("integer", whole));
    }
    if !fraction.is_empty() {
        parts.push(part("decimal", &numbers.decimal));
        parts.push(part("fraction", fraction));
    }
    parts
}

/// English thousands, millions, billions and trillions.
fn compact_digits(number: f64, options: &NumberOptions, length: Compact) -> (String, &'static str) {
    const STEPS: [(f64, &str, &str); 4] = [
        (1e12, "T", " trillion"),
        (1e9, "B", " billion"),
        (1e6, "M", " million"),
        (1e3, "K", " thousand"),
    ];
    let write = |value: f64| {
        let options = match options.significant_digits {
            Some(_) if value >= 100.0 => NumberOptions {
                significant_digits: None,
                maximum_fraction_digits: 0,
                minimum_fraction_digits: 0,
                ..options.clone()
            },
            _ => options.clone(),
        };
        round(value, &options)
    };
    let mut place = STEPS.iter().position(|(size, ..)| number >= *size);
    // What rounds up to a thousand of a step is one of the next.
    if let Some(index) = place.filter(|index| *index > 0)
        && write(number / STEPS[index].0) == "1000"
    {
        place = Some(index - 1);
    }
    match place {
        Some(index) => {
            let (size, short, long) = STEPS[index];
            (write(number / size), if length == Compact::Long { long } else { short })
        }
        None if write(number) == "1000" => ("1".to_owned(), if length == Compact::Long { " thousand" } else { "K" }),
        None => (write(number), ""),
    }
}

/// A number with a unit, `display` being `long`, `short` or `narrow`. Units of anything but time are English.
pub fn format_unit(locale: &Locale, value: f64, number: &str, unit: &str, display: &str) -> String {
    const TIMES: [&str; 9] = [
        "year",
        "quarter",
        "month",
        "week",
        "day",
        "hour",
        "minute",
        "second",
        "millisecond",
    ];
    if let Some(place) = TIMES.iter().position(|time| *time == unit) {
        return locale
            .tables()
            .amount(value, number, place, Width::parse(display))
            .into();
    }
    let one = value.abs() == 1.0;
    if display == "long" {
        return format!("{number} {unit}{}", if one { "" } else { "s" });
    }
    let narrow = display == "narrow";
    let (singular, plural, tight) = match unit {
        "kilometer" => ("km", "km", "km"),
        "meter" => ("m", "m", "m"),
        "kilogram" => ("kg", "kg", "kg"),
        "byte" => ("byte", "byte", "B"),
        "kilobyte" => ("kB", "kB", "kB"),
        "megabyte" => ("MB", "MB", "MB"),
        "gigabyte" => ("GB", "GB", "GB"),
        "terabyte" => ("TB", "TB", "TB"),
        "percent" => return format!("{number}%"),
        "celsius" => return format!("{number}°C"),
        other => (other, other, other),
    };
    if narrow {
        format!("{number}{tight}")
    } else {
        format!("{number} {}", if one { singular } else { plural })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Js;
    use patchbay_model::Value;

    fn write(tag: &str, number: f64, options: &str) -> String {
        let options = Js::Json(Value::from_json(options).expect("JSON"));
        let options = NumberOptions::from_js(&options).expect("options");
        format_number(&Locale::parse(tag).expect("a locale"), number, &options).replace('\u{a0}', " ")
    }

    #[test]
    fn numbers_are_written_as_v8_writes_them() {
        for (tag, number, options, text) in [
            ("en-US", 1_234_567.891, "{}", "1,234,567.891"),
            ("en-US", 1.005, r#"{"maximumFractionDigits": 2}"#, "1.01"),
            ("en-US", 0.0005, "{}", "0.001"),
            ("en-US", -0.0, "{}", "-0"),
            ("en-US", 1e21, "{}", "1,000,000,000,000,000,000,000"),
            ("en-US", 999.9999, "{}", "1,000"),
            (
                "en-US",
                1234.5,
                r#"{"style": "currency", "currency": "USD"}"#,
                "$1,234.50",
            ),
            (
                "en-US",
                -1234.5,
                r#"{"style": "currency", "currency": "USD"}"#,
                "-$1,234.50",
            ),
            (
                "en-US",
                1234.5,
                r#"{"style": "currency", "currency": "CHF"}"#,
                "CHF 1,234.50",
            ),
            ("en-US", 0.256, r#"{"style": "percent"}"#, "26%"),
            ("en-US", 1234.5, r#"{"notation": "compact"}"#, "1.2K"),
            ("en-US", 5.0, r#"{"minimumIntegerDigits": 2}"#, "05"),
            ("en-US", 123_456.0, r#"{"maximumSignificantDigits": 3}"#, "123,000"),
            ("de", 1_234_567.891, "{}", "1.234.567,891"),
            (
                "de",
                1234.5,
                r#"{"style": "currency", "currency": "EUR"}"#,
                "1.234,50 €",
            ),
            ("es", 1234.5, "{}", "1234,5"),
            ("en-IN", 1_234_567.0, "{}", "12,34,567"),
            ("de-CH", 1234.5, "{}", "1'234.5"),
        ] {
            assert_eq!(write(tag, number, options), text, "{tag} {number} {options}");
        }
    }
}
