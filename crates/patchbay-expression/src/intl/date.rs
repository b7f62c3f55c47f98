//! Writes a moment by the fields that the options ask for, in the pattern that the locale has for them.

use patchbay_model::Text;

use super::data::{Names, Tables, Width};
use super::date_options::{DateOptions, HourCycle, Length, Style};
use crate::date::{Civil, Zone};

/// What is written: an instant, and what the clock of its zone shows.
pub struct Moment<'a> {
    pub civil: Civil,
    /// Since 1970.
    pub millis: f64,
    pub zone: &'a Zone,
}

/// A piece of written text and what it is, as `formatToParts` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// `year`, `literal`, …
    pub kind: &'static str,
    pub value: Text,
}

impl Part {
    fn literal(value: &str) -> Self {
        Self {
            kind: "literal",
            value: value.into(),
        }
    }
}

impl Tables {
    /// Writes the moment as one text, in which V8 has plain spaces for CLDR's narrow ones.
    pub fn date_text(&self, options: &DateOptions, moment: &Moment<'_>) -> String {
        joined_text(&self.date_parts(options, moment)).replace('\u{202f}', " ")
    }

    /// Writes the moment.
    pub fn date_parts(&self, options: &DateOptions, moment: &Moment<'_>) -> Vec<Part> {
        let (date, time, glue) = if options.date_style.is_some() || options.time_style.is_some() {
            self.styled(options)
        } else {
            self.by_fields(options)
        };
        let writer = Writer {
            tables: self,
            options,
            moment,
            cycle: self.hour_cycle(options),
        };
        let parts = match (date, time) {
            (Some(date), Some(time)) => glued(&glue, &writer.write(&date), &writer.write(&time)),
            (Some(pattern), None) | (None, Some(pattern)) => writer.write(&pattern),
            (None, None) => Vec::new(),
        };
        joined(parts)
    }

    /// The cycle of the hours: asked for, or the locale's.
    pub fn hour_cycle(&self, options: &DateOptions) -> HourCycle {
        let own = match self.hour_cycle.as_str() {
            "h23" => HourCycle::H23,
            "h11" => HourCycle::H11,
            _ => HourCycle::H12,
        };
        match (options.hour12, options.hour_cycle) {
            // The cycle of that kind that begins as the locale's own does: 0 at midnight, or 12 and 24.
            (Some(true), _) if own == HourCycle::H12 => HourCycle::H12,
            (Some(true), _) => HourCycle::H11,
            (Some(false), _) if own == HourCycle::H12 => HourCycle::H24,
            (Some(false), _) => HourCycle::H23,
            (None, Some(cycle)) => cycle,
            (None, None) => own,
        }
    }

    fn styled(&self, options: &DateOptions) -> (Option<Text>, Option<Text>, Text) {
        let date = options
            .date_style
            .map(|length| self.date_styles[length as usize].clone());
        let time = options.time_style.map(|length| {
            let changed = options.hour12.is_some() || options.hour_cycle.is_some();
            if !changed {
                return self.time_styles[length as usize].clone();
            }
            let letter = if twelve_hours(self.hour_cycle(options)) {
                'h'
            } else {
                'H'
            };
            let fields = match length {
                Length::Short => "m",
                Length::Medium => "ms",
                Length::Long | Length::Full => "msz",
            };
            self.time_pattern(&format!("{letter}{fields}"))
        });
        let length = options.date_style.unwrap_or(Length::Short);
        (date, time, self.glue_of_styles[length as usize].clone())
    }

    fn time_pattern(&self, key: &str) -> Text {
        self.times.get(key).cloned().unwrap_or_default()
    }

    fn by_fields(&self, options: &DateOptions) -> (Option<Text>, Option<Text>, Text) {
        let date = options.has_date().then(|| self.date_pattern(options));
        let zone = options.time_zone_name.is_some();
        let time = if options.has_time() {
            Some(self.time_pattern_of(options))
        } else if zone {
            Some("z".into())
        } else {
            None
        };
        let long_month = options.month == Some(Style::Long);
        let glue = match (options.weekday, options.month) {
            _ if !options.has_time() => return (date, time, self.glue_of_zone.clone()),
            (Some(_), None) if options.day.is_none() && options.year.is_none() => 4,
            (Some(_), _) if long_month => 0,
            _ if long_month => 1,
            (_, Some(Style::Short)) => 2,
            _ => 3,
        };
        (date, time, self.glue_of_fields[glue].clone())
    }

