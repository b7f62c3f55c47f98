//! The specification of expressions: every snippet in `tests/expressions/*.md` has the result that stands below it.
//!
//! A section is a heading, what it says in words, and blocks:
//!
//! | block | holds |
//! | --- | --- |
//! | `js` | an expression; without `{{ }}` it is the JavaScript between them. Each line of a block is one of its own, unless its lines are indented |
//! | `json data` | `$json`, for all snippets of the file that follow, until the next |
//! | `json nodes` | earlier nodes and the `json` of their items, likewise: a chain, the last feeds the current node |
//! | `json` | the results, a line each: `undefined`, `"NaN"` and `"Infinity"` are written so |
//! | `text` | the error's message, instead of results |
//!
//! What is here was answered by n8n itself, at 2026-03-04T05:06:07Z in UTC.

use std::fmt::Write as _;
use std::path::Path;

use patchbay_expression::{Expression, Missing};
use patchbay_model::scope::{Denied, ExecutionInfo, NoContexts};
use patchbay_model::workflow::{Node, Target};
use patchbay_model::{Environment, Item, NodeRun, Object, RunData, Scope, Source, Text, Value, Workflow};

struct Fixed;

impl Environment for Fixed {
    fn now(&self) -> f64 {
        1_772_600_767_000.0
    }

    fn random(&self) -> f64 {
        0.5
    }

    fn variable(&self, _name: &str) -> Result<Option<Text>, Denied> {
        Err(Denied)
    }
}

#[derive(Default)]
struct Section {
    heading: String,
    snippets: Vec<String>,
    data: Object,
    nodes: Object,
}

#[test]
fn every_snippet_has_its_result() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/expressions");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of the specification")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "a specification in {}", folder.display());
    let mut faults = String::new();
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a file of text");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        assert!(check_file(&text, &name, &mut faults) > 0, "{name} has snippets");
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// Checks the snippets of a file and tells how many there were.
fn check_file(text: &str, name: &str, faults: &mut String) -> usize {
    let mut section = Section::default();
    let mut checked = 0;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with('#') {
            line.trim_start_matches(['#', ' ']).clone_into(&mut section.heading);
        }
        let Some(kind) = line.strip_prefix("```") else {
            continue;
        };
        let body: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
        match kind {
            "js" => section.snippets = snippets(&body),
            "json data" => section.data = object(&body.join("\n")),
            "json nodes" => section.nodes = object(&body.join("\n")),
            "json" | "text" => {
                let expected: Vec<String> = match section.snippets.len() {
                    1 => vec![body.join("\n")],
                    _ => body.iter().map(|line| (*line).to_owned()).collect(),
                };
                let place = format!("{name}: {}", section.heading);
                assert_eq!(section.snippets.len(), expected.len(), "results of {place}");
                for (snippet, expected) in section.snippets.iter().zip(&expected) {
                    checked += 1;
                    check(snippet, expected, kind, &section, &place, faults);
                }
            }
            other => panic!("{name}: a block of the kind `{other}`"),
        }
    }
    checked
}

/// The snippets of a block: a line that is indented, or that closes brackets, goes with the one before.
fn snippets(lines: &[&str]) -> Vec<String> {
    let mut snippets: Vec<String> = Vec::new();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        match snippets.last_mut() {
            Some(last) if line.starts_with([' ', '}', ')', ']']) => {
                last.push('\n');
                last.push_str(line);
            }
            _ => snippets.push((*line).to_owned()),
        }
    }
    snippets
}

fn object(text: &str) -> Object {
    match Value::from_json(text) {
        Ok(Value::Object(object)) => (*object).clone(),
        other => panic!("an object: {other:?} in {text}"),
    }
}

