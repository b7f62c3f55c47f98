//! Luxon's `DateTime`: an instant with a zone and a locale.
//!
//! Reading and writing text is left to `iso`, `rfc`, `format`, `parse` and `intl`.

mod arithmetic;
mod build;
mod create;
mod difference;
mod method;
mod preset;
mod property;

use std::rc::Rc;

use patchbay_model::Text;

use super::civil::{Civil, FURTHEST, SECOND, WeekRule};
use super::zone::Zone;
use super::{Context, Invalid, Temporal};
use crate::Js;
use crate::intl::Locale;

pub use build::build;
pub use create::{call_static, from_any_form, from_iso};
pub use method::{METHODS, call, date_argument};
pub use preset::preset;
pub use property::get;

/// An instant, or the reason why there is none.
#[derive(Clone, Debug)]
pub struct DateTime {
    /// Since 1970; NaN where it is invalid.
    millis: f64,
    /// Seconds east of Greenwich.
    offset: i32,
    civil: Civil,
    zone: Zone,
    locale: Locale,
    invalid: Option<Rc<Invalid>>,
}

impl DateTime {
    pub fn new(millis: f64, zone: Zone, locale: Locale) -> Self {
        if let Zone::Unknown(name) = &zone {
            let explanation = format!("the zone \"{name}\" is not supported");
            return Self::invalid("unsupported zone", Some(explanation.into()));
        }
        if !millis.is_finite() || millis.abs() > FURTHEST {
            return Self::invalid(
                if millis.is_nan() {
                    "invalid input"
                } else {
                    "Timestamp out of range"
                },
                None,
            );
        }
        let millis = millis.trunc();
        let offset = zone.offset_at(millis);
        Self {
            millis,
            offset,
            civil: Civil::from_millis(millis + f64::from(offset) * SECOND),
            zone,
            locale,
            invalid: None,
        }
    }

    pub fn invalid(reason: impl Into<Text>, explanation: Option<Text>) -> Self {
        Self {
            millis: f64::NAN,
            offset: 0,
            civil: Civil::midnight(1970, 1, 1),
            zone: Zone::UTC,
            locale: Locale::default(),
            invalid: Some(Rc::new(Invalid {
                reason: reason.into(),
                explanation,
            })),
        }
    }

    /// The time that a clock of the zone shows; of two with the same face the one with the preferred offset (seconds).
    pub fn from_local(local: f64, preferred_offset: i32, zone: Zone, locale: Locale) -> Self {
        let offset = zone.offset_of_local(local, preferred_offset);
        Self::new(local - f64::from(offset) * SECOND, zone, locale)
    }

    pub fn now(context: &Context) -> Self {
        Self::new(context.now(), context.zone(), Locale::default())
    }

    pub fn is_valid(&self) -> bool {
        self.invalid.is_none()
    }

    /// Why it is invalid, if it is.
    pub fn invalid_reason(&self) -> Option<&Text> {
        self.invalid.as_ref().map(|invalid| &invalid.reason)
    }

    /// `valueOf`: milliseconds since 1970, NaN where it is invalid.
    pub fn to_millis(&self) -> f64 {
        self.millis
    }

    pub fn civil(&self) -> Civil {
        self.civil
    }

    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Seconds east of Greenwich.
    pub fn offset(&self) -> i32 {
        self.offset
    }

    pub fn locale(&self) -> &Locale {
        &self.locale
    }

    /// Milliseconds since 1970 on the clock of the zone.
    pub fn local_millis(&self) -> f64 {
        self.millis + f64::from(self.offset) * SECOND
    }

    #[must_use]
    pub fn with_locale(&self, locale: Locale) -> Self {
        Self { locale, ..self.clone() }
    }

    /// The same instant in another zone, or the same face of the clock.
    #[must_use]
    pub fn with_zone(&self, zone: Zone, keep_local_time: bool) -> Self {
        if !self.is_valid() {
            return self.clone();
        }
        if keep_local_time && zone.is_known() {
            let guess = zone.offset_at(self.millis);
            return Self::from_local(self.local_millis(), guess, zone, self.locale.clone());
        }
        Self::new(self.millis, zone, self.locale.clone())
    }

    fn at(&self, millis: f64) -> Self {
        Self::new(millis, self.zone.clone(), self.locale.clone())
    }

    fn local_week_rule(&self) -> WeekRule {
        self.locale.week_rule()
    }
}

impl From<DateTime> for Js {
    fn from(date: DateTime) -> Self {
        Self::Temporal(Temporal::DateTime(Rc::new(date)))
    }
}
