//! `Intl.Collator` and `localeCompare`: the order of texts in a language, by CLDR's collations as ICU4X holds them.

use std::cmp::Ordering;
use std::sync::LazyLock;

use icu_collator::options::{AlternateHandling, CaseLevel, CollatorOptions, Strength};
use icu_collator::preferences::{CollationCaseFirst, CollationNumericOrdering};
use icu_collator::{CollatorBorrowed, CollatorPreferences};
use icu_locale_core::Locale as LanguageTag;
use indexmap::IndexMap;
use patchbay_model::Text;

use super::locale::Locale;
use crate::date::{error, flag, property, text_option};
use crate::{Error, Js};

/// The order of a language, with options.
pub struct Collator {
    locale: Text,
    usage: Text,
    sensitivity: Text,
    collation: CollatorBorrowed<'static>,
}

/// What is asked most: no locale, no options.
static ROOT: LazyLock<Result<Collator, Error>> = LazyLock::new(|| Collator::new(&Js::Undefined, &Js::Undefined, ""));

impl Collator {
    /// Fails with JavaScript's errors, in which `asked` names who reads the options.
    fn new(locale: &Js, options: &Js, asked: &str) -> Result<Self, Error> {
        let locale = Locale::from_js(locale)?.tag();
        if matches!(options, Js::Json(patchbay_model::Value::Null)) {
            return Err(Error::type_error("Cannot convert undefined or null to object"));
        }
        let choice = |name: &str, choices: &[&str]| match text_option(options, name) {
            Some(chosen) if !choices.contains(&chosen.as_str()) => Err(error(format!(
                "Value {chosen} out of range for {asked} options property {name}"
            ))),
            chosen => Ok(chosen),
        };
        let usage = choice("usage", &["sort", "search"])?.unwrap_or_else(|| "sort".into());
        let case_first = choice("caseFirst", &["upper", "lower", "false"])?;
        let sensitivity =
            choice("sensitivity", &["base", "accent", "case", "variant"])?.unwrap_or_else(|| "variant".into());
        let is_given = |name: &str| !matches!(property(options, name), Js::Undefined);

        let mut preferences = match LanguageTag::try_from_str(&locale) {
            Ok(tag) => CollatorPreferences::from(&tag),
            Err(_) => CollatorPreferences::default(),
        };
        if is_given("numeric") {
            preferences.numeric_ordering = Some(if flag(options, "numeric", false) {
                CollationNumericOrdering::True
            } else {
                CollationNumericOrdering::False
            });
        }
        match case_first.as_deref() {
            Some("upper") => preferences.case_first = Some(CollationCaseFirst::Upper),
            Some("lower") => preferences.case_first = Some(CollationCaseFirst::Lower),
            Some(_) => preferences.case_first = Some(CollationCaseFirst::False),
            None => {}
        }
        let mut chosen = CollatorOptions::default();
        match sensitivity.as_str() {
            "base" => chosen.strength = Some(Strength::Primary),
            "accent" => chosen.strength = Some(Strength::Secondary),
            "case" => (chosen.strength, chosen.case_level) = (Some(Strength::Primary), Some(CaseLevel::On)),
            _ => {}
        }
        if is_given("ignorePunctuation") {
            chosen.alternate_handling = Some(if flag(options, "ignorePunctuation", false) {
                AlternateHandling::Shifted
            } else {
                AlternateHandling::NonIgnorable
            });
        }
        let collation = CollatorBorrowed::try_new(preferences, chosen)
            .map_err(|fault| Error::unsupported(format!("the collation of `{locale}` ({fault})")))?;
        Ok(Self {
            locale,
            usage,
            sensitivity,
            collation,
        })
    }

    /// `compare`, `resolvedOptions`.
    pub(super) fn call(locale: &Js, options: &Js, name: &str, arguments: &[Js]) -> Result<Js, Error> {
        let collator = Self::new(locale, options, "Intl.Collator")?;
        let at = |index: usize| arguments.get(index).unwrap_or(&Js::Undefined).to_text();
        match name {
            "compare" => Ok(collator.compare(&at(0), &at(1))),
            "resolvedOptions" => Ok(collator.resolved()),
            _ => Err(Error::type_error(format!("{name} is not a function"))),
        }
    }

    fn compare(&self, left: &str, right: &str) -> Js {
        Js::number(match self.collation.compare(left, right) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        })
    }

    fn resolved(&self) -> Js {
        let options = self.collation.resolved_options();
        let tag = self.locale.as_str();
        let collation = tag.split_once("-u-co-").map_or("default", |(_, name)| name);
        let case_first = match options.case_first {
            CollationCaseFirst::Upper => "upper",
            CollationCaseFirst::Lower => "lower",
            _ => "false",
        };
        let entries: IndexMap<Text, Js> = [
            ("locale", Js::text(self.locale.clone())),
            ("usage", Js::text(self.usage.clone())),
            ("sensitivity", Js::text(self.sensitivity.clone())),
            (
                "ignorePunctuation",
                Js::boolean(options.alternate_handling == AlternateHandling::Shifted),
            ),
            ("collation", Js::text(collation)),
            (
                "numeric",
                Js::boolean(options.numeric == CollationNumericOrdering::True),
            ),
            ("caseFirst", Js::text(case_first)),
        ]
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect();
        Js::record(entries)
    }
}

