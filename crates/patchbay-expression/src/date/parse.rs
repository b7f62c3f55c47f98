//! `fromFormat`: reads text by the tokens that `format` writes.
//!
//! The tokens become one regular expression, so that `yyyyMd` and the like are tried in every way.

use std::fmt::Write;

use regress::Regex;

use super::fields::{Parsed, StatedZone};
use super::format::macro_options;
use super::rfc::untruncated_year;
use super::token::{Token, split};
use super::zone::parse_offset;
use crate::intl::{DateOptions, HourCycle, Locale, Names, Style, Width};
use crate::{Error, Js};

/// What a group of the regular expression means.
#[derive(Clone, Copy, Debug)]
enum Meaning {
    Era(Width),
    Year,
    /// Of two digits, perhaps more.
    ShortYear,
    Month,
    MonthName(Names, Width),
    Day,
    Ordinal,
    Hour,
    Minute,
    Second,
    Millisecond,
    /// Digits behind a decimal point.
    Fraction,
    Quarter,
    DayPeriod,
    WeekYear,
    ShortWeekYear,
    Week,
    LocalWeekYear,
    LocalWeek,
    Weekday,
    WeekdayName(Names, Width),
    Offset,
    Zone,
}

/// Fails for a format that no text can be read by: a half of the day beside the hours of the whole day.
pub fn check(format: &str, locale: &Locale) -> Result<(), Error> {
    let tokens = expanded(format, locale);
    let has = |names: &[&str]| {
        tokens
            .iter()
            .any(|token| matches!(token, Token::Field(field) if names.contains(&field.as_str())))
    };
    if has(&["a"]) && has(&["H", "HH"]) {
        return Err(super::error("Can't include meridiem when specifying 24-hour format"));
    }
    Ok(())
}

/// Reads `input`; `Err` holds an explanation, or nothing where the input simply does not match.
pub fn parse(input: &str, format: &str, locale: &Locale) -> Result<Parsed, Option<String>> {
    let mut pattern = String::from("^");
    let mut meanings = Vec::new();
    for token in expanded(format, locale) {
        match token {
            Token::Literal(literal) => push_literal(&mut pattern, &literal),
            Token::Field(field) => match regex_of(&field, locale) {
                Some((regex, meaning)) => {
                    let _ = write!(pattern, "({regex})");
                    meanings.push(meaning);
                }
                None => push_literal(&mut pattern, &field),
            },
        }
    }
    pattern.push('$');
    let regex = Regex::with_flags(&pattern, "iu").map_err(|_| None)?;
    let found = regex.find(input).ok_or(None)?;
    let mut reader = Reader::default();
    for (index, meaning) in meanings.into_iter().enumerate() {
        let Some(range) = found.group(index + 1) else { continue };
        reader.take(meaning, &input[range], locale).ok_or(None)?;
    }
    Ok(reader.finish())
}

/// `expandFormat`: macro tokens as the plain tokens of the locale.
pub fn expand(format: &str, locale: &Locale) -> String {
    let text = |token| match token {
        Token::Literal(text) | Token::Field(text) => text,
    };
    expanded(format, locale).into_iter().map(text).collect()
}

/// `parseFormatForOpts`: the tokens that read what these options write.
pub fn format_of_options(options: &Js, locale: &Locale) -> Result<String, Error> {
    let tokens = tokens_of(&DateOptions::from_js(options)?, locale);
    let text = tokens.into_iter().map(|token| match token {
        Token::Literal(text) | Token::Field(text) => text,
    });
    Ok(text.collect())
}

fn expanded(format: &str, locale: &Locale) -> Vec<Token> {
    let expand = |token| match &token {
        Token::Field(field) => match macro_options(field) {
            Some(options) => tokens_of(&options, locale),
            None => vec![token],
        },
        Token::Literal(_) => vec![token],
    };
    split(format).into_iter().flat_map(expand).collect()
}

