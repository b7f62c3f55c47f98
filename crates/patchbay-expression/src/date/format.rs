//! `toFormat`: writes a `DateTime` by tokens. The reverse is `parse`; patterns of locales are in `intl`.

use indexmap::IndexMap;
use patchbay_model::Text;

use super::civil::WeekRule;
use super::datetime::DateTime;
use super::fields::Fields;
use super::token::{Token, split};
use super::zone::{OffsetStyle, Zone, offset_text};
use crate::Js;
use crate::intl::{DateOptions, HourCycle, Moment, Names, Part, Style, Width, joined_text};

/// Writes by a format; a field that has no meaning stays as it is.
pub fn write(date: &DateTime, format: &str) -> String {
    if !date.is_valid() {
        return "Invalid DateTime".to_owned();
    }
    let mut text = String::with_capacity(format.len() + 16);
    for token in split(format) {
        match token {
            Token::Literal(literal) => text.push_str(&literal),
            Token::Field(field) => match value_of(date, &field) {
                Some(value) => text.push_str(&value),
                None => text.push_str(&field),
            },
        }
    }
    text
}

fn padded(value: i64, width: usize) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{:0width$}", value.abs())
}

fn value_of(date: &DateTime, field: &str) -> Option<String> {
    let civil = date.civil();
    let tables = date.locale().tables();
    let named = |names, width, index: i64| Some(tables.names(names, width)[index as usize].to_string());
    let month = |names, width| named(names, width, civil.month - 1);
    let weekday = |names, width| named(names, width, civil.weekday() - 1);
    let era = |width| named(Names::Era, width, i64::from(civil.year > 0));
    let week = || civil.week(WeekRule::ISO);
    let local_week = || civil.week(date.locale().week_rule());
    let two_digits = |year: i64| Some(padded(year.abs() % 100, 2));
    let hour12 = if civil.hour % 12 == 0 { 12 } else { civil.hour % 12 };
    let offset = |style| Some(offset_text(date.offset(), style));
    match field {
        "S" => Some(padded(civil.millisecond, 1)),
        "u" | "SSS" => Some(padded(civil.millisecond, 3)),
        "uu" => Some(padded(civil.millisecond / 10, 2)),
        "uuu" => Some(padded(civil.millisecond / 100, 1)),
        "s" => Some(padded(civil.second, 1)),
        "ss" => Some(padded(civil.second, 2)),
        "m" => Some(padded(civil.minute, 1)),
        "mm" => Some(padded(civil.minute, 2)),
        "h" => Some(padded(hour12, 1)),
        "hh" => Some(padded(hour12, 2)),
        "H" => Some(padded(civil.hour, 1)),
        "HH" => Some(padded(civil.hour, 2)),
        "Z" => offset(OffsetStyle::Narrow),
        "ZZ" => offset(OffsetStyle::Short),
        "ZZZ" => offset(OffsetStyle::Compact),
        "ZZZZ" => Some(date.offset_name(Width::Short).to_string()),
        "ZZZZZ" => Some(date.offset_name(Width::Long).to_string()),
        "z" => Some(date.zone().name().to_string()),
        "a" => Some(tables.day_period(civil.hour).to_string()),
        "d" => Some(padded(civil.day, 1)),
        "dd" => Some(padded(civil.day, 2)),
        "c" | "E" => Some(padded(civil.weekday(), 1)),
        "ccc" => weekday(Names::WeekdayAlone, Width::Short),
        "cccc" => weekday(Names::WeekdayAlone, Width::Long),
        "ccccc" => weekday(Names::WeekdayAlone, Width::Narrow),
        "EEE" => weekday(Names::Weekday, Width::Short),
        "EEEE" => weekday(Names::Weekday, Width::Long),
        "EEEEE" => weekday(Names::Weekday, Width::Narrow),
        "L" | "M" => Some(padded(civil.month, 1)),
        "LL" | "MM" => Some(padded(civil.month, 2)),
        "LLL" => month(Names::MonthAlone, Width::Short),
        "LLLL" => month(Names::MonthAlone, Width::Long),
        "LLLLL" => month(Names::MonthAlone, Width::Narrow),
        "MMM" => month(Names::Month, Width::Short),
        "MMMM" => month(Names::Month, Width::Long),
        "MMMMM" => month(Names::Month, Width::Narrow),
        "y" => Some(padded(civil.year, 1)),
        "yy" => two_digits(civil.year),
        "yyyy" => Some(padded(civil.year, 4)),
        "yyyyyy" => Some(padded(civil.year, 6)),
        "G" => era(Width::Short),
        "GG" => era(Width::Long),
        "GGGGG" => era(Width::Narrow),
        "kk" => two_digits(week().year),
        "kkkk" => Some(padded(week().year, 4)),
        "W" => Some(padded(week().number, 1)),
        "WW" => Some(padded(week().number, 2)),
        "n" => Some(padded(local_week().number, 1)),
        "nn" => Some(padded(local_week().number, 2)),
        "ii" => two_digits(local_week().year),
        "iiii" => Some(padded(local_week().year, 4)),
        "o" => Some(padded(civil.ordinal(), 1)),
        "ooo" => Some(padded(civil.ordinal(), 3)),
        "q" => Some(padded(civil.quarter(), 1)),
        "qq" => Some(padded(civil.quarter(), 2)),
        "X" => Some(padded((date.to_millis() / 1000.0).floor() as i64, 1)),
        "x" => Some(padded(date.to_millis() as i64, 1)),
        _ => macro_options(field).map(|options| localised(date, &options)),
    }
}

