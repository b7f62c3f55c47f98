//! `number.format`: a number as people of a language write it.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives, Parameter};
use crate::native;

pub const DESCRIPTION: Description = Description {
    name: "format",
    aliases: &[],
    about: "The number as a language writes it, as `Intl.NumberFormat` has it",
    parameters: &[
        Parameter::optional("locale", "a BCP 47 tag, `en-US` by default"),
        Parameter::optional("options", "what `Intl.NumberFormat` takes"),
    ],
    examples: &[
        Example("(1234.5).format()", Gives::Json("\"1,234.5\"")),
        Example("(1234.5).format('de-DE')", Gives::Json("\"1.234,5\"")),
    ],
    body: Body::Number(|number, arguments| {
        let mut given = arguments.values.to_vec();
        if let Some(locale) = given.first_mut()
            && !locale.is_nullish()
            && locale.as_str().is_none()
        {
            // As for `Intl`, what is no text names no locale.
            *locale = Js::Undefined;
        }
        native::call_method(&Js::number(number), "toLocaleString", &given, arguments.scope)
    }),
};
