//! Cases of a workflow: `NAME.test.toml` beside `NAME.json`.

use std::path::{Path, PathBuf};

use patchbay_actions::Fault;
use patchbay_actions::definition::fault::Faults;
use patchbay_actions::definition::fields::{Fields, Node};
use patchbay_model::{Items, Text, Value};
use patchbay_node::NodeError;
use patchbay_node::capability::Credential;
use toml::de::DeValue;

use super::exchange::{self, Exchange, Usual};
use super::expect::{self, Run};
use super::{Conditions, Double, File, in_case, key, read_conditions, read_double, read_object, read_with};
use crate::document::{self, CODES};
use crate::pattern::Step;

/// One case of a workflow.
#[derive(Clone, Debug)]
pub struct WorkflowCase {
    pub name: Text,
    /// Its place in the file.
    pub place: usize,
    /// Bytes of the file at which it begins.
    pub start: usize,
    /// The workflow's file.
    pub workflow: PathBuf,
    pub trigger: Option<Text>,
    pub input: Option<Items>,
    pub credentials: Vec<Credential>,
    pub mocks: Vec<Exchange>,
    /// Nodes that are not run, and what they put out.
    pub nodes: Vec<MockedNode>,
    pub double: Option<Double>,
    pub conditions: Conditions,
    pub expect: Vec<ExpectedNode>,
    /// The JSON of the last node's items.
    pub output: Option<Value>,
    pub error: Option<Value>,
    /// `success`, `error`, `waiting` or `canceled`; none: as `error` says.
    pub status: Option<Text>,
    /// The nodes that run, in order.
    pub order: Option<Value>,
    /// Nodes that must not run, or put out nothing.
    pub no_output_from: Vec<Text>,
    /// How many requests go out.
    pub requests: Option<usize>,
}

/// A node that is not run.
#[derive(Clone, Debug)]
pub struct MockedNode {
    pub name: Text,
    /// What it does in each run; the last serves all further ones.
    pub runs: Vec<Made>,
    pub place: Vec<Step>,
}

/// What a mocked node does in one run.
#[derive(Clone, Debug)]
pub enum Made {
    /// For each output its items.
    Outputs(Vec<Items>),
    /// It fails, as `onError` and `retryOnFail` of the node then have it.
    Error(NodeError),
}

/// What a node is to do.
#[derive(Clone, Debug)]
pub struct ExpectedNode {
    pub name: Text,
    pub runs: Vec<Run>,
    /// Whether the file says it for each of `runs`.
    pub by_run: bool,
    /// How often it runs.
    pub calls: Option<usize>,
    /// The outputs that must be empty.
    pub no_output_from: Vec<usize>,
    pub place: Vec<Step>,
}

/// The workflow of a file of cases.
pub fn workflow_of(path: &Path) -> Option<PathBuf> {
    let stem = path.file_name()?.to_str()?.strip_suffix(".test.toml")?;
    Some(path.with_file_name(format!("{stem}.json")))
}

/// What the cases of one file share.
struct Shared {
    usual: Usual,
    credentials: Vec<Credential>,
    mocks: Vec<Exchange>,
    conditions: Conditions,
    double: Option<Double>,
    workflow: PathBuf,
}

/// Reads a file of cases.
pub fn read(file: &File) -> Result<Vec<WorkflowCase>, Vec<Fault>> {
    let folder = file.path.parent().map(Path::to_path_buf).unwrap_or_default();
    read_with(file, |faults, mut fields| {
        let usual = Usual {
            folder: folder.clone(),
            answer_headers: read_object(faults, &mut fields, "answer-headers").unwrap_or_default(),
            ..Usual::default()
        };
        let named = fields
            .text(faults, "workflow")
            .map(|(name, _)| folder.join(name.as_str()));
        let shared = Shared {
            credentials: read_credentials(faults, &mut fields),
            mocks: read_mocks(faults, &mut fields, &usual, |number| {
                vec![key("mock"), Step::Index(number)]
            }),
            conditions: read_conditions(faults, &mut fields, &Conditions::default()),
            double: read_double(faults, &mut fields, &folder, None),
            workflow: named.or_else(|| workflow_of(&file.path)).unwrap_or_default(),
            usual,
        };
        let tables = fields.array(faults, "case", "a case");
        fields.finish(faults);
        let mut cases: Vec<WorkflowCase> = Vec::with_capacity(tables.len());
        for (place, table) in tables.into_iter().enumerate() {
            let span = table.span();
            let case = read_case(faults, table, place, &shared);
            if cases.iter().any(|other| other.name == case.name) {
                faults.add("E1005", span, format!("two cases are called `{}`", case.name));
            }
            cases.push(case);
        }
        cases
    })
}

