//! `$average`.

use crate::extension::array::average;
use crate::extension::{Body, Description, Example, Gives, Parameter};

pub const DESCRIPTION: Description = Description {
    name: "$average",
    aliases: &["average"],
    about: "The mean of the arguments, which must be numbers; 0 for none",
    parameters: &[Parameter::required("numbers", "any number of them")],
    examples: &[
        Example("$average(1, 2, 6)", Gives::Json("3")),
        Example(
            "$average([1, 2])",
            Gives::Error("average(): all array elements must be numbers"),
        ),
    ],
    body: Body::Function(|arguments| average(arguments.values.iter().cloned())),
};
