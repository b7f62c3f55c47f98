//! `array.renameKeys`.

use indexmap::IndexMap;
use patchbay_model::Text;

use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "renameKeys",
    aliases: &[],
    about: "The array with properties of its objects renamed; a renamed one comes last",
    parameters: &[
        Parameter::required("from", "the property's name"),
        Parameter::required("to", "its new name; more pairs may follow"),
    ],
    examples: &[
        Example(
            "[{ a: 1, b: 2 }, { b: 3 }].renameKeys('a', 'x')",
            Gives::Json("[{\"b\":2,\"x\":1},{\"b\":3}]"),
        ),
        Example("[{ a: 1 }].renameKeys('a')", Gives::Error(ODD)),
    ],
    body: Body::Array(rename_keys),
};

const ODD: &str = "renameKeys(): expected an even amount of args: from1, to1 [, from2, to2, ...]. \
                   e.g. .renameKeys(\"name\", \"title\")";

fn rename_keys(array: &Js, arguments: &Arguments<'_>) -> Result<Js, Error> {
    if arguments.is_empty() || arguments.len() % 2 == 1 {
        return Err(Error::new(ODD));
    }
    let names: Vec<Text> = arguments.values.iter().map(Js::to_property_key).collect();
    let renamed = array.elements().into_iter().flatten().map(|element| {
        let Some(mut entries) = properties(&element) else {
            return element;
        };
        for pair in names.chunks_exact(2) {
            let [from, to] = pair else { continue };
            if let Some(value) = entries.get(from).cloned() {
                entries.insert(to.clone(), value);
                entries.shift_remove(from);
            }
        }
        Js::record(entries)
    });
    Ok(Js::list(renamed.collect()))
}

/// The properties of an object or an array.
fn properties(value: &Js) -> Option<IndexMap<Text, Js>> {
    if let Some(entries) = value.entries() {
        return Some(entries.map(|(key, value)| (key.clone(), value)).collect());
    }
    let elements = value.elements()?;
    Some(
        elements
            .enumerate()
            .map(|(index, value)| (index.to_string().into(), value))
            .collect(),
    )
}
