//! Requests of an imported API that is not 3CX's: styles of queries, forms, files.

use super::world::{Reply, World, told};
use crate::Library;
use crate::openapi::{Source, import};

const ITEM: &str =
    r#"{"json": {}, "binary": {"data": {"data": "AAAA", "mimeType": "image/png", "fileName": "a \"b\".png"}}}"#;

fn world() -> World {
    world_of(include_str!("../openapi/tests/shop.yaml"), "CUSTOM.petShop")
}

fn world_of(text: &str, kind: &'static str) -> World {
    let files = import(&[Source { version: None, text }], &[])
        .expect("definitions")
        .files;
    let mut library = Library::default();
    library.add("shop", files).expect("sound definitions");
    let mut world = World::of(library, kind, |_| Reply::json(200, "{}"));
    world.credential.insert("apiKey", "k");
    world
}

#[tokio::test]
async fn requests_are_written_as_the_api_says() {
    let rows = [
        (
            r#"{"resource": "Pet", "operation": "Get Pet By Id", "petId": 7, "petId (query)": "x", "colours": "red, blue",
                "marks": ["a,b", "c"], "size": {"from": 1, "to": 2}, "X-Trace": "t", "session": "s 1"}"#,
            "GET /v2/pets/7?colours=red&colours=blue&marks=a,b%7Cc&size%5Bfrom%5D=1&size%5Bto%5D=2&petId=x\n\
             X-Trace: t\nCookie: session=s%201\nCookie: key=k",
        ),
        (
            r#"{"resource": "Pet", "operation": "Get Pet By Id", "petId": 7, "petId (query)": "x",
                "size": {"range": {"from": 1}, "colours": ["red", "blue"]}}"#,
            "GET /v2/pets/7?size%5Brange%5D%5Bfrom%5D=1&size%5Bcolours%5D%5B0%5D=red&size%5Bcolours%5D%5B1%5D=blue&petId=x\n\
             Cookie: key=k",
        ),
        (
            r#"{"resource": "Default", "operation": "User Login V 2", "user": "a b&c", "operation (body)": "in"}"#,
            "POST /v2/login\nCookie: key=k\nuser=a+b%26c&operation=in",
        ),
        (
            r#"{"resource": "Default", "operation": "POST -notes", "body": "as it is"}"#,
            "POST /v2/notes\nCookie: key=k\nas it is",
        ),
        (
            r#"{"resource": "Pictures", "operation": "Replace File", "petId": "a/b", "body": "data"}"#,
            "PUT /v2/pets/a%2Fb/image\nCookie: key=k\n(what the file holds)",
        ),
        (
            r#"{"resource": "Pictures", "operation": "Upload File", "petId": 7, "file": "data", "note": "x", "tags": [1]}"#,
            "POST /v2/pets/7/image\nCookie: key=k\n\
             --BOUNDARY\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n\
             --BOUNDARY\r\nContent-Disposition: form-data; name=\"tags\"\r\n\r\n1\r\n\
             --BOUNDARY\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a %22b%22.png\"\r\n\
             Content-Type: image/png\r\n\r\n(what the file holds)\r\n--BOUNDARY--\r\n",
        ),
    ];
    for (parameters, wanted) in rows {
        let world = world();
        world
            .run(parameters, &[ITEM])
            .await
            .map_err(|error| told(&error))
            .expect("an answer");
        let sent = world
            .sent()
            .replace("--------------------------500000000000500000000000", "BOUNDARY");
        assert_eq!(sent, wanted, "{parameters}");
    }
}

/// Forms with lists and objects in them.
const FORMS: &str = r"
openapi: 3.1.0
info: { title: Forms }
servers: [{ url: 'https://x.example' }]
paths:
  /form:
    post:
      tags: [Forms]
      operationId: sendForm
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: { $ref: '#/components/schemas/Fields' }
            encoding:
              deep: { style: deepObject, explode: true }
              wide: { style: form, explode: true }
              short: { style: form, explode: false }
              bars: { style: pipeDelimited, explode: false }
      responses: {}
  /parts:
    post:
      tags: [Forms]
      operationId: sendParts
      requestBody: { content: { multipart/form-data: { schema: { $ref: '#/components/schemas/Fields' } } } }
      responses: {}
