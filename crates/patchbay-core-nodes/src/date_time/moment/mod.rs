//! Moment's tokens: dates written and read by formats such as `YYYY-MM-DD HH:mm`, with English names.

use patchbay_expression::date::{Civil, DateTime, OffsetStyle, WeekRule, offset_text};

/// Every token, the longer of those that begin alike first.
const TOKENS: [&str; 62] = [
    "YYYYYY", "YYYY", "YY", "Y", "y", "gggg", "gg", "GGGG", "GG", "Qo", "Q", "MMMM", "MMM", "MM", "Mo", "M", "DDDD",
    "DDDo", "DDD", "DD", "Do", "D", "dddd", "ddd", "dd", "do", "d", "e", "E", "ww", "wo", "w", "WW", "Wo", "W", "NNNN",
    "NNN", "NN", "N", "HH", "H", "hh", "h", "kk", "k", "mm", "m", "ss", "s", "A", "a", "LTS", "LT", "LLLL", "LLL",
    "LL", "L", "llll", "lll", "ll", "l", "X",
];
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// From Monday.
pub(crate) const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
/// Weeks in America begin on Sunday; week 1 is the one with January's first day.
const AMERICAN_WEEKS: WeekRule = WeekRule {
    first_day: 7,
    minimal_days: 1,
};

/// A piece of a format.
#[derive(Clone, Debug, PartialEq)]
enum Piece<'a> {
    Token(&'a str),
    Text(&'a str),
}

/// `[text]` and `\x` stand for themselves, as does all that is no token.
fn pieces(format: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        let escaped = rest
            .strip_prefix('[')
            .and_then(|inner| inner.find(']').map(|end| &inner[..end]));
        let (piece, length) = if let Some(text) = escaped {
            (Piece::Text(text), text.len() + 2)
        } else if let Some(next) = rest.strip_prefix('\\').and_then(|rest| rest.chars().next()) {
            (Piece::Text(&rest[1..=next.len_utf8()]), 1 + next.len_utf8())
        } else {
            let fraction = rest.len() - rest.trim_start_matches('S').len();
            let known = TOKENS.into_iter().chain(["x", "ZZ", "Z", "zz", "z"]);
            let length = match known.into_iter().find(|token| rest.starts_with(token)) {
                _ if fraction > 0 => fraction.min(9),
                Some(token) => token.len(),
                None => 0,
            };
            if length > 0 {
                (Piece::Token(&rest[..length]), length)
            } else {
                (Piece::Text(&rest[..first.len_utf8()]), first.len_utf8())
            }
        };
        pieces.push(piece);
        rest = &rest[length..];
    }
    pieces
}

/// Writes a date; `named`: the zone was asked for by name, and `z` shows it.
pub fn write(date: &DateTime, format: &str, named: bool) -> String {
    let mut written = String::new();
    for piece in pieces(format) {
        match piece {
            Piece::Text(text) => written.push_str(text),
            Piece::Token(token) => written.push_str(&part(date, token, named)),
        }
    }
    written
}

