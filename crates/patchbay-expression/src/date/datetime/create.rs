//! Where a `DateTime` comes from: the static methods of the class.

use indexmap::IndexMap;
use patchbay_model::Text;

use super::DateTime;
use crate::date::arguments::{Arguments, flag, property, text_option};
use crate::date::civil::{Civil, WeekRule, day_of_week, days_in_month, days_in_year, days_since_1970, weeks_in_year};
use crate::date::fields::{Fields, Parsed, StatedZone};
use crate::date::zone::Zone;
use crate::date::{Context, Temporal, error, format, iso, no_method, parse, rfc};
use crate::intl::Locale;
use crate::{Error, Js};

/// The options that nearly every way of creation takes.
struct Options {
    zone: Zone,
    /// The text's own zone is kept.
    keep_zone: bool,
    locale: Locale,
}

impl Options {
    fn from_js(options: &Js, context: &Context) -> Result<Self, Error> {
        Ok(Self {
            zone: zone_argument(&property(options, "zone"), context),
            keep_zone: flag(options, "setZone", false),
            locale: match text_option(options, "locale") {
                Some(tag) => Locale::parse(&tag)?,
                None => Locale::default(),
            },
        })
    }
}

/// A zone as `setZone` takes it: a name, minutes, or nothing for the default.
pub fn zone_argument(value: &Js, context: &Context) -> Zone {
    if value.is_nullish() {
        context.zone()
    } else if value.as_number().is_some() {
        Zone::Fixed(value.to_number() as i32)
    } else if let Some(name) = text_option(value, "name") {
        Zone::parse(&name, &context.zone())
    } else {
        Zone::parse(&value.to_text(), &context.zone())
    }
}

pub fn call_static(name: &str, arguments: &Arguments, context: &Context) -> Result<Js, Error> {
    let first = arguments.at(0);
    let options = |index: usize| Options::from_js(arguments.at(index), context);
    let date: DateTime = match name {
        "now" => DateTime::now(context),
        "local" => local(arguments, context, false)?,
        "utc" => local(arguments, context, true)?,
        "fromISO" => from_text(first, iso::parse, "ISO 8601", &options(1)?, context),
        "fromSQL" => from_text(first, iso::parse_sql, "SQL", &options(1)?, context),
        "fromRFC2822" => from_text(first, rfc::parse_rfc2822, "RFC 2822", &options(1)?, context),
        "fromHTTP" => from_text(first, rfc::parse_http, "HTTP", &options(1)?, context),
        "fromFormat" | "fromString" => {
            let (Some(input), format) = (first.as_str(), arguments.at(1)) else {
                return Err(Error::type_error("input.match is not a function"));
            };
            if format.is_nullish() {
                return Err(error("fromFormat requires an input string and a format"));
            }
            let (format, options) = (format.to_text(), options(2)?);
            parse::check(&format, &options.locale)?;
            from_format(input, &format, &options, context)
        }
        "fromMillis" => from_number(first, 1.0, "fromMillis", &options(1)?)?,
        "fromSeconds" => from_number(first, 1000.0, "fromSeconds", &options(1)?)?,
        "fromJSDate" => {
            let options = options(1)?;
            match first {
                Js::Temporal(Temporal::Date(time)) if !time.get().is_nan() => {
                    DateTime::new(time.get(), options.zone, options.locale)
                }
                _ => DateTime::invalid("invalid input", None),
            }
        }
        "fromObject" => {
            let options = options(1)?;
            build(Fields::from_js(first)?, options.zone, options.locale, context)?
        }
        "invalid" => {
            let explanation = arguments.at(1);
            DateTime::invalid(
                first.to_text(),
                (!explanation.is_nullish()).then(|| explanation.to_text()),
            )
        }
        "min" | "max" => return extreme(name, arguments),
        "isDateTime" => return Ok(Js::boolean(matches!(first, Js::Temporal(Temporal::DateTime(_))))),
        "expandFormat" => {
            let locale = options(1)?.locale;
            return Ok(Js::text(parse::expand(&first.to_text(), &locale)));
        }
        "parseFormatForOpts" => {
            let locale = Locale::default();
            return Ok(Js::text(parse::format_of_options(first, &locale)?));
        }
        "fromFormatExplain" => {
            let options = options(2)?;
            return explain(&first.to_text(), &arguments.at(1).to_text(), &options);
        }
        _ => return Err(no_method("DateTime", name)),
    };
    Ok(date.into())
}

