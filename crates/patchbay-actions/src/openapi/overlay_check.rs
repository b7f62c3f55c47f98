//! What is wrong with an overlay, all of it, where the overlay says it: names that the import does not have, and
//! everything that would be a fault of the definition that it makes.

use patchbay_model::diagnostic::{Position, nearest};
use patchbay_model::workflow::position_of;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Table, names, write};
use crate::definition::fault::{Fault, Faults, list};
use crate::definition::fields::parse;
use crate::definition::{Service, read_resource, read_service};

/// The code of a name that the import does not have.
const UNKNOWN: &str = "E0442";

/// The name of an operation, or of it and one of its parameters.
type Unknown = (String, Option<String>);

/// An overlay that is TOML.
pub struct Overlay<'t> {
    /// `users.overlay.toml`.
    file: &'t str,
    text: &'t str,
    /// `users`: the file that it lies over.
    pub stem: &'t str,
    pub table: Table,
    spans: Spanned<DeTable<'t>>,
}

impl<'t> Overlay<'t> {
    /// Reads an overlay's text. What is no TOML is told as faults.
    pub fn read(file: &'t str, text: &'t str) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new(file, text);
        let spans = parse(&mut faults);
        let table = toml::from_str(text);
        match table {
            Ok(table) if faults.is_empty() => Ok(Self {
                file,
                text,
                stem: file.trim_end_matches(".toml").trim_end_matches(".overlay"),
                table,
                spans,
            }),
            Err(error) if faults.is_empty() => {
                faults.add("E0401", error.span().unwrap_or(0..0), error.message().to_owned());
                Err(faults.into_vec())
            }
            _ => Err(faults.into_vec()),
        }
    }

    /// Takes out what the import does not have, and tells it; `imported` is the file's table without the overlay, `stems`
    /// are all files.
    pub fn take_out_unknown(&mut self, imported: Option<&Table>, stems: &[&str]) -> Vec<Fault> {
        let (faults, unknown) = self.unknown_names(imported, stems);
        if let Some(operations) = self.table.get_mut("operation").and_then(Value::as_object_mut) {
            for (name, parameter) in unknown {
                match parameter {
                    None => drop(operations.shift_remove(&name)),
                    Some(parameter) => {
                        let parameters = operations
                            .get_mut(&name)
                            .and_then(|operation| operation.get_mut("parameter"));
                        if let Some(parameters) = parameters.and_then(Value::as_object_mut) {
                            parameters.shift_remove(&parameter);
                        }
                    }
                }
            }
        }
        faults
    }

    /// The faults, and the names of operations, or of an operation's parameters, that they are about.
    fn unknown_names(&self, imported: Option<&Table>, stems: &[&str]) -> (Vec<Fault>, Vec<Unknown>) {
        let mut faults = Faults::new(self.file, self.text);
        let mut unknown = Vec::new();
        let Some(imported) = imported else {
            if !self.table.contains_key("resource") {
                let fault = faults.add(UNKNOWN, 0..0, format!("the import has no file `{}.toml`", self.stem));
                match nearest(self.stem, stems.iter().copied()) {
                    Some(near) => fault.hints.push(format!("did you mean `{near}.overlay.toml`?")),
                    None => fault.hints.push(format!("it has {}", list(stems))),
                }
                fault
                    .hints
                    .push("a resource of its own has a `resource`, its name".to_owned());
            }
            return (faults.into_vec(), unknown);
        };
        let known = operations(imported);
        let overlays = self
            .spans
            .get_ref()
            .get("operation")
            .and_then(|node| node.get_ref().as_table());
        for (name, node) in overlays.into_iter().flatten() {
            let (name, span) = (name.get_ref().as_ref(), name.span());
            let Some(overlay) = node.get_ref().as_table() else {
                continue;
            };
            let variants: Vec<&Table> = known
                .iter()
                .filter(|(known, _)| *known == name)
                .map(|(_, table)| *table)
                .collect();
            if variants.is_empty() {
                if !(overlay.contains_key("method") && overlay.contains_key("path")) {
                    let names = known.iter().map(|(name, _)| *name);
                    faults.unknown(
                        UNKNOWN,
                        span,
                        format!("the import has no operation `{name}`"),
                        name,
                        names,
                    );
                    hint_last(&mut faults, "an operation of its own has a `method` and a `path`");
                    unknown.push((name.to_owned(), None));
                }
                continue;
            }
            let parameters = overlay.get("parameter").and_then(|node| node.get_ref().as_table());
            for (parameter, node) in parameters.into_iter().flatten() {
                let (parameter_name, span) = (parameter.get_ref().as_ref(), parameter.span());
                let names: Vec<&str> = variants
                    .iter()
                    .filter_map(|variant| variant.get("parameter")?.as_object())
                    .flat_map(|parameters| parameters.keys().map(String::as_str))
                    .collect();
                let is_own = node.get_ref().as_table().is_none_or(|table| table.contains_key("in"));
                if !is_own && !names.contains(&parameter_name) {
                    let message = format!("`{name}` has no parameter `{parameter_name}`");
                    faults.unknown(UNKNOWN, span, message, parameter_name, names);
                    hint_last(&mut faults, "one of its own says where it goes: `in = \"query\"`");
                    unknown.push((name.to_owned(), Some(parameter_name.to_owned())));
                }
            }
        }
        (faults.into_vec(), unknown)
    }

    /// What is wrong with the file that the overlay makes; `service` is that of a resource, `made` its table.
    pub fn faults_of(&self, service: Option<&Service>, made: &Table) -> Vec<Fault> {
        let text = write::plain(made.clone());
        let file = format!("{}.toml", self.stem);
        let found = match service {
            _ if self.stem == names::SERVICE => read_service("", &text).err(),
            Some(service) => read_resource(service, &file, &text).err(),
            None => None,
        };
        let document = DeTable::parse_recoverable(&text).0;
        let mut faults: Vec<Fault> = Vec::new();
        for mut fault in found.unwrap_or_default() {
            let path = fault
                .diagnostic
                .position
                .and_then(|position| path_at(document.get_ref(), &text, position));
            fault.diagnostic.position = Some(self.place(made, &path.unwrap_or_default()));
            fault.file = self.file.into();
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
        faults
    }

    /// Where the overlay says what is at a path of the file that it makes, or as far towards it as it goes.
    fn place(&self, made: &Table, path: &[String]) -> Position {
        let mut place = 0;
        let mut table = Some(self.spans.get_ref());
        let mut steps = path.iter().peekable();
        let mut in_operations = false;
        while let (Some(step), Some(inner)) = (steps.next(), table) {
            // Operations are listed there, and named here.
            let key = if in_operations {
                self.operation_key(made, step)
            } else {
                step.clone()
            };
            in_operations = !in_operations && step == "operation" && std::ptr::eq(inner, self.spans.get_ref());
            let Some((key, node)) = inner.get_key_value(key.as_str()) else {
                break;
            };
            place = key.span().start;
            table = node.get_ref().as_table();
            if let Some(values) = node.get_ref().as_array()
                && let Some(value) = steps.next().and_then(|index| values.get(index.parse::<usize>().ok()?))
            {
                place = value.span().start;
                table = value.get_ref().as_table();
            }
        }
        position_of(self.text, place)
    }

    /// The overlay's name of an operation of the file that it makes: it may have renamed it.
    fn operation_key(&self, made: &Table, index: &str) -> String {
        let name = made
            .get("operation")
            .and_then(|operations| operations.get(index.parse::<usize>().ok()?)?.get("name")?.as_str());
        let Some(name) = name else { return String::new() };
        let overlays = self.table.get("operation").and_then(Value::as_object);
        let renamed = overlays
            .into_iter()
            .flatten()
            .find(|(_, overlay)| overlay.get("name").and_then(Value::as_str) == Some(name));
        renamed.map_or_else(|| name.to_owned(), |(key, _)| key.clone())
    }
}

