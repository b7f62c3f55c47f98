//! Reports with a line for each hour, day or month: how long callers waited, how many were answered, who called whom.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use serde_json::{Value, json};

use super::Row;
use super::arguments::{Span, among, zone};
use super::figures::{Figures, by};
use super::queues::via;
use crate::calls::Party;
use crate::odata::Error;
use crate::service::Call;

/// A report has no more lines than this: the hours of more than ten years.
const MOST_LINES: usize = 100_000;

type Lines = Result<Vec<Value>, Error>;

/// What a line of a chart stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Hour,
    Day,
    Month,
    Year,
}

impl Unit {
    /// By `chartBy`, a word: hours of a day, days of a month, months of a year. Hours for every other word.
    pub fn of_chart(call: &Call) -> Self {
        match call.text("chartBy").to_lowercase().as_str() {
            "day" => Self::Day,
            "month" => Self::Month,
            _ => Self::Hour,
        }
    }

    /// By `groupingType`, a number: hours, days, months. Hours for every other number.
    fn of_grouping(call: &Call) -> Self {
        match call.arguments.get("groupingType").and_then(Value::as_i64) {
            Some(1) => Self::Day,
            Some(2) => Self::Month,
            _ => Self::Hour,
        }
    }

    /// The begin and the end of the day, month or year around a moment whose hours, days or months a chart has.
    pub fn around(self, moment: Timestamp, zone: &TimeZone) -> Result<(Timestamp, Timestamp), Error> {
        let whole = match self {
            Self::Hour => Self::Day,
            Self::Day => Self::Month,
            Self::Month | Self::Year => Self::Year,
        };
        let limits = || {
            let first = whole.begin(&moment.to_zoned(zone.clone()))?;
            Ok((first.timestamp(), whole.next(&first)?.timestamp()))
        };
        limits().map_err(|error| out_of_range(&error))
    }

    /// The begin of the hour, day, month or year that a time is in.
    fn begin(self, time: &Zoned) -> Result<Zoned, jiff::Error> {
        match self {
            Self::Hour => time.with().minute(0).second(0).subsec_nanosecond(0).build(),
            Self::Day => time.start_of_day(),
            Self::Month => time.first_of_month()?.start_of_day(),
            Self::Year => time.first_of_year()?.start_of_day(),
        }
    }

    /// The begin of the one after.
    fn next(self, begin: &Zoned) -> Result<Zoned, jiff::Error> {
        match self {
            Self::Hour => begin.checked_add(1.hour()),
            Self::Day => begin.checked_add(1.day()),
            Self::Month => begin.checked_add(1.month()),
            Self::Year => begin.checked_add(1.year()),
        }
    }
}

/// The begins of a chart's lines, those without a call too.
struct Axis {
    begins: Vec<Timestamp>,
}

impl Axis {
    fn new(call: &Call, unit: Unit, span: Option<Span>) -> Result<Self, Error> {
        let zone = zone(call)?;
        let Some(span) = span else {
            return Ok(Self { begins: Vec::new() });
        };
        let begins = || {
            let mut begins = Vec::new();
            let mut begin = unit.begin(&span.from.to_zoned(zone))?;
            while begin.timestamp() <= span.to && begins.len() < MOST_LINES {
                begins.push(begin.timestamp());
                begin = unit.next(&begin)?;
            }
            Ok(begins)
        };
        let begins = begins().map_err(|error| out_of_range(&error))?;
        Ok(Self { begins })
    }

    /// A line for each begin, of its calls' figures.
    fn lines<'a>(&self, rows: impl Iterator<Item = &'a Row>, line: impl Fn(Timestamp, Figures) -> Value) -> Vec<Value> {
        let figures = self.figures(rows);
        let begins = self.begins.iter().zip(figures);
        begins.map(|(begin, figures)| line(*begin, figures)).collect()
    }

    /// The figures of the calls from each begin to the next.
    fn figures<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Vec<Figures> {
        let figures = by(rows, |row| {
            let after = self.begins.partition_point(|begin| *begin <= row.call.start);
            after.checked_sub(1)
        });
        let each = (0..self.begins.len()).map(|index| figures.get(&index).copied().unwrap_or_default());
        each.collect()
    }
}

/// How long callers waited in queues, in seconds on average.
pub(super) fn waiting(call: &Call, rows: &[Row], wanted: &[String], span: Option<Span>) -> Lines {
    let axis = Axis::new(call, Unit::of_chart(call), span)?;
    Ok(axis.lines(of_queues(rows, wanted), |begin, sums| {
        let average = sums.waiting.checked_div(sums.received).unwrap_or_default();
        json!({"XValue": begin, "YValue1": average})
    }))
}

/// How many calls queues answered, and how many not.
pub(super) fn answered(call: &Call, rows: &[Row], wanted: &[String], span: Option<Span>) -> Lines {
    let axis = Axis::new(call, Unit::of_chart(call), span)?;
    Ok(axis.lines(
        of_queues(rows, wanted),
        |begin, sums| json!({"XValue": begin, "YValue1": sums.answered, "YValue2": sums.unanswered()}),
    ))
}

/// How many calls extensions got, and how many they made.
pub(super) fn directions(call: &Call, rows: &[Row], extensions: &[String], span: Option<Span>) -> Lines {
    let axis = Axis::new(call, Unit::of_grouping(call), span)?;
    let made = axis.figures(rows.iter().filter(|row| is_extension(&row.from, extensions)));
    let mut lines = axis.lines(
        rows.iter().filter(|row| is_extension(&row.to, extensions)),
        |begin, sums| json!({"DateTimeInterval": begin, "IncomingCount": sums.received}),
    );
    for (line, sums) in lines.iter_mut().zip(made) {
        line["OutgoingCount"] = Value::from(sums.received);
    }
    Ok(lines)
}

/// How many calls extensions answered, and how many not.
pub(super) fn activity(call: &Call, rows: &[Row], extensions: &[String], span: Option<Span>) -> Lines {
    let axis = Axis::new(call, Unit::of_grouping(call), span)?;
    Ok(axis.lines(
        rows.iter().filter(|row| is_extension(&row.to, extensions)),
        |begin, sums| json!({"DateTimeInterval": begin, "AnsweredCount": sums.answered, "UnansweredCount": sums.unanswered()}),
    ))
}

fn of_queues<'a>(rows: &'a [Row], wanted: &'a [String]) -> impl Iterator<Item = &'a Row> {
    rows.iter().filter(|row| via(row, "Wqueue", wanted).is_some())
}

fn is_extension(party: &Party, wanted: &[String]) -> bool {
    party.kind == "Wextension" && among(wanted, party)
}

fn out_of_range(error: &jiff::Error) -> Error {
    Error::bad_request(format!("The time is out of range: {error}"))
}
