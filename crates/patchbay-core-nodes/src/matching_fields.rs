//! The pairs of fields by which items of two inputs belong together, as Merge and Compare Datasets name them:
//! `{"mergeByFields": {"values": [{"field1", "field2"}]}}`. What a pair means is the nodes' affair.

use patchbay_node::{Context, NodeError};

use crate::path::Path;

/// What is said where not one pair is filled in.
pub const NONE: &str = "You need to define at least one pair of fields in \"Fields to Match\" to match on";

/// The pairs: the path in the first input, the path in the second. A list without any pair is fine, and gives none.
///
/// # Errors
///
/// `code`, where a pair lacks a field, and where there is no list: the editor begins with a pair that is not filled in.
pub fn pairs(context: &Context<'_>, dots: bool, code: &'static str) -> Result<Vec<[Path; 2]>, NodeError> {
    const PARAMETER: &str = "mergeByFields.values";
    if context.parameter("mergeByFields").is_none() {
        return Err(NodeError::new(code, NONE).parameter("mergeByFields"));
    }
    let mut pairs = Vec::new();
    for index in 0..context.parameter(PARAMETER).map_or(0, |list| list.elements().len()) {
        let field = |key: &str| context.text(&format!("{PARAMETER}.{index}.{key}"), 0);
        pairs.push([Path::new(&field("field1")?, dots), Path::new(&field("field2")?, dots)]);
    }
    let empty = |path: &Path| path.as_str().is_empty();
    let Some(place) = pairs.iter().position(|pair| pair.iter().any(empty)) else {
        return Ok(pairs);
    };
    let message = if pairs[0].iter().all(empty) {
        NONE.to_owned()
    } else {
        let [one, two] = pairs[place].each_ref().map(Path::as_str);
        format!(
            "You need to define both fields in \"Fields to Match\" for pair {},\n\t\t\t\t field 1 = '{one}'\n\t\t\t\t field 2 = '{two}'",
            place + 1
        )
    };
    Err(NodeError::new(code, message).parameter("mergeByFields"))
}
