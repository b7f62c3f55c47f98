//! Writing ISO 8601.

use std::fmt::Write;

use crate::Js;
use crate::date::arguments::{flag, text_option};
use crate::date::civil::Civil;
use crate::date::zone::{OffsetStyle, offset_text};

/// How ISO text is written.
#[derive(Clone, Copy, Debug)]
pub struct IsoStyle {
    /// With `-` and `:`.
    pub extended: bool,
    pub suppress_seconds: bool,
    pub suppress_milliseconds: bool,
    pub include_offset: bool,
    /// The zone's name in brackets.
    pub extended_zone: bool,
}

impl IsoStyle {
    pub const PLAIN: Self = Self {
        extended: true,
        suppress_seconds: false,
        suppress_milliseconds: false,
        include_offset: true,
        extended_zone: false,
    };

    pub fn from_js(options: &Js) -> Self {
        Self {
            extended: text_option(options, "format").is_none_or(|format| format == "extended"),
            suppress_seconds: flag(options, "suppressSeconds", false),
            suppress_milliseconds: flag(options, "suppressMilliseconds", false),
            include_offset: flag(options, "includeOffset", true),
            extended_zone: flag(options, "extendedZone", false),
        }
    }
}

/// `2025-01-31`; years beyond 9999 and before 0 have six digits and a sign.
pub fn write_date(civil: Civil, extended: bool) -> String {
    let mut text = String::with_capacity(24);
    if (0..=9999).contains(&civil.year) {
        let _ = write!(text, "{:04}", civil.year);
    } else {
        let _ = write!(
            text,
            "{}{:06}",
            if civil.year < 0 { '-' } else { '+' },
            civil.year.abs()
        );
    }
    let dash = if extended { "-" } else { "" };
    let _ = write!(text, "{dash}{:02}{dash}{:02}", civil.month, civil.day);
    text
}

/// `04:05:06.789`
pub fn write_clock(civil: Civil, style: IsoStyle) -> String {
    let colon = if style.extended { ":" } else { "" };
    let mut text = format!("{:02}{colon}{:02}", civil.hour, civil.minute);
    let has_seconds = civil.second != 0 || civil.millisecond != 0;
    if has_seconds || !style.suppress_seconds {
        let _ = write!(text, "{colon}{:02}", civil.second);
        if civil.millisecond != 0 || !style.suppress_milliseconds {
            let _ = write!(text, ".{:03}", civil.millisecond);
        }
    }
    text
}

/// `+02:00`; `Z` for UTC's own.
pub fn write_offset(seconds: i32, is_utc: bool, extended: bool) -> String {
    if is_utc {
        "Z".to_owned()
    } else {
        offset_text(
            seconds,
            if extended {
                OffsetStyle::Short
            } else {
                OffsetStyle::Compact
            },
        )
    }
}
