//! What a text or an object says of a date, before it is one: some fields, perhaps an offset.

use patchbay_model::Text;

use super::duration::{amount, unknown_unit};
use crate::{Error, Js};

/// Fields of a date, each set or not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    pub year: Option<f64>,
    pub month: Option<f64>,
    pub day: Option<f64>,
    pub hour: Option<f64>,
    pub minute: Option<f64>,
    pub second: Option<f64>,
    pub millisecond: Option<f64>,
    /// 1 is Monday.
    pub weekday: Option<f64>,
    pub week_number: Option<f64>,
    pub week_year: Option<f64>,
    pub ordinal: Option<f64>,
    /// Counted as the locale counts.
    pub local_weekday: Option<f64>,
    pub local_week_number: Option<f64>,
    pub local_week_year: Option<f64>,
    /// Only of `set` and `fromObject`: the first month of the quarter is meant.
    pub quarter: Option<f64>,
}

/// What a text says of its zone.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum StatedZone {
    #[default]
    None,
    /// Minutes east of Greenwich.
    Offset(i32),
    Name(Text),
}

/// A text, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    pub fields: Fields,
    pub zone: StatedZone,
}

impl Fields {
    /// The units of an object; null and undefined are not there.
    pub fn from_js(object: &Js) -> Result<Self, Error> {
        let mut fields = Self::default();
        for (name, value) in object.entries().into_iter().flatten() {
            if value.is_nullish() {
                continue;
            }
            let field = fields.field(name).ok_or_else(|| unknown_unit(name))?;
            *field = Some(amount(name, &value)?);
        }
        Ok(fields)
    }

    fn field(&mut self, name: &str) -> Option<&mut Option<f64>> {
        Some(match name.to_ascii_lowercase().as_str() {
            "year" | "years" => &mut self.year,
            "quarter" | "quarters" => &mut self.quarter,
            "month" | "months" => &mut self.month,
            "day" | "days" => &mut self.day,
            "hour" | "hours" => &mut self.hour,
            "minute" | "minutes" => &mut self.minute,
            "second" | "seconds" => &mut self.second,
            "millisecond" | "milliseconds" => &mut self.millisecond,
            "weekday" | "weekdays" => &mut self.weekday,
            "weeknumber" | "weeksnumber" | "weeknumbers" => &mut self.week_number,
            "weekyear" | "weekyears" => &mut self.week_year,
            "ordinal" => &mut self.ordinal,
            "localweekday" | "localweekdays" => &mut self.local_weekday,
            "localweeknumber" | "localweeknumbers" => &mut self.local_week_number,
            "localweekyear" | "localweekyears" => &mut self.local_week_year,
            _ => return None,
        })
    }

    pub fn has_month_or_day(&self) -> bool {
        self.month.is_some() || self.day.is_some()
    }

    pub fn has_date(&self) -> bool {
        self.year.is_some() || self.has_month_or_day()
    }

    pub fn has_week(&self) -> bool {
        self.week_year.is_some() || self.week_number.is_some()
    }

    pub fn has_local_week(&self) -> bool {
        self.local_weekday.is_some() || self.local_week_number.is_some() || self.local_week_year.is_some()
    }
}
