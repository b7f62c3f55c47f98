//! `array.compact`: an array without what says nothing.

use crate::Js;
use crate::extension::object::{compact_object, is_kept};
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "compact",
    aliases: &[],
    about: "The array without elements that are null, undefined, `''`, `'nil'` or empty; those that are objects are compacted too",
    parameters: &[],
    examples: &[
        Example(
            "[1, null, '', 0, [], {}, { a: null, b: 1 }].compact()",
            Gives::Json("[1,0,{\"b\":1}]"),
        ),
        Example("[[1, null]].compact()", Gives::Json("[{\"0\":1}]")),
    ],
    body: Body::Array(|array, _| {
        let kept = array.elements().into_iter().flatten().filter(is_kept);
        Ok(Js::list(kept.map(|value| compact_object(&value)).collect()))
    }),
};