/// A constant of the class: the options that `DateTime.DATE_MED` stands for.
pub fn preset(name: &str) -> Option<Js> {
    const DATE: [(&str, &str); 3] = [("year", "numeric"), ("month", "numeric"), ("day", "numeric")];
    let (date, time) = match name.split_once("TIME_") {
        Some(("", _)) => ("", name),
        Some(("DATE", style)) => return date_time_preset(style),
        _ => (name, ""),
    };
    let mut entries: Vec<(&str, &str)> = Vec::new();
    if !date.is_empty() {
        entries.extend(DATE);
        match date {
            "DATE_SHORT" => {}
            "DATE_MED" => entries[1].1 = "short",
            "DATE_MED_WITH_WEEKDAY" => {
                entries[1].1 = "short";
                entries.push(("weekday", "short"));
            }
            "DATE_FULL" => entries[1].1 = "long",
            "DATE_HUGE" => {
                entries[1].1 = "long";
                entries.push(("weekday", "long"));
            }
            _ => return None,
        }
    } else {
        let (style, day) = match time.strip_prefix("TIME_24_") {
            Some(style) => (style, true),
            None => (time.strip_prefix("TIME_")?, false),
        };
        entries.extend([("hour", "numeric"), ("minute", "numeric")]);
        match style {
            "SIMPLE" => {}
            "WITH_SECONDS" => entries.push(("second", "numeric")),
            "WITH_SHORT_OFFSET" => entries.extend([("second", "numeric"), ("timeZoneName", "short")]),
            "WITH_LONG_OFFSET" => entries.extend([("second", "numeric"), ("timeZoneName", "long")]),
            _ => return None,
        }
        if day {
            entries.push(("hourCycle", "h23"));
        }
    }
    Some(options_of(&entries))
}

fn date_time_preset(style: &str) -> Option<Js> {
    let (style, seconds) = match style.strip_suffix("_WITH_SECONDS") {
        Some(style) => (style, true),
        None => (style, false),
    };
    let month = match style {
        "SHORT" => "numeric",
        "MED" | "MED_WITH_WEEKDAY" => "short",
        "FULL" | "HUGE" => "long",
        _ => return None,
    };
    let mut entries = vec![("year", "numeric"), ("month", month), ("day", "numeric")];
    match style {
        "MED_WITH_WEEKDAY" => entries.push(("weekday", "short")),
        "HUGE" => entries.push(("weekday", "long")),
        _ => {}
    }
    entries.extend([("hour", "numeric"), ("minute", "numeric")]);
    if seconds {
        entries.push(("second", "numeric"));
    }
    match style {
        "FULL" => entries.push(("timeZoneName", "short")),
        "HUGE" => entries.push(("timeZoneName", "long")),
        _ => {}
    }
    Some(options_of(&entries))
}

fn options_of(entries: &[(&str, &str)]) -> Js {
    let entries = entries
        .iter()
        .map(|(name, value)| (Text::from(*name), Js::text(*value)));
    Js::record(entries.collect::<IndexMap<_, _>>())
}

/// `DateTime.local(2025, 1, 31, …, {zone})` and `DateTime.utc(…)`.
fn local(arguments: &Arguments, context: &Context, utc: bool) -> Result<DateTime, Error> {
    let mut values = arguments.0;
    let mut given = &Js::Undefined;
    if let Some((last, before)) = values.split_last()
        && last.is_object()
    {
        (given, values) = (last, before);
    }
    let mut options = Options::from_js(given, context)?;
    if utc {
        options.zone = Zone::UTC;
    }
    if values.first().is_none_or(|year| matches!(year, Js::Undefined)) {
        return Ok(DateTime::new(context.now(), options.zone, options.locale));
    }
    let mut fields = [None, Some(1.0), Some(1.0), Some(0.0), Some(0.0), Some(0.0), Some(0.0)];
    for ((value, field), name) in values.iter().zip(&mut fields).zip(GREGORIAN) {
        if matches!(value, Js::Undefined) {
            continue;
        }
        if !value.as_number().is_some() {
            return Ok(out_of_range(name, value));
        }
        *field = Some(value.to_number());
    }
    let [year, month, day, hour, minute, second, millisecond] = fields;
    let fields = Fields {
        year,
        month,
        day,
        hour,
        minute,
        second,
        millisecond,
        ..Fields::default()
    };
    build(fields, options.zone, options.locale, context)
}

const GREGORIAN: [&str; 7] = ["year", "month", "day", "hour", "minute", "second", "millisecond"];

fn out_of_range(unit: &str, value: &Js) -> DateTime {
    let (shown, kind) = (value.to_text(), value.type_of());
    let explanation = format!("you specified {shown} (of type {kind}) as a {unit}, which is invalid");
    DateTime::invalid("unit out of range", Some(explanation.into()))
}

fn from_number(value: &Js, factor: f64, method: &str, options: &Options) -> Result<DateTime, Error> {
    if !value.as_number().is_some() {
        let (kind, shown) = (value.type_of(), value.to_text());
        return Err(error(format!(
            "{method} requires a numerical input, but received a {kind} with value {shown}"
        )));
    }
    Ok(DateTime::new(
        value.to_number() * factor,
        options.zone.clone(),
        options.locale.clone(),
    ))
}

