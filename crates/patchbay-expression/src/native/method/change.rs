//! Methods of arrays that change them.

use patchbay_model::Scope;

use super::{argument, array, relative};
use crate::native::check_length;
use crate::native::place::Owned;
use crate::{Error, Js};

/// Calls a method on an array that nobody else knows: its result, and the array.
pub(in crate::native) fn change_array(
    mut array: Js,
    name: &str,
    arguments: Vec<Js>,
    scope: &Scope<'_>,
) -> Result<(Js, Js), Error> {
    let Owned::List(elements) = array.owned()? else {
        return Err(Error::unsupported("a change of what is no array"));
    };
    let length = elements.len();
    let result = match name {
        "push" => {
            check_length(length + arguments.len())?;
            elements.extend(arguments);
            Js::count(elements.len())
        }
        "pop" => elements.pop().unwrap_or_default(),
        "shift" if length == 0 => Js::Undefined,
        "shift" => elements.remove(0),
        "unshift" => {
            elements.splice(0..0, arguments);
            Js::count(elements.len())
        }
        "splice" => splice(elements, &arguments),
        _ => {
            match name {
                "sort" => {
                    let mut taken = std::mem::take(elements);
                    array::sort(&mut taken, argument(&arguments, 0), scope)?;
                    *elements = taken;
                }
                "reverse" => elements.reverse(),
                "fill" => {
                    let start = relative(argument(&arguments, 1), length, 0);
                    let end = relative(argument(&arguments, 2), length, length);
                    if let Some(range) = elements.get_mut(start..end) {
                        range.fill(argument(&arguments, 0).clone());
                    }
                }
                _ => return Err(Error::unsupported(format!("an array's `{name}`"))),
            }
            // Their result is the array itself: two who know it from here on.
            return Ok((array.clone(), array));
        }
    };
    Ok((result, array))
}

/// Takes elements out and puts others in; gives those that were taken.
pub(super) fn splice(elements: &mut Vec<Js>, arguments: &[Js]) -> Js {
    let length = elements.len();
    let start = relative(argument(arguments, 0), length, 0);
    let count = match arguments {
        [] => 0,
        [_] => length - start,
        [_, count, ..] => count.to_integer().clamp(0.0, (length - start) as f64) as usize,
    };
    let new = arguments.get(2..).unwrap_or_default().to_vec();
    Js::list(elements.splice(start..start + count, new).collect())
}
