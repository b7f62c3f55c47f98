//! Dates as Moment writes and reads them.

use patchbay_expression::date::Zone;
use patchbay_expression::intl::Locale;

use super::*;

#[test]
fn dates_are_written() {
    let date = DateTime::new(1_715_780_730_123.0, Zone::UTC, Locale::default());
    for (format, expected) in [
        (
            "M Mo MM MMM MMMM Q Qo D Do DD DDD DDDo DDDD",
            "5 5th 05 May May 2 2nd 15 15th 15 136 136th 136",
        ),
        (
            "d do dd ddd dddd e E w wo ww W Wo WW",
            "3 3rd We Wed Wednesday 3 3 20 20th 20 20 20th 20",
        ),
        ("YY YYYY Y gg gggg GG GGGG A a", "24 2024 2024 24 2024 24 2024 PM pm"),
        (
            "H HH h hh k kk m mm s ss S SS SSS SSSS z Z ZZ X x",
            "13 13 1 01 13 13 45 45 30 30 1 12 123 1230  +00:00 +0000 1715780730 1715780730123",
        ),
        (
            "[at] HH [YYYY] \\D N LLLL",
            "at 13 YYYY D AD Wednesday, May 15, 2024 1:45 PM",
        ),
    ] {
        assert_eq!(write(&date, format, false), expected, "{format}");
    }
}

#[test]
fn texts_are_read() {
    let base = Civil::midnight(2026, 3, 4);
    for (text, format, strictness, expected) in [
        ("5.5.2024", "DD.MM.YYYY", Strictness::Lenient, Some("2024-05-05 00:00")),
        ("5.5.2024", "DD.MM.YYYY", Strictness::Strict, None),
        (
            "14-02-2020",
            "DD/MM/YYYY",
            Strictness::Lenient,
            Some("2020-02-14 00:00"),
        ),
        ("15/05/2024", "MM/DD/YYYY", Strictness::Lenient, None),
        (
            "May 5, 2024 3:07 PM",
            "MMM D, YYYY h:mm A",
            Strictness::Strict,
            Some("2024-05-05 15:07"),
        ),
        (
            "Wednesday, May 15th 2024",
            "dddd, MMMM Do YYYY",
            Strictness::Strict,
            Some("2024-05-15 00:00"),
        ),
        ("3/4/26", "DD/MM/YYYY", Strictness::Lenient, Some("2026-04-03 00:00")),
        ("3/4/126", "DD/MM/YYYY", Strictness::Lenient, Some("0126-04-03 00:00")),
        ("05:06", "DD/MM/YYYY", Strictness::Lenient, Some("2026-06-05 00:00")),
        (
            "x5-6",
            "YYYY-MM-DD HH:mm",
            Strictness::Lenient,
            Some("0005-06-01 00:00"),
        ),
        ("5 May 26", "YYYY-MM-DD", Strictness::Lenient, None),
        ("today", "YYYY-MM-DD", Strictness::Lenient, None),
        ("10:30", "HH:mm", Strictness::Strict, Some("2026-03-04 10:30")),
        (
            "2024-05-15 10:00 +02:00",
            "YYYY-MM-DD HH:mm Z",
            Strictness::Strict,
            Some("2024-05-15 08:00"),
        ),
        (
            "2024-05-15 more",
            "YYYY-MM-DD",
            Strictness::Lenient,
            Some("2024-05-15 00:00"),
        ),
        ("1715780730", "X", Strictness::Strict, Some("2024-05-15 13:45")),
    ] {
        let millis = read(text, format, strictness, base).map(|read| match read {
            Read::Local(civil) => civil.to_millis(),
            Read::Instant(millis) => millis,
        });
        let shown = millis.map(|millis| {
            write(
                &DateTime::new(millis, Zone::UTC, Locale::default()),
                "YYYY-MM-DD HH:mm",
                false,
            )
        });
        assert_eq!(shown.as_deref(), expected, "{text} {format}");
    }
}
