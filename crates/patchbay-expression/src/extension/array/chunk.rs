//! `array.chunk`.

use crate::error::Kind;
use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "chunk",
    aliases: &[],
    about: "The array in pieces of a length; the last may be shorter",
    parameters: &[Parameter::required("length", "a number other than 0")],
    examples: &[
        Example("[1, 2, 3, 4, 5].chunk(2)", Gives::Json("[[1,2],[3,4],[5]]")),
        Example(
            "[1].chunk('2')",
            Gives::Error("chunk(): expected non-zero numeric arg, e.g. .chunk(5)"),
        ),
    ],
    body: Body::Array(chunk),
};

fn chunk(array: &Js, arguments: &Arguments<'_>) -> Result<Js, Error> {
    let length = arguments.get(0).as_number().filter(|length| *length != 0.0);
    let length = length.ok_or_else(|| Error::new("chunk(): expected non-zero numeric arg, e.g. .chunk(5)"))?;
    let elements = array.to_elements().unwrap_or_default();
    let total = elements.len() as f64;
    // n8n would not come to an end.
    if !elements.is_empty() && (length < 0.0 || total / length > 1e7) {
        return Err(Error::of(Kind::Limit, "chunk(): the length must be at least 1"));
    }
    let mut chunks = Vec::new();
    let mut start = 0.0;
    while start < total {
        let end = start + length;
        // `slice` cuts fractions off; NaN is 0.
        let range = (start as usize)..(if end.is_nan() { 0.0 } else { end.min(total) } as usize);
        chunks.push(Js::list(elements.get(range).unwrap_or_default().to_vec()));
        start = end;
    }
    Ok(Js::list(chunks))
}
