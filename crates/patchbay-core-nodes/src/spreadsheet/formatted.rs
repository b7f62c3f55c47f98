//! Numbers as cells with a format show them: dates, fixed places, thousands, per cent. What is rarer (fractions,
//! conditions, colours) is shown as the number is.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, ToSpan};

use crate::date_time::moment::{MONTHS, WEEKDAYS};

/// A format of numbers.
#[derive(Clone, Debug)]
pub(super) enum Format {
    Date(Vec<Part>),
    Number(NumberFormat),
}

/// A part of a date's format.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// A letter and how often it stands.
    Letter(char, usize),
    HalfOfDay,
    Literal(char),
}

#[derive(Clone, Debug, Default)]
pub(super) struct NumberFormat {
    before: String,
    after: String,
    least_digits: usize,
    least_places: usize,
    most_places: usize,
    thousands: bool,
    percent: bool,
}

impl Format {
    /// `None` for `General`, and for what is not shown otherwise than the number is.
    pub(super) fn parse(code: &str) -> Option<Self> {
        let code = code.split(';').next().unwrap_or_default();
        // The system's short date, which files name in a form of their own.
        let code = if code == "mm-dd-yy" { "m/d/yy" } else { code };
        if code.eq_ignore_ascii_case("general")
            || code == "@"
            || ["[", "?", "E+", "E-"].iter().any(|sign| code.contains(sign))
        {
            return None;
        }
        let parts = parts(code);
        if parts.iter().any(|part| matches!(part, Part::Letter(..))) {
            return Some(Self::Date(with_minutes(parts)));
        }
        number_format(&parts).map(Self::Number)
    }

    pub(super) fn of(&self, number: f64) -> String {
        match self {
            Self::Date(parts) => moment(number).map_or_else(|| number.to_string(), |moment| date(parts, moment)),
            Self::Number(format) => format.of(number),
        }
    }
}

/// The parts of a code; of a number's format all are literals.
fn parts(code: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        if rest.len() >= 5 && rest.as_bytes()[..5].eq_ignore_ascii_case(b"AM/PM") {
            parts.push(Part::HalfOfDay);
            taken = 5;
        } else if c == '"' {
            let inner = rest[1..].split('"').next().unwrap_or_default();
            parts.extend(inner.chars().map(Part::Literal));
            taken = (inner.len() + 2).min(rest.len());
        } else if matches!(c, '\\' | '_' | '*') {
            let next = rest[1..].chars().next();
            parts.extend(next.filter(|_| c == '\\').map(Part::Literal));
            parts.extend(next.filter(|_| c == '_').map(|_| Part::Literal(' ')));
            taken += next.map_or(0, char::len_utf8);
        } else if "ymdhs".contains(c.to_ascii_lowercase()) {
            let lower = c.to_ascii_lowercase();
            let count = rest
                .chars()
                .take_while(|other| other.to_ascii_lowercase() == lower)
                .count();
            parts.push(Part::Letter(lower, count));
            taken = count;
        } else {
            parts.push(Part::Literal(c));
        }
        rest = &rest[taken..];
    }
    parts
}

/// An `m` after hours or before seconds means minutes, which get the letter `n`.
fn with_minutes(mut parts: Vec<Part>) -> Vec<Part> {
    let letters: Vec<usize> = (0..parts.len())
        .filter(|place| matches!(parts[*place], Part::Letter(..)))
        .collect();
    for (order, place) in letters.iter().enumerate() {
        let is = |neighbour: Option<&usize>, letter: char| {
            neighbour.is_some_and(|place| matches!(parts[*place], Part::Letter(found, _) if found == letter))
        };
        let before = order.checked_sub(1).and_then(|order| letters.get(order));
        if let Part::Letter('m', count) = parts[*place]
            && (is(before, 'h') || is(letters.get(order + 1), 's'))
        {
            parts[*place] = Part::Letter('n', count);
        }
    }
    parts
}

/// The moment that so many days since 1899-12-30 are, to the second.
fn moment(days: f64) -> Option<DateTime> {
    if !(0.0..2_958_466.0).contains(&days) {
        return None;
    }
    let start = Date::new(1899, 12, 30)
        .ok()?
        .checked_add((days.floor() as i64).days())
        .ok()?;
    let seconds = (days.fract() * 86_400.0).round() as i64;
    start
        .at(0, 0, 0, 0)
        .checked_add(SignedDuration::from_secs(seconds))
        .ok()
}