components:
  schemas:
    Fields:
      properties:
        list: { type: array, items: { type: string } }
        things: { type: array, items: { type: object } }
        object: { type: object }
        deep: { type: object }
        wide: { type: object }
        short: { type: array, items: { type: string } }
        bars: { type: array, items: { type: string } }
        files: { type: array, items: { type: string, format: binary } }
";

#[tokio::test]
async fn lists_and_objects_are_written_into_forms_as_the_api_says() {
    let part =
        |head: &str, value: &str| format!("--BOUNDARY\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n");
    let file = "name=\"files\"; filename=\"a %22b%22.png\"\r\nContent-Type: image/png";
    let parts = [
        part("name=\"list\"", "p"),
        part("name=\"list\"", "q"),
        part("name=\"things\"\r\nContent-Type: application/json", "{\"k\":1}"),
        part("name=\"object\"\r\nContent-Type: application/json", "{\"k\":[1]}"),
        part(file, "(what the file holds)"),
        part(file, "(what the file holds)"),
    ];
    let rows = [
        (
            r#""Send Form", "list": ["p", "q&r"]"#,
            "POST /form\nlist=p&list=q%26r".to_owned(),
        ),
        (
            r#""Send Form", "things": [{"k": 1}, {"k": 2}], "object": {"k": [1]}"#,
            "POST /form\nthings=%7B%22k%22%3A1%7D&things=%7B%22k%22%3A2%7D&object=%7B%22k%22%3A%5B1%5D%7D".to_owned(),
        ),
        (
            r#""Send Form", "deep": {"a": {"b": 1}, "c": ["x", "y"]}, "wide": {"k": 1, "l": "m"}"#,
            "POST /form\ndeep%5Ba%5D%5Bb%5D=1&deep%5Bc%5D%5B0%5D=x&deep%5Bc%5D%5B1%5D=y&k=1&l=m".to_owned(),
        ),
        (
            r#""Send Form", "short": ["a", "b"], "bars": ["a", "b"]"#,
            "POST /form\nshort=a%2Cb&bars=a%7Cb".to_owned(),
        ),
        (
            r#""Send Parts", "list": ["p", "q"], "things": [{"k": 1}], "object": {"k": [1]}, "files": "data, b2""#,
            format!("POST /parts\n{}--BOUNDARY--\r\n", parts.concat()),
        ),
    ];
    let item = ITEM.replace(
        "\"binary\": {",
        "\"binary\": {\"b2\": {\"data\": \"AAAA\", \"mimeType\": \"image/png\", \"fileName\": \"a \\\"b\\\".png\"}, ",
    );
    for (parameters, wanted) in rows {
        let world = world_of(FORMS, "CUSTOM.forms");
        let parameters = format!(r#"{{"resource": "Forms", "operation": {parameters}}}"#);
        world.run(&parameters, &[&item]).await.expect("an answer");
        let sent = world
            .sent()
            .replace("--------------------------500000000000500000000000", "BOUNDARY");
        assert_eq!(sent, wanted, "{parameters}");
    }
}

#[tokio::test]
async fn values_that_do_not_fit_are_refused() {
    let rows = [
        (
            r#"{"resource": "Pictures", "operation": "Upload File", "petId": 7, "file": "picture"}"#,
            "E0439 the item has no file `picture`\n  parameter: file\n  item: 0\n  hint: it has `data`",
        ),
        (
            r#"{"resource": "Store Orders", "operation": "GET -orders", "status": 4}"#,
            "E0414 `status` can not be `4`: it is one of `1`, `2`, `3`\n  parameter: status\n  item: 0\n  hint: did you mean `1`?",
        ),
    ];
    for (parameters, wanted) in rows {
        let refusal = world().run(parameters, &[ITEM]).await.map_err(|error| told(&error));
        assert_eq!(refusal.err().as_deref(), Some(wanted));
    }
}

#[tokio::test]
async fn a_path_parameter_of_dots_is_not_sent() {
    for dots in [".", "..", "%2e%2E", ".%2e"] {
        let world = world();
        let parameters = r#"{"resource": "Pictures", "operation": "Replace File", "petId": "DOTS", "body": "data"}"#;
        let refusal = world.run(&parameters.replace("DOTS", dots), &[ITEM]).await;
        let code = refusal.map(drop).map_err(|refusal| refusal.error.code);
        assert_eq!(code, Err("E0480".into()), "{dots}");
        assert_eq!(world.sent(), "");
    }
}
