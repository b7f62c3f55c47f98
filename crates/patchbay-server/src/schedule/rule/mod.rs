//! What the parameters of Schedule Trigger, Cron and Interval say: when they are due.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use patchbay_model::Value;

use super::cron::Cron;

/// One rule of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    when: When,
    /// Of the times that the cron expression has not each is meant.
    each: Each,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum When {
    Cron(Cron),
    /// So long after the time before.
    Interval(SignedDuration),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Each {
    Time,
    /// So long after the time before.
    Elapsed(SignedDuration),
    Days(i32),
    Weeks(i32),
    Months(i32),
}

impl Rule {
    fn cron(text: &str) -> Result<Self, String> {
        Ok(Self {
            when: When::Cron(Cron::read(text)?),
            each: Each::Time,
        })
    }

    /// Every so many units of so many seconds, at times of a cron expression.
    ///
    /// A cron expression begins its steps anew with each minute, hour or year: with a step that does not fit, n8n comes too
    /// often, or never again.
    fn elapsed(text: &str, size: i32, seconds: i64) -> Result<Self, String> {
        Ok(Self {
            each: Each::Elapsed(SignedDuration::from_secs(i64::from(size) * seconds)),
            ..Self::cron(text)?
        })
    }

    /// The next time after this one; `fired` is when it was due last, if it ever was.
    pub fn next(&self, after: Timestamp, fired: Option<Timestamp>, zone: &TimeZone) -> Option<Timestamp> {
        let cron = match &self.when {
            When::Interval(length) => return after.checked_add(*length).ok(),
            When::Cron(cron) => cron,
        };
        let earliest = fired.and_then(|fired| self.earliest(fired, zone));
        let mut at = earliest.map_or(after, |earliest| after.max(earliest));
        loop {
            at = cron.next(at, zone)?;
            let Some(fired) = fired else { return Some(at) };
            let (date, before) = (zone.to_datetime(at).date(), zone.to_datetime(fired).date());
            let days = (date - before).get_days();
            let is_meant = match self.each {
                Each::Time => true,
                Each::Elapsed(length) => at.duration_since(fired) >= length,
                Each::Days(size) => days >= size,
                Each::Weeks(size) => {
                    // Weeks begin on Sunday, as the node's days do.
                    let within = i32::from(before.weekday().to_sunday_zero_offset());
                    let weeks = (days + within).div_euclid(7);
                    weeks == 0 || weeks >= size
                }
                Each::Months(size) => {
                    let months = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month());
                    months(date) - months(before) >= size
                }
            };
            if is_meant {
                return Some(at);
            }
        }
    }

    /// A moment after which it is due again, where that follows from when it was due last: the times of the cron expression
    /// up to then need not be looked at.
    fn earliest(&self, fired: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let date = zone.to_datetime(fired).date();
        let begin = match self.each {
            Each::Time | Each::Weeks(_) => return None,
            Each::Elapsed(length) => fired.checked_add(length).ok()?,
            Each::Days(size) => zone
                .to_timestamp(date.checked_add(size.days()).ok()?.at(0, 0, 0, 0))
                .ok()?,
            Each::Months(size) => {
                let month = date.first_of_month().checked_add(size.months()).ok()?;
                zone.to_timestamp(month.at(0, 0, 0, 0)).ok()?
            }
        };
        begin.checked_sub(1.millisecond()).ok()
    }

    /// The rules of a Schedule Trigger: its parameter `rule`.
    pub fn of_schedule(rule: Option<&Value>) -> Result<Vec<Self>, String> {
        let intervals = rule.and_then(|rule| rule.get("interval")).and_then(Value::as_array);
        match intervals.unwrap_or_default() {
            // n8n leaves what is its default out of the file.
            [] => Ok(vec![Self::interval(&Value::default())?]),
            intervals => intervals.iter().map(Self::interval).collect(),
        }
    }

    fn interval(value: &Value) -> Result<Self, String> {
        let field = Fields(value);
        let (minute, hour) = (field.number("triggerAtMinute", 0)?, field.number("triggerAtHour", 0)?);
        Ok(match field.text("field", "days").as_str() {
            "seconds" => match field.count("secondsInterval", 30)? {
                size @ ..60 => Self::cron(&format!("*/{size} * * * * *"))?,
                size => Self::elapsed(&format!("*/{} * * * * *", common(size, 60)), size, 1)?,
            },
            "minutes" => match field.count("minutesInterval", 5)? {
                size @ ..60 => Self::cron(&format!("0 */{size} * * * *"))?,
                size => Self::elapsed(&format!("0 */{} * * * *", common(size, 60)), size, 60)?,
            },
            "hours" => match field.count("hoursInterval", 1)? {
                size if 24 % size == 0 => Self::cron(&format!("0 {minute} */{size} * * *"))?,
                size => Self::elapsed(&format!("0 {minute} * * * *"), size, 3_600)?,
            },
            "days" => Self {
                each: Each::Days(field.count("daysInterval", 1)?),
                ..Self::cron(&format!("0 {minute} {hour} * * *"))?
            },
            "weeks" => {
                let days = match value.get("triggerAtDay") {
                    Some(Value::Array(days)) => days.iter().map(Value::to_text).collect::<Vec<_>>().join(","),
                    Some(day) if !day.is_null() => day.to_text().to_string(),
                    _ => "0".to_owned(),
                };
                let days = if days.is_empty() { "*".to_owned() } else { days };
                Self {
                    each: Each::Weeks(field.count("weeksInterval", 1)?),
                    ..Self::cron(&format!("0 {minute} {hour} * * {days}"))?
                }
            }
            "months" => {
                let (day, size) = (
                    field.count("triggerAtDayOfMonth", 1)?,
                    field.count("monthsInterval", 1)?,
                );
                if 12 % size == 0 {
                    Self::cron(&format!("0 {minute} {hour} {day} */{size} *"))?
                } else {
                    Self {
                        each: Each::Months(size),
                        ..Self::cron(&format!("0 {minute} {hour} {day} * *"))?
                    }
                }
            }
            "cronExpression" => Self::cron(&field.text("expression", ""))?,
            other => return Err(format!("`{other}` is no kind of interval")),
        })
    }

    /// The rules of a Cron node: its parameter `triggerTimes`.
    pub fn of_cron(times: Option<&Value>) -> Result<Vec<Self>, String> {
        let times = times.and_then(|times| times.get("item")).and_then(Value::as_array);
        times.unwrap_or_default().iter().map(Self::time).collect()
    }

    fn time(value: &Value) -> Result<Self, String> {
        let field = Fields(value);
        let (minute, hour) = (field.number("minute", 0)?, field.number("hour", 14)?);
        let text = match field.text("mode", "everyDay").as_str() {
            "everyMinute" => "0 * * * * *".to_owned(),
            "everyHour" => format!("0 {minute} * * * *"),
            "everyDay" => format!("0 {minute} {hour} * * *"),
            "everyWeek" => format!("0 {minute} {hour} * * {}", field.text("weekday", "1")),
            "everyMonth" => format!("0 {minute} {hour} {} * *", field.number("dayOfMonth", 1)?),
            "everyX" => {
                let size = field.count("value", 2)?;
                match field.text("unit", "hours").as_str() {
                    "minutes" => format!("0 */{size} * * * *"),
                    _ => format!("0 0 */{size} * * *"),
                }
            }
            "custom" => field.text("cronExpression", "* * * * * *"),
            other => return Err(format!("`{other}` is no kind of time")),
        };
        Self::cron(&text)
    }

    /// The rule of an Interval node.
    pub fn of_interval(length: Option<&Value>, unit: Option<&Value>) -> Result<Vec<Self>, String> {
        let length = length.map_or(1.0, Value::to_number);
        let unit = match unit.map(Value::to_text).as_deref() {
            Some("minutes") => 60.0,
            Some("hours") => 3_600.0,
            _ => 1.0,
        };
        let length = SignedDuration::try_from_secs_f64(length * unit).ok();
        let length = length.filter(|length| *length >= SignedDuration::from_secs(1));
        let length = length.ok_or("the interval has to be 1 second or more")?;
        Ok(vec![Self {
            when: When::Interval(length),
            each: Each::Time,
        }])
    }
}

/// The greatest number that divides both.
fn common(first: i32, second: i32) -> i32 {
    if second == 0 {
        first
    } else {
        common(second, first % second)
    }
}

/// The fields of a rule, with n8n's defaults.
struct Fields<'a>(&'a Value);

impl Fields<'_> {
    fn text(&self, name: &str, otherwise: &str) -> String {
        let value = self.0.get(name).filter(|value| !value.is_null());
        value.map_or_else(|| otherwise.to_owned(), |value| value.to_text().to_string())
    }

    fn number(&self, name: &str, otherwise: i32) -> Result<i32, String> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(otherwise),
            Some(value) => {
                let number = value.to_number();
                if number.fract() == 0.0 && (0.0..100_000.0).contains(&number) {
                    Ok(number as i32)
                } else {
                    Err(format!("`{name}` is `{}`, and no number", value.to_text()))
                }
            }
        }
    }

    fn count(&self, name: &str, otherwise: i32) -> Result<i32, String> {
        match self.number(name, otherwise)? {
            0 => Err(format!("`{name}` is 0")),
            count => Ok(count),
        }
    }
}

#[cfg(test)]
mod tests;
