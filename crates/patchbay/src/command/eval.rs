//! `patchbay eval`: one expression, or a batch of them, as a node in a workflow would see it.

use std::io::{BufRead, Write};

use clap::Args;
use patchbay_expression::{Error, Evaluator, Explanation, Expression, Missing};
use patchbay_model::scope::{ExecutionInfo, NoContexts};
use patchbay_model::workflow::{Node, Target};
use patchbay_model::{Environment, Item, NodeRun, Object, RunData, Scope, Source, Text, Value, Workflow};

use super::{parse_moment, parse_timezone};
use crate::capability::environment::RealEnvironment;
use crate::exit::Exit;
use crate::render;
use crate::render::tell_line;

/// The name of the node that the expression is a parameter of.
const CURRENT: &str = "Current";

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  patchbay eval '{{ $json.name.toTitleCase() }}' --json '{\"name\": \"sales desk\"}'
  patchbay eval \"{{ \\$('Users').item.json.Id }}\" --node 'Users=[{\"Id\": 7}]'
  patchbay eval --batch < cases.ndjson")]
pub struct Options {
    /// The expression, with `{{ }}`; a leading `=` may be left out
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    expression: Option<String>,
    /// The current item's JSON
    #[arg(long, value_name = "JSON", default_value = "{}", value_parser = parse_object)]
    json: Object,
    /// An earlier node and the JSON of its items; repeatable, each feeds the next, the last feeds the current node
    #[arg(long = "node", value_name = "NAME=JSON", value_parser = parse_node)]
    nodes: Vec<(Text, Vec<Object>)>,
    /// The current item's binary data, in n8n's shape
    #[arg(long, value_name = "JSON", value_parser = parse_object)]
    binary: Option<Object>,
    /// Zone of dates without one
    #[arg(long, value_name = "ZONE", value_parser = parse_timezone)]
    timezone: Option<Text>,
    /// Fixes the clock
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    now: Option<f64>,
    /// Show the syntax tree, which evaluator runs it, and each path's value
    #[arg(long, conflicts_with = "batch")]
    explain: bool,
    /// Read cases from stdin, one JSON object a line, and write one answer a line
    #[arg(long)]
    batch: bool,
}

pub fn run(options: &Options) -> Exit {
    let environment = RealEnvironment::for_command_line(options.now);
    let timezone = options
        .timezone
        .clone()
        .unwrap_or_else(crate::capability::environment::default_timezone);
    if options.batch {
        return match batch(&environment, &timezone) {
            Ok(()) => Exit::Success,
            // Whoever reads the answers has gone.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Success,
            Err(error) => {
                tell_line!("error: cannot read the cases: {error}");
                Exit::Failed
            }
        };
    }
    let expression = options.expression.as_deref().unwrap_or_default();
    let expression = if expression.starts_with('=') {
        expression.to_owned()
    } else {
        format!("={expression}")
    };
    let case = Case {
        expression: expression.into(),
        json: options.json.clone(),
        binary: options.binary.clone(),
        nodes: options.nodes.clone(),
        timezone: timezone.clone(),
    };
    if options.explain {
        return match case.explain(&environment) {
            Ok(text) => {
                render::print(&text);
                Exit::Success
            }
            Err(error) => fail(&case.expression, &error),
        };
    }
    match case.evaluate(&environment) {
        Ok((value, _)) => {
            render::print(&(value.unwrap_or_default().to_json_pretty() + "\n"));
            Exit::Success
        }
        Err(error) => fail(&case.expression, &error),
    }
}

/// Shows why there is no value, with a caret under the place.
fn fail(expression: &str, error: &Error) -> Exit {
    tell_line!("error[{}]: {}", error.code, error.message);
    for line in error.description.iter().flat_map(|description| description.lines()) {
        tell_line!("  {line}");
    }
    for line in error.excerpt(expression).iter().flat_map(|excerpt| excerpt.lines()) {
        tell_line!("  | {line}");
    }
    for hint in &error.hints {
        tell_line!("hint: {hint}");
    }
    Exit::Failed
}

