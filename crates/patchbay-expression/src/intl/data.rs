//! The tables of each locale, read when a locale is first used.

use std::collections::HashMap;
use std::sync::OnceLock;

use patchbay_model::Text;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::date::{OffsetStyle, WeekRule, Zone, offset_text};
use crate::{Error, Js};

/// A language and region, as in `de-AT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale {
    tag: Text,
    /// Place in [`SOURCES`].
    table: usize,
}

/// Lengths of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    Long,
    Short,
    Narrow,
}

impl Width {
    /// `long`, `narrow`; anything else is short.
    pub fn parse(name: &str) -> Self {
        match name {
            "long" => Self::Long,
            "narrow" => Self::Narrow,
            _ => Self::Short,
        }
    }
}

/// Lists of names. Those that stand alone differ from those inside a date in some languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    Month,
    MonthAlone,
    /// Beside a year, without a day.
    MonthWithYear,
    /// From Monday.
    Weekday,
    WeekdayAlone,
    /// In a date with its year.
    WeekdayWithYear,
    /// Before and after year 1.
    Era,
}

/// What one locale needs to write dates and numbers. Patterns are CLDR's.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tables {
    months: [Vec<Text>; 3],
    months_alone: [Vec<Text>; 3],
    months_with_year: [Vec<Text>; 3],
    weekdays: [Vec<Text>; 3],
    weekdays_alone: [Vec<Text>; 3],
    weekdays_with_year: [Vec<Text>; 3],
    eras: [Vec<Text>; 3],
    /// AM and PM.
    day_periods: Vec<Text>,
    /// First day, minimal days of the first week, then the days of the weekend.
    week: Vec<i64>,
    pub(super) hour_cycle: Text,
    /// By the letters of the fields: `EyMMMd`.
    pub(super) dates: FxHashMap<Text, Text>,
    /// By the letters of the fields: `hmz`.
    pub(super) times: FxHashMap<Text, Text>,
    /// Full, long, medium, short.
    pub(super) date_styles: [Text; 4],
    pub(super) time_styles: [Text; 4],
    pub(super) glue_of_styles: [Text; 4],
    /// For a date with weekday and long month, long month, short month, numeric month, weekday alone.
    pub(super) glue_of_fields: [Text; 5],
    pub(super) glue_of_zone: Text,
    /// East and west of Greenwich, short and then long; what is between hours and minutes; no offset.
    offsets: [Text; 6],
    /// The place of the plural form of each number up to 199, and of fractions.
    plurals: Text,
    /// Long and short; by unit from years to seconds; past and future; by plural form.
    relative: [Vec<[Vec<Text>; 2]>; 2],
    /// By unit: the last, this and the next one in a word, empty where there is none.
    words: Vec<[Text; 3]>,
    /// Long, short and narrow; by unit from years to milliseconds; by plural form.
    units: [Vec<Vec<Text>>; 3],
    /// Long, short and narrow: between two, between some, before the last of some.
    lists: [[Text; 3]; 3],
    /// The short and the long name of UTC.
    utc: [Text; 2],
    pub(super) numbers: Numbers,
    /// By group of zones: short standard, short daylight, long standard, long daylight; empty where CLDR has none.
    zones: HashMap<u32, [Text; 4]>,
}

/// How a locale writes numbers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Numbers {
    pub decimal: Text,
    pub group: Text,
    /// Of the group next to the decimal point, and of the others.
    pub group_sizes: [usize; 2],
    /// The number of digits from which there are groups.
    pub group_from: usize,
    pub minus: Text,
    /// `0` is the number, `¤` the sign.
    pub percent: Text,
    pub percent_sign: Text,
    pub currency: Text,
    pub currency_negative: Text,
    pub accounting: Text,
    /// Symbols of currencies that are not written by their code.
    pub currencies: FxHashMap<Text, Text>,
}

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

static ZONE_GROUPS: &str = include_str!("data/zones.json");

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

impl Tables {
    /// Writes nothing; stands in where a table cannot be read, which a test rules out.
    fn empty() -> Self {
        let names = || [const { Vec::new() }; 3];
        Self {
            months: names(),
            months_alone: names(),
            months_with_year: names(),
            weekdays: names(),
            weekdays_alone: names(),
            weekdays_with_year: names(),
            eras: names(),
            day_periods: Vec::new(),
            week: Vec::new(),
            hour_cycle: Text::default(),
            dates: FxHashMap::default(),
            times: FxHashMap::default(),
            date_styles: Default::default(),
            time_styles: Default::default(),
            glue_of_styles: Default::default(),
            glue_of_fields: Default::default(),
            glue_of_zone: Text::default(),
            offsets: Default::default(),
            plurals: Text::default(),
            relative: Default::default(),
            words: Vec::new(),
            units: Default::default(),
            lists: Default::default(),
            utc: Default::default(),
            numbers: Numbers {
                decimal: ".".into(),
                group: ",".into(),
                group_sizes: [3, 3],
                group_from: 4,
                minus: "-".into(),
                percent: "0¤".into(),
                percent_sign: "%".into(),
                currency: "¤0".into(),
                currency_negative: "-¤0".into(),
                accounting: "-¤0".into(),
                currencies: FxHashMap::default(),
            },
            zones: HashMap::new(),
        }
    }

    pub fn names(&self, names: Names, width: Width) -> &[Text] {
        let lists = match names {
            Names::Month => &self.months,
            Names::MonthAlone => &self.months_alone,
            Names::MonthWithYear => &self.months_with_year,
            Names::Weekday => &self.weekdays,
            Names::WeekdayAlone => &self.weekdays_alone,
            Names::WeekdayWithYear => &self.weekdays_with_year,
            Names::Era => &self.eras,
        };
        &lists[width as usize]
    }

