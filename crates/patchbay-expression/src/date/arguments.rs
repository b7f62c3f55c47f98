//! Reading what an expression passes to a method: missing arguments and options objects.

use patchbay_model::Text;

use crate::Js;

/// The arguments of a call; those that are missing are undefined.
pub struct Arguments<'a>(pub &'a [Js]);

impl<'a> Arguments<'a> {
    pub fn at(&self, index: usize) -> &'a Js {
        self.0.get(index).unwrap_or(&Js::Undefined)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All arguments, an array among them spread.
    pub fn flattened(&self) -> Vec<Js> {
        self.0.iter().flat_map(listed).collect()
    }
}

/// The elements of an array, or the value alone.
pub fn listed(value: &Js) -> Vec<Js> {
    value.to_elements().unwrap_or_else(|| vec![value.clone()])
}

/// A property of an options object; undefined where there is none.
pub fn property(object: &Js, name: &str) -> Js {
    object.own(name).unwrap_or_default()
}

/// The text of an option, if it is there.
pub fn text_option(object: &Js, name: &str) -> Option<Text> {
    let value = property(object, name);
    (!value.is_nullish()).then(|| value.to_text())
}

/// Whether an option is truthy, with what holds where it is not there.
pub fn flag(object: &Js, name: &str, default: bool) -> bool {
    match property(object, name) {
        Js::Undefined => default,
        value => value.truthy(),
    }
}