fn from_text(
    value: &Js,
    read: impl Fn(&str) -> Option<Parsed>,
    form: &str,
    options: &Options,
    context: &Context,
) -> DateTime {
    let input = value.to_text();
    match read(&input) {
        Some(parsed) => from_parsed(parsed, options, context),
        None => DateTime::invalid(
            "unparsable",
            Some(format!("the input \"{input}\" can't be parsed as {form}").into()),
        ),
    }
}

/// Of text in ISO 8601, read in the execution's zone.
pub fn from_iso(input: &str, context: &Context) -> DateTime {
    let options = plain_options(context);
    from_text(&Js::text(input), iso::parse, "ISO 8601", &options, context)
}

/// Of text in ISO's, HTTP's, mail's and SQL's forms; each keeps the zone that it states.
pub fn from_any_form(input: &str, context: &Context) -> [DateTime; 4] {
    let options = Options {
        keep_zone: true,
        ..plain_options(context)
    };
    let input = Js::text(input);
    [
        from_text(&input, iso::parse, "ISO 8601", &options, context),
        from_text(&input, rfc::parse_http, "HTTP", &options, context),
        from_text(&input, rfc::parse_rfc2822, "RFC 2822", &options, context),
        from_text(&input, iso::parse_sql, "SQL", &options, context),
    ]
}

fn plain_options(context: &Context) -> Options {
    Options {
        zone: context.zone(),
        keep_zone: false,
        locale: Locale::default(),
    }
}

fn from_format(input: &str, format: &str, options: &Options, context: &Context) -> DateTime {
    match parse::parse(input, format, &options.locale) {
        Ok(parsed) => from_parsed(parsed, options, context),
        Err(explanation) => {
            let explanation =
                explanation.unwrap_or_else(|| format!("the input \"{input}\" can't be parsed as format {format}"));
            DateTime::invalid("unparsable", Some(explanation.into()))
        }
    }
}

fn from_parsed(parsed: Parsed, options: &Options, context: &Context) -> DateTime {
    let stated = match parsed.zone {
        StatedZone::None => None,
        StatedZone::Offset(minutes) => Some(Zone::Fixed(minutes)),
        StatedZone::Name(name) => Some(Zone::parse(&name, &context.zone())),
    };
    let zone = stated.unwrap_or_else(|| options.zone.clone());
    let date = build(parsed.fields, zone, options.locale.clone(), context);
    let date = date.unwrap_or_else(|error| DateTime::invalid("unparsable", Some(error.message.clone())));
    if options.keep_zone {
        date
    } else {
        date.with_zone(options.zone.clone(), false)
    }
}

fn explain(input: &str, format: &str, options: &Options) -> Result<Js, Error> {
    let parsed = parse::parse(input, format, &options.locale);
    let mut entries: IndexMap<Text, Js> = IndexMap::new();
    entries.insert("input".into(), Js::text(input));
    if let Ok(parsed) = parsed {
        entries.insert("result".into(), format::fields_to_js(&parsed.fields));
        entries.insert(
            "zone".into(),
            match parsed.zone {
                StatedZone::Name(name) => Js::text(name),
                _ => Js::NULL,
            },
        );
    }
    Ok(Js::record(entries))
}