fn check(snippet: &str, expected: &str, kind: &str, section: &Section, place: &str, faults: &mut String) {
    let source = if snippet.contains("{{") || snippet.contains("<<$") {
        format!("={snippet}")
    } else {
        format!("={{{{ {snippet} }}}}")
    };
    let answer = evaluate(&source, section);
    let is_same = match (&answer, kind) {
        (Ok(None), "json") => expected == "undefined",
        (Ok(Some(value)), "json") => {
            let expected = Value::from_json(expected);
            expected.is_ok_and(|expected| expected.to_json() == value.to_json())
        }
        (Err(message), "text") => message == expected,
        _ => false,
    };
    if !is_same {
        let shown = match answer {
            Ok(Some(value)) => value.to_json(),
            Ok(None) => "undefined".to_owned(),
            Err(message) => format!("the error `{message}`"),
        };
        let _ = writeln!(
            faults,
            "{place}\n    {snippet}\n    expected {expected}\n    got      {shown}"
        );
    }
}

fn evaluate(source: &str, section: &Section) -> Result<Option<Value>, String> {
    let expression = Expression::parse(source).map_err(|error| error.message.to_string())?;
    let names: Vec<Text> = section.nodes.keys().cloned().chain(["Current".into()]).collect();
    let mut workflow = Workflow::default();
    workflow.id = Some("test".into());
    workflow.name = "Test".into();
    workflow.nodes = names.iter().map(node).collect();
    workflow.index_nodes();
    for pair in names.windows(2) {
        let target = Target {
            node: pair[1].clone(),
            kind: "main".into(),
            input: 0,
        };
        let outputs = workflow.connections.entry(pair[0].clone()).or_default();
        outputs.insert("main".into(), vec![vec![target]]);
    }
    let source_of = |node: &Text| {
        Some(Source {
            node: node.clone(),
            output: 0,
            run: 0,
        })
    };
    let mut run_data = RunData::default();
    let mut previous: Option<&Text> = None;
    for (name, items) in &section.nodes {
        let items = items.as_array().unwrap_or_default().iter().enumerate();
        let items = items.map(|(index, json)| {
            let json = json.as_object().cloned().unwrap_or_default();
            Item::new(json).paired_with(index)
        });
        let run = NodeRun {
            source: previous.map(source_of).into_iter().collect(),
            outputs: Some(vec![items.collect()]),
            ..NodeRun::default()
        };
        run_data.push(name, run);
        previous = Some(name);
    }
    let item = Item::new(section.data.clone()).paired_with(0);
    let execution = ExecutionInfo {
        id: "1".into(),
        mode: "test".into(),
        timezone: "UTC".into(),
        ..ExecutionInfo::default()
    };
    let fallback = Node::default();
    let sources = [source_of(previous.unwrap_or(&"Current".into()))];
    let scope = Scope {
        workflow: &workflow,
        run_data: &run_data,
        execution: &execution,
        environment: &Fixed,
        node: workflow.node("Current").unwrap_or(&fallback),
        run_index: 0,
        items: std::slice::from_ref(&item),
        item_index: 0,
        sources: &sources,
        input_index: 0,
        contexts: &NoContexts,
        extra: &[],
    };
    let value = expression.evaluate_with(&scope, Missing::Null);
    value
        .map(|(value, _)| value.as_ref().map(spell_out_numbers))
        .map_err(|error| error.message.to_string())
}

/// NaN and the infinities, which JSON lacks, as text.
fn spell_out_numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) if !number.is_finite() => value.to_text().into(),
        Value::Array(values) => values.iter().map(spell_out_numbers).collect::<Vec<_>>().into(),
        Value::Object(object) => {
            let entries = object
                .iter()
                .map(|(key, value)| (key.clone(), spell_out_numbers(value)));
            entries.collect::<Object>().into()
        }
        other => other.clone(),
    }
}

fn node(name: &Text) -> Node {
    Node {
        id: name.clone(),
        name: name.clone(),
        kind: "n8n-nodes-base.set".into(),
        version: 1.0,
        ..Node::default()
    }
}
