//! `patchbay eval`, as a whole program.

mod common;

use common::Patchbay;

#[test]
fn an_expression_is_evaluated_over_an_item_and_earlier_nodes() {
    let answer = Patchbay::new().run(&[
        "eval",
        "{{ $('Users').item.json.Id + $json.offset }}",
        "--json",
        r#"{"offset": 2}"#,
        "--node",
        r#"Users=[{"Id": 40}]"#,
    ]);
    insta::assert_snapshot!(answer.snapshot(), @r"
    exit code: 0
    --- stdout
    42
    --- stderr
    ");
}

#[test]
fn the_clock_and_the_zone_are_fixed() {
    let answer = Patchbay::new().run(&[
        "eval",
        "{{ $now.toISO() }}",
        "--now",
        "2026-03-04T05:06:07Z",
        "--timezone",
        "Europe/Berlin",
    ]);
    insta::assert_snapshot!(answer.snapshot(), @r#"
    exit code: 0
    --- stdout
    "2026-03-04T06:06:07.000+01:00"
    --- stderr
    "#);
}

#[test]
fn a_batch_answers_each_line_in_order() {
    let cases = concat!(
        r#"{"id": "a", "expression": "={{ $json.x }}", "json": {"x": 1}}"#,
        "\n",
        r#"{"id": "b", "expression": "={{ [1/0, 0/0, undefined] }}", "json": {}}"#,
        "\nnot json\n",
        r#"{"expression": "={{ $json.missing }}"}"#,
        "\n",
    );
    let answer = Patchbay::new().run_with_input(&["eval", "--batch"], cases);
    let lines: Vec<serde_json::Value> = answer
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(
        lines[0],
        serde_json::json!({"id": "a", "ok": true, "value": 1, "engine": "native"})
    );
    assert_eq!(lines[1]["value"], serde_json::json!(["Infinity", "NaN", null]));
    assert_eq!(lines[2]["ok"], false);
    assert_eq!(
        lines[3],
        serde_json::json!({"ok": true, "value": null, "engine": "native"})
    );
    assert_eq!(answer.code, 0);
}

#[test]
fn a_broken_expression_is_shown_with_a_caret() {
    let answer = Patchbay::new().run(&["eval", "{{ $json. }}"]);
    assert_eq!(answer.code, 1, "{}", answer.snapshot());
    assert!(answer.stdout.is_empty());
    assert!(answer.stderr.contains("invalid syntax"), "{}", answer.stderr);
    assert!(answer.stderr.contains('^'), "{}", answer.stderr);
}

#[test]
fn wrong_usage_says_what_is_expected() {
    for (arguments, expected) in [
        (vec!["eval"], "required"),
        (vec!["eval", "{{ 1 }}", "--json", "[1]"], "expected a JSON object"),
        (vec!["eval", "{{ 1 }}", "--now", "soon"], "2026-01-02T03:04:05Z"),
        (vec!["eval", "{{ 1 }}", "--timezone", "Mars/Olympus"], "Europe/Berlin"),
    ] {
        let answer = Patchbay::new().run(&arguments);
        assert_eq!(answer.code, 2, "{}", answer.snapshot());
        assert!(answer.stderr.contains(expected), "{}", answer.stderr);
    }
}
