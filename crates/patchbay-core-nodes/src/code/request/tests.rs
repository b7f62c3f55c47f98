//! What scripts send and get, against a service that tells what came; the expected values are n8n's.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use patchbay_model::{Object, Value};
use patchbay_node::NodeError;
use patchbay_node::capability::Http;
use patchbay_node::capability::http::{Body, Request, Response};

use crate::code::Code;
use crate::testing::run;

/// Answers `/echo` with what it got, `/bytes` with bytes, `/cookies` with cookies, `/404` with that status; nothing
/// else can be reached.
struct Service;

#[async_trait]
impl Http for Service {
    async fn send(&self, request: Request) -> Result<Response, NodeError> {
        let path = request.url.trim_start_matches("http://h").to_owned();
        let header = |wanted: &str| {
            let mut headers = request.headers.iter();
            let found = headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let mut headers = vec![("content-type".into(), "application/json".into())];
        let (status, answer) = match path.as_str() {
            "/bytes" => (200, vec![0, 255, 1]),
            "/json" => (200, b"\xef\xbb\xbf{\"a\":1}".to_vec()),
            "/empty" => (200, Vec::new()),
            "/404" => (404, b"{\"no\":1}".to_vec()),
            "/cookies" => {
                headers.extend(
                    [
                        ("a=1", "set-cookie"),
                        ("b=2", "set-cookie"),
                        ("1", "x-many"),
                        ("2", "x-many"),
                    ]
                    .map(|(value, name)| (name.into(), value.into())),
                );
                (200, Vec::new())
            }
            path if path.starts_with("/echo") => {
                let body = match &request.body {
                    Body::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                    _ => String::new(),
                };
                let content_type = header("content-type");
                let boundary = content_type
                    .split_once("boundary=")
                    .map(|(_, boundary)| boundary.to_owned());
                let told = [request.method.as_str(), path, &content_type, &header("accept"), &body].join("|");
                let told = match boundary {
                    Some(boundary) => told.replace(&boundary, "B"),
                    None => told,
                };
                (200, Value::text(told).to_json().into_bytes())
            }
            "/slow" => return Err(NodeError::new("E0603", "http://h/slow did not answer")),
            _ => return Err(NodeError::new("E0601", "No connection to http://h/: refused")),
        };
        Ok(Response {
            status,
            status_text: "OK".into(),
            headers,
            body: futures::stream::once(async { Ok(answer.into()) }).boxed(),
            url: request.url.into(),
        })
    }
}

/// The script's value `r`.
fn check(code: &str, expected: &str) {
    let code = format!("{code}\nreturn {{ r }}");
    let parameters = Value::object([("jsCode", code.as_str())].into_iter().collect::<Object>());
    let run = run(2.0, &parameters.to_json(), "[{}]").http(Arc::new(Service));
    let got = run.of(&Code);
    assert_eq!(
        got.as_deref(),
        Ok(format!(r#"[[{{"r":{expected}}}]]"#).as_str()),
        "{code}"
    );
}

#[test]
fn requests_are_sent_as_n8n_sends_them() {
    for (function, options, expected) in [
        (
            "httpRequest",
            "url: 'http://h/echo?x=1#part', qs: {q: [1, 2], s: 'x y', n: null, u: undefined, o: {p: 1}}",
            "GET|/echo?x=1&q%5B0%5D=1&q%5B1%5D=2&s=x%20y&n=&o%5Bp%5D=1||application/json, text/plain, */*|",
        ),
        (
            "httpRequest",
            "baseURL: 'http://h/', url: '/echo', json: true, qs: {a: [1, 2]}, arrayFormat: 'brackets', body: {a: 1}",
            "GET|/echo?a%5B%5D=1&a%5B%5D=2||application/json|",
        ),
        (
            "httpRequest",
            "method: 'post', url: 'http://h/echo', body: Buffer.from('raw'), headers: {'content-type': 'image/png'}",
            "POST|/echo|image/png|application/json, text/plain, */*|raw",
        ),
        (
            "httpRequest",
            "method: 'POST', url: 'http://h/echo', json: true, body: 'te xt'",
            "POST|/echo|application/x-www-form-urlencoded|application/json|te xt",
        ),
        (
            "httpRequest",
            "method: 'DELETE', url: 'http://h/echo', json: true, body: {a: [1]}",
            r#"DELETE|/echo|application/json|application/json|{\"a\":[1]}"#,
        ),
        (
            "httpRequest",
            "method: 'POST', url: 'http://h/echo', json: true, headers: {'Content-Type': 'application/x-www-form-urlencoded'}, body: {a: 'x y', b: [1, 2], c: {d: [3]}, n: null}",
            "POST|/echo|application/x-www-form-urlencoded|application/json|a=x+y&b%5B%5D=1&b%5B%5D=2&c%5Bd%5D%5B0%5D=3",
        ),
        (
            "httpRequest",
            "method: 'POST', url: 'http://h/echo', json: true, headers: {'content-type': 'multipart/form-data'}, body: {f: Buffer.from('x')}",
            r#"POST|/echo|multipart/form-data; boundary=B|application/json|--B\r\nContent-Disposition: form-data; name=\"f\"\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n--B--\r\n"#,
        ),
        (
            "request",
            "method: 'POST', uri: 'http://h/echo', json: true, form: {a: 1, b: 'x y', c: [1]}",
            "POST|/echo|application/x-www-form-urlencoded|application/json|a=1&b=x%20y&c%5B0%5D=1",
        ),
        (
            "request",
            "method: 'POST', uri: 'http://h/echo', json: true, formData: {a: ['x', 5], f: {value: Buffer.from('y'), options: {filename: 'f.png'}}}",
            r#"POST|/echo|multipart/form-data; boundary=B|application/json|--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n5\r\n--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.png\"\r\nContent-Type: image/png\r\n\r\ny\r\n--B--\r\n"#,
        ),
        (
            "request",
            "uri: 'http://h/echo', json: true, body: 'te xt', qs: {a: [1, 2]}, useQuerystring: true",
            r#"GET|/echo?a=1&a=2|application/json|application/json|\"te xt\""#,
        ),
    ] {
        // The answer is a text of JSON.
        let code = format!("const r = await this.helpers.{function}({{{options}}});");
        check(&code, &format!("\"{expected}\""));
    }
}

#[test]
fn answers_come_as_they_are_asked_for() {
    for (code, expected) in [
        (
            "const b = await this.helpers.httpRequest({url: 'http://h/bytes', encoding: 'arraybuffer'}); const r = [Buffer.isBuffer(b), b.toString('hex')]",
            r#"[true,"00ff01"]"#,
        ),
        (
            "const b = await this.helpers.request({uri: 'http://h/bytes', encoding: null}); const r = [Buffer.isBuffer(b), b.length]",
            "[true,3]",
        ),
        (
            "const s = await this.helpers.httpRequest({url: 'http://h/bytes', encoding: 'stream'}); let n = 0; for await (const part of s) n += part.length; const r = [typeof s.pipe, s.statusCode, n]",
            r#"["function",200,3]"#,
        ),
        (
            "const f = await this.helpers.prepareBinaryData(await this.helpers.httpRequest({url: 'http://h/bytes', encoding: 'arraybuffer'}), 'a.png'); const r = [f.data, f.mimeType]",
            r#"["AP8B","image/png"]"#,
        ),
        (
            "const f = await this.helpers.httpRequest({url: 'http://h/cookies', returnFullResponse: true}); const r = [f.headers['set-cookie'], f.headers['x-many'], f.body, Object.keys(f)]",
            r#"[["a=1","b=2"],"1, 2","",["body","headers","statusCode","statusMessage"]]"#,
        ),
        (
            "const r = await this.helpers.httpRequest({url: 'http://h/json'})",
            r#"{"a":1}"#,
        ),
        (
            "const r = [await this.helpers.request('http://h/json'), await this.helpers.request({uri: 'http://h/json', json: true}), typeof await this.helpers.request('http://h/empty')]",
            r#"["{\"a\":1}",{"a":1},"undefined"]"#,
        ),
        (
            "const r = await this.helpers.httpRequest({url: 'http://h/404', ignoreHttpStatusErrors: true})",
            r#"{"no":1}"#,
        ),
    ] {
        check(code, expected);
    }
}

#[test]
fn scripts_catch_what_they_catch_in_n8n() {
    for (call, expected) in [
        (
            "httpRequest({url: 'http://h/404'})",
            r#"["AxiosError","Request failed with status code 404","ERR_BAD_REQUEST",404,null]"#,
        ),
        (
            "request({uri: 'http://h/404'})",
            r#"["AxiosError","404 - \"{\\\"no\\\":1}\"","ERR_BAD_REQUEST",404,404]"#,
        ),
        (
            "httpRequest({url: 'http://127.0.0.1:1/x'})",
            r#"["Error","connect ECONNREFUSED 127.0.0.1:1","ECONNREFUSED",null,null]"#,
        ),
        (
            "httpRequest({url: 'http://h/slow', timeout: 150})",
            r#"["AxiosError","timeout of 150ms exceeded","ECONNABORTED",null,null]"#,
        ),
        (
            "httpRequest({url: 'nowhere'})",
            r#"["TypeError","Invalid URL","ERR_INVALID_URL",null,null]"#,
        ),
        (
            "httpRequest({url: 'ftp://h/'})",
            r#"["AxiosError","Unsupported protocol ftp:","ERR_BAD_REQUEST",null,null]"#,
        ),
        (
            "getBinaryDataBuffer(3, 'data')",
            r#"["TypeError","Cannot read properties of undefined (reading 'binary')",null,null,null]"#,
        ),
    ] {
        let code = format!(
            "let r; try {{ await this.helpers.{call} }} catch (e) {{ \
             r = [e.name, e.message, e.code ?? null, e.status ?? null, e.statusCode ?? null] }}"
        );
        check(&code, expected);
    }
}
