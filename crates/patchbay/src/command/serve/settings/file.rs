//! The file of settings: TOML, a line for each, `port = 8080`.

use patchbay_model::Diagnostic;
use patchbay_model::diagnostic::nearest;
use patchbay_model::workflow::position_of;
use toml::de::{DeTable, DeValue};

use super::{Given, Layer, Source, keys, refused, wrong_value};

/// What the file says, and every fault of it.
pub fn read(name: &str, text: &str) -> (Layer, Vec<Diagnostic>) {
    let mut layer = Layer::new();
    let mut faults = Vec::new();
    let keys = keys();
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let offset = error.span().map_or(0, |span| span.start);
        let message = error.message().trim_end().replace('\n', ": ");
        faults.push(at(
            text,
            offset,
            Diagnostic::error("E1250", format!("not valid TOML: {message}")),
        ));
    }
    let mut entries: Vec<_> = document.get_ref().iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        let offset = key.span().start;
        let key = key.get_ref().as_ref();
        if !keys.iter().any(|known| known == key) {
            let mut fault = Diagnostic::error("E1251", format!("there is no setting `{key}`"));
            fault = match nearest(&key.replace('_', "-"), keys.iter().map(String::as_str)) {
                Some(known) => fault.hint(format!("did you mean `{known}`?")),
                None => fault.hint("`patchbay serve --show-config` prints them all"),
            };
            faults.push(at(text, offset, fault));
            continue;
        }
        let values = match value.get_ref() {
            DeValue::Array(values) => values.iter().map(|value| plain(value.get_ref())).collect(),
            value => plain(value).map(|value| vec![value]),
        };
        let Some(values) = values else {
            let fault = Diagnostic::error(
                "E1252",
                format!("`{key}` is text, a number, true or false, or a list of them"),
            );
            faults.push(at(text, offset, fault));
            continue;
        };
        if let Some(reason) = refused(key, &values) {
            faults.push(at(text, value.span().start, wrong_value(key, &values, &reason)));
            continue;
        }
        let source = Source::File {
            name: name.to_owned(),
            line: position_of(text, offset).line,
        };
        layer.insert(key.to_owned(), Given { values, source });
    }
    (layer, faults)
}

/// A value as it would stand on the command line.
fn plain(value: &DeValue) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().replace('_', "")),
        DeValue::Float(number) => Some(number.as_str().replace('_', "")),
        DeValue::Boolean(value) => Some(value.to_string()),
        _ => None,
    }
}

fn at(text: &str, offset: usize, mut fault: Diagnostic) -> Diagnostic {
    fault.position = Some(position_of(text, offset));
    fault
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes and lines of the faults.
    fn faults(text: &str) -> Vec<(&'static str, usize, Option<String>)> {
        let (_, faults) = read("f.toml", text);
        let told = faults.into_iter().map(|fault| {
            let line = fault.position.map_or(0, |position| position.line);
            (fault.code, line, fault.hints.into_iter().next())
        });
        told.collect()
    }

    #[test]
    fn every_fault_is_told_with_its_line() {
        let nearest = Some("did you mean `largest-body`?".to_owned());
        for (text, expected) in [
            ("port = 8080\nnodes = [\"a\", \"b\"]\n", vec![]),
            ("port = 8080\nlargest_bodi = 5\n", vec![("E1251", 2, nearest)]),
            ("\nport = 99999999\n", vec![("E1252", 2, None)]),
            ("port = \"x\"\nhost = 5\n", vec![("E1252", 1, None), ("E1252", 2, None)]),
            ("port = 1979-05-27\n", vec![("E1252", 1, None)]),
            ("[port]\na = 1\n", vec![("E1252", 1, None)]),
        ] {
            assert_eq!(faults(text), expected, "{text}");
        }
        assert_eq!(faults("port = \n")[0].0, "E1250");
    }

    #[test]
    fn values_come_with_their_places() {
        let (layer, _) = read("f.toml", "port = 8_080\n\nnodes = [\"a\", \"b\"]\ntest-webhooks = true");
        let found: Vec<_> = layer
            .iter()
            .map(|(key, given)| (key.as_str(), given.values.join(" "), &given.source))
            .collect();
        let line = |line| Source::File {
            name: "f.toml".to_owned(),
            line,
        };
        let expected = [
            ("nodes", "a b".to_owned(), &line(3)),
            ("port", "8080".to_owned(), &line(1)),
            ("test-webhooks", "true".to_owned(), &line(4)),
        ];
        assert_eq!(found, expected);
    }
}
