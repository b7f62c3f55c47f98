//! Locales by their tags, and which table each of them takes.

use std::sync::OnceLock;

use patchbay_model::Text;

use super::data::Tables;
use crate::date::WeekRule;
use crate::{Error, Js};

macro_rules! sources {
    ($($tag:literal),* $(,)?) => {
        [$(($tag, include_str!(concat!("data/", $tag, ".json")))),*]
    };
}

/// English first: what any other falls back to.
static SOURCES: [(&str, &str); 54] = sources![
    "en-US", "en-GB", "en-AU", "en-CA", "en-IE", "en-IN", "en-NZ", "en-ZA", "bg", "ca", "cs", "da", "de", "de-AT",
    "de-CH", "el", "es", "es-AR", "es-MX", "es-US", "et", "fi", "fr", "fr-BE", "fr-CA", "fr-CH", "he", "hr", "hu",
    "id", "it", "it-CH", "ja", "ko", "lt", "lv", "nb", "nl", "nl-BE", "pl", "pt", "pt-PT", "ro", "ru", "sk", "sl",
    "sr", "sv", "th", "tr", "uk", "vi", "zh", "zh-TW",
];

/// A language and region, as in `de-AT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale {
    tag: Text,
    /// Place in [`SOURCES`].
    table: usize,
}

impl Default for Locale {
    fn default() -> Self {
        Self {
            tag: "en-US".into(),
            table: 0,
        }
    }
}

impl Locale {
    /// A locale by its tag; fails as JavaScript does for what is no tag at all.
    pub fn parse(tag: &str) -> Result<Self, Error> {
        let mut parts = tag.split('-');
        let language = parts.next().unwrap_or_default();
        let is_word =
            |text: &str| (1..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_language =
            matches!(language.len(), 2..=3 | 5..=8) && language.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !is_language || !parts.all(is_word) {
            return Err(crate::date::error(format!(
                "Incorrect locale information provided: {tag}"
            )));
        }
        Ok(Self {
            tag: canonical(tag),
            table: table_of(tag),
        })
    }

    /// What `toLocaleString` takes: a tag, a list of tags, or nothing.
    pub fn from_js(value: &Js) -> Result<Self, Error> {
        if matches!(value, Js::Undefined) {
            return Ok(Self::default());
        }
        if let Some(list) = value.elements() {
            return list
                .into_iter()
                .next()
                .map_or_else(|| Ok(Self::default()), |tag| Self::from_js(&tag));
        }
        if value.is_nullish() {
            return Err(Error::type_error("Incorrect locale information provided"));
        }
        Self::parse(&value.to_text())
    }

    pub fn tag(&self) -> Text {
        self.tag.clone()
    }

    pub fn week_rule(&self) -> WeekRule {
        let week = &self.tables().week;
        WeekRule {
            first_day: week.first().copied().unwrap_or(1),
            minimal_days: week.get(1).copied().unwrap_or(4),
        }
    }

    pub fn tables(&self) -> &'static Tables {
        static LOADED: [OnceLock<Tables>; SOURCES.len()] = [const { OnceLock::new() }; SOURCES.len()];
        LOADED[self.table].get_or_init(|| {
            // The tables are part of the program; a test reads each.
            serde_json::from_str(SOURCES[self.table].1).unwrap_or_else(|_| Tables::empty())
        })
    }
}

/// `de-at` is `de-AT`, `zh-hant` is `zh-Hant`.
fn canonical(tag: &str) -> Text {
    let parts = tag
        .split('-')
        .enumerate()
        .map(|(index, part)| match (index, part.len()) {
            (0, _) => part.to_ascii_lowercase(),
            (_, 2) => part.to_ascii_uppercase(),
            (_, 4) => part[..1].to_ascii_uppercase() + &part[1..].to_ascii_lowercase(),
            _ => part.to_ascii_lowercase(),
        });
    parts.collect::<Vec<_>>().join("-").into()
}

/// The table for a tag: its own, or that of the nearest locale.
fn table_of(tag: &str) -> usize {
    let lower = tag.to_ascii_lowercase();
    let exact = |wanted: &str| SOURCES.iter().position(|(known, _)| known.eq_ignore_ascii_case(wanted));
    let language = lower.split('-').next().unwrap_or_default();
    let near = match (language, &lower[language.len()..]) {
        ("no" | "nn", _) => "nb",
        ("zh", rest) if rest.contains("hant") || rest.contains("-hk") || rest.contains("-mo") => "zh-TW",
        ("en", "-001" | "-150" | "-be" | "-nl" | "-de" | "-se" | "-dk" | "-fi" | "-ch" | "-at" | "-hk" | "-sg") => {
            "en-GB"
        }
        ("en", _) => "en-US",
        ("es", "-419" | "-cl" | "-co" | "-pe" | "-ve" | "-ec" | "-cr") => "es-MX",
        (language, _) => language,
    };
    exact(&lower).or_else(|| exact(near)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intl::data::{Names, Width};
    use crate::intl::zone_group::group_of;

    #[test]
    fn every_table_can_be_read() {
        for (tag, source) in SOURCES {
            let tables: Tables = serde_json::from_str(source).unwrap_or_else(|error| panic!("{tag}: {error}"));
            assert_eq!(tables.names(Names::Month, Width::Long).len(), 12, "{tag}");
            assert_eq!(tables.names(Names::Weekday, Width::Short).len(), 7, "{tag}");
            assert_eq!(tables.day_periods().len(), 2, "{tag}");
        }
        assert_eq!(group_of("Europe/Berlin"), group_of("Europe/Vienna"));
    }

    #[test]
    fn the_nearest_table_is_taken() {
        for (tag, table) in [
            ("de-LU", "de"),
            ("no", "nb"),
            ("zh-Hant", "zh-TW"),
            ("pt-BR", "pt"),
            ("en", "en-US"),
            ("xx", "en-US"),
            ("DE-at", "de-AT"),
        ] {
            let locale = Locale::parse(tag).expect("a locale");
            assert_eq!(SOURCES[locale.table].0, table, "{tag}");
        }
        for tag in ["", "e", "de_DE", "deutsch!", "1234"] {
            assert!(Locale::parse(tag).is_err(), "{tag:?}");
        }
    }
}
