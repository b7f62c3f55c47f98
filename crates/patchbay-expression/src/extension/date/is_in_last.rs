//! `date.isInLast`.

use indexmap::IndexMap;

use crate::date;
use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "isInLast",
    aliases: &[],
    about: "Whether the date lies in the time that has just passed",
    parameters: &[
        Parameter::required("amount", "how many units back"),
        Parameter::optional("unit", "`minutes` (the default), `days` and so on"),
    ],
    examples: &[
        Example("$now.minus(3, 'days').isInLast(5, 'days')", Gives::Json("true")),
        Example("$now.minus(3, 'days').isInLast(5)", Gives::Json("false")),
        Example("$now.plus(1, 'day').isInLast(5, 'days')", Gives::Json("false")),
    ],
    body: Body::Date(is_in_last),
};

fn is_in_last(date: &Js, arguments: &Arguments<'_>) -> Result<Js, Error> {
    let unit = match arguments.get(1) {
        Js::Undefined => "minutes".into(),
        unit => unit.to_property_key(),
    };
    let amount = match arguments.get(0) {
        Js::Undefined => Js::number(0),
        amount => amount.clone(),
    };
    let now = date::call_static("DateTime", "now", &[], arguments.scope)?;
    let duration = Js::record(IndexMap::from([(unit, amount)]));
    let start = date::call(&now, "minus", &[duration], arguments.scope)?;
    let time = date.to_number();
    Ok(Js::boolean(start.to_number() <= time && time <= now.to_number()))
}