fn part(date: &DateTime, token: &str, named: bool) -> String {
    let civil = date.civil();
    let weekday = civil.weekday();
    let (iso, american) = (civil.week(WeekRule::ISO), civil.week(AMERICAN_WEEKS));
    let of_twelve = (civil.hour + 11) % 12 + 1;
    let of_twenty_four = if civil.hour == 0 { 24 } else { civil.hour };
    let month = MONTHS[(civil.month as usize - 1) % 12];
    let day_name = WEEKDAYS[(weekday as usize - 1) % 7];
    let two = |number: i64| format!("{number:02}");
    let nested = |format: &str| write(date, format, named);
    match token {
        "YYYYYY" => format!("{}{:06}", if civil.year < 0 { '-' } else { '+' }, civil.year.abs()),
        "YYYY" => format!("{:04}", civil.year),
        "Y" | "y" => civil.year.to_string(),
        "YY" => two(civil.year.rem_euclid(100)),
        "gggg" => american.year.to_string(),
        "gg" => two(american.year.rem_euclid(100)),
        "GGGG" => iso.year.to_string(),
        "GG" => two(iso.year.rem_euclid(100)),
        "Q" => civil.quarter().to_string(),
        "Qo" => ordinal(civil.quarter()),
        "MMMM" => month.to_owned(),
        "MMM" => month[..3].to_owned(),
        "MM" => two(civil.month),
        "Mo" => ordinal(civil.month),
        "M" => civil.month.to_string(),
        "DDDD" => format!("{:03}", civil.ordinal()),
        "DDDo" => ordinal(civil.ordinal()),
        "DDD" => civil.ordinal().to_string(),
        "DD" => two(civil.day),
        "Do" => ordinal(civil.day),
        "D" => civil.day.to_string(),
        "dddd" => day_name.to_owned(),
        "ddd" => day_name[..3].to_owned(),
        "dd" => day_name[..2].to_owned(),
        "do" => ordinal(weekday % 7),
        "d" | "e" => (weekday % 7).to_string(),
        "E" => weekday.to_string(),
        "ww" => two(american.number),
        "wo" => ordinal(american.number),
        "w" => american.number.to_string(),
        "WW" => two(iso.number),
        "Wo" => ordinal(iso.number),
        "W" => iso.number.to_string(),
        "N" | "NN" | "NNN" => if civil.year > 0 { "AD" } else { "BC" }.to_owned(),
        "NNNN" => if civil.year > 0 { "Anno Domini" } else { "Before Christ" }.to_owned(),
        "HH" => two(civil.hour),
        "H" => civil.hour.to_string(),
        "hh" => two(of_twelve),
        "h" => of_twelve.to_string(),
        "kk" => two(of_twenty_four),
        "k" => of_twenty_four.to_string(),
        "mm" => two(civil.minute),
        "m" => civil.minute.to_string(),
        "ss" => two(civil.second),
        "s" => civil.second.to_string(),
        "A" => if civil.hour < 12 { "AM" } else { "PM" }.to_owned(),
        "a" => if civil.hour < 12 { "am" } else { "pm" }.to_owned(),
        "LT" => nested("h:mm A"),
        "LTS" => nested("h:mm:ss A"),
        "L" => nested("MM/DD/YYYY"),
        "l" => nested("M/D/YYYY"),
        "LL" => nested("MMMM D, YYYY"),
        "ll" => nested("MMM D, YYYY"),
        "LLL" => nested("MMMM D, YYYY h:mm A"),
        "lll" => nested("MMM D, YYYY h:mm A"),
        "LLLL" => nested("dddd, MMMM D, YYYY h:mm A"),
        "llll" => nested("ddd, MMM D, YYYY h:mm A"),
        "Z" => offset_text(date.offset(), OffsetStyle::Short),
        "ZZ" => offset_text(date.offset(), OffsetStyle::Compact),
        // Moment names only zones that were asked for.
        "z" | "zz" if named => date.zone().abbreviation_at(date.to_millis()).to_string(),
        "z" | "zz" => String::new(),
        "X" => (date.to_millis() / 1000.0).floor().to_string(),
        "x" => date.to_millis().to_string(),
        fraction => {
            let digits = format!("{:03}000000", civil.millisecond);
            digits[..fraction.len()].to_owned()
        }
    }
}

fn ordinal(number: i64) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// Whether a text must match its format to the letter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    Strict,
    /// Anything may stand between the numbers and after them, and the last ones may be missing.
    Lenient,
}

/// What a text says.
#[derive(Clone, Debug, PartialEq)]
pub enum Read {
    /// A face of the clock.
    Local(Civil),
    /// Milliseconds since 1970.
    Instant(f64),
}

