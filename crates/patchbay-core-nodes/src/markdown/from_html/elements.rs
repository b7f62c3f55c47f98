//! Which elements have lines of their own.

/// Elements that Markdown has a form for which has lines of its own.
pub(super) fn has_own_form(name: &str) -> bool {
    const NAMES: [&str; 16] = [
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "table",
        "td",
        "th",
        "caption",
        "hr",
    ];
    NAMES.contains(&name)
}

/// Elements that stand in paragraphs of their own.
pub(super) fn is_block(name: &str) -> bool {
    const BLOCKS: [&str; 24] = [
        "address",
        "article",
        "aside",
        "canvas",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "header",
        "hgroup",
        "main",
        "nav",
        "p",
        "section",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "output",
    ];
    BLOCKS.contains(&name)
}
