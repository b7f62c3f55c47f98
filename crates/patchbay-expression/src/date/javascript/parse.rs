//! `Date.parse` as V8 does it: ECMAScript's form of ISO 8601, and for anything else a tolerant reading of words
//! and numbers. `Jan 5, 2025 10:00 PM`, `1/31/2025` and `5 Jan 2025 10:00 GMT+2` are dates; `31.01.2025` is none.

use super::scan::{Scanner, Token};
use super::{local_to_millis, make_date, make_day, make_time};
use crate::date::civil::MINUTE;

/// Milliseconds since 1970; NaN where the text is no date.
pub fn parse(text: &str) -> f64 {
    let mut scanner = Scanner::new(text);
    let mut parsed = Parsed::default();
    let result = match parsed.read_iso(&mut scanner) {
        Iso::Whole => parsed.finish(),
        Iso::Wrong => None,
        Iso::Partly => parsed.read_tolerantly(&mut scanner).and_then(|()| parsed.finish()),
    };
    super::clip(result.unwrap_or(f64::NAN))
}

/// How far a text follows ECMAScript's form.
enum Iso {
    Whole,
    /// The tolerant form goes on with what was read.
    Partly,
    Wrong,
}

#[derive(Default)]
struct Parsed {
    /// Up to three numbers of a date, in the order of the text.
    date: Vec<i64>,
    is_iso: bool,
    month: Option<i64>,
    /// Hours, minutes, seconds, milliseconds.
    time: Vec<i64>,
    half_day: Option<i64>,
    zone: Offset,
}

#[derive(Default)]
struct Offset {
    sign: Option<i64>,
    hour: Option<i64>,
    minute: Option<i64>,
}

impl Offset {
    fn of_hours(hours: i64) -> Self {
        Self {
            sign: Some(if hours < 0 { -1 } else { 1 }),
            hour: Some(hours.abs()),
            minute: Some(0),
        }
    }

    fn is_utc(&self) -> bool {
        self.hour == Some(0) && self.minute == Some(0)
    }
}

impl Parsed {
    fn read_iso(&mut self, scanner: &mut Scanner) -> Iso {
        if let Token::Symbol(sign @ ('+' | '-')) = scanner.next {
            scanner.take();
            match scanner.next.number_of(6) {
                Some(year) if sign == '+' || year != 0 => self.date.push(if sign == '-' { -year } else { year }),
                _ => return Iso::Partly,
            }
        } else if let Some(year) = scanner.next.number_of(4) {
            self.date.push(year);
        } else {
            return Iso::Partly;
        }
        scanner.take();
        for most in [12, 31] {
            if !scanner.skip('-') {
                break;
            }
            match scanner.next.number_of(2) {
                Some(value) if (1..=most).contains(&value) => self.date.push(value),
                _ => return Iso::Partly,
            }
            scanner.take();
        }
        if scanner.next == Token::Time {
            scanner.take();
            if self.read_iso_time(scanner).is_none() {
                return Iso::Wrong;
            }
        } else if scanner.next == Token::End {
            self.zone = Offset::of_hours(0);
        } else {
            return Iso::Partly;
        }
        self.is_iso = true;
        Iso::Whole
    }

    fn read_iso_time(&mut self, scanner: &mut Scanner) -> Option<()> {
        let hour = scanner.take().number_of(2).filter(|hour| *hour <= 24)?;
        if !scanner.skip(':') {
            return None;
        }
        let most = if hour == 24 { 0 } else { 59 };
        let minute = scanner.take().number_of(2).filter(|minute| *minute <= most)?;
        self.time = vec![hour, minute];
        if scanner.skip(':') {
            self.time
                .push(scanner.take().number_of(2).filter(|second| *second <= most)?);
            if scanner.skip('.') {
                self.time.push(milliseconds(scanner.take())?);
            }
        }
        match scanner.next {
            Token::Zone(0) => {
                scanner.take();
                self.zone = Offset::of_hours(0);
            }
            Token::Symbol(sign @ ('+' | '-')) => {
                scanner.take();
                let number = scanner.take();
                let (hour, minute) = match number.number_of(4) {
                    Some(both) => (both / 100, both % 100),
                    None if scanner.skip(':') => (number.number_of(2)?, scanner.take().number_of(2)?),
                    None => return None,
                };
                if hour > 23 || minute > 59 {
                    return None;
                }
                self.zone = Offset {
                    sign: Some(if sign == '-' { -1 } else { 1 }),
                    hour: Some(hour),
                    minute: Some(minute),
                };
            }
            _ => {}
        }
        (scanner.next == Token::End).then_some(())
    }

