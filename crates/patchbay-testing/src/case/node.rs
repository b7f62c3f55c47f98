//! Cases of one node: `nodes/SERVICE/tests/NAME.toml`, and `defaults.toml` beside them, which holds what all share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use patchbay_actions::Fault;
use patchbay_actions::definition::fault::Faults;
use patchbay_actions::definition::fields::Fields;
use patchbay_model::diagnostic::nearest;
use patchbay_model::{Items, Object, Text, Value};

use super::exchange::{self, Exchange, Usual, split_origin};
use super::expect::{self, Run};
use super::{Conditions, Double, File, in_case, key, laid_over, read_conditions, read_double, read_object, read_with};
use crate::document::CODES;
use crate::pattern::Step;

/// One case of a node.
#[derive(Clone, Debug)]
pub struct NodeCase {
    pub name: Text,
    /// Its place in the file.
    pub place: usize,
    /// Bytes of the file at which it begins.
    pub start: usize,
    /// The node's type; none: the service's usual one.
    pub kind: Option<Text>,
    pub version: Option<f64>,
    /// With `resource` and `operation`.
    pub parameters: Object,
    /// `onError`, `retryOnFail` and the like, as a workflow's node has them.
    pub settings: Object,
    pub credential: Object,
    pub input: Option<Items>,
    pub exchanges: Vec<Exchange>,
    pub double: Option<Double>,
    pub conditions: Conditions,
    pub expect: Run,
    /// What its file and folder say for all cases.
    pub defaults: Arc<Defaults>,
}

/// What the cases of a folder share.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    kind: Option<Text>,
    credential: Object,
    usual: Usual,
    /// Exchanges before those of each case: a token's.
    first: Vec<Exchange>,
    conditions: Conditions,
    resource: Option<Text>,
    double: Option<Double>,
}

impl Defaults {
    /// Exchanges that go before those of each case.
    pub fn first(&self) -> &[Exchange] {
        &self.first
    }

    /// The headers of each request, names in lower case.
    pub fn headers(&self) -> Object {
        exchange::lower_case(&self.usual.headers.clone().unwrap_or_default())
    }

    /// The headers of each answer in JSON, names in lower case.
    pub fn answer_headers(&self) -> Object {
        let usual: Object = [("content-type", "application/json")].into_iter().collect();
        laid_over(&usual, &exchange::lower_case(&self.usual.answer_headers))
    }

    /// A case that says nothing of its own but begins with the exchanges that all begin with.
    pub fn case(&self) -> NodeCase {
        NodeCase {
            name: Text::default(),
            place: 0,
            start: 0,
            kind: self.kind.clone(),
            version: None,
            parameters: Object::new(),
            settings: Object::new(),
            credential: self.credential.clone(),
            input: None,
            exchanges: self.first.clone(),
            double: None,
            conditions: self.conditions.clone(),
            expect: Run::default(),
            defaults: Arc::new(self.clone()),
        }
    }
}

/// Reads `defaults.toml`.
pub fn read_defaults(file: &File) -> Result<Defaults, Vec<Fault>> {
    read_with(file, |faults, mut fields| {
        let defaults = shared(faults, &mut fields, &Defaults::default(), &file.path);
        fields.finish(faults);
        defaults
    })
}

/// Reads a file of cases.
pub fn read(file: &File, defaults: &Defaults) -> Result<Vec<NodeCase>, Vec<Fault>> {
    read_with(file, |faults, mut fields| {
        let defaults = Arc::new(shared(faults, &mut fields, defaults, &file.path));
        let tables = fields.array(faults, "case", "a case");
        fields.finish(faults);
        let mut cases: Vec<NodeCase> = Vec::with_capacity(tables.len());
        for (place, table) in tables.into_iter().enumerate() {
            let span = table.span();
            let case = read_case(faults, table, place, &defaults, &file.path);
            if cases.iter().any(|other| other.name == case.name) {
                faults.add("E1005", span, format!("two cases are called `{}`", case.name));
            }
            cases.push(case);
        }
        cases
    })
}

