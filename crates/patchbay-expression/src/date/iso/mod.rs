//! ISO 8601 and SQL: reading and writing dates and times. Durations are in `duration::iso`.

mod write;

use super::fields::{Fields, Parsed, StatedZone};

pub use write::{IsoStyle, write_clock, write_date, write_offset};

/// A text being read from its start.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// A number of exactly so many digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let digits = self
            .rest
            .get(..count)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        self.rest = &self.rest[count..];
        digits.parse().ok()
    }

    fn eat(&mut self, expected: char) -> bool {
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Reads, or leaves the text as it was.
    fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let before = self.rest;
        let found = read(self);
        if found.is_none() {
            self.rest = before;
        }
        found
    }

    fn all_digits(&mut self) -> &'a str {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits
    }

    /// `2025-01-31`, `20250131`, `2025-01`, `2025`, `+002025-01-31`.
    fn year_month_day(&mut self, fields: &mut Fields) -> Option<()> {
        let year = self
            .attempt(|reader| {
                let negative = reader.rest.starts_with('-');
                if !negative && !reader.rest.starts_with('+') {
                    return None;
                }
                reader.rest = &reader.rest[1..];
                let year = reader.digits(6)?;
                Some(if negative { -year } else { year })
            })
            .or_else(|| self.digits(4))?;
        fields.year = Some(year as f64);
        fields.month = Some(1.0);
        fields.day = Some(1.0);
        let month = self.attempt(|reader| {
            reader.eat('-');
            reader.digits(2)
        });
        if let Some(month) = month {
            fields.month = Some(month as f64);
            let day = self.attempt(|reader| {
                reader.eat('-');
                reader.digits(2)
            });
            fields.day = Some(day.unwrap_or(1) as f64);
        }
        Some(())
    }

    /// `2025-W05-4`
    fn week(&mut self, fields: &mut Fields) -> Option<()> {
        fields.week_year = Some(self.digits(4)? as f64);
        self.eat('-');
        if !self.eat('W') {
            return None;
        }
        fields.week_number = Some(self.digits(2)? as f64);
        let weekday = self.attempt(|reader| {
            reader.eat('-');
            reader.digits(1)
        });
        fields.weekday = Some(weekday.unwrap_or(1) as f64);
        Some(())
    }

    /// `2025-200`
    fn ordinal(&mut self, fields: &mut Fields) -> Option<()> {
        fields.year = Some(self.digits(4)? as f64);
        self.eat('-');
        fields.ordinal = Some(self.digits(3)? as f64);
        Some(())
    }

    /// `04:05:06.789`, `0405`, `04`
    fn clock(&mut self) -> Option<Vec<i64>> {
        self.clock_with(false)
    }

    fn clock_with(&mut self, colons: bool) -> Option<Vec<i64>> {
        let mut clock = vec![self.digits(2)?];
        for _ in 0..2 {
            let next = self.attempt(|reader| {
                if !reader.eat(':') && colons {
                    return None;
                }
                reader.digits(2)
            });
            let Some(next) = next else { return Some(clock) };
            clock.push(next);
        }
        let fraction = self.attempt(|reader| {
            if !reader.eat('.') && !reader.eat(',') {
                return None;
            }
            let digits = reader.all_digits();
            if (1..=30).contains(&digits.len()) {
                parse_fraction(digits)
            } else {
                None
            }
        });
        clock.extend(fraction);
        Some(clock)
    }

    /// `Z`, `+02`, `+0200`, `+02:00`
    fn offset(&mut self) -> Option<i32> {
        if self.eat('Z') {
            return Some(0);
        }
        self.attempt(|reader| {
            let sign = match reader.rest.as_bytes().first()? {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            reader.rest = &reader.rest[1..];
            let hours = reader.digits(2)?;
            let minutes = reader.attempt(|reader| {
                reader.eat(':');
                reader.digits(2)
            });
            Some(sign * (hours * 60 + minutes.unwrap_or(0)) as i32)
        })
    }

    /// The zone in brackets after an offset.
    fn bracketed_zone(&mut self) -> Option<&'a str> {
        let (name, rest) = self.rest.strip_prefix('[')?.split_once(']')?;
        self.rest = rest;
        Some(name)
    }

    /// A time with its zone, to the end.
    fn time(&mut self, parsed: &mut Parsed) -> Option<()> {
        set_clock(&mut parsed.fields, &self.clock()?);
        if let Some(offset) = self.offset() {
            parsed.zone = StatedZone::Offset(offset);
        }
        if let Some(name) = self.bracketed_zone() {
            parsed.zone = StatedZone::Name(name.into());
        }
        self.end()
    }

    fn end(&self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }
}