    /// Words that mean nothing may stand before the first number, symbols anywhere.
    fn read_tolerantly(&mut self, scanner: &mut Scanner) -> Option<()> {
        let mut seen_number = !self.date.is_empty();
        while scanner.next != Token::End {
            match scanner.take() {
                Token::Number { value, .. } => {
                    seen_number = true;
                    self.read_number(value, scanner)?;
                }
                Token::HalfDay(hours) if !self.time.is_empty() => self.half_day = Some(hours),
                Token::Month(month) => {
                    self.month = Some(month);
                    scanner.skip('-');
                }
                Token::Zone(hours) if seen_number => self.zone = Offset::of_hours(hours),
                Token::HalfDay(_) | Token::Zone(_) | Token::Time | Token::Word => {
                    if seen_number || matches!(scanner.next, Token::Number { .. }) {
                        return None;
                    }
                }
                Token::Symbol(sign @ ('+' | '-')) if self.zone.is_utc() || !self.time.is_empty() => {
                    seen_number = true;
                    self.read_offset(if sign == '-' { -1 } else { 1 }, scanner)?;
                }
                Token::Symbol('+' | '-' | ')') if seen_number => return None,
                Token::Symbol(_) | Token::Space | Token::End => {}
            }
        }
        Some(())
    }

    fn read_number(&mut self, value: i64, scanner: &mut Scanner) -> Option<()> {
        if scanner.skip(':') {
            if scanner.skip(':') {
                if !self.time.is_empty() {
                    return None;
                }
                self.time = vec![value, 0];
            } else {
                self.add_time(value)?;
                scanner.skip('.');
            }
            return Some(());
        }
        if scanner.skip('.') && self.expects_time(value) {
            self.add_time(value)?;
            self.add_time(milliseconds(scanner.take())?)?;
            self.time.resize(4, 0);
            return Some(());
        }
        if self.zone.hour.is_some() && self.zone.minute.is_none() && value < 60 {
            self.zone.minute = Some(value);
        } else if self.expects_time(value) {
            self.add_time(value)?;
            self.time.resize(4, 0);
            let ends = matches!(
                scanner.next,
                Token::End | Token::Space | Token::Zone(0) | Token::Symbol('+' | '-' | ' ')
            );
            return ends.then_some(());
        } else {
            if self.date.len() == 3 {
                return None;
            }
            self.date.push(value);
            scanner.skip('-');
        }
        Some(())
    }

    fn read_offset(&mut self, sign: i64, scanner: &mut Scanner) -> Option<()> {
        let (value, length) = match scanner.next {
            Token::Number { value, length } => {
                scanner.take();
                (value, length)
            }
            _ => (0, 0),
        };
        let (hour, minute) = if scanner.next == Token::Symbol(':') {
            scanner.take();
            (value, None)
        } else {
            match length {
                1 | 2 => (value, Some(0)),
                3 | 4 => (value / 100, Some(value % 100)),
                _ => return None,
            }
        };
        self.zone = Offset {
            sign: Some(sign),
            hour: Some(hour),
            minute,
        };
        Some(())
    }

    fn expects_time(&self, value: i64) -> bool {
        match self.time.len() {
            1 | 2 => value < 60,
            3 => value < 1000,
            _ => false,
        }
    }

    fn add_time(&mut self, value: i64) -> Option<()> {
        let room = self.time.len() < 4;
        self.time.push(value);
        room.then_some(())
    }

    fn finish(&self) -> Option<f64> {
        let (year, month, day) = self.year_month_day()?;
        let at = |index: usize| self.time.get(index).copied().unwrap_or(0);
        let (mut hour, minute, second, millisecond) = (at(0), at(1), at(2), at(3));
        if let Some(half_day) = self.half_day {
            if hour > 12 {
                return None;
            }
            hour = hour % 12 + half_day;
        }
        let in_day = hour < 24 && minute < 60 && second < 60 && millisecond < 1000;
        if !in_day && (hour, minute, second, millisecond) != (24, 0, 0, 0) {
            return None;
        }
        let day = make_day(year as f64, (month - 1) as f64, day as f64);
        let local = make_date(
            day,
            make_time(hour as f64, minute as f64, second as f64, millisecond as f64),
        );
        Some(match self.zone.sign {
            Some(sign) => {
                let minutes = self.zone.hour.unwrap_or(0) * 60 + self.zone.minute.unwrap_or(0);
                local - (sign * minutes) as f64 * MINUTE
            }
            None => local_to_millis(local),
        })
    }

    fn year_month_day(&self) -> Option<(i64, i64, i64)> {
        let is_day = |value: i64| (1..=31).contains(&value);
        let first = *self.date.first()?;
        let at = |index: usize| self.date.get(index).copied().unwrap_or(1);
        let (year, month, day) = match self.month {
            None if self.is_iso || !is_day(first) => (first, at(1), at(2)),
            None => (at(2), first, at(1)),
            Some(month) if !is_day(first) => (first, month, at(1)),
            Some(month) => (at(1), month, first),
        };
        let year = match year {
            0..=49 if !self.is_iso => year + 2000,
            50..=99 if !self.is_iso => year + 1900,
            _ => year,
        };
        ((1..=12).contains(&month) && is_day(day)).then_some((year, month, day))
    }
}

/// Of the digits behind a point.
fn milliseconds(token: Token) -> Option<i64> {
    let Token::Number { value, length } = token else {
        return None;
    };
    Some(match length {
        1 => value * 100,
        2 => value * 10,
        3 => value,
        length => value / 10_i64.pow(length.min(9) as u32 - 3),
    })
}