/// What a file says for all its cases, laid over what the folder says.
fn shared(faults: &mut Faults, fields: &mut Fields, over: &Defaults, path: &Path) -> Defaults {
    let credential = read_object(faults, fields, "credential").unwrap_or_default();
    let credential = laid_over(&over.credential, &credential);
    let of_credential = credential.get("url").and_then(Value::as_str);
    let origin = of_credential.and_then(|url| split_origin(url).0).map(str::to_owned);
    let usual = Usual {
        origin: fields
            .text(faults, "origin")
            .map(|(origin, _)| origin.trim_end_matches('/').to_owned())
            .or(origin)
            .or_else(|| over.usual.origin.clone()),
        headers: Some(match read_object(faults, fields, "headers") {
            Some(headers) => laid_over(&over.usual.headers.clone().unwrap_or_default(), &headers),
            None => over.usual.headers.clone().unwrap_or_default(),
        }),
        answer_headers: read_object(faults, fields, "answer-headers")
            .unwrap_or_else(|| over.usual.answer_headers.clone()),
        folder: path.parent().map(Path::to_path_buf).unwrap_or_default(),
    };
    let first = fields.array(faults, "first", "an exchange");
    let first: Vec<Exchange> = first
        .into_iter()
        .enumerate()
        .map(|(place, table)| {
            let place = vec![key("first"), Step::Index(place)];
            exchange::read(faults, table, &usual, place, |_, _| {})
        })
        .collect();
    Defaults {
        kind: fields
            .text(faults, "node")
            .map(|(kind, _)| kind)
            .or_else(|| over.kind.clone()),
        credential,
        usual,
        first: if first.is_empty() { over.first.clone() } else { first },
        conditions: read_conditions(faults, fields, &over.conditions),
        resource: fields
            .text(faults, "resource")
            .map(|(resource, _)| resource)
            .or_else(|| over.resource.clone()),
        double: read_double(
            faults,
            fields,
            path.parent().unwrap_or(Path::new("")),
            over.double.as_ref(),
        ),
    }
}

fn read_case(faults: &mut Faults, mut fields: Fields, place: usize, defaults: &Arc<Defaults>, path: &Path) -> NodeCase {
    let start = fields.span().start;
    let (name, _) = fields.required(faults, "name");
    let mut parameters = Object::new();
    let resource = fields.text(faults, "resource").map(|(resource, _)| resource);
    if let Some(resource) = resource.or_else(|| defaults.resource.clone()) {
        parameters.insert("resource", resource);
    }
    if let Some((operation, _)) = fields.text(faults, "operation") {
        parameters.insert("operation", operation);
    }
    let own = read_object(faults, &mut fields, "parameters").unwrap_or_default();
    parameters.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
    let exchanges = fields.array(faults, "exchange", "an exchange");
    let first_own = exchanges.first().map(Fields::span);
    let own: Vec<Exchange> = exchanges
        .into_iter()
        .enumerate()
        .map(|(number, table)| {
            let place = in_case(place, [key("exchange"), Step::Index(number)]);
            exchange::read(faults, table, &defaults.usual, place, |_, _| {})
        })
        .collect();
    let with_first = match fields.any("first") {
        Some(node) => node.get_ref().as_bool().unwrap_or_else(|| {
            faults.add(CODES.wrong_value, node.span(), "`first` of a case is true or false");
            true
        }),
        None => !own.is_empty(),
    };
    let mut exchanges = if with_first { defaults.first.clone() } else { Vec::new() };
    exchanges.extend(own);
    let credential = read_object(faults, &mut fields, "credential").unwrap_or_default();
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let double = read_double(faults, &mut fields, &folder, defaults.double.as_ref());
    let has_own_double = fields
        .any("sandbox")
        .is_some_and(|node| node.get_ref().as_bool() != Some(false));
    if let (Some(span), true) = (first_own, has_own_double) {
        let message = "with `sandbox` the double answers, and not an exchange: only one of them can be given";
        let fault = faults.add("E1005", span, message);
        fault.hints.push("take out the exchanges, or `sandbox`".into());
    }
    let case = NodeCase {
        name,
        place,
        start,
        kind: fields
            .text(faults, "node")
            .map(|(kind, _)| kind)
            .or_else(|| defaults.kind.clone()),
        version: fields.number(faults, "version"),
        parameters,
        settings: read_object(faults, &mut fields, "settings").unwrap_or_default(),
        credential: laid_over(&defaults.credential, &credential),
        input: expect::read_input(faults, &mut fields),
        double,
        exchanges,
        conditions: read_conditions(faults, &mut fields, &defaults.conditions),
        expect: expect::read_run(faults, &mut fields),
        defaults: defaults.clone(),
    };
    check_settings(faults, &fields, &case.settings);
    fields.finish(faults);
    case
}

/// What a workflow's node may say beside its parameters.
const SETTINGS: [&str; 7] = [
    "onError",
    "retryOnFail",
    "maxTries",
    "waitBetweenTries",
    "executeOnce",
    "alwaysOutputData",
    "continueOnFail",
];

fn check_settings(faults: &mut Faults, fields: &Fields, settings: &Object) {
    for name in settings.keys().filter(|name| !SETTINGS.contains(&name.as_str())) {
        let fault = faults.add(
            CODES.unknown_key,
            fields.span(),
            format!("a node has no setting `{name}`"),
        );
        fault
            .hints
            .extend(nearest(name, SETTINGS).map(|near| format!("did you mean `{near}`?")));
    }
}

/// The folder of the service that a file of cases is for: the one above its `tests`.
pub fn service_folder(path: &Path) -> Option<PathBuf> {
    let tests = path.ancestors().find(|folder| folder.ends_with("tests"))?;
    let service = tests.parent()?;
    service.join("node.toml").is_file().then(|| service.to_path_buf())
}