fn set_clock(fields: &mut Fields, clock: &[i64]) {
    let at = |index: usize| Some(clock.get(index).copied().unwrap_or(0) as f64);
    fields.hour = at(0);
    fields.minute = at(1);
    fields.second = at(2);
    fields.millisecond = at(3);
}

/// A date, a week or a day of the year, perhaps with a time after `T`; or a time alone.
pub fn parse(text: &str) -> Option<Parsed> {
    let dates = [Reader::year_month_day, Reader::week, Reader::ordinal];
    dates.into_iter().find_map(|date| parse_with(text, date)).or_else(|| {
        let mut parsed = Parsed::default();
        Reader { rest: text }.time(&mut parsed)?;
        Some(parsed)
    })
}

fn parse_with<'a>(text: &'a str, date: impl Fn(&mut Reader<'a>, &mut Fields) -> Option<()>) -> Option<Parsed> {
    let mut parsed = Parsed::default();
    let mut reader = Reader { rest: text };
    date(&mut reader, &mut parsed.fields)?;
    if reader.rest.is_empty() {
        return Some(parsed);
    }
    if !reader.eat('T') {
        return None;
    }
    reader.time(&mut parsed)?;
    Some(parsed)
}

/// Hours, minutes, seconds and milliseconds, as many as are there.
pub fn parse_clock(text: &str) -> Option<Vec<i64>> {
    let mut reader = Reader { rest: text };
    let clock = reader.clock()?;
    reader.end()?;
    Some(clock)
}

/// Milliseconds of the digits behind a decimal point.
pub fn parse_fraction(digits: &str) -> Option<i64> {
    let padded: String = digits.chars().chain("000".chars()).take(3).collect();
    padded.parse().ok()
}

/// `2025-01-31 04:05:06.789 +02:00`, `… Europe/Berlin`; or a time alone.
pub fn parse_sql(text: &str) -> Option<Parsed> {
    let mut parsed = Parsed::default();
    let mut reader = Reader { rest: text };
    let date = reader.attempt(|reader| {
        let mut fields = Fields {
            year: Some(reader.digits(4)? as f64),
            ..Fields::default()
        };
        if !reader.eat('-') {
            return None;
        }
        fields.month = Some(reader.digits(2)? as f64);
        if !reader.eat('-') {
            return None;
        }
        fields.day = Some(reader.digits(2)? as f64);
        Some(fields)
    });
    if let Some(fields) = date {
        parsed.fields = fields;
        if reader.rest.is_empty() {
            return Some(parsed);
        }
        if !reader.eat(' ') {
            return None;
        }
    }
    let clock = reader.clock_with(true).filter(|clock| clock.len() > 1)?;
    set_clock(&mut parsed.fields, &clock);
    if reader.rest.is_empty() {
        return Some(parsed);
    }
    reader.eat(' ');
    if let Some(offset) = reader.offset() {
        parsed.zone = StatedZone::Offset(offset);
        reader.eat(' ');
    }
    if !reader.rest.is_empty() {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '+' | '-');
        let named = reader.rest.len() <= 256 && reader.rest.chars().all(plain);
        parsed.zone = StatedZone::Name(named.then(|| reader.rest.into())?);
    }
    Some(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let parsed = parse(text)?;
        let fields = parsed.fields;
        let date = [
            fields.year,
            fields.month,
            fields.day,
            fields.week_year,
            fields.week_number,
            fields.weekday,
        ];
        let time = [
            fields.ordinal,
            fields.hour,
            fields.minute,
            fields.second,
            fields.millisecond,
        ];
        let numbers = date.into_iter().chain(time).flatten().map(|number| number.to_string());
        Some(format!("{} {:?}", numbers.collect::<Vec<_>>().join(" "), parsed.zone))
    }

    #[test]
    fn every_form_of_iso_is_read() {
        for (text, expected) in [
            ("2025", "2025 1 1 None"),
            ("2025-02", "2025 2 1 None"),
            ("20250203", "2025 2 3 None"),
            ("2025-02-03T04", "2025 2 3 4 0 0 0 None"),
            ("2025-02-03T04:05:06,7Z", "2025 2 3 4 5 6 700 Offset(0)"),
            ("20250203T040506.789+0230", "2025 2 3 4 5 6 789 Offset(150)"),
            ("2025-02-03T04:05[Asia/Tokyo]", "2025 2 3 4 5 0 0 Name(\"Asia/Tokyo\")"),
            ("2025-W05-4", "2025 5 4 None"),
            ("2025W05", "2025 5 1 None"),
            ("2025-034", "2025 34 None"),
            ("+012025-02-03", "12025 2 3 None"),
            ("04:05", "4 5 0 0 None"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "x",
            "2025-2-3",
            "2025-02-03 04:05",
            "2025-02-03T",
            "2025-02-03T04:05x",
            "2025-W5",
            "T04",
            "2025-02-03t04:05z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
