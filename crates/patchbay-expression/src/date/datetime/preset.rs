//! The constants of the class: options of `toLocaleString` under a name.

use indexmap::IndexMap;
use patchbay_model::Text;

use crate::Js;

/// A constant of the class: the options that `DateTime.DATE_MED` stands for.
pub fn preset(name: &str) -> Option<Js> {
    const DATE: [(&str, &str); 3] = [("year", "numeric"), ("month", "numeric"), ("day", "numeric")];
    let (date, time) = match name.split_once("TIME_") {
        Some(("", _)) => ("", name),
        Some(("DATE", style)) => return date_time_preset(style),
        _ => (name, ""),
    };
    let mut entries: Vec<(&str, &str)> = Vec::new();
    if date.is_empty() {
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
    } else {
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