/// One `{{ }}` as `--explain` shows it.
fn explanation(part: &Explanation) -> String {
    let reason = part.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    let mut text = format!(
        "{}\n\nevaluator  {}{reason}\n",
        part.source,
        evaluator_name(part.evaluator)
    );
    if !part.paths.is_empty() {
        text.push_str("\npaths\n");
    }
    for (path, value) in &part.paths {
        let value = match value {
            Ok(Some(value)) => value.to_json(),
            Ok(None) => "undefined".to_owned(),
            Err(error) => format!("error: {}", error.message),
        };
        text.push_str(&format!("  {path} = {value}\n"));
    }
    text.push_str("\nsyntax tree\n");
    for line in part.tree.lines() {
        text.push_str(&format!("  {line}\n"));
    }
    text
}

fn evaluator_name(evaluator: Evaluator) -> &'static str {
    match evaluator {
        Evaluator::Native => "native",
        Evaluator::QuickJs => "quickjs",
    }
}

fn batch(environment: &dyn Environment, timezone: &Text) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let answer = answer(&line, environment, timezone);
        writeln!(out, "{}", Value::object(answer).to_json())?;
    }
    out.flush()
}

/// The answer to one line of a batch.
fn answer(line: &str, environment: &dyn Environment, timezone: &Text) -> Object {
    let mut answer = Object::new();
    let case = match Value::from_json(line) {
        Ok(Value::Object(case)) => case,
        other => {
            let error = other
                .err()
                .map_or_else(|| "expected an object".to_owned(), |error| error.to_string());
            answer.insert("ok", false);
            answer.insert("error", format!("not a case: {error}"));
            return answer;
        }
    };
    if let Some(id) = case.get("id") {
        answer.insert("id", id.clone());
    }
    let object = |key: &str| case.get(key).and_then(Value::as_object).cloned();
    let nodes = object("nodes").unwrap_or_default();
    let case = Case {
        expression: case.get("expression").map(Value::to_text).unwrap_or_default(),
        json: object("json").unwrap_or_default(),
        binary: object("binary"),
        nodes: nodes
            .iter()
            .map(|(name, items)| (name.clone(), objects(items)))
            .collect(),
        timezone: case
            .get("timezone")
            .and_then(Value::as_str)
            .map_or_else(|| timezone.clone(), Text::from),
    };
    match case.evaluate(environment) {
        Ok((value, evaluator)) => {
            answer.insert("ok", true);
            answer.insert("value", spell_out_numbers(&value.unwrap_or_default()));
            answer.insert("engine", evaluator_name(evaluator));
        }
        Err(error) => {
            answer.insert("ok", false);
            answer.insert("error", error.message.clone());
        }
    }
    answer
}

/// What an expression is evaluated over: a chain of nodes, each feeding the next, the last feeding the current one.
struct Case {
    expression: Text,
    json: Object,
    binary: Option<Object>,
    nodes: Vec<(Text, Vec<Object>)>,
    timezone: Text,
}

impl Case {
    fn evaluate(&self, environment: &dyn Environment) -> Result<(Option<Value>, Evaluator), Error> {
        if !patchbay_expression::is_expression(&self.expression) {
            return Ok((Some(self.expression.clone().into()), Evaluator::Native));
        }
        let expression = Expression::parse(&self.expression)?;
        // What the expression has made and left undefined is shown, as null.
        self.in_scope(environment, |scope| expression.evaluate_with(scope, Missing::Null))
    }

    /// The syntax tree, the evaluator and the paths of each `{{ }}`.
    fn explain(&self, environment: &dyn Environment) -> Result<String, Error> {
        let expression = Expression::parse(&self.expression)?;
        let parts = self.in_scope(environment, |scope| expression.explain(scope));
        Ok(parts.iter().map(explanation).collect::<Vec<_>>().join("\n"))
    }