fn hint_last(faults: &mut Faults, hint: &str) {
    if let Some(fault) = faults.last_mut() {
        fault.hints.push(hint.to_owned());
    }
}

fn operations(table: &Table) -> Vec<(&str, &Table)> {
    let listed = table.get("operation").and_then(Value::as_array);
    let tables = listed.into_iter().flatten().filter_map(Value::as_object);
    tables
        .filter_map(|operation| Some((operation.get("name")?.as_str()?, operation)))
        .collect()
}

/// The path of what stands at a position: keys, and the numbers of elements.
fn path_at(document: &DeTable, text: &str, position: Position) -> Option<Vec<String>> {
    let line: usize = text.split_inclusive('\n').take(position.line - 1).map(str::len).sum();
    let before = text[line..]
        .chars()
        .take(position.column - 1)
        .map(char::len_utf8)
        .sum::<usize>();
    let mut path = Vec::new();
    is_in_table(document, line + before, &mut path).then_some(path)
}

fn is_in_table(table: &DeTable, offset: usize, path: &mut Vec<String>) -> bool {
    for (key, node) in table {
        path.push(key.get_ref().to_string());
        if is_in(node, offset, path) || key.span().contains(&offset) {
            return true;
        }
        path.pop();
    }
    false
}

fn is_in(node: &Spanned<DeValue>, offset: usize, path: &mut Vec<String>) -> bool {
    let is_inside = match node.get_ref() {
        DeValue::Table(table) => is_in_table(table, offset, path),
        DeValue::Array(values) => values.iter().enumerate().any(|(index, value)| {
            path.push(index.to_string());
            let found = is_in(value, offset, path);
            if !found {
                path.pop();
            }
            found
        }),
        _ => false,
    };
    is_inside || node.span().contains(&offset)
}