/// `left.localeCompare(right, locales, options)`; `arguments` begin with `right`.
pub fn locale_compare(left: &str, arguments: &[Js]) -> Result<Js, Error> {
    let at = |index: usize| arguments.get(index).unwrap_or(&Js::Undefined);
    let right = at(0).to_text();
    if at(1).is_undefined() && at(2).is_undefined() {
        return ROOT
            .as_ref()
            .map_err(Error::clone)
            .map(|root| root.compare(left, &right));
    }
    Ok(Collator::new(at(1), at(2), "String.prototype.localeCompare")?.compare(left, &right))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 66] = [
        "a", "A", "á", "Á", "ä", "Ä", "b", "B", "z", "Z", "ae", "æ", "Æ", "ø", "å", "ss", "ß", "n", "ñ", "", "1", "2",
        "10", "02", " a", "a b", "a-b", "a_b", "ab", "a.b", "a'b", "É", "e", "é", "co-op", "coop", "CO-OP", "résumé",
        "resume", "Resume", "Ł", "l", "日", "本", "あ", "ア", "я", "Я", "ё", "е", "👍", "👎", "Jane Doe", "Jane D",
        "ij", "č", "c", "ch", "d", "h", "x", "-1", "$5", "5", "ﬁ", "fi",
    ];

    /// The arguments of `localeCompare` after the text, as JSON.
    fn arguments(right: &str, rest: &str) -> Vec<Js> {
        let rest = patchbay_model::Value::from_json(rest).expect("JSON");
        let rest = rest.as_array().unwrap_or_default().iter().cloned();
        std::iter::once(Js::text(right)).chain(rest.map(Js::Json)).collect()
    }

    /// Rows: locale and options, a hash of all comparisons of the words with each other that Node.js gives.
    #[test]
    fn texts_compare_as_in_node() {
        for (given, expected) in [
            ("[]", 4_184_808_134_u32),
            (r#"["de"]"#, 4_184_808_134),
            (r#"["sv"]"#, 2_749_044_154),
            (r#"["cs"]"#, 1_789_570_282),
            (r#"["da"]"#, 3_920_415_390),
            (r#"["lt"]"#, 3_754_249_022),
            (r#"["ja"]"#, 1_477_797_736),
            (r#"["zh"]"#, 2_714_628_506),
            (r#"["th"]"#, 1_240_389_672),
            (r#"["de-u-co-phonebk"]"#, 3_449_927_554),
            (r#"["en-u-kn-true"]"#, 1_439_010_122),
            (r#"["en-u-kf-upper"]"#, 2_562_317_022),
            (r#"["en", {"sensitivity": "base"}]"#, 2_856_142_738),
            (r#"["en", {"sensitivity": "accent"}]"#, 2_867_350_482),
            (r#"["en", {"sensitivity": "case"}]"#, 1_100_975_764),
            (r#"["en", {"numeric": true}]"#, 1_439_010_122),
            (r#"["en", {"numeric": true, "sensitivity": "base"}]"#, 110_344_726),
            (r#"["en", {"ignorePunctuation": true}]"#, 1_240_389_672),
            (r#"["en", {"caseFirst": "upper"}]"#, 2_562_317_022),
            (r#"["da", {"caseFirst": "lower"}]"#, 1_247_939_206),
            (r#"["fr", {"usage": "search"}]"#, 4_184_808_134),
        ] {
            let mut hash = 0_u32;
            for (left, right) in WORDS.iter().flat_map(|left| WORDS.map(|right| (left, right))) {
                let order = locale_compare(left, &arguments(right, given))
                    .expect("an order")
                    .to_number();
                hash = hash.wrapping_mul(31).wrapping_add((order + 2.0) as u32);
            }
            assert_eq!(hash, expected, "{given}");
        }
    }

    #[test]
    fn what_is_no_option_is_refused() {
        for (given, expected) in [
            (
                r#"["en", {"sensitivity": "zz"}]"#,
                "Value zz out of range for String.prototype.localeCompare options property sensitivity",
            ),
            (
                r#"["en", {"usage": "q"}]"#,
                "Value q out of range for String.prototype.localeCompare options property usage",
            ),
            (r#"["en", null]"#, "Cannot convert undefined or null to object"),
            (r#"["xx_y"]"#, "Incorrect locale information provided: xx_y"),
        ] {
            let fault = locale_compare("a", &arguments("b", given)).expect_err("a fault");
            assert_eq!(fault.to_string(), expected, "{given}");
        }
    }
}
