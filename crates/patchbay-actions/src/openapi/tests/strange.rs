//! What strange APIs say of their operations, and what is made of it.

use std::sync::Arc;

use patchbay_node::capability::http::Effect;

use crate::definition::{Operation, read_resource, read_service};
use crate::openapi::{Source, import};

/// The operations of the tag `Things` of an API that has these paths.
fn operations(paths: &str) -> Vec<Arc<Operation>> {
    let text = format!(
        "openapi: 3.1.0\ninfo: {{ title: Things }}\nservers: [{{ url: 'https://x.example' }}]\npaths:\n{paths}"
    );
    let files = import(
        &[Source {
            version: None,
            text: &text,
        }],
        &[],
    )
    .expect("definitions")
    .files;
    let text = |wanted: &str| {
        files
            .iter()
            .find(|(file, _)| file == wanted)
            .map(|(_, text)| text.as_str())
    };
    let service = read_service("things", text("node.toml").expect("the service")).expect("a service");
    let resource = read_resource(&service, "things.toml", text("things.toml").expect("the resource"));
    resource
        .expect("a resource")
        .operations
        .into_values()
        .flatten()
        .collect()
}

#[test]
fn a_post_is_a_write_whatever_its_name() {
    let names = [
        "getOrCreateThing",
        "getAndDeleteMessage",
        "GetThings",
        "listThings",
        "searchThings",
    ];
    for name in names {
        let path = format!("  /things/{name}: {{ post: {{ tags: [Things], operationId: {name}, responses: {{}} }} }}");
        let effects: Vec<Effect> = operations(&path).iter().map(|operation| operation.effect).collect();
        assert_eq!(effects, [Effect::Write], "{name}");
    }
}
