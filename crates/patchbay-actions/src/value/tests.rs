//! Values in, values out, one row each.

use super::*;

pub fn parameter(kind: Kind, place: Place) -> Parameter {
    Parameter::plain("X".into(), place, kind)
}

/// The value's JSON, `-` where nothing is sent, or the refusal.
fn told(parameter: &Parameter, json: &str) -> String {
    match coerced(parameter, json) {
        Ok(Some(value)) => value.to_json(),
        Ok(None) => "-".to_owned(),
        Err(refusal) => format!("{} {}", refusal.code, refusal.message),
    }
}

fn coerced(parameter: &Parameter, json: &str) -> Result<Option<Value>, Refusal> {
    let value = Value::from_json(json).expect("JSON");
    coerce(parameter, &value, "Europe/Berlin")
}

fn hints(parameter: &Parameter, json: &str) -> Vec<String> {
    coerced(parameter, json).map_or_else(|refusal| refusal.hints, |_| Vec::new())
}

#[test]
fn ids_of_64_bits_are_exact_where_they_are_text() {
    let big = r#""9007199254740993""#;
    for (place, text, wanted) in [
        (Place::Path, big, big),
        (Place::Query, big, big),
        (Place::Query, r#"" 18446744073709551615 ""#, r#""18446744073709551615""#),
        (Place::Query, r#""12""#, "12"),
        (Place::Body, big, "E0413 `X` wants an integer, not \"9007199254740993\""),
        (
            Place::Query,
            r#""99999999999999999999""#,
            "E0413 `X` wants an integer, not \"99999999999999999999\"",
        ),
    ] {
        assert_eq!(told(&parameter(Kind::Integer, place), text), wanted);
    }
}

#[test]
fn values_become_their_declared_type() {
    let rows = [
        (Kind::String, r#""a""#, r#""a""#),
        (Kind::String, "12", r#""12""#),
        (Kind::String, "true", r#""true""#),
        (Kind::String, r#"["a"]"#, r#"E0413 `X` wants text, not ["a"]"#),
        (Kind::Integer, "12", "12"),
        (Kind::Integer, r#"" 12 ""#, "12"),
        (Kind::Integer, "1.5", "E0413 `X` wants an integer, not 1.5"),
        (Kind::Integer, r#""12a""#, r#"E0413 `X` wants an integer, not "12a""#),
        (Kind::Integer, r#""0x10""#, r#"E0413 `X` wants an integer, not "0x10""#),
        (Kind::Integer, r#""1e3""#, r#"E0413 `X` wants an integer, not "1e3""#),
        (Kind::Integer, r#""-7""#, "-7"),
        (Kind::Number, r#""1e3""#, "1000"),
        (
            Kind::Number,
            r#""Infinity""#,
            r#"E0413 `X` wants a number, not "Infinity""#,
        ),
        (Kind::Integer, "true", "E0413 `X` wants an integer, not true"),
        (
            Kind::Integer,
            "1e20",
            "E0413 `X` wants an integer, not 100000000000000000000",
        ),
        (Kind::Integer, "2147483648", "2147483648"),
        (Kind::Int32, "-2147483648", "-2147483648"),
        (Kind::Int32, r#""2147483647""#, "2147483647"),
        (
            Kind::Int32,
            "2147483648",
            "E0413 `X` wants an integer from -2147483648 to 2147483647, not 2147483648",
        ),
        (Kind::DayTime, r#""P1DT2H""#, r#""P1DT2H""#),
        (Kind::DayTime, r#""P2W""#, r#""P14D""#),
        (Kind::DayTime, "5400", r#""PT1H30M""#),
        (
            Kind::DayTime,
            r#""P1Y""#,
            r#"E0413 `X` wants a duration of days, hours, minutes and seconds such as `P1DT1H30M`, not "P1Y""#,
        ),
        (Kind::Duration, r#""P1Y""#, r#""P1Y""#),
        (Kind::Any, r#""12""#, r#""12""#),
        (Kind::Any, "12", "12"),
        (Kind::Any, "true", "true"),
        (Kind::Any, r#""[1, 2]""#, "[1,2]"),
        (Kind::Any, r#""[1, ""#, r#""[1, ""#),
        (Kind::Number, r#""1.5""#, "1.5"),
        (Kind::Boolean, r#""False""#, "false"),
        (Kind::Boolean, r#""yes""#, r#"E0413 `X` wants true or false, not "yes""#),
        (
            Kind::DateTime,
            r#""2026-03-04T06:06:07.000+01:00""#,
            r#""2026-03-04T05:06:07Z""#,
        ),
        (
            Kind::DateTime,
            r#""2026-03-04T05:06:07.25Z""#,
            r#""2026-03-04T05:06:07.25Z""#,
        ),
        (Kind::DateTime, r#""2026-07-04T12:00:00""#, r#""2026-07-04T10:00:00Z""#),
        (Kind::DateTime, r#""2026-03-04""#, r#""2026-03-03T23:00:00Z""#),
        (Kind::DateTime, "1772600767000", r#""2026-03-04T05:06:07Z""#),
        (
            Kind::DateTime,
            r#""tomorrow""#,
            r#"E0413 `X` wants a date and time such as `2026-03-04T05:06:07Z`, not "tomorrow""#,
        ),
        (Kind::Date, r#""2026-03-04""#, r#""2026-03-04""#),
        (
            Kind::Date,
            r#""4.3.2026""#,
            r#"E0413 `X` wants a date such as `2026-03-04`, not "4.3.2026""#,
        ),
        (Kind::Duration, r#""PT1H30M""#, r#""PT1H30M""#),
        (Kind::Duration, r#""1h 30m""#, r#""PT1H30M""#),
        (Kind::Duration, "90", r#""PT1M30S""#),
        (
            Kind::Duration,
            r#""soon""#,
            r#"E0413 `X` wants a duration such as `PT1H30M`, not "soon""#,
        ),
        (
            Kind::Uuid,
            r#""01234567-89ab-cdef-0123-456789abcdef""#,
            r#""01234567-89ab-cdef-0123-456789abcdef""#,
        ),
        (Kind::Uuid, r#""x""#, r#"E0413 `X` wants a UUID, not "x""#),
        (Kind::Array, r#""[1, 2]""#, "[1,2]"),
        (Kind::Array, "[1, 2]", "[1,2]"),
        (Kind::Array, r#""5""#, "E0413 `X` wants a JSON array, not 5"),
        (
            Kind::Array,
            r#""[1, 2""#,
            "E0415 `X` is not valid JSON: EOF while parsing a list at line 1, column 5",
        ),
        (
            Kind::Object,
            r#""{\n  \"a\": 1,\n  b: 2\n}""#,
            "E0415 `X` is not valid JSON: key must be a string at line 3, column 3",
        ),
        (Kind::Object, "[1]", "E0413 `X` wants a JSON object, not [1]"),
        (Kind::Object, "null", "E0413 `X` wants a JSON object, not null"),
        (Kind::Array, r#""null""#, "E0413 `X` wants a JSON array, not null"),
        (Kind::Boolean, "null", "E0413 `X` wants true or false, not null"),
        (Kind::String, "null", "E0413 `X` wants text, not null"),
        (Kind::Json, "null", "null"),
        (Kind::Json, r#""null""#, "null"),
        (Kind::String, r#""""#, r#""""#),
        (Kind::Integer, r#""""#, r#"E0413 `X` wants an integer, not """#),
    ];
    for (kind, json, wanted) in rows {
        assert_eq!(told(&parameter(kind, Place::Body), json), wanted, "{kind:?} {json}");
    }
}

#[test]
fn outside_of_a_body_empty_is_unset() {
    for place in [Place::Query, Place::Header, Place::Path] {
        for kind in [Kind::String, Kind::Integer, Kind::List] {
            for json in ["null", r#""""#, r#""  ""#] {
                assert_eq!(told(&parameter(kind, place), json), "-", "{place:?} {kind:?} {json}");
            }
        }
    }
    let nullable = Parameter {
        nullable: true,
        ..parameter(Kind::String, Place::Path)
    };
    assert_eq!(told(&nullable, "null"), "null");
    assert_eq!(told(&nullable, r#""""#), r#""""#);
}

#[test]
fn null_is_sent_where_the_service_takes_it() {
    for kind in [Kind::String, Kind::Integer, Kind::Boolean, Kind::Array, Kind::Object] {
        let nullable = Parameter {
            nullable: true,
            ..parameter(kind, Place::Body)
        };
        assert_eq!(told(&nullable, "null"), "null", "{kind:?}");
    }
    let array = parameter(Kind::Array, Place::Body);
    assert_eq!(
        hints(&array, "null")[1..],
        [
            "take the parameter out to leave it as it is",
            "to empty it, set it to `[]`"
        ]
    );
}

#[test]
fn lists_are_text_with_commas() {
    for (json, wanted) in [
        (r#""Id, Name""#, r#""Id,Name""#),
        (r#"["Id", " Name ", null, ""]"#, r#""Id,Name""#),
        (r#""[\n  \"Id\",\n  \"Name\"\n]""#, r#""Id,Name""#),
        (r#""[\n  null\n]""#, "-"),
        ("[]", "-"),
        (
            r#""Groups($select=Id,Name), Phones""#,
            r#""Groups($select=Id,Name),Phones""#,
        ),
        (
            r#"[{"a": 1}]"#,
            r#"E0413 `X` wants text with commas, or an array of texts, not [{"a":1}]"#,
        ),
    ] {
        assert_eq!(told(&parameter(Kind::List, Place::Query), json), wanted, "{json}");
    }
}

#[test]
fn a_number_that_is_none_is_no_text() {
    let refusal = coerce(&parameter(Kind::String, Place::Body), &Value::Number(f64::NAN), "UTC");
    assert_eq!(refusal.map_err(|refusal| refusal.code), Err("E0413"));
}

#[test]
fn only_allowed_values_are_sent() {
    let mode = Parameter {
        values: ["Nothing", "Voicemail", "Recordings", "Both", "Inherit"]
            .map(Text::from)
            .into(),
        ..parameter(Kind::String, Place::Body)
    };
    let all = "it is one of `Nothing`, `Voicemail`, `Recordings`, `Both`, `Inherit`";
    assert_eq!(told(&mode, r#""Both""#), r#""Both""#);
    assert_eq!(told(&mode, r#""both""#), format!("E0414 `X` can not be `both`: {all}"));
    assert_eq!(
        told(&mode, r#""Everything""#),
        format!("E0414 `X` can not be `Everything`: {all}")
    );
    assert_eq!(hints(&mode, r#""both""#), ["did you mean `Both`?"]);
    let newer = Parameter {
        newer_values: vec![("Inherit".into(), "20.0.9".parse().expect("a version"))],
        ..mode
    };
    let since = all.replace("`Inherit`", "`Inherit` (since 20.0.9)");
    assert_eq!(
        told(&newer, r#""both""#),
        format!("E0414 `X` can not be `both`: {since}")
    );
    let colours = Parameter {
        values: vec!["red".into(), "blue".into()],
        ..parameter(Kind::List, Place::Query)
    };
    assert_eq!(told(&colours, r#""red, blue""#), r#""red,blue""#);
    let wanted = "E0414 `X` can not be `green`: it is one of `red`, `blue`";
    assert_eq!(told(&colours, r#"["red", "green"]"#), wanted);
    let top = Parameter {
        minimum: Some(0.0),
        ..parameter(Kind::Integer, Place::Query)
    };
    assert_eq!(told(&top, "-1"), "E0413 `X` wants at least 0, not -1");
}

#[test]
fn a_header_is_one_line() {
    let header = parameter(Kind::String, Place::Header);
    assert_eq!(told(&header, r#""W/\"1\"""#), r#""W/\"1\"""#);
    assert_eq!(
        told(&header, r#""a\r\nb: c""#),
        "E0417 `X` is a header: it can not hold line breaks"
    );
}

#[test]
fn a_refusal_says_what_to_do() {
    let of_type = "set it to an integer, as it is or by an expression that gives one";
    let integer = parameter(Kind::Integer, Place::Body);
    assert_eq!(hints(&integer, "1.5"), [of_type]);
    assert_eq!(
        hints(&integer, r#""""#),
        [of_type, "take the parameter out to leave it as it is"]
    );
    let array = parameter(Kind::Array, Place::Body);
    assert_eq!(hints(&array, r#""[1, 2""#), ["it breaks at the end of `[1, 2`"]);
    assert_eq!(hints(&array, r#""[\n  1,\n  b]""#), ["it breaks at the end of `  b`"]);
}