    /// One name of a list; empty where the list is shorter.
    pub fn name(&self, names: Names, width: Width, index: i64) -> Text {
        usize::try_from(index)
            .ok()
            .and_then(|index| self.names(names, width).get(index))
            .cloned()
            .unwrap_or_default()
    }

    /// AM and PM.
    pub fn day_periods(&self) -> &[Text] {
        &self.day_periods
    }

    pub fn day_period(&self, hour: i64) -> Text {
        self.day_periods
            .get(usize::from(hour >= 12))
            .cloned()
            .unwrap_or_default()
    }

    /// 1 is Monday.
    pub fn is_weekend(&self, weekday: i64) -> bool {
        self.week.iter().skip(2).any(|day| *day == weekday)
    }

    /// A zone's name at an instant, or its offset where it has no name.
    pub fn zone_name(&self, zone: &Zone, millis: f64, width: Width) -> Text {
        let long = width == Width::Long;
        match zone {
            Zone::Fixed(0) => self.utc[0].clone(),
            // `Intl` knows only whole hours.
            Zone::Fixed(minutes) if minutes % 60 != 0 => zone.name(),
            Zone::Fixed(_) => self.offset_name(zone.offset_at(millis), long),
            Zone::Named { name, .. } | Zone::Unknown(name) => {
                if is_utc(name) {
                    return self.utc[usize::from(long)].clone();
                }
                let place = if long { 2 } else { 0 } + usize::from(zone.is_daylight(millis));
                let names = group_of(name).and_then(|group| self.zones.get(&group));
                match names.map(|names| &names[place]).filter(|name| !name.is_empty()) {
                    Some(name) => name.clone(),
                    None => self.offset_name(zone.offset_at(millis), long),
                }
            }
        }
    }

    /// `GMT+5:30`, `GMT+05:30`.
    pub fn offset_name(&self, seconds: i32, long: bool) -> Text {
        let [east, west, long_east, long_west, between, none] = &self.offsets;
        if seconds == 0 {
            return none.clone();
        }
        let style = if long { OffsetStyle::Short } else { OffsetStyle::Narrow };
        let digits = offset_text(seconds.abs(), style)
            .trim_start_matches('+')
            .replace(':', between);
        let form = match (long, seconds > 0) {
            (false, true) => east,
            (false, false) => west,
            (true, true) => long_east,
            (true, false) => long_west,
        };
        form.replace("{0}", &digits).into()
    }

    /// The place of a number's plural form.
    fn plural(&self, number: f64) -> usize {
        let number = number.abs();
        let place = if number.fract() != 0.0 {
            200
        } else if number < 200.0 {
            number as usize
        } else {
            100 + (number % 100.0) as usize
        };
        self.plurals
            .as_bytes()
            .get(place)
            .map_or(0, |digit| usize::from(digit.wrapping_sub(b'0')))
    }

    /// How long ago or ahead an amount of a unit is, `number` being its text. Units count from years to seconds.
    pub fn relative(&self, amount: f64, future: bool, number: &str, unit: usize, short: bool) -> Text {
        let forms = self.relative[usize::from(short)]
            .get(unit)
            .map(|forms| &forms[usize::from(future)]);
        let form = forms.and_then(|forms| forms.get(self.plural(amount)));
        form.map_or_else(|| number.into(), |form| form.replace("{0}", number).into())
    }

    /// `yesterday`, `next year`: the word for -1, 0 or 1 of a unit, where there is one.
    pub fn relative_word(&self, amount: f64, unit: usize) -> Option<Text> {
        let place = [-1.0, 0.0, 1.0].iter().position(|known| *known == amount)?;
        self.words
            .get(unit)
            .map(|words| words[place].clone())
            .filter(|word| !word.is_empty())
    }

    /// An amount of a unit of time, `number` being its text. Units count from years to milliseconds.
    pub fn amount(&self, amount: f64, number: &str, unit: usize, width: Width) -> Text {
        let form = self.units[width as usize]
            .get(unit)
            .and_then(|forms| forms.get(self.plural(amount)));
        form.map_or_else(|| number.into(), |form| form.replace("{0}", number).into())
    }

    /// A list in words.
    pub fn list(&self, parts: &[Text], width: Width) -> String {
        let [pair, middle, last] = &self.lists[width as usize];
        let mut text = String::new();
        for (index, part) in parts.iter().enumerate() {
            text.push_str(match index {
                0 => "",
                1 if parts.len() == 2 => pair,
                index if index + 1 == parts.len() => last,
                _ => middle,
            });
            text.push_str(part);
        }
        text
    }
}

fn is_utc(name: &str) -> bool {
    [
        "UTC",
        "Etc/UTC",
        "Etc/UCT",
        "UCT",
        "Etc/Universal",
        "Universal",
        "Zulu",
        "Etc/Zulu",
    ]
    .iter()
    .any(|known| known.eq_ignore_ascii_case(name))
}

/// The group of zones with the same names.
fn group_of(zone: &str) -> Option<u32> {
    static GROUPS: OnceLock<FxHashMap<String, u32>> = OnceLock::new();
    let groups = GROUPS.get_or_init(|| {
        let lists: Vec<Vec<String>> = serde_json::from_str(ZONE_GROUPS).unwrap_or_default();
        let numbered = (0_u32..).zip(lists);
        numbered
            .flat_map(|(group, zones)| zones.into_iter().map(move |zone| (zone.to_ascii_lowercase(), group)))
            .collect()
    });
    groups.get(&zone.to_ascii_lowercase()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

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