fn tokens_of(options: &DateOptions, locale: &Locale) -> Vec<Token> {
    let by_style = |style: Option<Style>, letter: &str| match style {
        Some(Style::TwoDigit) => letter.repeat(2),
        Some(Style::Short) => letter.repeat(3),
        Some(Style::Long) => letter.repeat(4),
        Some(Style::Narrow) => letter.repeat(5),
        _ => letter.to_owned(),
    };
    let tables = locale.tables();
    let cycle = tables.hour_cycle(options);
    let sample = super::datetime::DateTime::new(0.0, super::zone::Zone::UTC, locale.clone());
    let parts = tables.date_parts(options, &super::format::moment(&sample));
    let tokens = parts.into_iter().map(|part| {
        Token::Field(match part.kind {
            "year" if options.year == Some(Style::TwoDigit) => "yy".to_owned(),
            "year" => "yyyyy".to_owned(),
            "month" => by_style(options.month, "M"),
            "day" => by_style(options.day, "d"),
            "weekday" => by_style(options.weekday, "E"),
            "hour" => by_style(
                options.hour,
                if matches!(cycle, HourCycle::H11 | HourCycle::H12) {
                    "h"
                } else {
                    "H"
                },
            ),
            "minute" => by_style(options.minute, "m"),
            "second" => by_style(options.second, "s"),
            "dayPeriod" => "a".to_owned(),
            "era" => "G".to_owned(),
            "timeZoneName" if options.time_zone_name == Some(Style::Long) => "ZZZZZ".to_owned(),
            "timeZoneName" => "ZZZ".to_owned(),
            _ => return Token::Literal(part.value.to_string()),
        })
    });
    tokens.collect()
}

fn push_literal(pattern: &mut String, literal: &str) {
    for c in literal.chars() {
        match c {
            // A space of any kind: locales use some that nobody can type.
            ' ' | '\u{a0}' | '\u{202f}' => pattern.push_str(r"[^\S\n\r]"),
            '^' | '$' | '\\' | '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '/' => {
                pattern.push('\\');
                pattern.push(c);
            }
            _ => pattern.push(c),
        }
    }
}

