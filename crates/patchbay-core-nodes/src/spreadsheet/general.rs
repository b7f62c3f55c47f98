//! Numbers as a cell of format `General` shows them: eleven characters at most, an exponent where that is too few; and the
//! numbers that dates are.

use jiff::civil::Date;
use patchbay_model::value::number_to_text;

/// The number as a cell shows it.
pub(super) fn format(number: f64) -> String {
    if !number.is_finite() {
        return number_to_text(number).to_uppercase();
    }
    let size = number.abs();
    if number.trunc() == number && size < 1e11 {
        return number_to_text(number).to_string();
    }
    let room = if number < 0.0 { 12 } else { 11 };
    match magnitude(size) {
        // Nine places after the point, whichever the first digit is.
        small @ -4..=-1 => plain(number, (9 + small) as usize),
        // What is left of the point fills all the room.
        10 => number_to_text(number.trunc()).to_string(),
        middle @ -9..=9 => [plain(number, (middle + 12).max(0) as usize), plain(number, 9)]
            .into_iter()
            .find(|text| text.len() <= room)
            .unwrap_or_else(|| exponential(number)),
        _ => exponential(number),
    }
}

/// The power of ten of the first digit.
fn magnitude(size: f64) -> i32 {
    size.log10().floor() as i32
}

/// The first digits, one and as many more as told, rounded half up; and the power of ten of the first.
fn digits(number: f64, more: usize) -> (Vec<u8>, i32) {
    // So many digits that none is lost where it matters: whether what follows is half or less.
    let exact = format!("{:.*e}", more + 40, number.abs());
    let (mantissa, exponent) = exact.split_once('e').unwrap_or((&exact, "0"));
    let mut exponent: i32 = exponent.parse().unwrap_or_default();
    let all: Vec<u8> = mantissa
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|digit| digit - b'0')
        .collect();
    let mut kept = all[..=more].to_vec();
    if all[more + 1] >= 5 {
        let carried = kept.iter_mut().rev().all(|digit| {
            *digit = (*digit + 1) % 10;
            *digit == 0
        });
        if carried {
            kept.insert(0, 1);
            kept.pop();
            exponent += 1;
        }
    }
    (kept, exponent)
}

/// Without an exponent, and without zeros at the end.
fn plain(number: f64, more: usize) -> String {
    let (digits, exponent) = digits(number, more);
    let mut text = String::new();
    if number < 0.0 {
        text.push('-');
    }
    if exponent < 0 {
        text.push_str("0.");
        text.extend(std::iter::repeat_n('0', (-exponent - 1) as usize));
    }
    for (place, digit) in digits.iter().enumerate() {
        text.push(char::from(b'0' + digit));
        if place as i32 == exponent && place + 1 < digits.len() {
            text.push('.');
        }
    }
    let missing = exponent - (digits.len() as i32 - 1);
    text.extend(std::iter::repeat_n('0', missing.max(0) as usize));
    if text.contains('.') {
        text = text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    text
}

/// `1.23457E+11`
fn exponential(number: f64) -> String {
    let (digits, exponent) = digits(number, 5);
    let sign = if number < 0.0 { "-" } else { "" };
    let rest: String = digits[1..].iter().map(|digit| char::from(b'0' + digit)).collect();
    let rest = rest.trim_end_matches('0');
    let dot = if rest.is_empty() { "" } else { "." };
    let direction = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{}{dot}{rest}E{direction}{:02}", digits[0], exponent.abs())
}

/// Days from 1899-12-30 to a date that a person wrote: year, month and day in the usual orders, the month as a word too,
/// and a time of day. `None` for what is no such date, or one before 1900.
pub(super) fn serial(text: &str) -> Option<f64> {
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) if time.contains(':') => (date, time_of_day(time)?),
        _ => (text, 0.0),
    };
    let parts: Vec<&str> = date
        .split(['-', '/', '.', ' ', ','])
        .filter(|part| !part.is_empty())
        .collect();
    let number = |part: &str| {
        part.parse::<i16>()
            .ok()
            .filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (year, month, day) = match parts[..] {
        [year, month, day] if year.len() == 4 && number(year).is_some() => {
            (number(year)?, number(month)?, number(day)?)
        }
        [word, day, year] if month_of(word).is_some() => (full_year(year)?, month_of(word)?, number(day)?),
        [day, word, year] if month_of(word).is_some() => (full_year(year)?, month_of(word)?, number(day)?),
        [month, day, year] => (full_year(year)?, number(month)?, number(day)?),
        [year, month] if year.len() == 4 && number(year).is_some() => (number(year)?, number(month)?, 1),
        [word, year] if year.len() == 4 => (number(year)?, month_of(word)?, 1),
        // As JavaScript does where no year is said.
        [month, day] => (2001, number(month)?, number(day)?),
        _ => return None,
    };
    if year < 1900 || !(1..=31).contains(&day) {
        return None;
    }
    let first = Date::new(year, i8::try_from(month).ok()?, 1).ok()?;
    let epoch = Date::new(1899, 12, 30).ok()?;
    let days = first.since(epoch).ok()?.get_days();
    Some(f64::from(days) + f64::from(day - 1) + time)
}

fn full_year(text: &str) -> Option<i16> {
    let year: i16 = text.parse().ok().filter(|year| *year >= 0)?;
    Some(match (text.len(), year) {
        (1 | 2, 0..50) => year + 2000,
        (1 | 2, _) => year + 1900,
        (4, _) => year,
        _ => return None,
    })
}

fn month_of(word: &str) -> Option<i16> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.to_lowercase();
    let place = MONTHS
        .iter()
        .position(|month| word.len() >= 3 && month.starts_with(&word))?;
    Some(place as i16 + 1)
}

/// `03:04` or `03:04:05` as a part of a day.
fn time_of_day(text: &str) -> Option<f64> {
    let parts: Vec<f64> = text.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    match parts[..] {
        [hours, minutes] => Some((hours * 60.0 + minutes) / 1440.0),
        [hours, minutes, seconds] => Some((hours * 3600.0 + minutes * 60.0 + seconds) / 86_400.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_in_a_spreadsheet() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.3"),
            (1.0 / 3.0, "0.333333333"),
            (99_999_999_999.0, "99999999999"),
            (123_456_789_012.0, "1.23457E+11"),
            (1_234_567.891_234, "1234567.891"),
            (-578_518_829.123, "-578518829.1"),
            (3_333_333_333.333_333_5, "3333333333"),
            (9_677_696_494.5, "9677696495"),
            (1e21, "1E+21"),
            (1e-7, "0.0000001"),
            (0.000_012_345_678, "1.23457E-05"),
            (0.000_119_020_9, "0.000119021"),
            (0.094_097_6, "0.0940976"),
            (8.403_48e18, "8.40348E+18"),
            (5e-324, "4.94066E-324"),
            (-3.136_51e-5, "-3.13651E-05"),
        ] {
            assert_eq!(format(number), text);
        }
    }
}
