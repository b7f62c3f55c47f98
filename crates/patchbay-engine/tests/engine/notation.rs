//! Workflow files in a short notation: a line for each node, arrows for connections.

use patchbay_model::Value;

/// The file of a workflow. A line of `nodes` is `NAME TYPE {more fields}`, in which `"x"` and `"y"` are the position; `edges`
/// is `A -> B -> C, A:1 -> D@1`, with outputs after `:` and inputs after `@`.
pub fn file(nodes: &str, edges: &str, order: &str) -> String {
    let mut connections = patchbay_model::Object::new();
    for chain in edges.split(',').filter(|chain| !chain.trim().is_empty()) {
        let ends: Vec<&str> = chain.split("->").map(str::trim).collect();
        for pair in ends.windows(2) {
            let (from, to) = (end(pair[0]), end(pair[1]));
            connect(&mut connections, from.name, from.output, to.name, to.input);
        }
    }
    let nodes = nodes.lines().map(str::trim).filter(|line| !line.is_empty());
    let nodes: Vec<String> = nodes.enumerate().map(|(index, line)| node(index, line)).collect();
    format!(
        "{{\"nodes\": [\n{}\n],\n\"connections\": {},\n\"settings\": {{\"executionOrder\": \"{order}\"}}}}",
        nodes.join(",\n"),
        Value::object(connections).to_json()
    )
}

struct End<'a> {
    name: &'a str,
    input: usize,
    output: usize,
}

fn end(text: &str) -> End<'_> {
    let (text, output) = text.split_once(':').unwrap_or((text, "0"));
    let (name, input) = text.split_once('@').unwrap_or((text, "0"));
    let number = |text: &str| text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
    End {
        name,
        input: number(input),
        output: number(output),
    }
}

fn connect(connections: &mut patchbay_model::Object, from: &str, output: usize, to: &str, input: usize) {
    let mut outputs = connections
        .get(from)
        .and_then(|kinds| kinds.get("main"))
        .cloned()
        .unwrap_or_else(|| vec![].into());
    let list = outputs.as_array_mut().expect("outputs");
    list.resize(list.len().max(output + 1), Value::array(Vec::new()));
    let target = format!(r#"{{"node": "{to}", "type": "main", "index": {input}}}"#);
    let target = Value::from_json(&target).expect("target");
    list[output].as_array_mut().expect("targets").push(target);
    let kinds: patchbay_model::Object = [("main", outputs)].into_iter().collect();
    connections.insert(from, kinds);
}

fn node(index: usize, line: &str) -> String {
    let mut parts = line.splitn(3, ' ');
    let (name, kind) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut node = Value::from_json(parts.next().unwrap_or("{}")).unwrap_or_else(|error| panic!("{error}: {line}"));
    let fields = node.as_object_mut().expect("fields");
    let (x, y) = (
        fields.remove("x").unwrap_or_default(),
        fields.remove("y").unwrap_or(index.into()),
    );
    fields.insert("name", name);
    fields.insert("type", format!("test.{kind}"));
    if !fields.contains_key("typeVersion") {
        fields.insert("typeVersion", 1);
    }
    fields.insert("position", vec![x, y]);
    node.to_json()
}