fn regex_of(field: &str, locale: &Locale) -> Option<(String, Meaning)> {
    use Meaning as M;
    let digits = |range: &str, meaning| Some((format!(r"\d{{{range}}}"), meaning));
    let one_of = |names: &[patchbay_model::Text], meaning| {
        let mut names: Vec<&str> = names.iter().map(|name| name.trim_end_matches('.')).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let mut alternatives = String::new();
        for name in names {
            if !alternatives.is_empty() {
                alternatives.push('|');
            }
            let mut escaped = String::new();
            push_literal(&mut escaped, name);
            alternatives.push_str(&escaped.replace(r"\.", r"\.?"));
        }
        Some((format!(r"(?:{alternatives})\.?"), meaning))
    };
    let tables = locale.tables();
    let named =
        |names, width, meaning: fn(Names, Width) -> Meaning| one_of(tables.names(names, width), meaning(names, width));
    match field {
        "G" => one_of(tables.names(Names::Era, Width::Short), M::Era(Width::Short)),
        "GG" => one_of(tables.names(Names::Era, Width::Long), M::Era(Width::Long)),
        "y" => digits("1,6", M::Year),
        "yy" => digits("2,4", M::ShortYear),
        "yyyy" => digits("4", M::Year),
        "yyyyy" => digits("4,6", M::Year),
        "yyyyyy" => digits("6", M::Year),
        "M" | "L" => digits("1,2", M::Month),
        "MM" | "LL" => digits("2", M::Month),
        "MMM" => named(Names::Month, Width::Short, M::MonthName),
        "MMMM" => named(Names::Month, Width::Long, M::MonthName),
        "LLL" => named(Names::MonthAlone, Width::Short, M::MonthName),
        "LLLL" => named(Names::MonthAlone, Width::Long, M::MonthName),
        "d" => digits("1,2", M::Day),
        "dd" => digits("2", M::Day),
        "o" => digits("1,3", M::Ordinal),
        "ooo" => digits("3", M::Ordinal),
        "H" | "h" => digits("1,2", M::Hour),
        "HH" | "hh" => digits("2", M::Hour),
        "m" => digits("1,2", M::Minute),
        "mm" => digits("2", M::Minute),
        "q" => digits("1", M::Quarter),
        "qq" => digits("2", M::Quarter),
        "s" => digits("1,2", M::Second),
        "ss" => digits("2", M::Second),
        "S" => digits("1,3", M::Millisecond),
        "SSS" => digits("3", M::Millisecond),
        "u" => digits("1,9", M::Fraction),
        "uu" => digits("1,2", M::Fraction),
        "uuu" => digits("1", M::Fraction),
        "a" => one_of(tables.day_periods(), M::DayPeriod),
        "kkkk" => digits("4", M::WeekYear),
        "kk" => digits("2,4", M::ShortWeekYear),
        "W" => digits("1,2", M::Week),
        "WW" => digits("2", M::Week),
        "iiii" => digits("4", M::LocalWeekYear),
        "n" => digits("1,2", M::LocalWeek),
        "nn" => digits("2", M::LocalWeek),
        "E" | "c" => digits("1", M::Weekday),
        "EEE" => named(Names::Weekday, Width::Short, M::WeekdayName),
        "EEEE" => named(Names::Weekday, Width::Long, M::WeekdayName),
        "ccc" => named(Names::WeekdayAlone, Width::Short, M::WeekdayName),
        "cccc" => named(Names::WeekdayAlone, Width::Long, M::WeekdayName),
        "Z" | "ZZ" => Some((r"[+\-]\d{1,2}(?::\d{2})?".to_owned(), M::Offset)),
        "ZZZ" => Some((r"[+\-]\d{1,2}(?:\d{2})?".to_owned(), M::Offset)),
        "z" => Some((r"[a-zA-Z_+\-/]{1,256}?".to_owned(), M::Zone)),
        _ => None,
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    parsed: Parsed,
    /// Whether it is after noon.
    afternoon: Option<bool>,
    before_christ: bool,
}

impl Reader {
    fn take(&mut self, meaning: Meaning, text: &str, locale: &Locale) -> Option<()> {
        let number = || text.parse::<f64>().ok();
        let tables = locale.tables();
        let place = |names: &[patchbay_model::Text]| {
            let fold = |name: &str| name.trim_end_matches('.').to_lowercase();
            names
                .iter()
                .position(|name| fold(name) == fold(text))
                .map(|index| (index + 1) as f64)
        };
        let fields = &mut self.parsed.fields;
        match meaning {
            Meaning::Era(width) => self.before_christ = place(tables.names(Names::Era, width))? == 1.0,
            Meaning::Year => fields.year = number(),
            Meaning::ShortYear => fields.year = number().map(untruncated_year),
            Meaning::Month => fields.month = number(),
            Meaning::MonthName(names, width) => fields.month = Some(place(tables.names(names, width))?),
            Meaning::Day => fields.day = number(),
            Meaning::Ordinal => fields.ordinal = number(),
            Meaning::Hour => fields.hour = number(),
            Meaning::Minute => fields.minute = number(),
            Meaning::Second => fields.second = number(),
            Meaning::Millisecond => fields.millisecond = number(),
            Meaning::Fraction => fields.millisecond = super::iso::parse_fraction(text).map(|millis| millis as f64),
            Meaning::Quarter => fields.quarter = number(),
            Meaning::DayPeriod => self.afternoon = Some(place(tables.day_periods())? == 2.0),
            Meaning::WeekYear => fields.week_year = number(),
            Meaning::ShortWeekYear => fields.week_year = number().map(untruncated_year),
            Meaning::Week => fields.week_number = number(),
            Meaning::LocalWeekYear => fields.local_week_year = number(),
            Meaning::LocalWeek => fields.local_week_number = number(),
            Meaning::Weekday => fields.weekday = number(),
            Meaning::WeekdayName(names, width) => fields.weekday = Some(place(tables.names(names, width))?),
            Meaning::Offset => self.parsed.zone = StatedZone::Offset(parse_offset(text)?),
            Meaning::Zone => self.parsed.zone = StatedZone::Name(text.into()),
        }
        Some(())
    }

    fn finish(mut self) -> Parsed {
        let fields = &mut self.parsed.fields;
        fields.hour = fields.hour.map(|hour| match self.afternoon {
            Some(true) if hour < 12.0 => hour + 12.0,
            Some(false) if hour == 12.0 => 0.0,
            _ => hour,
        });
        if self.before_christ {
            fields.year = fields.year.map(|year| -year);
        }
        if let Some(quarter) = fields.quarter.take() {
            fields.month = Some((quarter - 1.0) * 3.0 + 1.0);
        }
        self.parsed
    }
}
