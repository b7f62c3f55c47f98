//! HTML and what n8n makes of it.

use super::*;

#[test]
fn html_becomes_markdown() {
    let options = Options {
        bullet: "*".into(),
        fence: "```".into(),
        emphasis: "_".into(),
        strong: "**".into(),
        indented_code: false,
        keep_data_images: false,
        ignored: Vec::new(),
        blocks: Vec::new(),
        most_newlines: 3,
        references: false,
        global_escape: None,
        line_start_escape: None,
        replacements: Vec::new(),
    };
    for (html, expected) in [
        ("  a  ", " a "),
        (" <p>a</p> <b>x</b> y", "a\n\n**x** y"),
        ("a<br><br><br><br><br>b", "a  \n  \n  \nb"),
        ("<p>a</p>\n\n\n<p>b</p>", "a\n\nb"),
        ("<b> a </b>c", " **a** c"),
        ("<b>a</b><b>c</b>", "**a** **c**"),
        (
            "<p>1. x</p><p>- y</p><p># z</p><p>> q</p>",
            "1\\. x\n\n\\- y\n\n\\# z\n\n\\> q",
        ),
        (
            "a_b*c`d[e]f\\g~h|i!j(k){l}.m",
            "a\\_b\\*c\\`d\\[e\\]f\\\\g\\~h|i!j(k){l}.m",
        ),
        ("<a href='u' title='t'>x</a> <a href='u'>u</a>", "[x](u \"t\") <u>"),
        ("<a href='a_(b*)'>x</a>", "[x](a%5F%28b%2A%29)"),
        ("<img src='x' alt='y'><img src='data:z'>", "![y](x)"),
        ("<h3>a<br>b</h3>c", "### a  \nb\n\nc"),
        (
            "<ul><li>a<ol><li>b</li><li>c</li></ol></li><li></li></ul>",
            "* a  \n   1. b  \n   2. c",
        ),
        (
            "<table><tr><td><h2>x</h2><p>y</p><ul><li>z</li></ul></td></tr></table>",
            "| xyz |\n| --- |",
        ),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n> \n>> b"),
        (
            "<table><tr><td>a</td><td>b|</td></tr><tr><td>longer</td></tr></table>",
            "| a      | b\\| |\n| ------ | --- |\n| longer |     |",
        ),
        ("<pre><code class='language-js'>a\n b</code></pre>", "```js\na\n b\n```"),
        ("<code>a`b</code>", "`` a`b ``"),
        ("<ul>\n <li>a</li>\n <li><p>b</p><p>c</p></li>\n</ul>", "* a\n* b  \nc"),
    ] {
        assert_eq!(convert(html, &options).as_deref().ok(), Some(expected), "{html}");
    }
}