    fn date_pattern(&self, options: &DateOptions) -> Text {
        let mut key = String::new();
        key.push_str(match options.weekday {
            None => "",
            Some(Style::Long) => "EEEE",
            Some(_) => "E",
        });
        if options.year.is_some() {
            key.push('y');
        }
        key.push_str(match options.month {
            None => "",
            Some(Style::Long) => "MMMM",
            Some(Style::Short | Style::Narrow) => "MMM",
            Some(_) => "M",
        });
        if options.day.is_some() {
            key.push('d');
        }
        let mut pattern = self.dates.get(key.as_str()).cloned().unwrap_or_default();
        if options.era.is_some() {
            pattern = format!("{pattern} G").into();
        }
        pattern
    }

    fn time_pattern_of(&self, options: &DateOptions) -> Text {
        let seconds = options.second.is_some();
        let zone = if options.time_zone_name.is_some() { "z" } else { "" };
        let fraction = |pattern: Text| -> Text {
            if options.fraction_digits == 0 || !seconds {
                return pattern;
            }
            let digits = "S".repeat(options.fraction_digits);
            let end = pattern.rfind('s').map_or(pattern.len(), |place| place + 1);
            let (before, after) = pattern.split_at(end);
            format!("{before}{}{digits}{after}", self.numbers.decimal).into()
        };
        if options.hour.is_none() {
            let pattern: Text = match (options.minute.is_some(), seconds) {
                (true, true) => self.time_pattern("ms"),
                (true, false) => "m".into(),
                (false, true) => "s".into(),
                (false, false) => "S".into(),
            };
            let gap = if zone.is_empty() { "" } else { " " };
            return fraction(format!("{pattern}{gap}{zone}").into());
        }
        let letter = if twelve_hours(self.hour_cycle(options)) {
            "h"
        } else {
            "H"
        };
        let count = |style: Option<Style>| match style {
            None => 0,
            Some(Style::TwoDigit) => 2,
            Some(_) => 1,
        };
        let minutes = if seconds {
            count(options.minute).max(1)
        } else {
            count(options.minute)
        };
        let (hours, minutes) = (letter.repeat(count(options.hour)), "m".repeat(minutes));
        let seconds = "s".repeat(count(options.second));
        fraction(self.time_pattern(&format!("{hours}{minutes}{seconds}{zone}")))
    }
}

fn twelve_hours(cycle: HourCycle) -> bool {
    matches!(cycle, HourCycle::H11 | HourCycle::H12)
}

/// The parts as one text.
pub fn joined_text(parts: &[Part]) -> String {
    parts.iter().map(|part| part.value.as_str()).collect()
}

/// `{1}` is the date, `{0}` the time.
fn glued(glue: &str, date: &[Part], time: &[Part]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = glue;
    while let Some(start) = rest.find('{') {
        parts.push(Part::literal(&rest[..start]));
        parts.extend_from_slice(if rest[start..].starts_with("{1}") { date } else { time });
        rest = rest.get(start + 3..).unwrap_or_default();
    }
    parts.push(Part::literal(rest));
    parts
}

/// Neighbouring literals as one, empty ones left out.
fn joined(parts: Vec<Part>) -> Vec<Part> {
    let mut result: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        if part.kind == "literal" && part.value.is_empty() {
            continue;
        }
        match result.last_mut() {
            Some(last) if last.kind == "literal" && part.kind == "literal" => {
                last.value = format!("{}{}", last.value, part.value).into();
            }
            _ => result.push(part),
        }
    }
    result
}

struct Writer<'a> {
    tables: &'a Tables,
    options: &'a DateOptions,
    moment: &'a Moment<'a>,
    cycle: HourCycle,
}