    /// Uses what the node `Current` sees for its one item.
    fn in_scope<T>(&self, environment: &dyn Environment, use_scope: impl FnOnce(&Scope<'_>) -> T) -> T {
        let workflow = self.workflow();
        let run_data = self.run_data();
        let mut item = Item::new(self.json.clone()).paired_with(0);
        if let Some(binary) = &self.binary {
            let mut shape = Object::new();
            shape.insert("json", Object::new());
            shape.insert("binary", binary.clone());
            item.binary = Item::from_n8n(&shape.into()).and_then(|item| item.binary);
        }
        let previous = self
            .nodes
            .last()
            .map_or_else(|| CURRENT.into(), |(name, _)| name.clone());
        let execution = ExecutionInfo {
            id: "1".into(),
            mode: "test".into(),
            timezone: self.timezone.clone(),
            ..ExecutionInfo::default()
        };
        let fallback = Node::default();
        let scope = Scope {
            workflow: &workflow,
            run_data: &run_data,
            execution: &execution,
            environment,
            node: workflow.node(CURRENT).unwrap_or(&fallback),
            run_index: 0,
            items: std::slice::from_ref(&item),
            item_index: 0,
            sources: &[Some(Source {
                node: previous,
                output: 0,
                run: 0,
            })],
            input_index: 0,
            contexts: &NoContexts,
            extra: &[],
        };
        use_scope(&scope)
    }

    fn workflow(&self) -> Workflow {
        let names: Vec<Text> = self
            .nodes
            .iter()
            .map(|(name, _)| name.clone())
            .chain([CURRENT.into()])
            .collect();
        let node = |(place, name): (usize, &Text)| Node {
            id: name.clone(),
            name: name.clone(),
            kind: "n8n-nodes-base.set".into(),
            version: 1.0,
            position: [place as f64 * 100.0, 0.0],
            ..Node::default()
        };
        let mut workflow = Workflow::default();
        workflow.id = Some("test".into());
        workflow.name = "Test".into();
        workflow.nodes = names.iter().enumerate().map(node).collect();
        for pair in names.windows(2) {
            let target = Target {
                node: pair[1].clone(),
                kind: "main".into(),
                input: 0,
            };
            workflow
                .connections
                .entry(pair[0].clone())
                .or_default()
                .insert("main".into(), vec![vec![target]]);
        }
        workflow.settings.timezone = Some(self.timezone.clone());
        workflow.index_nodes();
        workflow
    }

    fn run_data(&self) -> RunData {
        let mut run_data = RunData::default();
        let mut previous: Option<&Text> = None;
        for (name, items) in &self.nodes {
            let items = items
                .iter()
                .enumerate()
                .map(|(index, json)| Item::new(json.clone()).paired_with(index));
            let source = previous.map(|node| {
                Some(Source {
                    node: node.clone(),
                    output: 0,
                    run: 0,
                })
            });
            let outputs = Some(vec![items.collect()]);
            run_data.push(
                name,
                NodeRun {
                    source: source.into_iter().collect(),
                    outputs,
                    ..NodeRun::default()
                },
            );
            previous = Some(name);
        }
        run_data
    }
}

/// NaN and the infinities, which JSON lacks, as text.
fn spell_out_numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) if !number.is_finite() => value.to_text().into(),
        Value::Array(values) => values.iter().map(spell_out_numbers).collect::<Vec<_>>().into(),
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| (key.clone(), spell_out_numbers(value)))
            .collect::<Object>()
            .into(),
        other => other.clone(),
    }
}

fn objects(items: &Value) -> Vec<Object> {
    match items {
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_object().cloned().unwrap_or_default())
            .collect(),
        other => vec![other.as_object().cloned().unwrap_or_default()],
    }
}

fn parse_object(text: &str) -> Result<Object, String> {
    match Value::from_json(text) {
        Ok(Value::Object(object)) => Ok((*object).clone()),
        Ok(_) => Err("expected a JSON object".to_owned()),
        Err(error) => Err(format!("not valid JSON: {error}")),
    }
}

fn parse_node(text: &str) -> Result<(Text, Vec<Object>), String> {
    let (name, json) = text.split_once('=').ok_or("expected NAME=JSON")?;
    let items = Value::from_json(json).map_err(|error| format!("not valid JSON: {error}"))?;
    Ok((name.into(), objects(&items)))
}
