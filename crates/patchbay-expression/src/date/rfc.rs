//! The dates of mail (RFC 2822) and of HTTP (RFC 1123, RFC 850, asctime).

use super::fields::{Fields, Parsed, StatedZone};
use super::zone::parse_offset;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// `Tue, 01 Nov 2016 13:23:12 +0630`; comments in brackets are left out.
pub fn parse_rfc2822(text: &str) -> Option<Parsed> {
    let text = without_comments(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let (weekday, words) = match words.first()?.strip_suffix(',') {
        Some(name) => (Some(weekday(name)?), &words[1..]),
        None => (None, &words[..]),
    };
    let [day, month, year, clock, zone] = words else {
        return None;
    };
    let mut parsed = Parsed::default();
    parsed.fields.weekday = weekday;
    set_date(&mut parsed.fields, day, month, year)?;
    set_clock(&mut parsed.fields, clock)?;
    parsed.zone = StatedZone::Offset(mail_offset(zone)?);
    Some(parsed)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
pub fn parse_http(text: &str) -> Option<Parsed> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut parsed = Parsed {
        zone: StatedZone::Offset(0),
        ..Parsed::default()
    };
    let fields = &mut parsed.fields;
    match words.as_slice() {
        [name, day, month, year, clock, "GMT"] => {
            fields.weekday = Some(weekday(name.strip_suffix(',')?)?);
            set_date(fields, day, month, year)?;
            set_clock(fields, clock)?;
        }
        [name, date, clock, "GMT"] => {
            fields.weekday = Some(weekday(name.strip_suffix(',')?)?);
            let mut parts = date.splitn(3, '-');
            set_date(fields, parts.next()?, parts.next()?, parts.next()?)?;
            set_clock(fields, clock)?;
        }
        [name, month, day, clock, year] => {
            fields.weekday = Some(weekday(name)?);
            set_date(fields, day, month, year)?;
            set_clock(fields, clock)?;
        }
        _ => return None,
    }
    Some(parsed)
}

fn without_comments(text: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}

fn weekday(name: &str) -> Option<f64> {
    let prefix = name.get(..3)?.to_ascii_lowercase();
    let index = WEEKDAYS.iter().position(|known| *known == prefix)?;
    Some((index + 1) as f64)
}

fn set_date(fields: &mut Fields, day: &str, month: &str, year: &str) -> Option<()> {
    let month = MONTHS.iter().position(|known| month.eq_ignore_ascii_case(known))?;
    fields.day = Some(digits(day, 1..=2)?);
    fields.month = Some((month + 1) as f64);
    let number = digits(year, 2..=4)?;
    fields.year = Some(if year.len() == 2 {
        untruncated_year(number)
    } else {
        number
    });
    Some(())
}

/// A year of two digits: up to 60 in this century, else in the last.
pub fn untruncated_year(year: f64) -> f64 {
    if year > 99.0 {
        year
    } else if year > 60.0 {
        1900.0 + year
    } else {
        2000.0 + year
    }
}

fn set_clock(fields: &mut Fields, clock: &str) -> Option<()> {
    let mut parts = clock.split(':');
    fields.hour = Some(digits(parts.next()?, 2..=2)?);
    fields.minute = Some(digits(parts.next()?, 2..=2)?);
    fields.second = parts.next().map_or(Some(0.0), |seconds| digits(seconds, 2..=2));
    fields.millisecond = Some(0.0);
    (fields.second.is_some() && parts.next().is_none()).then_some(())
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<f64> {
    let plain = length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

fn mail_offset(zone: &str) -> Option<i32> {
    let american = |hours: i32| Some(hours * 60);
    match zone {
        "GMT" | "UT" | "Z" => Some(0),
        "EDT" => american(-4),
        "EST" | "CDT" => american(-5),
        "CST" | "MDT" => american(-6),
        "MST" | "PDT" => american(-7),
        "PST" => american(-8),
        _ if zone.len() == 1 && zone.bytes().all(|byte| byte.is_ascii_alphabetic()) => Some(0),
        _ if zone.len() == 5 => parse_offset(zone),
        _ => None,
    }
}
