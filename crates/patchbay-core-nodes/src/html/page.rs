//! HTML as a tree that does not nest too deeply: whoever walks it may call itself for each level.

use html5ever::driver::Parser;
use html5ever::tendril::TendrilSink as _;
use html5ever::{QualName, local_name, ns};
use patchbay_node::NodeError;
use scraper::{Html, HtmlTreeSink};

/// So many levels of elements may lie in one another. n8n itself fails somewhat beyond.
const DEEPEST: usize = 1500;

/// In bytes. The parser walks up all levels for some tags, so the depth is looked at before they are too many.
const PIECE: usize = 1 << 14;

/// A whole page: what lacks `html` and `body` gets them.
///
/// # Errors
///
/// E0399, where it nests too deeply.
pub(crate) fn document(html: &str) -> Result<Html, NodeError> {
    let sink = HtmlTreeSink::new(Html::new_document());
    parsed(
        html5ever::driver::parse_document(sink, html5ever::ParseOpts::default()),
        html,
    )
}

/// As [`document`], of a part of a page.
pub(crate) fn fragment(html: &str) -> Result<Html, NodeError> {
    let sink = HtmlTreeSink::new(Html::new_fragment());
    let body = QualName::new(None, ns!(html), local_name!("body"));
    let options = html5ever::ParseOpts::default();
    parsed(
        html5ever::driver::parse_fragment(sink, options, body, Vec::new(), false),
        html,
    )
}

fn parsed(mut parser: Parser<HtmlTreeSink>, html: &str) -> Result<Html, NodeError> {
    let mut rest = html;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE));
        parser.process(piece.into());
        let page = parser.tokenizer.sink.sink.0.borrow();
        if page
            .tree
            .nodes()
            .next_back()
            .is_some_and(|node| is_too_deep(node.ancestors()))
        {
            return Err(too_deep());
        }
        rest = after;
    }
    let page = parser.finish();
    if page.tree.nodes().any(|node| is_too_deep(node.ancestors())) {
        return Err(too_deep());
    }
    Ok(page)
}

fn is_too_deep<T>(mut ancestors: impl Iterator<Item = T>) -> bool {
    ancestors.nth(DEEPEST).is_some()
}

fn too_deep() -> NodeError {
    NodeError::new(
        "E0399",
        format!("The HTML has more than {DEEPEST} levels of elements in one another"),
    )
    .hint("look at the document: are its elements closed?")
}
