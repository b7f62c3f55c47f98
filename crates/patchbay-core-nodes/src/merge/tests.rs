//! How inputs are merged, in every mode.

use super::*;
use crate::testing::run;

const FIRST: &str = r#"[{"id":1,"n":"a","o":{"k":1,"x":1}},{"id":2,"n":"b"}]"#;
const SECOND: &str = r#"[{"id":2,"n":"B","o":{"k":2}},{"id":"1","z":1},{"id":9}]"#;

fn check(version: f64, parameters: &str, expected: Result<&str, &str>) {
    let result = run(version, parameters, FIRST).input(SECOND).of(&Merge);
    let expected = expected.map(|items| format!("[[{items}]]"));
    assert_eq!(
        result.as_deref().map_err(String::as_str),
        expected.as_deref().map_err(|text| *text),
        "{parameters}"
    );
}

#[test]
fn inputs_follow_each_other_or_one_is_chosen() {
    let first = &FIRST[1..FIRST.len() - 1];
    let second = &SECOND[1..SECOND.len() - 1];
    for version in [1.0, 2.1, 3.0] {
        check(version, "{}", Ok(&format!("{first},{second}")));
    }
    check(2.1, r#"{"mode": "chooseBranch", "output": "input2"}"#, Ok(second));
    check(3.0, r#"{"mode": "chooseBranch", "useDataOfInput": 2}"#, Ok(second));
    check(
        3.0,
        r#"{"mode": "chooseBranch", "useDataOfInput": 3}"#,
        Err("Input 3 doesn't exist"),
    );
    check(3.0, r#"{"mode": "chooseBranch", "useDataOfInput": 1.5}"#, Ok(""));
    check(3.0, r#"{"mode": "chooseBranch", "output": "empty"}"#, Ok("{}"));
    check(1.0, r#"{"mode": "passThrough"}"#, Ok(first));
}

#[test]
fn items_are_put_side_by_side() {
    let by = r#""mode": "combine", "combinationMode": "mergeByPosition", "combineBy": "combineByPosition""#;
    let deep = r#"{"id":2,"n":"B","o":{"k":2,"x":1}},{"id":"1","n":"b","z":1}"#;
    check(2.1, &format!("{{{by}}}"), Ok(deep));
    check(3.0, &format!("{{{by}}}"), Ok(deep));
    check(
        3.0,
        &format!(r#"{{{by}, "options": {{"includeUnpaired": true}}}}"#),
        Ok(&format!(r#"{deep},{{"id":9}}"#)),
    );
    let clash = |values: &str| format!(r#"{{{by}, "options": {{"clashHandling": {{"values": {values}}}}}}}"#);
    check(
        2.1,
        &clash(r#"{"resolveClash": "addSuffix"}"#),
        Ok(
            r#"{"id_1":1,"n_1":"a","o_1":{"k":1,"x":1},"id_2":2,"n_2":"B","o_2":{"k":2}},{"id_1":2,"n_1":"b","id_2":"1","z_2":1}"#,
        ),
    );
    check(
        3.0,
        &clash(r#"{"resolveClash": "preferInput1", "mergeMode": "shallowMerge"}"#),
        Ok(r#"{"id":1,"n":"a","o":{"k":1,"x":1}},{"id":2,"n":"b","z":1}"#),
    );
    check(
        1.0,
        r#"{"mode": "mergeByIndex"}"#,
        Ok(r#"{"id":2,"n":"B","o":{"k":2}},{"id":"1","n":"b","z":1}"#),
    );
}

#[test]
fn items_are_matched_by_fields() {
    let matched = r#"{"id":2,"n":"B","o":{"k":2}}"#;
    let by = |more: &str| format!(r#"{{"mode": "combine", "fieldsToMatchString": "id"{more}}}"#);
    for (more, expected) in [
        ("", matched.to_owned()),
        (r#", "outputDataFrom": "input1""#, r#"{"id":2,"n":"b"}"#.to_owned()),
        (
            r#", "joinMode": "enrichInput1""#,
            format!(r#"{matched},{{"id":1,"n":"a","o":{{"k":1,"x":1}}}}"#),
        ),
        (
            r#", "joinMode": "enrichInput2""#,
            r#"{"id":2,"n":"b","o":{"k":2}},{"id":"1","z":1},{"id":9}"#.to_owned(),
        ),
        (
            r#", "joinMode": "keepNonMatches""#,
            r#"{"id":1,"n":"a","o":{"k":1,"x":1},"_source":"input1"},{"id":"1","z":1,"_source":"input2"},{"id":9,"_source":"input2"}"#
                .to_owned(),
        ),
        (
            r#", "options": {"fuzzyCompare": true}"#,
            format!(r#"{{"id":"1","n":"a","o":{{"k":1,"x":1}},"z":1}},{matched}"#),
        ),
    ] {
        check(3.0, &by(more), Ok(&expected));
    }
    check(
        3.0,
        r#"{"mode": "combine"}"#,
        Err("You need to define at least one pair of fields in \"Fields to Match\" to match on"),
    );
    check(
        2.0,
        r#"{"mode": "combine", "mergeByFields": {"values": [{"field1": "zz", "field2": "id"}]}}"#,
        Err("Field 'zz' is not present in any of items in 'Input 1'"),
    );
    check(
        1.0,
        r#"{"mode": "mergeByKey", "propertyName1": "id", "propertyName2": "id"}"#,
        Ok(r#"{"id":1,"n":"a","o":{"k":1,"x":1},"z":1},{"id":2,"n":"B","o":{"k":2}}"#),
    );
}

#[test]
fn everything_meets_everything() {
    let parameters = r#"{"mode": "combine", "combineBy": "combineAll"}"#;
    let outputs = run(3.0, parameters, FIRST)
        .input(SECOND)
        .outcome(&Merge)
        .expect("items");
    assert_eq!(outputs[0].len(), 6);
}
