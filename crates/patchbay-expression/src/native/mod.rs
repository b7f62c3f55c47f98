//! The native evaluator: walks the tree that `syntax` made, over data that it never copies.
//!
//! It knows what real expressions use. What it meets at run time and does not know, or can not do without another
//! part of the expression seeing it, ends the evaluation as `Kind::Unsupported`, and QuickJS runs the expression
//! anew: nothing that happened natively can be seen from outside. So do loops, recursions and texts that grow
//! beyond what expressions need: QuickJS has limits for them.

mod call;
mod closure;
mod evaluate;
mod global;
mod json;
mod member;
mod method;
mod operator;
mod path;
mod place;
mod statement;
pub(crate) mod units;

pub use call::{call_global, call_method, call_static};
pub use closure::Closure;
pub use json::stringify;
pub use member::get_property;

use std::rc::Rc;

use patchbay_model::Scope;

use crate::syntax::Tree;
use crate::{Error, Js};
use closure::{Activation, Budget};

/// Texts and arrays beyond this length are QuickJS's, which bounds its memory.
const LARGEST: usize = 1 << 24;

/// The value of a program.
pub(crate) fn evaluate(tree: &Tree, scope: &Scope<'_>) -> Result<Js, Error> {
    let evaluation = Evaluation {
        scope,
        activation: None,
        budget: None,
    };
    evaluation.value(tree)
}

/// What is running: the program itself, or one call of one of its functions.
struct Evaluation<'e> {
    scope: &'e Scope<'e>,
    activation: Option<&'e Rc<Activation>>,
    budget: Option<&'e Rc<Budget>>,
}

/// Refuses what is too long to be made here.
fn check_length(length: usize) -> Result<(), Error> {
    if length > LARGEST {
        return Err(Error::unsupported("a very long text or array"));
    }
    Ok(())
}
