//! Where a `DateTime` comes from: the static methods of the class.

use indexmap::IndexMap;
use patchbay_model::Text;

use super::DateTime;
use super::build::{GREGORIAN, build, out_of_range};
use crate::date::arguments::{Arguments, flag, property, text_option};
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
            build(&Fields::from_js(first)?, options.zone, options.locale, context)?
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
            return Ok(explain(&first.to_text(), &arguments.at(1).to_text(), &options));
        }
        _ => return Err(no_method("DateTime", name)),
    };
    Ok(date.into())
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
        if value.as_number().is_none() {
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
    build(&fields, options.zone, options.locale, context)
}

fn from_number(value: &Js, factor: f64, method: &str, options: &Options) -> Result<DateTime, Error> {
    if value.as_number().is_none() {
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
    let date = build(&parsed.fields, zone, options.locale.clone(), context);
    let date = date.unwrap_or_else(|error| DateTime::invalid("unparsable", Some(error.message.clone())));
    if options.keep_zone {
        date
    } else {
        date.with_zone(options.zone.clone(), false)
    }
}

fn explain(input: &str, format: &str, options: &Options) -> Js {
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
    Js::record(entries)
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