/// Reads a text by a format; `base` gives the date that a format of times alone leaves out.
pub fn read(text: &str, format: &str, strictness: Strictness, base: Civil) -> Option<Read> {
    let strict = strictness == Strictness::Strict;
    let (mut year, mut month, mut day) = (None, None, None);
    let (mut hour, mut minute, mut second, mut millisecond) = (0, 0, 0, 0);
    let (mut afternoon, mut offset, mut any) = (None, None, false);
    let mut rest = text;
    for piece in pieces(format) {
        let token = match piece {
            Piece::Text(literal) => {
                match rest.strip_prefix(literal) {
                    Some(after) => rest = after,
                    None if strict => return None,
                    // What stands before the format's own sign is passed over.
                    None => rest = rest.split_once(literal).map_or(rest, |(_, after)| after),
                }
                continue;
            }
            Piece::Token(token) => token,
        };
        if !strict {
            // What stands before the part is passed over; where there is none, the text says nothing of it.
            match start_of(rest, token) {
                Some(start) => rest = &rest[start..],
                None if matches!(token, "MMMM" | "MMM" | "dddd" | "ddd") => return None,
                None => continue,
            }
        }
        let mut number = |shortest: usize, longest: usize| {
            let digits = rest.bytes().take(longest).take_while(u8::is_ascii_digit).count();
            let (found, after) = rest.split_at(digits);
            rest = after;
            found.parse::<i64>().ok().filter(|_| !strict || digits >= shortest)
        };
        match token {
            "YYYY" => {
                let length = rest.bytes().take(4).take_while(u8::is_ascii_digit).count();
                let found = (rest[..length].parse().ok()).filter(|_| !strict || length == 4)?;
                year = Some(if length == 2 { of_this_time(found) } else { found });
                rest = &rest[length..];
            }
            "Q" => month = Some((number(1, 1)? - 1) * 3 + 1),
            "YY" => year = number(2, 2).map(of_this_time),
            "Y" | "y" => year = Some(number(1, 6)?),
            "MM" => month = Some(number(2, 2)?),
            "M" => month = Some(number(1, 2)?),
            "DD" => day = Some(number(2, 2)?),
            "D" => day = Some(number(1, 2)?),
            "Do" => {
                day = Some(number(1, 2)?);
                rest = rest.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            }
            "HH" | "hh" | "kk" => hour = number(2, 2)?,
            "H" | "h" | "k" => hour = number(1, 2)?,
            "mm" => minute = number(2, 2)?,
            "m" => minute = number(1, 2)?,
            "ss" => second = number(2, 2)?,
            "s" => second = number(1, 2)?,
            "MMMM" | "MMM" => {
                let (index, after) = named(rest, &MONTHS, token.len() == 4)?;
                (month, rest) = (Some(index), after);
            }
            "dddd" | "ddd" => (_, rest) = named(rest, &WEEKDAYS, token.len() == 4)?,
            "A" | "a" => {
                let letters = rest.get(..2)?;
                afternoon = Some(letters.eq_ignore_ascii_case("pm"));
                rest = &rest[2..];
            }
            "Z" | "ZZ" => {
                let (seconds, after) = offset_of(rest)?;
                (offset, rest) = (Some(seconds), after);
            }
            "X" | "x" => {
                let is_part = |(place, c): &(usize, char)| c.is_ascii_digit() || *c == '.' || *c == '-' && *place == 0;
                let end = rest.char_indices().find(|place| !is_part(place));
                let end = end.map_or(rest.len(), |(end, _)| end);
                let number: f64 = rest[..end].parse().ok()?;
                return Some(Read::Instant(if token == "X" { number * 1000.0 } else { number }));
            }
            fraction if fraction.starts_with('S') => {
                let digits = rest.bytes().take(9).take_while(u8::is_ascii_digit).count();
                let thousandths = format!("{:0<3}", &rest[..digits]);
                millisecond = thousandths[..3].parse().ok()?;
                rest = &rest[digits..];
            }
            _ => return None,
        }
        any = true;
    }
    if !any || (strict && !rest.is_empty()) {
        return None;
    }
    if let Some(afternoon) = afternoon {
        hour = hour % 12 + if afternoon { 12 } else { 0 };
    }
    // What is larger than the largest unit given is today's; what is smaller is the first.
    let civil = Civil {
        year: year.unwrap_or(base.year),
        month: month.unwrap_or(if year.is_some() { 1 } else { base.month }),
        day: day.unwrap_or(if year.is_some() || month.is_some() { 1 } else { base.day }),
        hour,
        minute,
        second,
        millisecond,
    };
    if Civil::from_millis(civil.to_millis()) != civil {
        return None;
    }
    Some(match offset {
        Some(seconds) => Read::Instant(civil.to_millis() - f64::from(seconds) * 1000.0),
        None => Read::Local(civil),
    })
}

