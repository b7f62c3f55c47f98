//! `Intl.PluralRules`, `Intl.ListFormat` and `Intl.RelativeTimeFormat`: words that depend on numbers and on what stands
//! around them.

use indexmap::IndexMap;
use patchbay_model::Text;

use super::data::{ListKind, Width};
use super::locale::Locale;
use super::number::{format_number, number_parts};
use super::number_options::NumberOptions;
use crate::date::{error, text_option};
use crate::{Error, Js};

/// The units of `Intl.RelativeTimeFormat`, in the order of the tables.
const UNITS: [&str; 8] = ["year", "quarter", "month", "week", "day", "hour", "minute", "second"];

/// A method of such an object: its class, what it was made with, the method's name and arguments. `check` does nothing
/// but look at the options.
pub fn call(class: &str, locale: &Js, options: &Js, name: &str, arguments: &[Js]) -> Result<Js, Error> {
    let locale = Locale::from_js(locale)?;
    let choice = |option: &str, choices: &[&str]| match text_option(options, option) {
        Some(chosen) if !choices.contains(&chosen.as_str()) => Err(error(format!(
            "Value {chosen} out of range for Intl.{class} options property {option}"
        ))),
        Some(chosen) => Ok(chosen),
        None => Ok(choices[0].into()),
    };
    let styles = ["long", "short", "narrow"];
    let first = arguments.first().unwrap_or(&Js::Undefined);
    let resolved = |entries: &[(&str, Text)]| {
        let entries = [("locale", locale.tag())].into_iter().chain(entries.iter().cloned());
        let entries = entries.map(|(name, value)| (Text::from(name), Js::text(value)));
        entries.collect::<IndexMap<_, _>>()
    };
    match class {
        "PluralRules" => {
            let kind = choice("type", &["cardinal", "ordinal"])?;
            let digits = NumberOptions::from_js(options)?;
            let ordinal = kind == "ordinal";
            Ok(match name {
                "select" => Js::text(plural(&locale, first.to_number(), ordinal, &digits)),
                "resolvedOptions" => {
                    let mut entries = resolved(&[("type", kind)]);
                    let names = locale.tables().all_plural_names(ordinal);
                    for (name, count) in [
                        ("minimumIntegerDigits", digits.minimum_integer_digits),
                        ("minimumFractionDigits", digits.minimum_fraction_digits),
                        ("maximumFractionDigits", digits.maximum_fraction_digits),
                    ] {
                        entries.insert(name.into(), Js::number(count as f64));
                    }
                    let names = names.into_iter().map(Js::text).collect();
                    entries.insert("pluralCategories".into(), Js::list(names));
                    Js::record(entries)
                }
                _ => Js::Undefined,
            })
        }
        "ListFormat" => {
            let kind = choice("type", &["conjunction", "disjunction", "unit"])?;
            let style = choice("style", &styles)?;
            Ok(match name {
                "format" => Js::text(joined(&list(&locale, first, &kind, &style)?)),
                "formatToParts" => records(list(&locale, first, &kind, &style)?, None),
                "resolvedOptions" => Js::record(resolved(&[("type", kind), ("style", style)])),
                _ => Js::Undefined,
            })
        }
        "RelativeTimeFormat" => {
            let numeric = choice("numeric", &["always", "auto"])?;
            let style = choice("style", &styles)?;
            let parts = || {
                let unit = arguments.get(1).unwrap_or(&Js::Undefined).to_text();
                relative(
                    &locale,
                    first.to_number(),
                    &unit,
                    numeric == "auto",
                    Width::parse(&style),
                )
            };
            Ok(match name {
                "format" => Js::text(joined(&parts()?.0)),
                "formatToParts" => {
                    let (parts, unit) = parts()?;
                    records(parts, Some(unit))
                }
                "resolvedOptions" => Js::record(resolved(&[
                    ("style", style),
                    ("numeric", numeric),
                    ("numberingSystem", "latn".into()),
                ])),
                _ => Js::Undefined,
            })
        }
        _ => Err(Error::type_error(format!("Intl.{class} is not a constructor"))),
    }
}

