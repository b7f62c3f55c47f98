//! What the node sends and makes of answers, against a service that answers with what it was asked.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use patchbay_node::NodeError;
use patchbay_node::capability::Http;
use patchbay_node::capability::http::{Body, Piece, Request, Response};

use super::HttpRequest;
use crate::testing::run;

/// Answers `/echo` with the request's line, type and body, `/page` with the page asked for, and fails on `/status/N`.
struct Service;

#[async_trait]
impl Http for Service {
    async fn send(&self, request: Request) -> Result<Response, NodeError> {
        let path = request.url.trim_start_matches("http://h").to_owned();
        let (status, content_type, body) = if let Some(status) = path.strip_prefix("/status/") {
            (
                status.parse().unwrap_or(500),
                "application/json",
                r#"{"message": "no"}"#.to_owned(),
            )
        } else if let Some(page) = path.strip_prefix("/page?page=") {
            let body = if page == "2" {
                "[]".to_owned()
            } else {
                format!(r#"[{{"page": {page}}}]"#)
            };
            (200, "application/json", body)
        } else if path == "/array" {
            (
                200,
                "application/json; charset=utf-8",
                r#"[{"a": 1}, {"a": 2}]"#.to_owned(),
            )
        } else if path == "/broken" {
            (200, "application/json", "{".to_owned())
        } else if path == "/down" {
            return Err(NodeError::new("E0601", "No connection"));
        } else {
            let kind = request
                .headers
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            let kind = kind.map(|(_, value)| value.to_string()).unwrap_or_default();
            let body = format!("{} {path} {kind} {}", request.method, text_of(&request.body));
            (200, "text/plain", body.trim_end().to_owned())
        };
        Ok(Response {
            status,
            status_text: "Told".into(),
            headers: vec![("content-type".into(), content_type.into())],
            body: futures::stream::iter([Ok(body.into())]).boxed(),
            url: request.url.into(),
        })
    }
}

fn text_of(body: &Body) -> String {
    let of_bytes = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match body {
        Body::Empty => String::new(),
        Body::Bytes(bytes) => of_bytes(bytes),
        Body::Pieces(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Bytes(bytes) => of_bytes(bytes),
                Piece::File(file) => format!("({} bytes)", file.size),
            })
            .collect(),
    }
}

fn check(version: f64, parameters: &str, items: &str, expected: Result<&str, &str>) {
    let found = run(version, parameters, items).http(Arc::new(Service)).of(&HttpRequest);
    let found = found.as_ref().map(String::as_str).map_err(String::as_str);
    assert_eq!(found, expected, "{version} {parameters}");
}

