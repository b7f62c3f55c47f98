//! QuickJS: what the native evaluator does not know runs here, with limits on memory, time and stack, and with
//! nothing of the host in reach but n8n's scope.

use patchbay_model::Scope;

use crate::program::Program;
use crate::{Error, Js};

/// Evaluates the JavaScript of one `{{ }}`.
pub fn evaluate(_program: &Program, _scope: &Scope<'_>) -> Result<Js, Error> {
    Err(Error::unsupported("QuickJS"))
}
