//! Durations for people: `toFormat`, `toHuman`.

use patchbay_model::Text;
use patchbay_model::value::number_to_text;

use super::Duration;
use crate::date::arguments::{flag, text_option};
use crate::date::error;
use crate::date::token::{Token, split};
use crate::date::unit::Unit;
use crate::intl::{NumberOptions, Width, format_number};
use crate::{Error, Js};

impl Duration {
    /// `toFormat('hh:mm:ss')`: the time is shared among the units that the format names.
    pub fn to_format(&self, format: &str, options: &Js) -> String {
        if !self.is_valid() {
            return "Invalid Duration".to_owned();
        }
        let floor = flag(options, "floor", true);
        let tokens = split(format);
        let units: Vec<Unit> = tokens
            .iter()
            .filter_map(|token| match token {
                Token::Field(field) => unit_of(field),
                Token::Literal(_) => None,
            })
            .collect();
        let shifted = self.shift_to(&units);
        let mut text = String::new();
        for token in tokens {
            match token {
                Token::Literal(literal) => text.push_str(&literal),
                Token::Field(field) => match unit_of(&field) {
                    Some(unit) => text.push_str(&padded(shifted.amount(unit), field.len(), floor)),
                    None => text.push_str(&field),
                },
            }
        }
        text
    }

    /// `toHuman()`: `1 day, 2 hours`. Fails for quarters, which have no name in CLDR.
    pub fn to_human(&self, options: &Js) -> Result<Text, Error> {
        if !self.is_valid() {
            return Ok("Invalid Duration".into());
        }
        let display = text_option(options, "unitDisplay").unwrap_or_else(|| "long".into());
        let number_options = NumberOptions {
            use_grouping: false,
            ..NumberOptions::from_js(options)?
        };
        let tables = self.locale.tables();
        let mut parts = Vec::new();
        let keep_zeros = flag(options, "showZeros", true);
        for unit in [
            Unit::Years,
            Unit::Months,
            Unit::Weeks,
            Unit::Days,
            Unit::Hours,
            Unit::Minutes,
            Unit::Seconds,
            Unit::Milliseconds,
        ] {
            let Some(value) = self.values[unit.index()].filter(|value| keep_zeros || *value != 0.0) else {
                continue;
            };
            let number = format_number(&self.locale, value, &number_options);
            parts.push(tables.amount(value, &number, unit.index(), Width::parse(&display)));
        }
        if self.values[Unit::Quarters.index()].is_some() {
            return Err(error("Invalid unit argument for Intl.NumberFormat() 'quarter'"));
        }
        let style = text_option(options, "listStyle").unwrap_or_else(|| "narrow".into());
        Ok(tables.list(&parts, Width::parse(&style)).into())
    }

    /// `toISOTime()`: a time of day; `None` for less than nothing and for a day or more.
    pub fn to_iso_time(&self, options: &Js) -> Option<String> {
        let millis = self.to_millis();
        if !(0.0..86_400_000.0).contains(&millis) {
            return None;
        }
        let civil = crate::date::civil::Civil::from_millis(millis);
        let style = crate::date::iso::IsoStyle {
            include_offset: false,
            ..crate::date::iso::IsoStyle::from_js(options)
        };
        let mut text = if flag(options, "includePrefix", false) {
            "T".to_owned()
        } else {
            String::new()
        };
        text.push_str(&crate::date::iso::write_clock(civil, style));
        Some(text)
    }
}

fn unit_of(field: &str) -> Option<Unit> {
    Some(match field.as_bytes().first()? {
        b'S' => Unit::Milliseconds,
        b's' => Unit::Seconds,
        b'm' => Unit::Minutes,
        b'h' => Unit::Hours,
        b'd' => Unit::Days,
        b'w' => Unit::Weeks,
        b'M' => Unit::Months,
        b'y' => Unit::Years,
        _ => return None,
    })
}

fn padded(value: f64, width: usize, floor: bool) -> String {
    let value = if floor {
        value.trunc()
    } else {
        (value * 1000.0).round() / 1000.0
    };
    let digits = number_to_text(value.abs());
    let whole = digits.find('.').unwrap_or(digits.len());
    let zeros = "0".repeat(width.saturating_sub(whole));
    format!("{}{zeros}{digits}", if value < 0.0 { "-" } else { "" })
}
