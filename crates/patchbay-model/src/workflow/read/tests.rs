//! Forms of files, and what is told of faulty ones.

use super::*;

#[test]
fn each_form_of_file_is_read() {
    let bare = r#"{"nodes": [{"name": "A", "type": "t"}], "connections": {"A": {"main": [null, [{"node": "A", "type": "main", "index": 1}]]}}}"#;
    for (text, pointer) in [
        (bare.to_owned(), ""),
        (format!("[{bare}]"), "/0"),
        (format!(r#"{{"workflow": {bare}}}"#), "/workflow"),
        (format!(r#"{{"data": {bare}}}"#), "/data"),
    ] {
        let (workflows, diagnostics) = read(&text);
        assert_eq!(diagnostics, [], "{text}");
        let [workflow] = workflows.as_slice() else {
            panic!("one workflow in {text}")
        };
        assert_eq!(workflow.pointer, pointer);
        assert_eq!(workflow.main_targets("A")[1][0].input, 1);
        assert!(workflow.main_targets("A")[0].is_empty());
    }
}

#[test]
fn faults_are_told_together_with_their_places() {
    let text = "{\n\"nodes\": [\n7,\n{\"name\": \"A\"}\n]}";
    let (_, diagnostics) = read(text);
    let places: Vec<_> = diagnostics
        .iter()
        .map(|fault| (fault.code, fault.position.map(|at| at.line)))
        .collect();
    assert_eq!(places, [("E0003", Some(3)), ("E0003", Some(4))]);
}

#[test]
fn what_is_not_understood_is_told() {
    let of = |target: &str| format!(r#""connections": {{"A": {{"main": [[{{"node": "A", "index": {target}}}]]}}}}"#);
    for (part, expected) in [
        (of("999999999"), "E0005 /connections/A/main/0/0/index"),
        (of("-1"), "E0005 /connections/A/main/0/0/index"),
        (of("0.5"), "E0005 /connections/A/main/0/0/index"),
        (of("99"), ""),
        (
            r#""connections": {"A": {"main": {}}}"#.into(),
            "E0004 /connections/A/main",
        ),
        (
            r#""connections": {"A": {"main": [7]}}"#.into(),
            "E0004 /connections/A/main/0",
        ),
        (
            r#""connections": {"A": {"main": [[7]]}}"#.into(),
            "E0004 /connections/A/main/0/0",
        ),
        (r#""connections": {"A": {"main": [null, [null]]}}"#.into(), ""),
        (
            r#""settings": {"executionTimeout": "x"}"#.into(),
            "E0006 /settings/executionTimeout",
        ),
        (r#""settings": {"executionTimeout": -1}"#.into(), ""),
        (
            r#""settings": {"executionOrder": "v7"}"#.into(),
            "E0006 /settings/executionOrder",
        ),
    ] {
        let text = format!(r#"{{"nodes": [{{"name": "A", "type": "t"}}], {part}}}"#);
        assert_eq!(told(&text), expected, "{part}");
    }
    for (field, expected) in [
        (r#""typeVersion": "two""#, "E0006 /nodes/0/typeVersion"),
        (r#""onError": "x""#, "E0006 /nodes/0/onError"),
        (r#""onError": "continueErrorOutput""#, ""),
    ] {
        let text = format!(r#"{{"nodes": [{{"name": "A", "type": "t", {field}}}]}}"#);
        assert_eq!(told(&text), expected, "{field}");
    }
}

fn told(text: &str) -> String {
    let (_, diagnostics) = read(text);
    let told: Vec<_> = diagnostics
        .iter()
        .map(|fault| format!("{} {}", fault.code, fault.pointer))
        .collect();
    told.join(", ")
}