fn read_credentials(faults: &mut Faults, fields: &mut Fields) -> Vec<Credential> {
    let mut credentials = Vec::new();
    for (name, span, mut table) in fields.tables(faults, "credential", "a credential") {
        let (kind, _) = table.required(faults, "type");
        let id = table.text(faults, "id").map(|(id, _)| id);
        let data = read_object(faults, &mut table, "data").unwrap_or_default();
        if data.is_empty() {
            let message = format!("the credential `{name}` has no `data`: the fields of its type");
            faults.add(CODES.missing_key, span, message);
        }
        table.finish(faults);
        credentials.push(Credential::new(id, name, kind, data));
    }
    credentials
}

fn read_mocks(
    faults: &mut Faults,
    fields: &mut Fields,
    usual: &Usual,
    place: impl Fn(usize) -> Vec<Step>,
) -> Vec<Exchange> {
    let tables = fields.array(faults, "mock", "a mock");
    let read = tables.into_iter().enumerate();
    read.map(|(number, table)| exchange::read(faults, table, usual, place(number), |_, _| {}))
        .collect()
}

fn read_case(faults: &mut Faults, mut fields: Fields, place: usize, shared: &Shared) -> WorkflowCase {
    let start = fields.span().start;
    let (name, _) = fields.required(faults, "name");
    let mut mocks = read_mocks(faults, &mut fields, &shared.usual, |number| {
        in_case(place, [key("mock"), Step::Index(number)])
    });
    mocks.extend(shared.mocks.iter().cloned());
    let mut credentials = read_credentials(faults, &mut fields);
    credentials.extend(shared.credentials.iter().cloned());
    let nodes = fields.tables(faults, "node", "a mocked node");
    let nodes = nodes
        .into_iter()
        .map(|(name, _, table)| read_mocked(faults, table, name, place))
        .collect();
    let expect = fields.tables(faults, "expect", "what a node is to do");
    let expect = expect
        .into_iter()
        .map(|(name, _, table)| read_expected(faults, table, name, place))
        .collect();
    let order = fields.any("order").map(|node| document::json(faults, node));
    let no_output_from = fields.texts(faults, "no-output-from");
    let requests = read_count(faults, &mut fields, "requests");
    let last = expect::read_run(faults, &mut fields);
    let status = fields.choice(
        faults,
        "status",
        &[
            ("success", "success"),
            ("error", "error"),
            ("waiting", "waiting"),
            ("canceled", "canceled"),
        ],
    );
    let case = WorkflowCase {
        name,
        place,
        start,
        workflow: shared.workflow.clone(),
        trigger: fields.text(faults, "trigger").map(|(trigger, _)| trigger),
        input: expect::read_input(faults, &mut fields),
        credentials,
        mocks,
        nodes,
        double: read_double(faults, &mut fields, &shared.usual.folder, shared.double.as_ref()),
        conditions: read_conditions(faults, &mut fields, &shared.conditions),
        expect,
        output: last
            .outputs
            .filter(|_| last.first_only)
            .and_then(|outputs| outputs.into_iter().next())
            .map(Value::array),
        error: last.error,
        status: status.map(Text::from),
        order,
        no_output_from: no_output_from.into_iter().map(|(node, _)| node).collect(),
        requests,
    };
    fields.finish(faults);
    case
}

fn read_count(faults: &mut Faults, fields: &mut Fields, key: &'static str) -> Option<usize> {
    let node = fields.any(key)?;
    let count = document::value(node.get_ref()).as_number();
    if !count.is_some_and(|count| count >= 0.0 && count.fract() == 0.0) {
        faults.add(
            CODES.wrong_value,
            node.span(),
            format!("`{key}` wants a number from 0 on"),
        );
        return None;
    }
    count.map(|count| count as usize)
}

/// Tells that `runs` stands beside what it says for each run.
fn only_runs(faults: &mut Faults, fields: &mut Fields) {
    for key in ["output", "outputs", "paired", "error"] {
        if let Some(beside) = fields.any(key) {
            faults.add(
                "E1005",
                beside.span(),
                format!("a node has either `runs` or `{key}`: with `runs`, each run has its own"),
            );
        }
    }
}

