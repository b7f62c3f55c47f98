//! Forms: their pages, what is sent, and where they lead.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::server::{Answer, Server, code, node, webhook, workflow};

fn trigger(version: f64, parameters: &Value) -> Value {
    let mut made = node("Form", "formTrigger", version, parameters);
    made["webhookId"] = json!("form-id");
    made
}

fn page(name: &str, parameters: &Value) -> Value {
    node(name, "form", 2.3, parameters)
}

fn fields(fields: &Value) -> Value {
    json!({"values": fields})
}

/// A form as a browser sends it.
pub async fn send(
    server: &Server,
    path: &str,
    fields: &[(&str, &str)],
    files: &[(&str, &str, &str)],
    accept: &str,
) -> Answer {
    let mut body = String::new();
    for (name, value) in fields {
        let _ = write!(
            body,
            "--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
    }
    for (name, file, text) in files {
        let _ = write!(
            body,
            "--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: text/plain\r\n\r\n{text}\r\n"
        );
    }
    body += "--x--\r\n";
    let request = server
        .request("POST", path)
        .header("content-type", "multipart/form-data; boundary=x")
        .header("accept", accept);
    server.answer(request.body(body)).await
}

const BROWSER: &str = "text/html,*/*;q=0.8";

/// A workflow that keeps what the form put out, to be asked for at `/webhook/got`.
fn keeps(first: Value) -> Value {
    let keep = "const item = $input.first(); $getWorkflowStaticData('global').got = {json: item.json, binary: \
                Object.fromEntries(Object.entries(item.binary ?? {}).map(([key, file]) => [key, file.fileName]))}; return []";
    let mut made = workflow("w", &[first, code("Keep", keep)]);
    let nodes = made["nodes"].as_array_mut().expect("nodes");
    nodes.push(webhook(&json!({"path": "got", "responseMode": "lastNode"})));
    nodes.push(code(
        "Give",
        "return [{json: $getWorkflowStaticData('global').got ?? {}}]",
    ));
    made["connections"]["Webhook"] = json!({"main": [[{"node": "Give", "type": "main", "index": 0}]]});
    made
}

#[tokio::test]
async fn what_is_left_empty_is_null() {
    let options = fields(&json!([{"option": "A"}, {"option": "B"}]));
    let all = fields(&json!([
        {"fieldLabel": "Name"},
        {"fieldLabel": "Age", "fieldType": "number"},
        {"fieldLabel": "Many", "fieldType": "dropdown", "multiselect": true, "fieldOptions": options},
        {"fieldLabel": "Check", "fieldType": "checkbox", "fieldOptions": options},
        {"fieldLabel": "Files", "fieldType": "file"},
        {"fieldLabel": "File", "fieldType": "file", "multipleFiles": false},
    ]));
    let parameters = json!({"formFields": all, "options": {"path": "f"}});
    let server = Server::with(&[keeps(trigger(2.2, &parameters))], &[]);
    send(&server, "/form/f", &[("field-0", "Bob")], &[("field-4", "", "")], "*/*").await;
    let got = server
        .until("/webhook/got", |answer| answer.text.contains("Bob"))
        .await
        .json();
    for name in ["Age", "Many", "Check", "Files", "File"] {
        assert_eq!(got["json"].get(name), Some(&Value::Null), "{name} in {got}");
    }
}

#[tokio::test]
async fn a_form_is_shown_and_its_item_is_n8ns() {
    let options = fields(&json!([{"option": "A"}, {"option": "B"}]));
    let all = fields(&json!([
        {"fieldLabel": "Name", "requiredField": true, "placeholder": "your <name>"},
        {"fieldLabel": "Age", "fieldType": "number"},
        {"fieldLabel": "Bio", "fieldType": "textarea"},
        {"fieldLabel": "Pick", "fieldType": "dropdown", "fieldOptions": options},
        {"fieldLabel": "Many", "fieldType": "dropdown", "multiselect": true, "fieldOptions": options},
        {"fieldLabel": "Check", "fieldType": "checkbox", "fieldOptions": options},
        {"fieldLabel": "Radio", "fieldType": "radio", "fieldOptions": options},
        {"fieldLabel": "My doc", "fieldType": "file"},
        {"fieldLabel": "One", "fieldType": "file", "multipleFiles": false},
        {"fieldType": "hiddenField", "fieldName": "hid", "fieldValue": "kept"},
        {"fieldType": "html", "html": "<b>hi</b>"},
    ]));
    let parameters =
        json!({"formTitle": "A <form>", "formDescription": "About", "formFields": all, "options": {"path": "f"}});
    let server = Server::with(&[keeps(trigger(2.2, &parameters))], &[]);
    let shown = server.get("/form/f").await;
    assert_eq!(
        (shown.status, shown.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert!(shown.header("content-security-policy").contains("default-src 'none'"));
    for part in [
        "<html lang=en>",
        "<h1>A &lt;form&gt;</h1>",
        "<label for=\"field-0\">Name",
        "id=\"field-0\" name=\"field-0\" required placeholder=\"your &lt;name&gt;\"",
        "<input type=number step=any id=\"field-1\"",
        "<textarea id=\"field-2\"",
        "<select id=\"field-4\" name=\"field-4\" multiple>",
        "<fieldset class=field><legend>Check</legend>",
        "<input type=radio id=\"field-6-0\" name=\"field-6\" value=\"A\">",
        "<input type=file id=\"field-7\" name=\"field-7\" multiple",
        "<input type=hidden name=\"field-9\" value=\"kept\">",
        "<b>hi</b>",
    ] {
        assert!(shown.text.contains(part), "{part} is not in {}", shown.text);
    }
    let sent = [
        ("field-0", "Bob"),
        ("field-1", "42"),
        ("field-3", "A"),
        ("field-4", "A"),
        ("field-4", "B"),
        ("field-5", "[\"B\"]"),
        ("field-6", "A"),
        ("field-9", "kept"),
    ];
    let files = [
        ("field-7", "a.txt", "one"),
        ("field-7", "b.txt", "three"),
        ("field-8", "c.txt", "c"),
        ("field-8", "", ""),
    ];
    let answer = send(&server, "/form/f", &sent, &files, "*/*").await;
    assert_eq!((answer.status, answer.json()), (200, json!({"status": 200})));
    let got = server
        .until("/webhook/got", |answer| answer.text.contains("Bob"))
        .await
        .json();
    let mut item = got["json"].as_object().expect("an item").clone();
    let at = item.remove("submittedAt").expect("a time");
    assert!(
        at.as_str().is_some_and(|at| at.len() == 24 && at.ends_with('Z')),
        "{at}"
    );
    let file = |name: &str, size: usize| json!({"filename": name, "mimetype": "text/plain", "size": size});
    assert_eq!(
        Value::Object(item),
        json!({
            "Name": "Bob", "Age": 42, "Bio": null, "Pick": "A", "Many": ["A", "B"], "Check": ["B"], "Radio": "A",
            "My doc": [file("a.txt", 3), file("b.txt", 5)], "One": file("c.txt", 1), "hid": "kept", "formMode": "production"
        })
    );
    assert_eq!(
        got["binary"],
        json!({"My_doc_0": "a.txt", "My_doc_1": "b.txt", "One": "c.txt"})
    );
}

#[tokio::test]
async fn the_address_fills_in_fields_of_all_pages() {
    let options = fields(&json!([{"option": "A"}, {"option": "B"}]));
    let all = fields(&json!([
        {"fieldLabel": "Name", "defaultValue": "Bob"},
        {"fieldLabel": "Shown", "fieldName": "own"},
        {"fieldLabel": "Many", "fieldType": "dropdown", "multiselect": true, "fieldOptions": options},
        {"fieldType": "hiddenField", "fieldName": "hid", "fieldValue": "kept"},
    ]));
    let parameters = json!({
        "formFields": all, "formDescription": "An <b>about</b><script>",
        "options": {"path": "f", "customCss": ".field{color:red}"}
    });
    let second = page(
        "Second",
        &json!({"formFields": fields(&json!([{"fieldLabel": "Name"}]))}),
    );
    let message = "={{ $('Form').first().json.own }} {{ $('Form').first().json.formQueryParameters.Many }}";
    let end = page("End", &json!({"operation": "completion", "completionMessage": message}));
    let server = Server::with(&[workflow("w", &[trigger(2.2, &parameters), second, end])], &[]);
    let query = "?Name=Al%20B&own=mine&Many=A&Many=B&hid=q";
    let shown = server.get(&format!("/form/f{query}")).await.text;
    for part in [
        "name=\"field-0\" value=\"Al B\"",
        "<label for=\"field-1\">Shown",
        "name=\"field-1\" value=\"mine\"",
        "<option value=\"A\" selected>A</option><option value=\"B\" selected>",
        "<input type=hidden name=\"field-3\" value=\"q\">",
        "<p class=about>An <b>about</b>&lt;script&gt;</p>",
        ".field{color:red}</style>",
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    let sent = [("field-0", "Al B"), ("field-1", "mine"), ("field-3", "q")];
    let answer = send(&server, &format!("/form/f{query}"), &sent, &[], BROWSER).await;
    let next = answer.header("location").to_owned();
    assert!(
        answer.status == 303 && next.ends_with(query),
        "{} {next}",
        answer.status
    );
    let shown = server.until(&next, |answer| !answer.text.contains("One moment")).await;
    assert!(shown.text.contains("name=\"field-0\" value=\"Al B\""), "{}", shown.text);
    send(&server, &next, &[("field-0", "x")], &[], BROWSER).await;
    let end = server.until(&next, |answer| !answer.text.contains("One moment")).await;
    assert!(end.text.contains("mine A,B"), "{}", end.text);
}

#[tokio::test]
async fn a_form_is_where_n8n_has_it() {
    for (version, parameters, path) in [
        (1.0, json!({"path": "a"}), "a/n8n-form"),
        (2.0, json!({"path": "a"}), "a"),
        (2.1, json!({"path": "a"}), "a"),
        (2.3, json!({"path": "a"}), "form-id"),
        (2.3, json!({"options": {"path": "b"}}), "b"),
    ] {
        let server = Server::with(&[workflow("w", &[trigger(version, &parameters)])], &[]);
        assert_eq!(
            server.get(&format!("/form/{path}")).await.status,
            200,
            "{version} {path}"
        );
        assert_eq!(server.get("/form/nope").await.status, 404);
    }
}

#[tokio::test]
async fn what_is_wrong_is_shown_beside_its_field() {
    let options = fields(&json!([{"option": "A"}]));
    let all = fields(&json!([
        {"fieldLabel": "Name", "requiredField": true},
        {"fieldLabel": "Age", "fieldType": "number"},
        {"fieldLabel": "Pick", "fieldType": "dropdown", "fieldOptions": options},
        {"fieldLabel": "Day", "fieldType": "date"},
    ]));
    let parameters = json!({"formFields": all, "options": {"path": "f"}});
    let server = Server::with(&[workflow("w", &[trigger(2.2, &parameters)])], &[]);
    for (sent, part) in [
        (&[("field-1", "1")][..], "aria-describedby=\"field-0-fault\""),
        (
            &[("field-0", "Bob"), ("field-1", "x")],
            "id=\"field-1-fault\">This is no number",
        ),
        (
            &[("field-0", "Bob"), ("field-2", "B")],
            "id=\"field-2-fault\">This is none of the options",
        ),
        (
            &[("field-0", "Bob"), ("field-3", "2026-13-45")],
            "id=\"field-3-fault\">This is no date",
        ),
    ] {
        let answer = send(&server, "/form/f", sent, &[], BROWSER).await;
        assert_eq!(answer.status, 422);
        assert!(
            answer.text.contains("role=alert") && answer.text.contains(part),
            "{}",
            answer.text
        );
    }
}

#[tokio::test]
async fn a_form_has_further_pages_and_an_end_that_outlive_a_crash() {
    let first =
        json!({"formTitle": "First", "options": {"path": "f"}, "formFields": fields(&json!([{"fieldLabel": "Name"}]))});
    let second = json!({
        "formFields": fields(&json!([{"fieldLabel": "Two"}, {"fieldLabel": "Doc", "fieldType": "file"}])),
        "options": {"formTitle": "=Hello {{ $json.Name }}", "buttonLabel": "Next"}
    });
    let end = json!({
        "operation": "completion", "completionTitle": "Done",
        "completionMessage": "={{ $('Form').first().json.Name }} <i>and</i> {{ $json.Two }} {{ $json.Doc[0].filename }}"
    });
    let made = workflow("w", &[trigger(2.2, &first), page("Second", &second), page("End", &end)]);
    let mut server = Server::with(&[made], &[]);
    let answer = send(&server, "/form/f", &[("field-0", "Bob")], &[], BROWSER).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let path = answer.header("location").to_owned();
    assert!(path.starts_with("/form-waiting/"));
    server.kill();
    server.start();
    let shown = server.until(&path, |answer| !answer.text.contains("One moment")).await;
    assert!(
        shown.text.contains("<h1>Hello Bob</h1>") && shown.text.contains(">Next</button>"),
        "{}",
        shown.text
    );
    assert_eq!(
        server.get(&format!("{path}/n8n-execution-status")).await.text,
        "form-waiting"
    );
    let files = [("field-1", "a.txt", "hello")];
    let answer = send(&server, &path, &[("field-0", "two")], &files, BROWSER).await;
    assert_eq!((answer.status, answer.header("location")), (303, path.as_str()));
    for _ in 0..2 {
        let end = server.get(&path).await;
        let words = "<h1>Done</h1><p class=about>Bob <i>and</i> two a.txt</p>";
        assert!(end.text.contains(words), "{}", end.text);
        let ended = format!("{path}/n8n-execution-status");
        server.until(&ended, |answer| answer.text == "success").await;
    }
    assert_eq!(server.get("/form-waiting/9999").await.status, 404);
}

#[tokio::test]
async fn a_form_leads_where_its_nodes_say() {
    let first = |path: &str, more: &Value| {
        let mut parameters = json!({"options": {"path": path}, "formFields": fields(&json!([{"fieldLabel": "Name"}]))});
        for (name, value) in more.as_object().expect("an object") {
            match value.as_object() {
                Some(options) => parameters["options"]
                    .as_object_mut()
                    .expect("options")
                    .extend(options.clone()),
                None => parameters[name] = value.clone(),
            }
        }
        trigger(2.2, &parameters)
    };
    let says = |values: Value| json!({"options": {"respondWithOptions": {"values": values}}});
    let rests = node(
        "Wait",
        "wait",
        1.1,
        &json!({"resume": "form", "formTitle": "More", "formFields": fields(&json!([{"fieldLabel": "More"}]))}),
    );
    let redirect = says(json!({"respondWith": "redirect", "redirectUrl": "https://example.com/x"}));
    let bad = json!({"operation": "completion", "respondWith": "redirect", "redirectUrl": "javascript:alert(1)"});
    let html = json!({"operation": "completion", "respondWith": "showText", "responseText": "<h1>own</h1>"});
    let of = |id: &str, nodes: &[Value]| workflow(id, nodes);
    let last = json!({"responseMode": "lastNode"});
    let server = Server::with(
        &[
            of("redirect", &[first("redirect", &redirect)]),
            of("text", &[first("text", &says(json!({"formSubmittedText": "got it"})))]),
            of("fails", &[first("fails", &last), code("Bad", "throw new Error('bad')")]),
            of("bad", &[first("bad", &json!({})), page("End", &bad)]),
            of("html", &[first("html", &json!({})), page("End", &html)]),
            of("wait", &[first("wait", &json!({})), rests]),
        ],
        &[],
    );
    let sent = async |path: &str, accept: &str| send(&server, path, &[("field-0", "x")], &[], accept).await;
    let redirected = sent("/form/redirect", BROWSER).await;
    assert_eq!(
        (redirected.status, redirected.header("location")),
        (303, "https://example.com/x")
    );
    assert!(sent("/form/text", BROWSER).await.text.contains("got it"));
    let failed = sent("/form/fails", "*/*").await;
    assert_eq!(
        (failed.status, failed.json()),
        (500, json!({"message": "Error in workflow"}))
    );
    let followed = async |form: &str| {
        let answer = sent(form, "*/*").await.json();
        let url = answer["formWaitingUrl"].as_str().expect("a URL").to_owned();
        url[url.find("/form-waiting").expect("a path")..].to_owned()
    };
    assert_eq!(server.get(&followed("/form/bad").await).await.status, 500);
    assert!(server.get(&followed("/form/html").await).await.text == "<h1>own</h1>");
    let path = followed("/form/wait").await;
    assert!(server.get(&path).await.text.contains("<h1>More</h1>"));
    assert!(
        sent(&path, BROWSER)
            .await
            .text
            .contains("Your response has been recorded")
    );
    assert_eq!(sent(&path, BROWSER).await.status, 200);
}
