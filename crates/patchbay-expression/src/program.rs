//! The JavaScript of one `{{ }}`.

use patchbay_model::Text;

/// One piece of JavaScript, parsed.
#[derive(Debug)]
pub struct Program {
    /// What stands between the braces, as n8n would run it.
    pub source: Text,
    /// Where it begins in the expression's text, in bytes.
    pub offset: usize,
}