/// What a macro token stands for: `D` to `DDDD` dates, `t` and `T` times, `f` and `F` both.
pub fn macro_options(field: &str) -> Option<DateOptions> {
    let letter = field.chars().next()?;
    let count = field.len();
    if !matches!(letter, 'D' | 't' | 'T' | 'f' | 'F') || count > 4 {
        return None;
    }
    let mut options = DateOptions::default();
    if matches!(letter, 'D' | 'f' | 'F') {
        options.year = Some(Style::Numeric);
        options.day = Some(Style::Numeric);
        options.month = Some(match count {
            1 => Style::Numeric,
            2 => Style::Short,
            _ => Style::Long,
        });
        if count == 4 {
            options.weekday = Some(Style::Long);
        }
    }
    if letter != 'D' {
        options.hour = Some(Style::Numeric);
        options.minute = Some(Style::Numeric);
        let is_time = matches!(letter, 't' | 'T');
        if letter == 'F' || (is_time && count > 1) {
            options.second = Some(Style::Numeric);
        }
        options.time_zone_name = match count {
            3 => Some(Style::Short),
            4 => Some(Style::Long),
            _ => None,
        };
        if letter == 'T' {
            options.hour_cycle = Some(HourCycle::H23);
        }
    }
    Some(options)
}

/// The moment as `intl` takes it.
pub fn moment(date: &DateTime) -> Moment<'_> {
    Moment {
        civil: date.civil(),
        millis: date.to_millis(),
        zone: date.zone(),
    }
}

/// `toLocaleString` with these options; an own zone in them wins.
pub fn localised(date: &DateTime, options: &DateOptions) -> String {
    let text = joined_text(&parts(date, options));
    // Luxon writes zones that `Intl` does not know from parts, where V8 keeps CLDR's narrow spaces.
    let from_parts = matches!(date.zone(), Zone::Fixed(minutes) if *minutes == 0 || minutes % 60 != 0);
    if from_parts && options.time_zone.is_none() {
        text
    } else {
        text.replace('\u{202f}', " ")
    }
}

fn parts(date: &DateTime, options: &DateOptions) -> Vec<Part> {
    let moved;
    let date = match &options.time_zone {
        Some(zone) => {
            moved = date.with_zone(zone.clone(), false);
            &moved
        }
        None => date,
    };
    let options = options.with_default_date();
    date.locale().tables().date_parts(&options, &moment(date))
}

/// `toLocaleParts`
pub fn localised_parts(date: &DateTime, options: &DateOptions) -> Js {
    if !date.is_valid() {
        return Js::list(Vec::new());
    }
    parts_to_js(parts(date, options))
}

/// `[{type, value}, …]`
pub fn parts_to_js(parts: Vec<Part>) -> Js {
    let parts = parts.into_iter().map(|part| {
        let entries = [("type", Js::text(part.kind)), ("value", Js::text(part.value))];
        Js::record(
            entries
                .into_iter()
                .map(|(name, value)| (Text::from(name), value))
                .collect::<IndexMap<_, _>>(),
        )
    });
    Js::list(parts.collect())
}

/// The fields that are set, under Luxon's names.
pub fn fields_to_js(fields: &Fields) -> Js {
    let entries = [
        ("year", fields.year),
        ("month", fields.month),
        ("day", fields.day),
        ("ordinal", fields.ordinal),
        ("weekYear", fields.week_year),
        ("weekNumber", fields.week_number),
        ("weekday", fields.weekday),
        ("hour", fields.hour),
        ("minute", fields.minute),
        ("second", fields.second),
        ("millisecond", fields.millisecond),
    ];
    let entries = entries
        .into_iter()
        .filter_map(|(name, value)| Some((Text::from(name), Js::number(value?))));
    Js::record(entries.collect::<IndexMap<_, _>>())
}
