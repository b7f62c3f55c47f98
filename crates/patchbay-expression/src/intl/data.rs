//! The tables of each locale, read when a locale is first used.

use std::collections::HashMap;

use patchbay_model::Text;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::zone_group::{group_of, is_utc};
use crate::date::{OffsetStyle, Zone, offset_text};

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
    /// Years of the locale's own calendar before those of the Gregorian one: 543 in Thailand.
    pub(super) years_before: i64,
    /// First day, minimal days of the first week, then the days of the weekend.
    pub(super) week: Vec<i64>,
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
    /// The place of the plural form of each number up to 199, and of 1.5, a million, 0.5 and 2.5.
    plurals: Text,
    /// `one`, `few`, `other`: the names of the plural forms, by their places.
    plural_names: Vec<Text>,
    /// As `plurals`, for first, second, third.
    ordinals: Text,
    ordinal_names: Vec<Text>,
    /// Long, short and narrow; by unit from years to seconds; past and future; by plural form.
    relative: [Vec<[Vec<Text>; 2]>; 3],
    /// Long, short and narrow; by unit: two ago, the last, this, the next and the one after that in a word, empty where
    /// there is none.
    words: [Vec<[Text; 5]>; 3],
    /// Long, short and narrow; by unit from years to milliseconds; by plural form.
    units: [Vec<Vec<Text>>; 3],
    /// And, or, and amounts; long, short and narrow: between two, between some, before the last of some.
    lists: [[[Text; 3]; 3]; 3],
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
    pub currency_group: Text,
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

impl Tables {
    /// Writes nothing; stands in where a table cannot be read, which a test rules out.
    pub(super) fn empty() -> Self {
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
            years_before: 0,
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
            plural_names: Vec::new(),
            ordinals: Text::default(),
            ordinal_names: Vec::new(),
            relative: Default::default(),
            words: Default::default(),
            units: Default::default(),
            lists: Default::default(),
            utc: Default::default(),
            numbers: Numbers {
                decimal: ".".into(),
                group: ",".into(),
                currency_group: ",".into(),
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
                // CLDR knows the names of zones from 1970 on.
                let group = group_of(name).filter(|_| millis >= 0.0);
                let names = group.and_then(|group| self.zones.get(&group));
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
        let place = if !number.is_finite() {
            return self.plural_names.iter().position(|name| name == "other").unwrap_or(0);
        } else if number.fract() != 0.0 {
            match number.trunc() as u64 {
                0 => 202,
                1 => 200,
                _ => 203,
            }
        } else if number >= 1e6 && number % 1e6 == 0.0 {
            201
        } else {
            within_table(number)
        };
        digit_at(&self.plurals, place)
    }

    /// The name of a number's plural form (`one`, `few`, …), or of its form in an order (first, second, third).
    pub fn plural_name(&self, number: f64, ordinal: bool) -> Text {
        let name = if ordinal {
            self.ordinal_names
                .get(digit_at(&self.ordinals, within_table(number.abs())))
        } else {
            self.plural_names.get(self.plural(number))
        };
        name.cloned().unwrap_or_else(|| "other".into())
    }

    /// The names of all forms, `other` last.
    pub fn all_plural_names(&self, ordinal: bool) -> Vec<Text> {
        let names = if ordinal {
            &self.ordinal_names
        } else {
            &self.plural_names
        };
        let mut names: Vec<Text> = names.clone();
        names.sort_by_key(|name| (name == "other", name.clone()));
        names
    }

    /// How long ago or ahead an amount of a unit is, `{0}` standing for its number. Units count from years to seconds.
    pub fn relative(&self, amount: f64, future: bool, unit: usize, width: Width) -> Text {
        let forms = self.relative[width as usize]
            .get(unit)
            .map(|forms| &forms[usize::from(future)]);
        let form = forms.and_then(|forms| forms.get(self.plural(amount)));
        form.cloned().unwrap_or_else(|| "{0}".into())
    }

    /// `yesterday`, `next year`: the word for -2 to 2 of a unit, where there is one.
    pub fn relative_word(&self, amount: f64, unit: usize, width: Width) -> Option<Text> {
        let place = [-2.0, -1.0, 0.0, 1.0, 2.0].iter().position(|known| *known == amount)?;
        self.words[width as usize]
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
        let joints = self.joints(parts, ListKind::And, width);
        let joints = std::iter::once(Text::default()).chain(joints);
        let pieces = joints.zip(parts).map(|(joint, part)| format!("{joint}{part}"));
        pieces.collect()
    }

    /// What stands between the parts of a list, each before the part after the first.
    pub fn joints(&self, parts: &[Text], kind: ListKind, width: Width) -> Vec<Text> {
        let [pair, middle, last] = &self.lists[kind as usize][width as usize];
        let after_first = parts.iter().enumerate().skip(1);
        after_first
            .map(|(index, part)| match index {
                1 if parts.len() == 2 => before(part, pair),
                index if index + 1 == parts.len() => before(part, last),
                _ => middle.clone(),
            })
            .collect()
    }
}

/// What a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    And,
    Or,
    Amounts,
}

/// The word before the last part of a list, as what follows it asks for in Spanish and in Hebrew.
fn before(part: &str, joint: &Text) -> Text {
    let part = part.to_lowercase();
    let starts = |beginnings: &[&str]| beginnings.iter().any(|beginning| part.starts_with(beginning));
    match joint.as_str() {
        " y " if starts(&["i", "hi", "í", "hí"]) && !starts(&["hia", "hie"]) => " e ".into(),
        " o " if starts(&["o", "ho", "ó", "hó", "8"]) || part == "11" || part.starts_with("11 ") => " u ".into(),
        " ו-" if part.starts_with(|letter| ('\u{590}'..='\u{5ff}').contains(&letter)) => " ו".into(),
        _ => joint.clone(),
    }
}

/// The place of a whole number in a table that repeats each hundred after 199.
fn within_table(number: f64) -> usize {
    if number < 200.0 {
        number as usize
    } else {
        100 + (number % 100.0) as usize
    }
}

fn digit_at(digits: &str, place: usize) -> usize {
    digits
        .as_bytes()
        .get(place)
        .map_or(0, |digit| usize::from(digit.wrapping_sub(b'0')))
}
