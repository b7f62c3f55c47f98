//! Who hears of a failure, and what.

use patchbay_engine::Options;
use patchbay_engine::error_workflow::{About, Handler, handler, item_of_execution};
use patchbay_model::Value;

use crate::world::{file, run, workflow};

/// Rows: the setting, whether there is an Error Trigger, who is told.
#[test]
fn the_named_workflow_is_told_or_the_failed_one() {
    let named = |id: &str| Handler::Named(id.into());
    for (setting, has_trigger, expected) in [
        (None, false, Handler::Nobody),
        (None, true, Handler::Itself),
        (Some("other"), true, named("other")),
        (Some("own"), true, Handler::Itself),
        (Some("own"), false, Handler::Nobody),
    ] {
        let mut workflow = workflow(&file("T trigger\nE pass", "", "v1"));
        workflow.id = Some("own".into());
        workflow.settings.error_workflow = setting.map(Into::into);
        if has_trigger {
            workflow.nodes[1].kind = "n8n-nodes-base.errorTrigger".into();
        }
        assert_eq!(handler(&workflow), expected, "{setting:?} {has_trigger}");
    }
}

#[tokio::test]
async fn it_is_told_what_failed_and_where() {
    let file = file(
        "T trigger\nA fail {\"parameters\": {\"message\": \"no\"}}",
        "T -> A",
        "v1",
    );
    let finished = run(&file, Options::default()).await;
    let mut workflow = workflow(&file);
    (workflow.id, workflow.name) = (Some("7".into()), "Nightly".into());
    let about = About {
        id: "12".into(),
        mode: "trigger".into(),
        ..About::default()
    };
    let item = item_of_execution(&workflow, &finished, &about).expect("an item");
    let json = item.json_value();
    let at = |path: &[&str]| {
        let value = path.iter().try_fold(&json, |value, key| value.get(key));
        value.map(Value::to_json).unwrap_or_default()
    };
    for (path, expected) in [
        (&["execution", "id"][..], "\"12\""),
        (&["execution", "mode"], "\"trigger\""),
        (&["execution", "lastNodeExecuted"], "\"A\""),
        (&["execution", "error", "message"], "\"no\""),
        (&["execution", "error", "node", "name"], "\"A\""),
        (&["execution", "url"], ""),
        (&["workflow"], r#"{"id":"7","name":"Nightly"}"#),
    ] {
        assert_eq!(at(path), expected, "{path:?}");
    }
}
