//! What keeps a live service and a client's secret safe: redirects, and the order of writes.

use std::sync::atomic::Ordering;

use super::world::{Reply, World, told};

const LIST: &str = r#"{"resource": "Users", "operation": "List User"}"#;
const CREATE: &str = r#"{"resource": "Groups", "operation": "Create Group", "Name": "x"}"#;
const UPDATE: &str = r#"{"resource": "Users", "operation": "Update User", "Id": "={{ $json.id }}",
    "FirstName": "={{ $json.name }}"}"#;

fn redirect(status: u16, location: &'static str) -> Reply {
    Reply {
        status,
        headers: vec![("location", location)],
        body: String::new(),
    }
}

/// A service that sends everybody on to the place, which answers.
fn leads_to(status: u16, location: &'static str) -> World {
    World::new(move |request| {
        if request.url == location {
            Reply::json(200, r#"{"value": []}"#)
        } else {
            redirect(status, location)
        }
    })
}

#[tokio::test]
async fn a_read_is_followed_without_what_authorizes_it_elsewhere() {
    for (location, authorized) in [
        ("https://pbx.example.com/moved", true),
        ("https://files.example.com/moved", false),
    ] {
        let world = leads_to(302, location);
        world.run(LIST, &["{}"]).await.expect("items");
        let requests = world.http.take_requests();
        let has_token = |request: &patchbay_node::capability::http::Request| {
            request.headers.iter().any(|(name, _)| name == "Authorization")
        };
        let sent: Vec<(&str, bool)> = requests
            .iter()
            .map(|request| (request.url.as_str(), has_token(request)))
            .collect();
        assert_eq!(
            sent,
            [("https://pbx.example.com/xapi/v1/Users", true), (location, authorized)]
        );
    }
}

#[tokio::test]
async fn a_write_goes_to_no_other_place() {
    for status in [301, 302, 303, 307, 308] {
        let world = leads_to(status, "https://pbx.example.com/moved?key=secret");
        let error = world.run(CREATE, &["{}"]).await.expect_err("an error");
        assert_eq!(world.http.take_requests().len(), 1, "{status}");
        let wanted = format!(
            "E0437 Request failed with status code {status}\n  item: 0\n  hint: nothing was done: a write is sent to no other place; the \
             service redirects to https://pbx.example.com/moved: give the credential `PBX` the URL of the service itself"
        );
        assert_eq!(told(&error), wanted);
    }
}

#[tokio::test]
async fn redirects_in_a_circle_end() {
    let world = World::new(|_| redirect(302, "https://pbx.example.com/round"));
    let error = world.run(LIST, &["{}"]).await.expect_err("an error");
    assert_eq!(error.error.message, "Request failed with status code 302");
    assert_eq!(world.http.take_requests().len(), 1 + crate::redirect::MOST);
}

#[tokio::test]
async fn a_client_secret_goes_to_no_other_place() {
    let world = World::calm();
    *world.http.token_reply.lock().expect("lock") = Some(redirect(307, "https://else.example.com/steal"));
    let error = world.run(LIST, &["{}"]).await.expect_err("an error");
    insta::assert_snapshot!(told(&error), @r"
    E0513 `https://pbx.example.com/connect/token` redirects to https://else.example.com/steal: the secret is sent to no other place
      hint: give the credential `PBX` the URL of the service itself
    ");
    assert_eq!(world.sent(), "");
}

#[tokio::test]
async fn writes_to_one_path_keep_the_items_order() {
    let world = World::new(|_| Reply {
        status: 204,
        ..Reply::default()
    });
    let items: Vec<String> = (0..9)
        .map(|item| format!(r#"{{"id": {}, "name": "{item}"}}"#, item % 2))
        .collect();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    world.run(UPDATE, &items).await.expect("items");
    let sent = world.sent();
    for id in 0..2 {
        let path = format!("Users({id})");
        let bodies = sent.split("---").filter(|request| request.contains(&path));
        let names: Vec<&str> = bodies.filter_map(|body| body.split('"').nth(3)).collect();
        let wanted: Vec<String> = (0..9)
            .filter(|item| item % 2 == id)
            .map(|item| item.to_string())
            .collect();
        assert_eq!(names, wanted);
    }
    assert_eq!(world.http.most_at_once.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn options_on_top_are_checked_as_parameters_are() {
    for (options, wanted) in [
        (
            r#"{"fetchAll": "yes"}"#,
            "E0413 `fetchAll` wants true or false, not \"yes\"",
        ),
        (r#"{"splitItems": 0}"#, "E0413 `splitItems` wants true or false, not 0"),
        (r#"{"simplify": []}"#, "E0413 `simplify` wants true or false, not []"),
        (r#"{"limit": 0}"#, "E0413 `limit` wants at least 1, not 0"),
        (r#"{"limit": "abc"}"#, "E0413 `limit` wants an integer, not \"abc\""),
    ] {
        let world = World::calm();
        let parameters = format!(r#"{{"resource": "Users", "operation": "List User", "options": {options}}}"#);
        let error = world.run(&parameters, &["{}"]).await.expect_err("an error");
        assert_eq!(told(&error).lines().next(), Some(wanted));
        assert_eq!(world.sent(), "");
        let name = wanted.split('`').nth(1);
        let parameter = error.error.parameter.as_deref();
        assert_eq!(parameter.and_then(|path| path.strip_prefix("options.")), name);
    }
    for given in ["true", "\"TRUE\"", "\"={{ $json.on }}\""] {
        let world = World::new(|_| Reply::json(200, r#"{"value": [{"Id": 1}, {"Id": 2}]}"#));
        let options = format!(r#"{{"splitItems": {given}, "limit": "2"}}"#);
        let parameters = format!(r#"{{"resource": "Users", "operation": "List User", "options": {options}}}"#);
        let items = world.run(&parameters, &[r#"{"on": true}"#]).await.expect("items");
        assert_eq!(items.len(), 2, "{given}");
    }
}

#[tokio::test]
async fn a_list_is_whole_though_the_service_gives_smaller_pages() {
    for more in [r#""@odata.count": 50"#, r#""@odata.nextLink": "there""#] {
        let world = World::new(move |request| {
            let skip: usize = request
                .url
                .rsplit("$skip=")
                .next()
                .and_then(|skip| skip.parse().ok())
                .unwrap_or(0);
            let ids: Vec<String> = (skip..50.min(skip + 20))
                .map(|id| format!("{{\"Id\": {id}}}"))
                .collect();
            let more = if skip + 20 < 50 { more } else { r#""@odata.count": 50"# };
            Reply::json(200, &format!("{{{more}, \"value\": [{}]}}", ids.join(", ")))
        });
        let parameters =
            r#"{"resource": "Users", "operation": "List User", "options": {"fetchAll": true, "splitItems": true}}"#;
        let items = world.run(parameters, &["{}"]).await.expect("items");
        let ids: Vec<Option<f64>> = items.iter().map(|item| item.json.get("Id")?.as_number()).collect();
        assert_eq!(ids, (0..50).map(|id| Some(f64::from(id))).collect::<Vec<_>>(), "{more}");
    }
}

#[tokio::test]
async fn a_secret_that_does_not_fit_is_not_shown() {
    let parameters = r#"{"resource": "Users", "operation": "Update User", "Id": 1, "VMPIN": "={{ $json.pin }}"}"#;
    let error = World::calm()
        .run(parameters, &[r#"{"pin": {"p": "4711"}}"#])
        .await
        .expect_err("an error");
    assert_eq!(error.error.message, "`VMPIN` wants text, not what it was given");
}

#[tokio::test]
async fn names_in_another_case_are_taken() {
    let world = World::new(|_| Reply {
        status: 204,
        ..Reply::default()
    });
    let parameters = r#"{"resource": "Users", "operation": "Batch Delete", "IDS": "[1, 2]"}"#;
    world.run(parameters, &["{}"]).await.expect("items");
    assert_eq!(world.sent(), "POST /xapi/v1/Users/Pbx.BatchDelete\n{\"ids\":[1,2]}");
}

#[tokio::test]
async fn each_item_has_its_own_operation() {
    let world = World::new(|_| Reply::json(200, r#"{"Id": 5}"#));
    let by_item = r#"{"resource": "={{ $json.what }}", "operation": "={{ $json.op }}", "Id": "={{ $json.id }}"}"#;
    let items = [
        r#"{"what": "Users", "op": "Delete User", "id": 6}"#,
        r#"{"what": "Users", "op": "Get User", "id": 5}"#,
        r#"{"what": "Groups", "op": "Delete Group", "id": 6}"#,
        r#"{"what": "Groups", "op": "Delete Group", "id": 6}"#,
    ];
    let made = world.run(by_item, &items).await.expect("items");
    assert_eq!(made.len(), items.len());
    let sent: Vec<String> = world
        .http
        .take_requests()
        .iter()
        .map(|request| format!("{} {}", request.method, request.url))
        .collect();
    assert_eq!(
        sent,
        [
            "DELETE https://pbx.example.com/xapi/v1/Users(6)",
            "GET https://pbx.example.com/xapi/v1/Users(5)",
            "DELETE https://pbx.example.com/xapi/v1/Groups(6)",
            "DELETE https://pbx.example.com/xapi/v1/Groups(6)",
        ]
    );
    let world = World::calm();
    let wrong = r#"{"what": "Users", "op": "Delete Usr", "id": 6}"#;
    let error = world.run(by_item, &[items[0], wrong]).await.expect_err("an error");
    assert_eq!((error.error.code.as_str(), error.error.item), ("E0411", Some(1)));
    assert_eq!(
        world.http.take_requests().len(),
        0,
        "nothing is done before all is known"
    );
}
