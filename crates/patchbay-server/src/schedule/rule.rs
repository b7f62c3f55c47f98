//! What the parameters of Schedule Trigger, Cron and Interval say: when they are due.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
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
        let mut at = after;
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
mod tests {
    use jiff::Zoned;

    use super::*;

    /// The times of a node's rules from a Thursday on.
    fn check(rules: Result<Vec<Rule>, String>, expected: &str) {
        check_from("2026-01-01T10:10:10Z[UTC]", "%dT%T", rules, expected);
    }

    fn check_from(from: &str, format: &str, rules: Result<Vec<Rule>, String>, expected: &str) {
        let rules = rules.expect("rules");
        let from: Zoned = from.parse().expect("a time");
        let (mut at, mut fired) = (from.timestamp(), None);
        for expected in expected.split(' ') {
            at = rules[0].next(at, fired, from.time_zone()).expect("a time");
            fired = Some(at);
            let shown = at.to_zoned(from.time_zone().clone()).strftime(format).to_string();
            assert_eq!(shown, expected, "{rules:?}");
        }
    }

    fn json(text: &str) -> Value {
        Value::from_json(text).expect("JSON")
    }

    #[test]
    fn a_schedule_trigger_is_due_as_its_rule_says() {
        for (interval, expected) in [
            ("{}", "02T00:00:00 03T00:00:00"),
            (r#"{"field": "seconds"}"#, "01T10:10:30 01T10:11:00"),
            (
                r#"{"field": "seconds", "secondsInterval": 40}"#,
                "01T10:10:40 01T10:11:00 01T10:11:40",
            ),
            (r#"{"field": "minutes"}"#, "01T10:15:00 01T10:20:00"),
            (
                r#"{"field": "seconds", "secondsInterval": 90}"#,
                "01T10:10:30 01T10:12:00 01T10:13:30",
            ),
            (
                r#"{"field": "minutes", "minutesInterval": 50}"#,
                "01T10:50:00 01T11:00:00 01T11:50:00",
            ),
            (
                r#"{"field": "minutes", "minutesInterval": 100}"#,
                "01T10:20:00 01T12:00:00 01T13:40:00",
            ),
            (
                r#"{"field": "hours", "hoursInterval": 8, "triggerAtMinute": 7}"#,
                "01T16:07:00 02T00:07:00 02T08:07:00",
            ),
            (
                r#"{"field": "hours", "hoursInterval": 5, "triggerAtMinute": 7}"#,
                "01T11:07:00 01T16:07:00 01T21:07:00 02T02:07:00",
            ),
            (
                r#"{"field": "hours", "hoursInterval": 36}"#,
                "01T11:00:00 02T23:00:00 04T11:00:00",
            ),
            (r#"{"field": "days", "triggerAtHour": 12}"#, "01T12:00:00 02T12:00:00"),
            (
                r#"{"daysInterval": 3, "triggerAtHour": "9", "triggerAtMinute": 30}"#,
                "02T09:30:00 05T09:30:00 08T09:30:00",
            ),
            (r#"{"field": "weeks"}"#, "04T00:00:00 11T00:00:00"),
            (
                r#"{"field": "weeks", "weeksInterval": 2, "triggerAtDay": [1, 5]}"#,
                "02T00:00:00 12T00:00:00 16T00:00:00 26T00:00:00",
            ),
            (
                r#"{"field": "months", "triggerAtDayOfMonth": 7}"#,
                "07T00:00:00 07T00:00:00",
            ),
            (
                r#"{"field": "cronExpression", "expression": "0 8 * * 1"}"#,
                "05T08:00:00 12T08:00:00",
            ),
        ] {
            let rule = json(&format!(r#"{{"interval": [{interval}]}}"#));
            check(Rule::of_schedule(Some(&rule)), expected);
        }
        check(Rule::of_schedule(None), "02T00:00:00");
    }

    #[test]
    fn steps_go_on_over_the_ends_of_months_and_over_changes_of_the_clock() {
        let (spring, autumn) = ("2026-03-28T20:10[Europe/Berlin]", "2026-10-24T20:10[Europe/Berlin]");
        for (from, interval, expected) in [
            (
                "2026-01-01T10:10[UTC]",
                r#"{"field": "months", "monthsInterval": 1, "triggerAtDayOfMonth": 31}"#,
                "01-31T00:00+00 03-31T00:00+00 05-31T00:00+00",
            ),
            // n8n never comes again after January.
            (
                "2026-01-01T10:10[UTC]",
                r#"{"field": "months", "monthsInterval": 3, "triggerAtDayOfMonth": 31}"#,
                "01-31T00:00+00 07-31T00:00+00 10-31T00:00+00 01-31T00:00+00",
            ),
            (
                "2026-02-08T10:10[UTC]",
                r#"{"field": "months", "monthsInterval": 5, "triggerAtDayOfMonth": 7}"#,
                "03-07T00:00+00 08-07T00:00+00 01-07T00:00+00",
            ),
            (
                "2026-02-08T10:10[UTC]",
                r#"{"field": "months", "monthsInterval": 18, "triggerAtDayOfMonth": 7}"#,
                "03-07T00:00+00 09-07T00:00+00 03-07T00:00+00",
            ),
            (
                spring,
                r#"{"field": "hours", "hoursInterval": 5}"#,
                "03-28T21:00+01 03-29T03:00+02 03-29T08:00+02",
            ),
            (
                autumn,
                r#"{"field": "hours", "hoursInterval": 5}"#,
                "10-24T21:00+02 10-25T02:00+02 10-25T06:00+01",
            ),
            (
                spring,
                r#"{"field": "hours", "hoursInterval": 2}"#,
                "03-28T22:00+01 03-29T00:00+01 03-29T03:00+02 03-29T04:00+02",
            ),
            (
                autumn,
                r#"{"field": "days", "daysInterval": 2, "triggerAtHour": 2}"#,
                "10-25T02:00+02 10-27T02:00+01",
            ),
        ] {
            let rule = json(&format!(r#"{{"interval": [{interval}]}}"#));
            check_from(from, "%m-%dT%R%:::z", Rule::of_schedule(Some(&rule)), expected);
        }
    }

    #[test]
    fn cron_and_interval_are_due_as_their_parameters_say() {
        for (time, expected) in [
            ("{}", "01T14:00:00 02T14:00:00"),
            (r#"{"mode": "everyMinute"}"#, "01T10:11:00 01T10:12:00"),
            (r#"{"mode": "everyHour", "minute": 5}"#, "01T11:05:00 01T12:05:00"),
            (
                r#"{"mode": "everyWeek", "weekday": "0", "hour": 1}"#,
                "04T01:00:00 11T01:00:00",
            ),
            (r#"{"mode": "everyMonth", "dayOfMonth": 3}"#, "03T14:00:00 03T14:00:00"),
            (r#"{"mode": "everyX"}"#, "01T12:00:00 01T14:00:00"),
            (
                r#"{"mode": "everyX", "unit": "minutes", "value": 30}"#,
                "01T10:30:00 01T11:00:00",
            ),
            (
                r#"{"mode": "custom", "cronExpression": "1 2 3 * * *"}"#,
                "02T03:02:01 03T03:02:01",
            ),
        ] {
            let times = json(&format!(r#"{{"item": [{time}]}}"#));
            check(Rule::of_cron(Some(&times)), expected);
        }
        for (length, unit, expected) in [
            ("1", r#""seconds""#, "01T10:10:11 01T10:10:12"),
            ("90", r#""minutes""#, "01T11:40:10 01T13:10:10"),
        ] {
            check(Rule::of_interval(Some(&json(length)), Some(&json(unit))), expected);
        }
    }

    #[test]
    fn faults_are_told() {
        for interval in [
            r#"{"field": "seconds", "secondsInterval": 0}"#,
            r#"{"field": "cronExpression", "expression": "never"}"#,
            r#"{"field": "fortnights"}"#,
            r#"{"triggerAtHour": 24}"#,
        ] {
            let rule = json(&format!(r#"{{"interval": [{interval}]}}"#));
            assert!(Rule::of_schedule(Some(&rule)).is_err(), "{interval}");
        }
        assert!(Rule::of_interval(Some(&json("0")), None).is_err());
    }
}
