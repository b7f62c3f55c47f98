//! Time zones: the tz database through `jiff`, and fixed offsets with Luxon's names.
//!
//! Names of zones for people ("Central European Summer Time") are left to `intl`.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime as LocalTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use patchbay_model::Text;

use super::civil::{Civil, SECOND};

/// A time zone.
#[derive(Clone, Debug)]
pub enum Zone {
    /// Always the same offset, in minutes east of Greenwich.
    Fixed(i32),
    /// A zone of the tz database, under the name that it was asked for by.
    Named { name: Text, rules: TimeZone },
    /// No zone has this name.
    Unknown(Text),
}

/// Names that ICU, and so JavaScript, takes for zones beyond the tz database.
const SHORT_NAMES: [(&str, &str); 25] = [
    ("ACT", "Australia/Darwin"),
    ("AET", "Australia/Sydney"),
    ("AGT", "America/Argentina/Buenos_Aires"),
    ("ART", "Africa/Cairo"),
    ("AST", "America/Anchorage"),
    ("BET", "America/Sao_Paulo"),
    ("BST", "Asia/Dhaka"),
    ("CAT", "Africa/Maputo"),
    ("CNT", "America/St_Johns"),
    ("CST", "America/Chicago"),
    ("CTT", "Asia/Shanghai"),
    ("EAT", "Africa/Nairobi"),
    ("ECT", "Europe/Paris"),
    ("IET", "America/Indiana/Indianapolis"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("MIT", "Pacific/Apia"),
    ("NET", "Asia/Yerevan"),
    ("NST", "Pacific/Auckland"),
    ("PLT", "Asia/Karachi"),
    ("PNT", "America/Phoenix"),
    ("PRT", "America/Puerto_Rico"),
    ("PST", "America/Los_Angeles"),
    ("SST", "Pacific/Guadalcanal"),
    ("VST", "Asia/Ho_Chi_Minh"),
];

/// The zone of the process, in which JavaScript's `Date` shows its fields. n8n's containers run in UTC.
pub fn process_zone() -> Zone {
    Zone::UTC
}

/// The names of the tz database.
pub fn known_names() -> Vec<String> {
    let names = jiff::tz::db().available();
    names.map(|name| name.as_str().to_owned()).collect()
}

impl Zone {
    pub const UTC: Self = Self::Fixed(0);

    /// The zone of a name as `setZone` takes it: `Europe/Berlin`, `utc`, `UTC+5:30`, `system`.
    pub fn parse(name: &str, default: &Self) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "default" => default.clone(),
            "local" | "system" => process_zone(),
            "utc" | "gmt" => Self::UTC,
            lower => match lower.strip_prefix("utc").map(parse_offset) {
                Some(Some(minutes)) => Self::Fixed(minutes),
                _ => Self::named(name),
            },
        }
    }

    /// A zone of the tz database, or one of the short names that ICU adds.
    pub fn named(name: &str) -> Self {
        let short = SHORT_NAMES.iter().find(|(short, _)| short.eq_ignore_ascii_case(name));
        match TimeZone::get(short.map_or(name, |(_, zone)| zone)) {
            Ok(rules) => Self::Named {
                name: name.into(),
                rules,
            },
            Err(_) => Self::Unknown(name.into()),
        }
    }

    pub fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown(_))
    }

    /// `Europe/Berlin`, `UTC`, `UTC+5:30`.
    pub fn name(&self) -> Text {
        match self {
            Self::Fixed(0) => "UTC".into(),
            Self::Fixed(minutes) => format!("UTC{}", offset_text(*minutes * 60, OffsetStyle::Narrow)).into(),
            Self::Named { name, .. } | Self::Unknown(name) => name.clone(),
        }
    }

    /// The name that `Intl` and ISO's extended form know: fixed offsets are `Etc/GMT-3`.
    pub fn iana_name(&self) -> Text {
        match self {
            Self::Fixed(0) => "Etc/UTC".into(),
            Self::Fixed(minutes) if minutes % 60 == 0 => {
                let hours = minutes / 60;
                format!("Etc/GMT{}{}", if hours > 0 { '-' } else { '+' }, hours.abs()).into()
            }
            _ => self.name(),
        }
    }

    pub fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    /// What the tz database calls the zone's time at an instant, in milliseconds since 1970: `CEST`, `-03`.
    pub fn abbreviation_at(&self, millis: f64) -> Text {
        match self {
            Self::Named { rules, .. } => rules.to_offset_info(timestamp(millis)).abbreviation().into(),
            Self::Fixed(_) | Self::Unknown(_) => self.name(),
        }
    }

    /// Seconds east of Greenwich at an instant, in milliseconds since 1970.
    pub fn offset_at(&self, millis: f64) -> i32 {
        match self {
            Self::Fixed(minutes) => minutes * 60,
            Self::Named { rules, .. } => rules.to_offset(timestamp(millis)).seconds(),
            Self::Unknown(_) => 0,
        }
    }

    /// Whether daylight saving time is on at an instant: the offset is greater than another of the same year.
    pub fn is_daylight(&self, millis: f64) -> bool {
        let Self::Named { rules, .. } = self else { return false };
        let year = Civil::from_millis(millis).year;
        let offset = self.offset_at(millis);
        let other = |month| {
            rules
                .to_offset(timestamp(Civil::midnight(year, month, 1).to_millis()))
                .seconds()
        };
        offset > other(1) || offset > other(6)
    }

    /// The offset, in seconds, with which a local time (milliseconds) is read.
    ///
    /// A time that does not exist is read with the offset before the gap, so it moves forward by the gap. Of a
    /// time that exists twice the one with the `preferred` offset is meant, or the first.
    pub fn offset_of_local(&self, local: f64, preferred: i32) -> i32 {
        let Self::Named { rules, .. } = self else {
            return self.offset_at(local);
        };
        let Some(local_time) = local_time(local) else {
            return self.offset_at(local - f64::from(preferred) * SECOND);
        };
        match rules.to_ambiguous_timestamp(local_time).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.seconds(),
            AmbiguousOffset::Gap { before, .. } => before.seconds(),
            AmbiguousOffset::Fold { before, after } => {
                if after.seconds() == preferred {
                    after.seconds()
                } else {
                    before.seconds()
                }
            }
        }
    }

    /// Both offsets of a local time that exists twice, in seconds.
    pub fn possible_offsets(&self, local: f64) -> Option<[i32; 2]> {
        let Self::Named { rules, .. } = self else { return None };
        match rules.to_ambiguous_timestamp(local_time(local)?).offset() {
            AmbiguousOffset::Fold { before, after } => Some([before.seconds(), after.seconds()]),
            _ => None,
        }
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Fixed(one), Self::Fixed(two)) => one == two,
            (Self::Named { name: one, .. }, Self::Named { name: two, .. }) => one == two,
            _ => false,
        }
    }
}