/// Where the part of a token begins in a text, if it has it.
fn start_of(text: &str, token: &str) -> Option<usize> {
    let starts: fn(&str) -> bool = match token {
        _ if is_number(token) => |rest| rest.starts_with(|c: char| c.is_ascii_digit()),
        "MMMM" | "MMM" => |rest| named(rest, &MONTHS, false).is_some(),
        "dddd" | "ddd" => |rest| named(rest, &WEEKDAYS, false).is_some(),
        "A" | "a" => |rest| {
            let letters = rest.get(..2);
            letters.is_some_and(|two| two.eq_ignore_ascii_case("am") || two.eq_ignore_ascii_case("pm"))
        },
        "Z" | "ZZ" => |rest| offset_of(rest).is_some(),
        "X" | "x" => |rest| {
            let digits = rest.strip_prefix('-').unwrap_or(rest);
            digits.starts_with(|c: char| c.is_ascii_digit())
        },
        _ => return Some(text.len() - text.trim_start().len()),
    };
    text.char_indices()
        .map(|(start, _)| start)
        .find(|start| starts(&text[*start..]))
}

/// Tokens of parts that are written in digits alone.
fn is_number(token: &str) -> bool {
    matches!(
        token,
        "YYYY"
            | "Q"
            | "YY"
            | "Y"
            | "y"
            | "MM"
            | "M"
            | "DD"
            | "D"
            | "Do"
            | "HH"
            | "hh"
            | "kk"
            | "H"
            | "h"
            | "k"
            | "mm"
            | "m"
            | "ss"
            | "s"
    ) || token.starts_with('S')
}

/// The year that two digits mean.
fn of_this_time(year: i64) -> i64 {
    year + if year > 68 { 1900 } else { 2000 }
}

/// The number of the name, from 1, that a text begins with, and what follows it.
fn named<'a>(text: &'a str, names: &[&str], whole: bool) -> Option<(i64, &'a str)> {
    names.iter().zip(1..).find_map(|(name, number)| {
        let starts = |length: usize| {
            text.get(..length)
                .is_some_and(|start| start.eq_ignore_ascii_case(&name[..length]))
        };
        let length = if starts(name.len()) { name.len() } else { 3 };
        (starts(length) && (length == name.len() || !whole)).then(|| (number, &text[length..]))
    })
}

/// Seconds east of Greenwich of `Z`, `+02:00` or `+0200`, and what follows.
fn offset_of(text: &str) -> Option<(i32, &str)> {
    if let Some(after) = text.strip_prefix(['Z', 'z']) {
        return Some((0, after));
    }
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let hours: i32 = text.get(1..3)?.parse().ok()?;
    let rest = text[3..].strip_prefix(':').unwrap_or(&text[3..]);
    let minutes: i32 = rest.get(..2)?.parse().ok()?;
    Some((sign * (hours * 3600 + minutes * 60), &rest[2..]))
}

#[cfg(test)]
mod tests;
