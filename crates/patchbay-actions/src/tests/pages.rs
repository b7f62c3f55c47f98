//! Lists that come page by page, from services that page in their own ways.

use super::world::{Reply, World};
use crate::Library;
use patchbay_node::capability::http::Request;

/// How a service with 120 things gives them.
#[derive(Clone, Copy)]
struct Ways {
    /// The most of a page.
    cap: usize,
    tells_count: bool,
    /// A page after the last one is refused.
    refuses_beyond: bool,
    /// It gives the first things, whatever is asked for.
    ignores_offset: bool,
    first_page: Option<usize>,
}

const CAPPED: Ways = Ways {
    cap: 50,
    tells_count: false,
    refuses_beyond: false,
    ignores_offset: false,
    first_page: None,
};

fn answer(ways: Ways, request: &Request) -> Reply {
    let option = |name: &str| {
        let (_, rest) = request.url.split_once(&format!("{name}="))?;
        rest.split('&').next()?.parse::<usize>().ok()
    };
    let size = option("limit").unwrap_or(ways.cap).min(ways.cap);
    let offset = match ways.first_page {
        _ if ways.ignores_offset => 0,
        Some(first) => (option("from").unwrap_or(first) - first) * size,
        None => option("from").unwrap_or(0),
    };
    if ways.refuses_beyond && offset >= 120 {
        return Reply::json(404, r#"{"message": "no such page"}"#);
    }
    let things: Vec<String> = (offset..120.min(offset + size))
        .map(|id| format!("{{\"id\": {id}}}"))
        .collect();
    let count = if ways.tells_count {
        r#", "meta": {"total": 120}"#
    } else {
        ""
    };
    Reply::json(
        200,
        &format!(
            r#"{{"warnings": [], "data": {{"things": [{}]}}{count}}}"#,
            things.join(", ")
        ),
    )
}

fn library(paging: &str) -> Library {
    let service = format!(
        "types = [\"example.things\"]\ntitle = \"Things\"\n[credential.field]\nurl = {{}}\n[connection]\nbase = \"{{{{url}}}}\"\n\
         [paging]\nsize-option = \"limit\"\noffset-option = \"from\"\nitems = \"$.data.things\"\n{paging}"
    );
    let resource = "resource = \"Things\"\n[[operation]]\nname = \"List\"\nmethod = \"GET\"\npath = \"/things\"\n\
                    [operation.parameter]\nlimit = { in = \"query\", type = \"integer\" }\nfrom = { in = \"query\", type = \"integer\" }\n";
    let mut library = Library::default();
    let files = [("node.toml", service.as_str()), ("things.toml", resource)];
    let files = files.map(|(file, text)| (file.to_owned(), text.to_owned()));
    library.add("things", files.into()).expect("sound definitions");
    library
}

#[tokio::test]
async fn every_element_is_fetched_however_a_service_pages() {
    let rows = [
        // What comes, and how many requests that takes.
        (CAPPED, "", 120, 4),
        (Ways { cap: 33, ..CAPPED }, "", 120, 5),
        (Ways { cap: 500, ..CAPPED }, "", 120, 3),
        (Ways { cap: 500, ..CAPPED }, "size = 500", 120, 2),
        (
            Ways {
                refuses_beyond: true,
                ..CAPPED
            },
            "",
            120,
            4,
        ),
        (
            Ways {
                tells_count: true,
                ..CAPPED
            },
            "count = \"$.meta.total\"",
            120,
            3,
        ),
        // It is known to fill its pages; what may be a limit is looked behind.
        (Ways { cap: 500, ..CAPPED }, "size = 50\nfills-pages = true", 120, 4),
        (Ways { cap: 500, ..CAPPED }, "size = 47\nfills-pages = true", 120, 3),
        (CAPPED, "fills-pages = true", 120, 4),
        (
            Ways {
                ignores_offset: true,
                ..CAPPED
            },
            "",
            50,
            2,
        ),
        (
            Ways {
                first_page: Some(1),
                ..CAPPED
            },
            "first-page = 1\nsize = 50",
            120,
            4,
        ),
        (
            Ways {
                first_page: Some(0),
                ..CAPPED
            },
            "first-page = 0\nsize = 50",
            120,
            4,
        ),
        (
            Ways {
                first_page: Some(1),
                ..CAPPED
            },
            "first-page = 1",
            120,
            4,
        ),
    ];
    for (index, (ways, paging, elements, requests)) in rows.into_iter().enumerate() {
        for splits in [true, false] {
            let world = World::of(library(paging), "example.things", move |request| answer(ways, request));
            let parameters = format!(
                r#"{{"resource": "Things", "operation": "List", "options": {{"fetchAll": true, "splitItems": {splits}}}}}"#
            );
            let items = world.run(&parameters, &["{}"]).await.expect("items");
            let found = if splits {
                items.iter().filter_map(|item| item.json.get("id").cloned()).collect()
            } else {
                let list = items[0].json.get("data").and_then(|data| data.get("things"));
                let list = list.and_then(|list| list.as_array()).expect("the list");
                list.iter()
                    .filter_map(|thing| thing.get("id").cloned())
                    .collect::<Vec<_>>()
            };
            let wanted: Vec<patchbay_model::Value> = (0..elements).map(|id| f64::from(id).into()).collect();
            assert_eq!(found, wanted, "row {index}");
            assert_eq!(world.http.take_requests().len(), requests, "row {index}");
        }
    }
}

#[tokio::test]
async fn what_is_no_list_has_no_pages() {
    let world = World::of(library(""), "example.things", |_| {
        Reply::json(200, r#"{"state": "empty"}"#)
    });
    let parameters = r#"{"resource": "Things", "operation": "List", "options": {"fetchAll": true}}"#;
    let items = world.run(parameters, &["{}"]).await.expect("items");
    assert_eq!(items[0].json_value().to_json(), r#"{"state":"empty"}"#);
    assert_eq!(world.http.take_requests().len(), 1);
}