fn date(parts: &[Part], moment: DateTime) -> String {
    let halves = parts.contains(&Part::HalfOfDay);
    let hour = match moment.hour() {
        hour if halves => (hour + 11) % 12 + 1,
        hour => hour,
    };
    let month = MONTHS[usize::from(moment.month().unsigned_abs()) - 1];
    let weekday = WEEKDAYS[usize::from(moment.weekday().to_monday_zero_offset().unsigned_abs())];
    let number = |value: i8, count: usize| match count {
        1 => value.to_string(),
        _ => format!("{value:02}"),
    };
    let shown = parts.iter().map(|part| match part {
        Part::Literal(c) => c.to_string(),
        Part::HalfOfDay => if moment.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        Part::Letter('y', 1 | 2) => format!("{:02}", moment.year() % 100),
        Part::Letter('y', _) => format!("{:04}", moment.year()),
        Part::Letter('m', 3) => month[..3].to_owned(),
        Part::Letter('m', 4) => month.to_owned(),
        Part::Letter('m', 5) => month[..1].to_owned(),
        Part::Letter('m', count) => number(moment.month(), *count),
        Part::Letter('d', 3) => weekday[..3].to_owned(),
        Part::Letter('d', 4..) => weekday.to_owned(),
        Part::Letter('d', count) => number(moment.day(), *count),
        Part::Letter('h', count) => number(hour, *count),
        Part::Letter('n', count) => number(moment.minute(), *count),
        Part::Letter(_, count) => number(moment.second(), *count),
    });
    shown.collect()
}

/// Digits with literals before and after them.
fn number_format(parts: &[Part]) -> Option<NumberFormat> {
    let mut format = NumberFormat::default();
    let (mut in_digits, mut ended, mut places) = (false, false, false);
    for part in parts {
        let Part::Literal(c) = part else { return None };
        match c {
            '0' | '#' if ended => return None,
            '0' | '#' => {
                in_digits = true;
                let least = usize::from(*c == '0');
                if places {
                    format.least_places += least;
                    format.most_places += 1;
                } else {
                    format.least_digits += least;
                }
            }
            '.' if in_digits && !ended => places = true,
            ',' if in_digits && !ended => format.thousands = true,
            c => {
                format.percent |= *c == '%';
                ended = in_digits;
                if in_digits {
                    &mut format.after
                } else {
                    &mut format.before
                }
                .push(*c);
            }
        }
    }
    in_digits.then_some(format)
}

impl NumberFormat {
    fn of(&self, number: f64) -> String {
        let number = if self.percent { number * 100.0 } else { number };
        let fixed = format!("{:.*}", self.most_places, number.abs());
        let (whole, places) = fixed.split_once('.').unwrap_or((&fixed, ""));
        let kept = places.trim_end_matches('0').len().max(self.least_places);
        let whole = whole.trim_start_matches('0');
        let whole = format!("{whole:0>width$}", width = self.least_digits);
        let mut shown = String::new();
        for (place, digit) in whole.chars().enumerate() {
            if self.thousands && place > 0 && (whole.len() - place).is_multiple_of(3) {
                shown.push(',');
            }
            shown.push(digit);
        }
        let point = if self.most_places > 0 { "." } else { "" };
        let sign = if number < 0.0 { "-" } else { "" };
        format!("{sign}{}{shown}{point}{}{}", self.before, &places[..kept], self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_by_their_format() {
        for (code, number, expected) in [
            ("mm-dd-yy", 46000.0, "12/9/25"),
            ("yyyy\\-mm\\-dd", 46000.0, "2025-12-09"),
            ("dd.mm.yyyy hh:mm:ss", 46085.5, "04.03.2026 12:00:00"),
            ("d-mmm-yy", 46000.0, "9-Dec-25"),
            ("dddd, mmmm d", 46000.0, "Tuesday, December 9"),
            ("h:mm AM/PM", 0.75, "6:00 PM"),
            ("0%", 0.25, "25%"),
            ("0.00", 1.5, "1.50"),
            ("#,##0.00", 1_234_567.891, "1,234,567.89"),
            ("\"EUR\" #,##0", -1234.0, "-EUR 1,234"),
            ("000", 7.0, "007"),
        ] {
            let format = Format::parse(code).expect("a format");
            assert_eq!(format.of(number), expected, "{code}");
        }
        for code in ["General", "@", "# ?/?", "[Red]0"] {
            assert!(Format::parse(code).is_none(), "{code}");
        }
    }
}