/// The kind of a part and its text.
type Parts = Vec<(&'static str, Text)>;

fn joined(parts: &Parts) -> String {
    parts.iter().map(|(_, value)| value.as_str()).collect()
}

/// Parts as `formatToParts` gives them; those of a number tell the unit.
fn records(parts: Parts, unit: Option<&str>) -> Js {
    let parts = parts.into_iter().map(|(kind, value)| {
        let mut entries: IndexMap<Text, Js> = IndexMap::new();
        entries.insert("type".into(), Js::text(kind));
        entries.insert("value".into(), Js::text(value));
        if let Some(unit) = unit.filter(|_| kind != "literal") {
            entries.insert("unit".into(), Js::text(unit));
        }
        Js::record(entries)
    });
    Js::list(parts.collect())
}

/// The form of a number as it would be written.
fn plural(locale: &Locale, number: f64, ordinal: bool, digits: &NumberOptions) -> Text {
    let plain = NumberOptions {
        use_grouping: false,
        ..digits.clone()
    };
    let written = format_number(&Locale::default(), number, &plain);
    let shown = written.parse().unwrap_or(number);
    if !ordinal && written.contains('.') && f64::fract(shown) == 0.0 {
        // `1.0` has the form of a fraction.
        return locale.tables().plural_name(shown + 0.5, false);
    }
    locale.tables().plural_name(shown, ordinal)
}

fn list(locale: &Locale, given: &Js, kind: &str, style: &str) -> Result<Parts, Error> {
    let elements = match given {
        Js::Undefined => Vec::new(),
        Js::Json(patchbay_model::Value::Text(text)) => {
            text.chars().map(|letter| Js::text(letter.to_string())).collect()
        }
        given => given
            .to_elements()
            .ok_or_else(|| Error::type_error(format!("{} is not iterable", given.to_text())))?,
    };
    let mut texts = Vec::with_capacity(elements.len());
    for element in elements {
        if element.type_of() != "string" {
            let message = format!("Iterable yielded {} which is not a string", element.to_text());
            return Err(Error::type_error(message));
        }
        texts.push(element.to_text());
    }
    let kind = match kind {
        "conjunction" => ListKind::And,
        "disjunction" => ListKind::Or,
        _ => ListKind::Amounts,
    };
    let mut joints = locale.tables().joints(&texts, kind, Width::parse(style)).into_iter();
    let mut parts = Parts::new();
    for (index, text) in texts.into_iter().enumerate() {
        if index > 0 {
            parts.extend(joints.next().map(|joint| ("literal", joint)));
        }
        parts.push(("element", text));
    }
    Ok(parts)
}

/// The parts, and the unit's name in the singular.
fn relative(
    locale: &Locale,
    amount: f64,
    unit: &str,
    words: bool,
    width: Width,
) -> Result<(Parts, &'static str), Error> {
    if !amount.is_finite() {
        return Err(error(
            "Value need to be finite number for Intl.RelativeTimeFormat.prototype.format()",
        ));
    }
    let place = UNITS
        .iter()
        .position(|known| *known == unit || unit.strip_suffix('s') == Some(known));
    let place = place.ok_or_else(|| {
        error(format!(
            "Invalid unit argument for Intl.RelativeTimeFormat.prototype.format() '{unit}'"
        ))
    })?;
    let tables = locale.tables();
    if let Some(word) = tables.relative_word(amount, place, width).filter(|_| words) {
        return Ok((vec![("literal", word)], UNITS[place]));
    }
    let form = tables.relative(amount, !amount.is_sign_negative(), place, width);
    let mut parts = Parts::new();
    let literal = |text: &str| (!text.is_empty()).then(|| ("literal", Text::from(text)));
    match form.split_once("{0}") {
        None => parts.extend(literal(&form)),
        Some((before, after)) => {
            parts.extend(literal(before));
            let number = number_parts(locale, amount.abs(), &NumberOptions::default());
            parts.extend(number.into_iter().map(|part| (part.kind, part.value)));
            parts.extend(literal(after));
        }
    }
    Ok((parts, UNITS[place]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_nodes() {
        let options = |text: &str| Js::Json(patchbay_model::Value::from_json(text).expect("JSON"));
        let json = |text: &str| options(text);
        for (class, locale, made_with, method, arguments, expected) in [
            ("PluralRules", "en", "{}", "select", "[1]", "one"),
            ("PluralRules", "en", r#"{"type":"ordinal"}"#, "select", "[22]", "two"),
            (
                "PluralRules",
                "en",
                r#"{"minimumFractionDigits":1}"#,
                "select",
                "[1]",
                "other",
            ),
            (
                "PluralRules",
                "en",
                r#"{"maximumFractionDigits":0}"#,
                "select",
                "[1.2]",
                "one",
            ),
            ("PluralRules", "pl", "{}", "select", "[22]", "few"),
            ("PluralRules", "fr", "{}", "select", "[1000000]", "many"),
            ("ListFormat", "en", "{}", "format", r#"[["a","b","c"]]"#, "a, b, and c"),
            (
                "ListFormat",
                "de",
                r#"{"type":"disjunction"}"#,
                "format",
                r#"[["a","b"]]"#,
                "a oder b",
            ),
            (
                "ListFormat",
                "es",
                "{}",
                "format",
                r#"[["padre","isabel"]]"#,
                "padre e isabel",
            ),
            ("ListFormat", "es", "{}", "format", r#"[["a","hierro"]]"#, "a y hierro"),
            (
                "ListFormat",
                "en",
                r#"{"type":"unit","style":"narrow"}"#,
                "format",
                r#"["ab"]"#,
                "a b",
            ),
            (
                "RelativeTimeFormat",
                "en",
                "{}",
                "format",
                r#"[-1, "day"]"#,
                "1 day ago",
            ),
            (
                "RelativeTimeFormat",
                "en",
                r#"{"numeric":"auto"}"#,
                "format",
                r#"[-1, "days"]"#,
                "yesterday",
            ),
            (
                "RelativeTimeFormat",
                "de",
                r#"{"numeric":"auto"}"#,
                "format",
                r#"[2, "day"]"#,
                "übermorgen",
            ),
            (
                "RelativeTimeFormat",
                "en",
                r#"{"style":"narrow"}"#,
                "format",
                r#"[1234.5678, "minute"]"#,
                "in 1,234.568m",
            ),
            (
                "RelativeTimeFormat",
                "pl",
                "{}",
                "format",
                r#"[-1.5, "week"]"#,
                "1,5 tygodnia temu",
            ),
        ] {
            let arguments = json(arguments).to_elements().expect("a list");
            let got = call(class, &Js::text(locale), &options(made_with), method, &arguments).expect(class);
            assert_eq!(got.to_text(), expected, "{class} {locale} {made_with}");
        }
    }

    #[test]
    fn what_is_no_option_is_told_as_v8_tells_it() {
        let none = Js::Undefined;
        let number = [Js::number(1.0), Js::text("foo")];
        for (got, expected) in [
            (
                call("RelativeTimeFormat", &none, &none, "format", &number),
                "Invalid unit argument for Intl.RelativeTimeFormat.prototype.format() 'foo'",
            ),
            (
                call("ListFormat", &none, &none, "format", &[Js::list(vec![Js::number(1.0)])]),
                "Iterable yielded 1 which is not a string",
            ),
        ] {
            assert_eq!(got.map(|_| ()).expect_err(expected).message, expected);
        }
    }
}