impl Writer<'_> {
    fn write(&self, pattern: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut rest = pattern;
        while let Some(first) = rest.chars().next() {
            let end = if first == '\'' {
                let close = rest[1..].find('\'').map_or(rest.len(), |close| close + 2);
                let quoted = rest[1..close].trim_end_matches('\'');
                parts.push(Part::literal(if quoted.is_empty() { "'" } else { quoted }));
                close
            } else if first.is_ascii_alphabetic() {
                let end = rest.find(|c| c != first).unwrap_or(rest.len());
                parts.push(self.field(first, end));
                end
            } else {
                let end = rest
                    .find(|c: char| c.is_ascii_alphabetic() || c == '\'')
                    .unwrap_or(rest.len());
                parts.push(Part::literal(&rest[..end]));
                end
            };
            rest = &rest[end..];
        }
        parts
    }

    fn field(&self, letter: char, count: usize) -> Part {
        let civil = self.moment.civil;
        let digits = |value: i64, width: usize| Text::from(format!("{value:0width$}"));
        let two = |style: Option<Style>| if style == Some(Style::TwoDigit) { 2 } else { count };
        let named = |names, style: Option<Style>, index: i64| {
            let width = match (style, count) {
                (Some(Style::Narrow), _) | (_, 5) => Width::Narrow,
                (_, 4) => Width::Long,
                _ => Width::Short,
            };
            self.tables.name(names, width, index)
        };
        let (kind, value) = match letter {
            'y' => {
                let year = if self.tables.years_before != 0 {
                    civil.year + self.tables.years_before
                } else if civil.year > 0 || self.options.era.is_none() {
                    civil.year
                } else {
                    1 - civil.year
                };
                let short = count == 2 || self.options.year == Some(Style::TwoDigit);
                (
                    "year",
                    if short {
                        digits(year.rem_euclid(100), 2)
                    } else {
                        digits(year, 1)
                    },
                )
            }
            'M' | 'L' | 'l' if count <= 2 => ("month", digits(civil.month, two(self.options.month))),
            'M' => ("month", named(Names::Month, self.options.month, civil.month - 1)),
            'L' => ("month", named(Names::MonthAlone, self.options.month, civil.month - 1)),
            'l' => (
                "month",
                named(Names::MonthWithYear, self.options.month, civil.month - 1),
            ),
            'd' => ("day", digits(civil.day, two(self.options.day))),
            'E' => (
                "weekday",
                named(Names::Weekday, self.options.weekday, civil.weekday() - 1),
            ),
            'c' => (
                "weekday",
                named(Names::WeekdayAlone, self.options.weekday, civil.weekday() - 1),
            ),
            'e' => (
                "weekday",
                named(Names::WeekdayWithYear, self.options.weekday, civil.weekday() - 1),
            ),
            'h' => ("hour", digits(self.hour(), count)),
            'm' => ("minute", digits(civil.minute, count)),
            's' => ("second", digits(civil.second, count)),
            'S' => {
                let digits = format!("{:03}", civil.millisecond);
                ("fractionalSecond", digits[..count.min(3)].into())
            }
            'a' => ("dayPeriod", self.tables.day_period(civil.hour)),
            'G' => ("era", named(Names::Era, self.options.era, i64::from(civil.year > 0))),
            'z' => ("timeZoneName", self.zone_name()),
            _ => ("literal", Text::from(letter.to_string().repeat(count))),
        };
        Part { kind, value }
    }

    fn hour(&self) -> i64 {
        let hour = self.moment.civil.hour;
        match self.cycle {
            HourCycle::H11 => hour % 12,
            HourCycle::H12 => (hour + 11) % 12 + 1,
            HourCycle::H23 => hour,
            HourCycle::H24 => (hour + 23) % 24 + 1,
        }
    }

    fn zone_name(&self) -> Text {
        let Moment { millis, zone, .. } = self.moment;
        let style = match (self.options.time_zone_name, self.options.time_style) {
            (Some(style), _) => style,
            (None, Some(Length::Full)) => Style::Long,
            _ => Style::Short,
        };
        match style {
            Style::ShortOffset => self.tables.offset_name(zone.offset_at(*millis), false),
            Style::LongOffset => self.tables.offset_name(zone.offset_at(*millis), true),
            Style::Long => self.tables.zone_name(zone, *millis, Width::Long),
            _ => self.tables.zone_name(zone, *millis, Width::Short),
        }
    }
}
