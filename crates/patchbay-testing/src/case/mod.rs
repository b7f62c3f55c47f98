//! Cases as their files have them: of nodes ([`node`]) and of workflows ([`workflow`]), and what both share
//! ([`exchange`], [`expect`]). Every fault of a file is told, with its line and the nearest name for a typo.

pub mod exchange;
pub mod expect;
pub mod node;
pub mod workflow;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use patchbay_actions::Fault;
use patchbay_actions::definition::fault::Faults;
use patchbay_actions::definition::fields::{Fields, parse};
use patchbay_model::{Object, Text, Value};

use crate::document::{self, CODES};
use crate::pattern::Step;

/// A file of cases.
#[derive(Clone, Debug)]
pub struct File {
    pub path: PathBuf,
    /// As messages name it.
    pub name: String,
    pub text: Arc<str>,
}

/// What makes a run repeatable.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// Where the clock begins, in milliseconds since 1970.
    pub now: f64,
    /// IANA name.
    pub timezone: Text,
    /// Where randomness begins.
    pub random: u64,
    /// What `$env` gives.
    pub environment: Object,
}

impl Default for Conditions {
    fn default() -> Self {
        Self {
            // 2026-01-02T03:04:05Z
            now: 1_767_323_045_000.0,
            timezone: "UTC".into(),
            random: 1,
            environment: Object::new(),
        }
    }
}

/// Runs a case against the stateful 3CX double in place of canned answers.
#[derive(Clone, Debug, Default)]
pub struct Double {
    /// A seed file, as `patchbay sandbox --seed` takes it.
    pub seed: Option<PathBuf>,
    /// The version of the telephone system; none: the double's usual one.
    pub version: Option<patchbay_sandbox::Version>,
    /// What it does wrong.
    pub faults: Vec<patchbay_sandbox::Fault>,
}

/// What is wrong with a file that can not even be read.
pub fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    Fault {
        file: path.display().to_string().into(),
        diagnostic: patchbay_model::Diagnostic::error("E1006", format!("the file can not be read: {error}")),
    }
}

/// Reads a file of cases with one of the readers of this module.
fn read_with<T>(file: &File, read: impl FnOnce(&mut Faults, Fields) -> T) -> Result<T, Vec<Fault>> {
    let mut faults = Faults::with_codes(&file.name, &file.text, &CODES);
    let document = parse(&mut faults);
    if !faults.is_empty() {
        return Err(faults.into_vec());
    }
    let fields = Fields::new(document.get_ref(), 0..0, "the file");
    let found = read(&mut faults, fields);
    if faults.is_empty() {
        Ok(found)
    } else {
        Err(faults.into_vec())
    }
}

/// Reads `now`, `timezone`, `random` and `environment`, laid over others.
fn read_conditions(faults: &mut Faults, fields: &mut Fields, usual: &Conditions) -> Conditions {
    let mut conditions = usual.clone();
    if let Some(node) = fields.any("now") {
        let text = document::value(node.get_ref()).to_text();
        if let Ok(moment) = text.parse::<jiff::Timestamp>() {
            conditions.now = moment.as_millisecond() as f64;
        } else {
            let message = format!("`now` wants a moment such as `2026-01-02T03:04:05Z`, not `{text}`");
            faults.add(CODES.wrong_value, node.span(), message);
        }
    }
    if let Some((name, span)) = fields.text(faults, "timezone") {
        if jiff::tz::TimeZone::get(&name).is_err() {
            let message = format!("`{name}` is not a time zone; use a name such as `Europe/Berlin`");
            faults.add(CODES.wrong_value, span, message);
        }
        conditions.timezone = name;
    }
    if let Some(random) = fields.number(faults, "random") {
        conditions.random = random as u64;
    }
    if let Some(environment) = read_object(faults, fields, "environment") {
        conditions.environment = environment;
    }
    conditions
}

/// Reads a key whose value is a table of any kind, or JSON text of an object.
fn read_object(faults: &mut Faults, fields: &mut Fields, key: &'static str) -> Option<Object> {
    let node = fields.any(key)?;
    match document::json(faults, node) {
        Value::Object(object) => Some(Arc::unwrap_or_clone(object)),
        other => {
            let found = crate::pattern::type_of(&other);
            faults.add(
                CODES.wrong_value,
                node.span(),
                format!("`{key}` wants a table, not {found}"),
            );
            None
        }
    }
}

/// Reads `sandbox`: true, or a table with `seed`, `version` and `faults`; false is none, though all others have one.
fn read_double(faults: &mut Faults, fields: &mut Fields, folder: &Path, usual: Option<&Double>) -> Option<Double> {
    let Some(node) = fields.any("sandbox") else {
        return usual.cloned();
    };
    if let Some(wanted) = node.get_ref().as_bool() {
        return wanted.then(Double::default);
    }
    let mut fields = Fields::open(faults, node, "`sandbox`")?;
    let mut wrong = Vec::new();
    for (text, span) in fields.texts(faults, "faults") {
        wrong.extend(exchange::read_fault(faults, &text, span));
    }
    let mut known = None;
    if let Some((version, span)) = fields.text(faults, "version") {
        match version.parse() {
            Ok(version) => known = Some(version),
            Err(message) => drop(faults.add(CODES.wrong_value, span, message)),
        }
    }
    let double = Double {
        faults: wrong,
        version: known,
        seed: fields.text(faults, "seed").map(|(seed, _)| folder.join(seed.as_str())),
    };
    fields.finish(faults);
    Some(double)
}

/// `object` with the entries of `over` laid over it; `false` takes one away.
fn laid_over(object: &Object, over: &Object) -> Object {
    let mut result = object.clone();
    for (key, value) in over {
        if value == &Value::Bool(false) {
            result.remove(key);
        } else {
            result.insert(key.clone(), value.clone());
        }
    }
    result
}

/// The steps to a part of the case at a place in its file.
pub fn in_case(place: usize, steps: impl IntoIterator<Item = Step>) -> Vec<Step> {
    let mut path = vec![Step::Key("case".to_owned()), Step::Index(place)];
    path.extend(steps);
    path
}

/// A key as a step.
pub fn key(name: impl Into<String>) -> Step {
    Step::Key(name.into())
}
