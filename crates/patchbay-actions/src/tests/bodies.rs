//! Requests of an imported API that is not 3CX's: styles of queries, forms, files.

use super::world::{Reply, World, told};
use crate::Library;
use crate::openapi::{Source, import};

const ITEM: &str =
    r#"{"json": {}, "binary": {"data": {"data": "AAAA", "mimeType": "image/png", "fileName": "a \"b\".png"}}}"#;

fn world() -> World {
    let text = include_str!("../openapi/tests/shop.yaml");
    let files = import(&[Source { version: None, text }], &[])
        .expect("definitions")
        .files;
    let mut library = Library::default();
    library.add("shop", files).expect("sound definitions");
    let mut world = World::of(library, "CUSTOM.petShop", |_| Reply::json(200, "{}"));
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
             --BOUNDARY\r\nContent-Disposition: form-data; name=\"tags\"\r\n\r\n[1]\r\n\
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
