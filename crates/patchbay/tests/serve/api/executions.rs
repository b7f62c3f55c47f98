//! Executions are stopped and tried again.

use serde_json::{Value, json};

use super::{by_hand, served};
use crate::server::{code, node};

#[tokio::test]
async fn executions_are_stopped_in_the_middle_of_a_nodes_work() {
    let forever = "while (true) {}";
    let mut rests = by_hand("rests", "return []");
    rests["nodes"][1] = node("Code", "wait", 1.1, &json!({"resume": "webhook"}));
    let server = served(&[by_hand("loops", forever), rests]);
    for id in ["loops", "rests"] {
        let path = format!("/workflows/{id}/run");
        let (_, begun) = server.api("POST", &path, Some(&json!({"wait": 0.05}))).await;
        let path = format!("/executions/{}", begun["id"].as_str().expect("an id"));
        let (status, answer) = server.api("DELETE", &path, None).await;
        assert_eq!(status, 400, "{answer}");
        let (status, stopped) = server.api("POST", &format!("{path}/stop"), None).await;
        assert_eq!((status, &stopped["status"]), (200, &json!("canceled")), "{id}");
        assert_eq!(server.api("POST", &format!("{path}/stop"), None).await.0, 400);
        assert_eq!(server.api("DELETE", &path, None).await.0, 200);
        assert_eq!(server.api("GET", &path, None).await.0, 404);
    }
}

#[tokio::test]
async fn executions_are_tried_again() {
    let script = |says: &str| {
        format!(
            "const s = $getWorkflowStaticData('global'); s.runs = (s.runs ?? 0) + 1; \
             if (s.runs === 1) throw new Error('bad'); return [{{json: {{says: '{says}', runs: s.runs}}}}]"
        )
    };
    let made = |says: &str| {
        let mut made = by_hand(
            "w",
            "return [{json: {first: $input.first().json.a, at: Math.random()}}]",
        );
        made["nodes"][1]["name"] = json!("First");
        made["nodes"]
            .as_array_mut()
            .expect("nodes")
            .push(code("Second", &script(says)));
        made["connections"] = json!({
            "Start": {"main": [[{"node": "First", "type": "main", "index": 0}]]},
            "First": {"main": [[{"node": "Second", "type": "main", "index": 0}]]}
        });
        made
    };
    let server = served(&[made("old")]);
    let item = |ended: &Value, node: &str| {
        ended["data"]["resultData"]["runData"][node][0]["data"]["main"][0][0]["json"].clone()
    };
    let (_, failed) = server
        .api("POST", "/workflows/w/run", Some(&json!({"input": {"a": 7}})))
        .await;
    assert_eq!(failed["status"], "error");
    let error = &failed["data"]["resultData"]["error"];
    assert_eq!(
        (&error["node"]["name"], &error["message"]),
        (&json!("Second"), &json!("bad [line 1]"))
    );
    server.put(&made("new"));
    let path = format!("/executions/{}/retry", failed["id"].as_str().expect("an id"));
    for (body, says, first_is_kept) in [
        (json!({}), "old", true),
        (json!({"loadWorkflow": true}), "new", true),
        (json!({"from": "start"}), "old", false),
    ] {
        let mut retried = server.api("POST", &path, Some(&body)).await.1;
        while body["loadWorkflow"] == true && item(&retried, "Second")["says"] != says {
            // The changed file may not have been read yet.
            retried = server.api("POST", &path, Some(&body)).await.1;
        }
        assert_eq!(
            (&retried["status"], &retried["mode"]),
            (&json!("success"), &json!("retry")),
            "{retried}"
        );
        assert_eq!(retried["retryOf"], failed["id"]);
        let path = format!("/executions/{}", failed["id"].as_str().expect("an id"));
        let (_, before) = server.api("GET", &path, None).await;
        let expected = if retried["status"] == "success" {
            &retried["id"]
        } else {
            &Value::Null
        };
        assert_eq!(&before["retrySuccessId"], expected);
        assert_eq!(item(&retried, "Second")["says"], says, "{body}");
        assert_eq!(item(&retried, "First")["first"], 7);
        assert_eq!(
            item(&retried, "First") == item(&failed, "First"),
            first_is_kept,
            "{body}"
        );
    }
    let (_, page) = server.api("GET", "/executions?status=success&limit=1", None).await;
    let succeeded = page["data"][0]["id"].as_str().expect("an id");
    let (status, answer) = server
        .api("POST", &format!("/executions/{succeeded}/retry"), None)
        .await;
    assert_eq!(status, 400);
    assert_eq!(answer["message"], "The execution succeeded, so it cannot be retried.");
    let missing = server.api("POST", "/executions/9999/retry", None).await;
    let message = "The execution with the ID \"9999\" does not exist.";
    assert_eq!(missing, (404, json!({"message": message})));
    assert_eq!(server.api("GET", "/executions/abc", None).await.0, 400);
    assert_eq!(server.api("GET", "/executions?status=bad", None).await.0, 400);
}
