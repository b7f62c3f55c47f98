//! Which credential a node gets, of which file.

use patchbay_model::workflow::CredentialReference;

use super::*;

fn node(id: Option<&str>, name: &str) -> Node {
    let mut node = Node::default();
    node.credentials.insert(
        "t".into(),
        CredentialReference {
            id: id.map(Text::from),
            name: name.into(),
        },
    );
    node
}

async fn find(files: &CredentialFiles, node: &Node) -> Result<String, String> {
    let found = files.find("t", node).await.map_err(|error| error.to_string())?;
    Ok(found
        .field("x")
        .map(|secret| secret.reveal().to_owned())
        .unwrap_or_default())
}

#[tokio::test]
async fn by_id_then_by_name_then_the_only_one() {
    let mut files = CredentialFiles::default();
    files
        .add(
            "a.json",
            r#"[{"id": "1", "name": "A", "type": "t", "data": {"x": "one"}}]"#,
        )
        .expect("JSON");
    assert_eq!(find(&files, &node(Some("9"), "other")).await.as_deref(), Ok("one"));
    files.add("b.toml", "[B]\ntype = \"t\"\nx = \"two\"").expect("TOML");
    assert_eq!(find(&files, &node(Some("1"), "B")).await.as_deref(), Ok("one"));
    assert_eq!(find(&files, &node(None, "B")).await.as_deref(), Ok("two"));
    let error = find(&files, &node(None, "C")).await.expect_err("several");
    assert_eq!(
        error,
        "There is no credential `C` of type `t`, and there are several others"
    );
}

#[test]
fn environment_variables_are_filled_in() {
    let data = Value::from_json(r#"{"a": "x-${ONE}-${ONE}", "b": "$ {ONE}", "list": ["${ONE}", {"c": "${ONE}"}]}"#);
    let data = data.expect("JSON").as_object().expect("an object").clone();
    let filled = fill::all(&data, &|name| (name == "ONE").then(|| "1".to_owned())).expect("set");
    assert_eq!(
        Value::object(filled).to_json(),
        r#"{"a":"x-1-1","b":"$ {ONE}","list":["1",{"c":"1"}]}"#
    );
    assert_eq!(fill::all(&data, &|_| None), Err(("a".into(), "ONE".to_owned())));
}

#[test]
fn faults_of_a_file_have_places() {
    let faults = |name: &str, text: &str| {
        let faults = CredentialFiles::default().add(name, text).expect_err("faults");
        faults
            .iter()
            .map(|fault| format!("{}: {}", fault.position.map_or(0, |at| at.line), fault.message))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        faults("c.toml", "\n[\"A\"]\nx = 1\n[B]\ny = 2"),
        [
            "2: the credential `A` has no `type`",
            "4: the credential `B` has no `type`"
        ]
    );
    assert_eq!(
        faults(
            "c.toml",
            "[A]\ntype = \"t\"\nx = \"${ONE} ${TWO\"\ny = { z = [\"a\", \"${THREE/…\"] }\n[B]\nx = \"${FOUR\""
        ),
        [
            "3: a `${` in `x` of the credential `A` is not closed",
            "4: a `${` in `y` of the credential `A` is not closed",
            "5: the credential `B` has no `type`",
            "6: a `${` in `x` of the credential `B` is not closed",
        ]
    );
    assert_eq!(
        faults("c.json", "[{\"name\": \"A\"}]"),
        ["0: credential 1 has no `type`, `data`"]
    );
    assert_eq!(
        faults("c.json", "[\n{"),
        ["2: not valid JSON: EOF while parsing an object at line 2 column 1"]
    );
}

#[test]
fn what_is_listed_of_a_field_is_where_its_value_is_from() {
    let fields = |name: &str, text: &str| {
        let mut files = CredentialFiles::default();
        files.add(name, text).expect("credentials");
        let object = files.entries().next().expect("one").to_object();
        object.get("fields").map(Value::to_json).unwrap_or_default()
    };
    assert_eq!(
        fields(
            "a.toml",
            "[A]\ntype = \"t\"\nuser = \"${ME}\"\nkeys = [\"x\", \"${KEY}\"]\nsecrets = [\"abc\"]\nn = [1]"
        ),
        r#"{"user":"from the environment","keys":"from the environment","secrets":"secret in the file","n":"value"}"#
    );
    // n8n fills nothing in: it is the secret.
    let export = r#"{"name": "A", "type": "t", "data": {"password": "${HOME}", "headers": {"values": [{"name": "X", "value": "k"}]}}}"#;
    assert_eq!(
        fields("a.json", export),
        r#"{"password":"secret in the file","headers":"secret in the file"}"#
    );
}