/// The instant, or the nearest that the tz database's library knows: rules do not change beyond.
fn timestamp(millis: f64) -> Timestamp {
    Timestamp::from_millisecond(millis as i64).unwrap_or(if millis < 0.0 { Timestamp::MIN } else { Timestamp::MAX })
}

fn local_time(local: f64) -> Option<LocalTime> {
    let civil = Civil::from_millis(local);
    let date = Date::new(i16::try_from(civil.year).ok()?, civil.month as i8, civil.day as i8);
    let (hour, minute, second) = (civil.hour as i8, civil.minute as i8, civil.second as i8);
    Some(
        date.ok()?
            .at(hour, minute, second, civil.millisecond as i32 * 1_000_000),
    )
}

/// Minutes of `+5`, `-3:30`, `+0530`.
pub fn parse_offset(text: &str) -> Option<i32> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None if rest.len() > 2 => rest.split_at_checked(2)?,
        None => (rest, "0"),
    };
    if hours.is_empty() || hours.len() > 2 || minutes.is_empty() || minutes.len() > 2 {
        return None;
    }
    let digits = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| text.parse::<i32>().ok())?
    };
    Some(sign * (digits(hours)? * 60 + digits(minutes)?))
}

/// How an offset is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetStyle {
    /// `+5:30`, `+5`
    Narrow,
    /// `+05:30`
    Short,
    /// `+0530`
    Compact,
}

/// Seconds east of Greenwich as text; seconds beyond the minute are dropped.
pub fn offset_text(seconds: i32, style: OffsetStyle) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    let (hours, minutes) = (minutes / 60, minutes % 60);
    match style {
        OffsetStyle::Narrow if minutes == 0 => format!("{sign}{hours}"),
        OffsetStyle::Narrow => format!("{sign}{hours}:{minutes:02}"),
        OffsetStyle::Short => format!("{sign}{hours:02}:{minutes:02}"),
        OffsetStyle::Compact => format!("{sign}{hours:02}{minutes:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_luxon_reads_them() {
        for (name, expected) in [
            ("utc", "UTC"),
            ("GMT", "UTC"),
            ("utc+3", "UTC+3"),
            ("UTC-5:30", "UTC-5:30"),
            ("Europe/Berlin", "Europe/Berlin"),
            ("europe/berlin", "europe/berlin"),
            ("system", "UTC"),
            ("default", "Asia/Kolkata"),
        ] {
            let zone = Zone::parse(name, &Zone::named("Asia/Kolkata"));
            assert!(zone.is_known(), "{name}");
            assert_eq!(zone.name(), expected, "{name}");
        }
        for name in ["", "+05:30", "Z", "Nope/Zone", "UTC+"] {
            assert!(!Zone::parse(name, &Zone::UTC).is_known(), "{name:?}");
        }
    }

    #[test]
    fn gaps_move_forward_and_folds_keep_the_preferred_offset() {
        let berlin = Zone::named("Europe/Berlin");
        let local = |month, day, hour| {
            Civil {
                hour,
                minute: 30,
                ..Civil::midnight(2025, month, day)
            }
            .to_millis()
        };
        for (local, preferred, expected) in [
            (local(3, 30, 2), 7200, 3600),
            (local(10, 26, 2), 7200, 7200),
            (local(10, 26, 2), 3600, 3600),
            (local(7, 1, 2), 3600, 7200),
        ] {
            assert_eq!(berlin.offset_of_local(local, preferred), expected);
        }
    }
}