#[test]
fn requests_are_n8ns() {
    for (version, parameters, line) in [
        (
            4.3,
            r#""sendQuery": true, "queryParameters": {"parameters": [{"name": "a", "value": "1"}, {"name": "b", "value": "={{ undefined }}"}, {"name": "b", "value": "3"}, {"name": "a", "value": "2"}]}"#,
            "GET /echo?a%5B0%5D=1&a%5B1%5D=2&b=3",
        ),
        (
            4.3,
            r#""method": "POST", "sendBody": true, "contentType": "form-urlencoded", "bodyParameters": {"parameters": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]}"#,
            "POST /echo application/x-www-form-urlencoded a%5B0%5D=1&a%5B1%5D=2",
        ),
        (
            4.2,
            r#""sendQuery": true, "queryParameters": {"parameters": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]}"#,
            "GET /echo?a=2",
        ),
        (
            4.2,
            r#""sendQuery": true, "queryParameters": {"parameters": [{"name": "a", "value": "={{ [1, 2] }}"}]}"#,
            "GET /echo?a%5B0%5D=1&a%5B1%5D=2",
        ),
        (
            4.2,
            r#""method": "POST", "sendBody": true, "bodyParameters": {"parameters": [{"name": "a.b", "value": "1"}, {"name": "u", "value": "={{ $json.u }}"}]}"#,
            r#"POST /echo application/json {\"a\":{\"b\":\"1\"}}"#,
        ),
        (
            3.0,
            r#""method": "POST", "sendBody": true, "bodyParameters": {"parameters": [{"name": "a.b", "value": "1"}]}"#,
            r#"POST /echo application/json {\"a.b\":\"1\"}"#,
        ),
        (
            4.2,
            r#""method": "POST", "sendBody": true"#,
            r#"POST /echo application/json {\"\":\"\"}"#,
        ),
        (
            4.2,
            r#""method": "PUT", "sendBody": true, "specifyBody": "json", "jsonBody": "{\"z\": 1,  \"a\": [1.0]}""#,
            r#"PUT /echo application/json {\"z\":1,\"a\":[1]}"#,
        ),
        (
            4.2,
            r#""method": "POST", "sendBody": true, "contentType": "form-urlencoded", "bodyParameters": {"parameters": [{"name": "a", "value": "1 2"}]}"#,
            "POST /echo application/x-www-form-urlencoded a=1%202",
        ),
        (
            4.2,
            r#""method": "DELETE", "sendBody": true, "contentType": "form-urlencoded", "bodyParameters": {"parameters": [{"name": "a", "value": "1 2"}]}"#,
            r#"DELETE /echo application/json {\"a\":\"1 2\"}"#,
        ),
        (
            4.2,
            r#""sendQuery": true, "specifyQuery": "json", "jsonQuery": "[1, {\"a\": [2]}]", "options": {"queryParameterArrays": "brackets"}"#,
            "GET /echo?0=1&1%5Ba%5D%5B%5D=2",
        ),
        (
            4.2,
            r#""method": "POST", "sendHeaders": true, "headerParameters": {"parameters": [{"name": " content-type ", "value": " a\nb "}]}, "sendBody": true"#,
            r#"POST /echo ab {\"\":\"\"}"#,
        ),
        (
            4.1,
            r#""method": "DELETE", "sendBody": true, "contentType": "multipart-form-data", "bodyParameters": {"parameters": [{"name": "a", "value": "1 2"}]}"#,
            r#"DELETE /echo application/json {\"a\":\"1 2\"}"#,
        ),
        (
            4.2,
            r#""method": "POST", "sendHeaders": true, "headerParameters": {"parameters": [{"name": "Content-Type", "value": "text/y"}]}, "sendBody": true, "contentType": "raw", "rawContentType": "text/x", "body": "b""#,
            "POST /echo text/x b",
        ),
        (
            1.0,
            r#""requestMethod": "POST", "bodyParametersUi": {"parameter": [{"name": "a", "value": "1"}]}, "queryParametersUi": {"parameter": [{"name": "q", "value": "1"}, {"name": "q", "value": "2"}]}, "responseFormat": "string""#,
            r#"POST /echo?q%5B0%5D=1&q%5B1%5D=2 application/json {\"a\":\"1\"}"#,
        ),
        (
            4.2,
            r#""method": "POST", "sendBody": true, "contentType": "form-urlencoded", "specifyBody": "string", "body": "={{ {k: [1]} }}""#,
            "POST /echo application/x-www-form-urlencoded k%5B0%5D=1",
        ),
        (
            4.2,
            r#""method": "DELETE", "sendBody": true, "specifyBody": "json", "jsonBody": "\"t\"""#,
            "DELETE /echo  t",
        ),
        (
            2.0,
            r#""requestMethod": "POST", "jsonParameters": true, "bodyParametersJson": "null", "queryParametersJson": "[1]", "responseFormat": "string""#,
            "POST /echo?0=1 application/json null",
        ),
        (
            2.0,
            r#""requestMethod": "DELETE", "bodyParametersUi": {"parameter": [{"name": "a", "value": "1"}]}, "options": {"bodyContentType": "form-urlencoded"}, "responseFormat": "string""#,
            r#"DELETE /echo application/json {\"a\":\"1\"}"#,
        ),
        (
            2.0,
            r#""requestMethod": "PUT", "bodyParametersUi": {"parameter": []}, "options": {"bodyContentCustomMimeType": "text/x"}, "responseFormat": "string""#,
            "PUT /echo text/x {}",
        ),
    ] {
        let parameters = format!(r#"{{"url": "http://h/echo", {parameters}}}"#);
        check(version, &parameters, "[{}]", Ok(&format!(r#"[[{{"data":"{line}"}}]]"#)));
    }
}

#[test]
fn answers_become_items_as_in_n8n() {
    let body = r#"[[{"body":[{"a":1},{"a":2}],"headers":{"content-type":"application/json; charset=utf-8"},"statusCode":200,"statusMessage":"Told"}]]"#;
    for (version, parameters, expected) in [
        (4.2, r#"{"url": "http://h/array"}"#, Ok(r#"[[{"a":1},{"a":2}]]"#)),
        (
            1.0,
            r#"{"url": "http://h/array", "options": {"splitIntoItems": true}}"#,
            Ok(r#"[[{"a":1},{"a":2}]]"#),
        ),
        (
            4.2,
            r#"{"url": "http://h/array", "options": {"response": {"response": {"fullResponse": true}}}}"#,
            Ok(body),
        ),
        (
            4.2,
            r#"{"url": "http://h/array", "options": {"response": {"response": {"responseFormat": "text"}}}}"#,
            Ok(r#"[[{"data":"[{\"a\":1},{\"a\":2}]"}]]"#),
        ),
        (
            4.2,
            r#"{"url": "http://h/broken"}"#,
            Err("Invalid JSON in response body"),
        ),
        (
            4.2,
            r#"{"url": "http://h/echo", "options": {"response": {"response": {"responseFormat": "json"}}}}"#,
            Err("Response body is not valid JSON. Change \"Response Format\" to \"Text\""),
        ),
        (
            4.2,
            r#"{"url": "http://h/status/404"}"#,
            Err("The resource you are requesting could not be found"),
        ),
        (
            4.2,
            r#"{"url": "http://h/status/404", "options": {"response": {"response": {"neverError": true}}}}"#,
            Ok(r#"[[{"message":"no"}]]"#),
        ),
        (
            4.2,
            r#"{"url": "http://h/broken", "options": {"response": {"response": {"neverError": true}}}}"#,
            Ok("[[{}]]"),
        ),
        (
            4.2,
            r#"{"url": "http://h/down"}"#,
            Err("The service refused the connection - perhaps it is offline"),
        ),
        (
            4.2,
            r#"{"url": "http://h/echo", "sendQuery": true, "specifyQuery": "json", "jsonQuery": "null"}"#,
            Err("Cannot convert undefined or null to object"),
        ),
        (
            4.2,
            r#"{"url": "h/x"}"#,
            Err("Invalid URL: h/x. URL must start with \"http\" or \"https\"."),
        ),
        (
            4.2,
            r#"{"url": "={{ $json.u }}"}"#,
            Err("URL parameter must be a string, got undefined"),
        ),
        (
            4.2,
            r#"{"url": "={{ null }}"}"#,
            Err("URL parameter must be a string, got null"),
        ),
        (
            2.0,
            r#"{"url": "={{ $json.u }}"}"#,
            Err("Cannot read properties of undefined (reading 'startsWith')"),
        ),
        (
            4.2,
            r#"{"url": "http://h/broken", "options": {"response": {"response": {"responseFormat": "text", "outputPropertyName": ""}}}}"#,
            Ok(r#"[[{"":"{"}]]"#),
        ),
        (
            4.2,
            r#"{"url": "http://h/broken", "options": {"response": {"response": {"responseFormat": "text", "outputPropertyName": null}}}}"#,
            Ok(r#"[[{"data":"{"}]]"#),
        ),
        (
            2.0,
            r#"{"url": "http://h/echo", "jsonParameters": true, "headerParametersJson": "5"}"#,
            Err("Cannot create property 'accept' on number '5'"),
        ),
        (
            2.0,
            r#"{"url": "http://h/echo", "requestMethod": "POST", "jsonParameters": true, "bodyParametersJson": "={{ $json.u }}"}"#,
            Err(
                "The data in \"Body Parameters\" is no valid JSON. Set Body Content Type to \"RAW/Custom\" for XML or \
                 other types of payloads",
            ),
        ),
        (
            4.2,
            r#"{"url": "http://h/echo", "method": "POST", "sendBody": true, "contentType": "raw", "body": "={{ 5 }}"}"#,
            Err("Data after transformation must be a string, an ArrayBuffer, a Buffer, or a Stream"),
        ),
        (
            4.2,
            r#"{"url": "http://h/echo", "method": "POST", "sendBody": true, "contentType": "multipart-form-data",
            "bodyParameters": {"parameters": [{"name": "a", "value": "={{ [1] }}"}]}}"#,
            Err("Arrays are not supported."),
        ),
        (
            4.1,
            r#"{"url": "http://h/echo", "method": "POST", "sendBody": true, "contentType": "multipart-form-data",
            "bodyParameters": {"parameters": [{"name": "a", "value": "={{ [1, {}] }}"}]}}"#,
            Err("source.on is not a function"),
        ),
    ] {
        check(version, parameters, "[{}]", expected);
    }
}

#[test]
fn pages_follow_until_one_is_the_last() {
    let pages = |more: &str| {
        format!(
            r#"{{"url": "http://h/page", "options": {{"pagination": {{"pagination": {{"parameters": {{"parameters":
            [{{"type": "qs", "name": "page", "value": "={{{{ $pageCount }}}}"}}]}}{more}}}}}}}}}"#
        )
    };
    check(4.2, &pages(""), "[{}]", Ok(r#"[[{"page":0},{"page":1}]]"#));
    let one = pages(r#", "limitPagesFetched": true, "maxRequests": 1"#);
    check(4.2, &one, "[{}, {}]", Ok(r#"[[{"page":0},{"page":0}]]"#));
    let by_answer =
        pages(r#", "paginationCompleteWhen": "other", "completeExpression": "={{ $response.body[0].page === 1 }}""#);
    check(4.2, &by_answer, "[{}]", Ok(r#"[[{"page":0},{"page":1}]]"#));
    // An expression that fails, as before there are any items, ends it; one that gives nothing does not.
    for (fails, expected) in [
        ("{ $response.body.a.b.c }", r#"[[{"page":0}]]"#),
        ("{ $response.body.a }", r#"[[{"page":0},{"page":1}]]"#),
    ] {
        let more = format!(
            r#", "limitPagesFetched": true, "maxRequests": 2, "paginationCompleteWhen": "other", "completeExpression": "={{{fails}}}""#
        );
        check(4.2, &pages(&more), "[{}]", Ok(expected));
    }
    let no_bound = pages(r#", "limitPagesFetched": true, "maxRequests": 0"#);
    check(4.2, &no_bound, "[{}]", Ok(r#"[[{"page":0},{"page":1}]]"#));
    let no_end = pages(r#", "paginationCompleteWhen": "other", "completeExpression": "true""#);
    check(4.2, &no_end, "[{}]", Err("Invalid or empty Complete Expression"));
}

#[test]
fn parameters_of_pages_are_checked_before_anything_is_asked() {
    for (parameter, message) in [
        (
            r#"{"name": "", "value": "1"}"#,
            "Parameter name must be set for parameter [1] in pagination settings",
        ),
        (
            r#"{"name": "a", "value": ""}"#,
            "Some value must be provided for parameter [1] in pagination settings, omitting it will result in an \
             infinite loop",
        ),
        (
            r#"{"name": "a", "value": "1", "type": "cookie"}"#,
            "Parameter type must be one of: body, headers, qs for parameter [1] in pagination settings",
        ),
    ] {
        let parameters = format!(
            r#"{{"url": "http://h/status/500", "options": {{"pagination": {{"pagination": {{"parameters":
            {{"parameters": [{parameter}]}}}}}}}}}}"#
        );
        check(4.2, &parameters, "[{}]", Err(message));
    }
}

#[test]
fn a_page_that_fails_is_told_unless_it_is_the_last() {
    let pages = |url: &str, more: &str| {
        format!(
            r#"{{"url": "http://h/{url}", "options": {{"response": {{"response": {{"neverError": true}}}},
            "pagination": {{"pagination": {{"parameters": {{"parameters": [{{"type": "headers", "name": "x", "value": "1"}}]}}
            {more}}}}}}}}}"#
        )
    };
    for (url, more, expected) in [
        (
            "status/404",
            "",
            Err("The resource you are requesting could not be found"),
        ),
        ("status/302", "", Err(r#"302 - "{"message":"no"}""#)),
        (
            "status/404",
            r#", "paginationCompleteWhen": "receiveSpecificStatusCodes", "statusCodesWhenComplete": "404""#,
            Ok(r#"[[{"message":"no"}]]"#),
        ),
        (
            "status/404",
            r#", "paginationCompleteWhen": "other", "completeExpression": "={{ $response.statusCode > 400 }}""#,
            Ok(r#"[[{"message":"no"}]]"#),
        ),
        // `{}` is a page, and so is what calls itself JSON and is none.
        (
            "broken",
            r#", "limitPagesFetched": true, "maxRequests": 2"#,
            Ok("[[{},{}]]"),
        ),
    ] {
        check(4.2, &pages(url, more), "[{}]", expected);
    }
}
