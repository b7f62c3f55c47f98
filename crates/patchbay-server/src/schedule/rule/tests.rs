//! Rules as nodes' parameters say them, and the times that they give.

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