fn read_mocked(faults: &mut Faults, mut fields: Fields, name: Text, place: usize) -> MockedNode {
    let mut runs = Vec::new();
    if let Some(node) = fields.any("runs") {
        only_runs(faults, &mut fields);
        match node.get_ref() {
            DeValue::Array(values) => {
                for value in values {
                    if let Some(mut run) = Fields::open(faults, value, "a run of a mocked node") {
                        runs.push(read_made(faults, &mut run));
                        run.finish(faults);
                    }
                }
            }
            _ => drop(faults.add(CODES.wrong_value, node.span(), "`runs` wants a list of tables")),
        }
    } else {
        runs.push(read_made(faults, &mut fields));
    }
    fields.finish(faults);
    MockedNode {
        place: in_case(place, [key("node"), key(name.as_str())]),
        name,
        runs,
    }
}

/// What a mocked node does in one run.
fn read_made(faults: &mut Faults, fields: &mut Fields) -> Made {
    let error = fields.any("error").and_then(|node| read_failure(faults, node));
    let (outputs, _) = expect::read_outputs(faults, fields);
    if fields.any("paired").is_some() || error.is_some() && outputs.is_some() {
        faults.add(
            "E1005",
            fields.span(),
            "a mocked node has one of `output`, `outputs` and `error`, and nothing else",
        );
    }
    if let Some(error) = error {
        return Made::Error(error);
    }
    let outputs = outputs.unwrap_or_else(|| vec![Vec::new()]);
    let outputs = outputs
        .into_iter()
        .map(|items| expect::items(&items).unwrap_or_default());
    Made::Outputs(outputs.collect())
}

/// Why a mocked node fails: a code, any other text as the message, or a table with `code`, `message`, `description`, `hint` and
/// `item`.
fn read_failure(faults: &mut Faults, node: &Node) -> Option<NodeError> {
    const CODE: &str = "E1027";
    const MESSAGE: &str = "The mocked node failed";
    let is_code = |text: &str| {
        let digits = text.strip_prefix('E').unwrap_or_default();
        digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    if let DeValue::String(text) = node.get_ref() {
        let mut error = NodeError::new(CODE, MESSAGE);
        if is_code(text) {
            error.error.code = text.as_ref().into();
        } else {
            error.error.message = text.as_ref().into();
        }
        return Some(error);
    }
    let mut fields = Fields::open(faults, node, "an error")?;
    let mut error = NodeError::new(CODE, MESSAGE);
    if let Some((code, span)) = fields.text(faults, "code") {
        if !is_code(&code) {
            let message = format!("`{code}` is not a code such as `E0606`; `docs/errors.md` lists them");
            faults.add(CODES.wrong_value, span, message);
        }
        error.error.code = code;
    }
    if let Some((message, _)) = fields.text(faults, "message") {
        error.error.message = message;
    }
    error.error.description = fields.text(faults, "description").map(|(description, _)| description);
    if let Some((hint, _)) = fields.text(faults, "hint") {
        error = error.hint(hint);
    }
    error.error.item = read_count(faults, &mut fields, "item");
    fields.finish(faults);
    Some(error)
}

fn read_expected(faults: &mut Faults, mut fields: Fields, name: Text, place: usize) -> ExpectedNode {
    let mut runs = Vec::new();
    let by_run = fields.any("runs");
    if by_run.is_some() {
        only_runs(faults, &mut fields);
    }
    match by_run.map(|node| (node, node.get_ref())) {
        Some((_, DeValue::Array(values))) => {
            for value in values {
                if let Some(mut run) = Fields::open(faults, value, "a run") {
                    runs.push(expect::read_run(faults, &mut run));
                    run.finish(faults);
                }
            }
        }
        Some((node, _)) => drop(faults.add(CODES.wrong_value, node.span(), "`runs` wants a list of tables")),
        None => {
            let run = expect::read_run(faults, &mut fields);
            if run.outputs.is_some() || run.error.is_some() || run.paired.is_some() {
                runs.push(run);
            }
        }
    }
    let mut no_output_from = Vec::new();
    if let Some(node) = fields.any("no-output-from") {
        let numbers = document::value(node.get_ref());
        for number in numbers.as_array().unwrap_or_default() {
            match number.as_number() {
                Some(number) => no_output_from.push(number as usize),
                None => drop(faults.add(
                    CODES.wrong_value,
                    node.span(),
                    "`no-output-from` of a node wants a list of outputs' numbers",
                )),
            }
        }
    }
    let expected = ExpectedNode {
        place: in_case(place, [key("expect"), key(name.as_str())]),
        name,
        runs,
        by_run: by_run.is_some(),
        calls: read_count(faults, &mut fields, "calls"),
        no_output_from,
    };
    fields.finish(faults);
    expected
}
