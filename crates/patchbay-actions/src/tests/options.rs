//! The collection `options`, and what an operation does not have.

use super::world::{World, checked, told};

#[test]
fn options_that_an_operation_does_not_have_are_told() {
    let parameters = r#"{"resource": "Users", "operation": "List User",
        "options": {"$filtr": "x", "top": 5, "fetchAll": true, "splititems": true}}"#;
    insta::assert_snapshot!(super::world::checked(parameters));
}

#[tokio::test]
async fn a_body_named_options_stays_one() {
    let world = World::calm();
    let parameters = r#"{"resource": "Services", "operation": "Stop", "options": {"ServiceNames": ["X"]}}"#;
    world.run(parameters, &["{}"]).await.expect("items");
    assert_eq!(
        world.sent(),
        "POST /xapi/v1/Services/Pbx.Stop\n{\"options\":{\"ServiceNames\":[\"X\"]}}"
    );
}

#[tokio::test]
async fn options_may_be_one_expression() {
    let world = World::calm();
    let parameters = r#"{"resource": "Groups", "operation": "List Group", "options": "={{ $json.options }}"}"#;
    world
        .run(parameters, &[r#"{"options": {"$top": 5, "select": ["Id"]}}"#, "{}"])
        .await
        .expect("items");
    assert_eq!(
        world.sent(),
        "GET /xapi/v1/Groups?$top=5&$select=Id\n---\nGET /xapi/v1/Groups"
    );
}

#[tokio::test]
async fn options_of_an_expression_are_all_sent_or_nothing_is() {
    let rows = [
        (r#"{"$top": 5}"#, Ok("?$top=5")),
        (r#"{"TOP": 5, "Select": ["Id"], "note": ""}"#, Ok("?$top=5&$select=Id")),
        (r#""{\"filter\": \"Id eq 1\"}""#, Ok("?$filter=Id%20eq%201")),
        ("\"\"", Ok("")),
        ("null", Ok("")),
        (
            r#""$filter=Id eq 1""#,
            Err("E0418 `options` wants a collection, not \"$filter=Id eq 1\": nothing of it is sent"),
        ),
        (
            "[1]",
            Err("E0418 `options` wants a collection, not [1]: nothing of it is sent"),
        ),
        (
            r#"{"$fltr": "x"}"#,
            Err("E0418 `List Group` has no option `$fltr`: it is not sent"),
        ),
        (
            r#"{"where": "x"}"#,
            Err("E0418 `List Group` has no option `where`: it is not sent"),
        ),
    ];
    for (options, wanted) in rows {
        let item = format!(r#"{{"options": {options}}}"#);
        let by_expression = r#"{"resource": "Groups", "operation": "List Group", "options": "={{ $json.options }}"}"#;
        let world = World::calm();
        let made = world.run(by_expression, &[&item]).await;
        let sent = world.sent();
        match wanted {
            Ok(query) => assert_eq!(sent, format!("GET /xapi/v1/Groups{query}"), "{options}"),
            Err(wanted) => {
                let error = told(&made.expect_err("an error"));
                assert_eq!(error.lines().next(), Some(wanted));
                assert_eq!(sent, "", "{options}");
                // Written out it is refused before the run.
                let written = format!(r#"{{"resource": "Groups", "operation": "List Group", "options": {options}}}"#);
                let checked = checked(&written);
                assert!(checked.contains("unsupported[E0418]"), "{checked}");
            }
        }
    }
}

#[test]
fn a_write_is_not_sent_without_what_it_should_hold() {
    let stop = |more: &str| checked(&format!(r#"{{"resource": "Services", "operation": "Stop", {more}}}"#));
    let refused = stop(r#""serviceNames": ["x"]"#);
    let wanted = "unsupported[E0418]: `Stop` has no parameter `serviceNames`: it is not sent";
    assert!(refused.contains(wanted), "{refused}");
    let empty = stop(r#""serviceNames": [], "note": """#);
    assert!(
        empty.contains("warning[E0418]") && !empty.contains("unsupported"),
        "{empty}"
    );
}
