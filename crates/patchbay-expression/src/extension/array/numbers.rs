//! The elements of an array that is to hold numbers only.

use crate::{Error, Js};

/// The numbers; n8n's error, which names the function, where something else is among them.
pub fn numbers<'a>(function: &str, values: impl Iterator<Item = Js> + 'a) -> Result<Vec<f64>, Error> {
    values
        .map(|value| value.as_number())
        .collect::<Option<_>>()
        .ok_or_else(|| Error::new(format!("{function}(): all array elements must be numbers")))
}