/// The date that fields mean: those larger than any that is set come from now, the smaller ones are at their least.
pub fn build(fields: Fields, zone: Zone, locale: Locale, context: &Context) -> Result<DateTime, Error> {
    if !zone.is_known() {
        return Ok(DateTime::new(0.0, zone, locale));
    }
    refuse_mixtures(&fields)?;
    let offset = zone.offset_at(context.now());
    let now = DateTime::new(context.now(), zone.clone(), locale.clone()).civil;
    let local_weeks = fields.has_local_week();
    let rule = if local_weeks { locale.week_rule() } else { WeekRule::ISO };
    let mut filler = Filler { set: false };
    let year;
    let day = if local_weeks || fields.has_week() || (fields.weekday.is_some() && !fields.has_date()) {
        let week = now.week(rule);
        let (week_year, number, weekday) = if local_weeks {
            (fields.local_week_year, fields.local_week_number, fields.local_weekday)
        } else {
            (fields.week_year, fields.week_number, fields.weekday)
        };
        let week_year = filler.fill(week_year, week.year as f64, week.year as f64);
        let number = filler.fill(number, week.number as f64, 1.0);
        let weekday = filler.fill(weekday, week.weekday as f64, 1.0);
        for (name, value, most) in [
            ("weekYear", week_year, f64::MAX),
            ("week", number, weeks_in_year(week_year as i64, rule) as f64),
            ("weekday", weekday, 7.0),
        ] {
            if value.fract() != 0.0 || value > most || (name != "weekYear" && value < 1.0) {
                return Ok(out_of_range(name, &Js::number(value)));
            }
        }
        day_of_week(
            crate::date::civil::Week {
                year: week_year as i64,
                number: number as i64,
                weekday: weekday as i64,
            },
            rule,
        )
    } else if fields.ordinal.is_some() {
        year = filler.fill(fields.year, now.year as f64, now.year as f64);
        let ordinal = filler.fill(fields.ordinal, 1.0, 1.0);
        if ordinal.fract() != 0.0 || !(1.0..=days_in_year(year as i64) as f64).contains(&ordinal) {
            return Ok(out_of_range("ordinal", &Js::number(ordinal)));
        }
        days_since_1970(year as i64, 1, 1) + ordinal as i64 - 1
    } else {
        year = filler.fill(fields.year, now.year as f64, now.year as f64);
        let month = fields
            .quarter
            .filter(|_| fields.month.is_none())
            .map(|quarter| (quarter - 1.0) * 3.0 + 1.0);
        let month = filler.fill(fields.month.or(month), now.month as f64, 1.0);
        let day = filler.fill(fields.day, now.day as f64, 1.0);
        let in_month = |value: f64| (1.0..=days_in_month(year as i64, month as i64) as f64).contains(&value);
        for (name, value, valid) in [
            ("year", year, true),
            ("month", month, (1.0..=12.0).contains(&month)),
            ("day", day, in_month(day)),
        ] {
            if value.fract() != 0.0 || !valid {
                return Ok(out_of_range(name, &Js::number(value)));
            }
        }
        days_since_1970(year as i64, month as i64, day as i64)
    };
    let clock = [
        filler.fill(fields.hour, now.hour as f64, 0.0),
        filler.fill(fields.minute, now.minute as f64, 0.0),
        filler.fill(fields.second, now.second as f64, 0.0),
        filler.fill(fields.millisecond, now.millisecond as f64, 0.0),
    ];
    let midnight = clock == [24.0, 0.0, 0.0, 0.0];
    for ((value, most), name) in clock.into_iter().zip([23.0, 59.0, 59.0, 999.0]).zip(&GREGORIAN[3..]) {
        if value.fract() != 0.0 || (!(0.0..=most).contains(&value) && !midnight) {
            return Ok(out_of_range(name, &Js::number(value)));
        }
    }
    let (year, month, day) = crate::date::civil::date_of(day);
    let [hour, minute, second, millisecond] = clock.map(|value| value as i64);
    let civil = Civil {
        year,
        month,
        day,
        hour,
        minute,
        second,
        millisecond,
    };
    let date = DateTime::from_local(civil.to_millis(), offset, zone, locale);
    if let Some(weekday) = fields.weekday
        && fields.has_date()
        && weekday != date.civil.weekday() as f64
    {
        let shown = date.to_iso(&iso::IsoStyle::PLAIN).unwrap_or_default();
        let explanation = format!("you can't specify both a weekday of {weekday} and a date of {shown}");
        return Ok(DateTime::invalid("mismatched weekday", Some(explanation.into())));
    }
    Ok(date)
}

/// Fills fields that are not set, from the largest to the smallest.
struct Filler {
    set: bool,
}

impl Filler {
    fn fill(&mut self, field: Option<f64>, now: f64, least: f64) -> f64 {
        match field {
            Some(value) => {
                self.set = true;
                value
            }
            None if self.set => least,
            None => now,
        }
    }
}

/// Fails for fields that count the same days in two ways.
pub fn refuse_mixtures(fields: &Fields) -> Result<(), Error> {
    if fields.has_local_week() && (fields.has_week() || fields.weekday.is_some()) {
        return Err(error("Cannot mix locale-based week fields with ISO-based week fields"));
    }
    if (fields.has_date() || fields.ordinal.is_some()) && (fields.has_week() || fields.has_local_week()) {
        return Err(error(
            "Can't mix weekYear/weekNumber units with year/month/day or ordinals",
        ));
    }
    if fields.has_month_or_day() && fields.ordinal.is_some() {
        return Err(error("Can't mix ordinal dates with month/day"));
    }
    Ok(())
}

fn extreme(name: &str, arguments: &Arguments) -> Result<Js, Error> {
    let dates = arguments.0;
    if dates
        .iter()
        .any(|date| !matches!(date, Js::Temporal(Temporal::DateTime(_))))
    {
        return Err(error(format!("{name} requires all arguments be DateTimes")));
    }
    let better = |one: &Js, two: &Js| {
        if name == "min" {
            two.to_number() < one.to_number()
        } else {
            two.to_number() > one.to_number()
        }
    };
    let best = dates
        .iter()
        .reduce(|best, date| if better(best, date) { date } else { best });
    Ok(best.cloned().unwrap_or_default())
}
