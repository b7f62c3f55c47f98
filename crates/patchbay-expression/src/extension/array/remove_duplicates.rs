//! `array.removeDuplicates`, `unique`.

use std::collections::HashMap;

use patchbay_model::Text;

use super::equality::{deep_equals, likeness, unique};
use crate::Js;
use crate::extension::{Body, Description, Example, Gives, Parameter};

pub const DESCRIPTION: Description = Description {
    name: "removeDuplicates",
    aliases: &["unique"],
    about: "The elements, each once; objects are compared by some of their properties or by all",
    parameters: &[Parameter::optional(
        "names",
        "the properties to compare objects by, any number of them",
    )],
    examples: &[
        Example(
            "[1, '1', 1, { a: 1 }, { a: 1 }].unique()",
            Gives::Json("[1,\"1\",{\"a\":1}]"),
        ),
        Example(
            "[{ a: 1, b: 1 }, { a: 1, b: 2 }].removeDuplicates('a')",
            Gives::Json("[{\"a\":1,\"b\":1}]"),
        ),
    ],
    body: Body::Array(|array, arguments| {
        let elements = array.elements().into_iter().flatten();
        if arguments.is_empty() {
            return Ok(Js::list(unique(elements)));
        }
        let names: Vec<Text> = arguments.values.iter().map(Js::to_property_key).collect();
        let mut kept: Vec<Js> = Vec::new();
        let mut seen: HashMap<u64, Vec<Js>> = HashMap::new();
        for element in elements {
            let alike = seen.entry(likeness_by(&names, &element)).or_default();
            if !alike.iter().any(|other| equal_by(&names, other, &element)) {
                alike.push(element.clone());
                kept.push(element);
            }
        }
        Ok(Js::list(kept))
    }),
};

/// The same for what [`equal_by`] takes for the same.
fn likeness_by(names: &[Text], element: &Js) -> u64 {
    if !element.is_object() {
        return likeness(element);
    }
    let values = names.iter().map(|name| element.own(name).unwrap_or_default());
    likeness(&Js::list(values.collect()))
}

/// Whether two objects have the same in these properties; what is no object is compared whole.
fn equal_by(names: &[Text], left: &Js, right: &Js) -> bool {
    if !left.is_object() || !right.is_object() {
        return deep_equals(left, right);
    }
    let value = |of: &Js, name: &Text| of.own(name).unwrap_or_default();
    names
        .iter()
        .all(|name| deep_equals(&value(left, name), &value(right, name)))
}
