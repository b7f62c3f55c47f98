//! `numberList`.

use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "numberList",
    aliases: &[],
    about: "The whole numbers from one to another, up or down",
    parameters: &[
        Parameter::required("start", "a whole number"),
        Parameter::required("end", "a whole number"),
    ],
    examples: &[
        Example("numberList(1, 4)", Gives::Json("[1,2,3,4]")),
        Example("numberList(3, 1)", Gives::Json("[3,2,1]")),
    ],
    body: Body::Function(number_list),
};

fn number_list(arguments: &Arguments<'_>) -> Result<Js, Error> {
    /// More would not fit into any item.
    const MOST: f64 = 1e7;
    let (start, end) = (arguments.get(0).to_number(), arguments.get(1).to_number());
    let length = (end - start).abs() + 1.0;
    if !length.is_finite() || length.fract() != 0.0 || length > MOST {
        return Err(Error::range("Invalid array length"));
    }
    let step = if start < end { 1.0 } else { -1.0 };
    let numbers = (0..length as u32).map(|place| Js::number(start + step * f64::from(place)));
    Ok(Js::list(numbers.collect()))
}
