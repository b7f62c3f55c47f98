//! Markdown and what n8n makes of it.

use super::*;

#[test]
fn markdown_becomes_html() {
    for (markdown, expected) in [
        ("", ""),
        ("  x  ", "<p>x  </p>"),
        ("# A\n# A\nb", "<h1 id=\"a\">A</h1>\n<h1 id=\"a-1\">A</h1>\n<p>b</p>"),
        ("#Title & *x* #", "<h1 id=\"titlex\">Title &amp; <em>x</em></h1>"),
        ("A\n===\nB\n---", "<h1 id=\"a\">A</h1>\n<h2 id=\"b\">B</h2>"),
        ("a\n- b\n  - c", "<p>a</p>\n<ul>\n<li>b</li>\n<li>c</li>\n</ul>"),
        (
            "- a\n    - b\n        - c\n- d\n\n\ntext",
            "<ul>\n<li>a<ul>\n<li>b<ul>\n<li>c</li></ul></li></ul></li>\n<li>d</li>\n</ul>\n<p>text</p>",
        ),
        (
            "1. a\n1. b\n\n- c",
            "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n<ul>\n<li>c</li>\n</ul>",
        ),
        ("3. a", "<ol start=\"3\">\n<li>a</li>\n</ol>"),
        ("* x\n\n* y", "<ul>\n<li><p>x</p></li>\n<li><p>y</p></li>\n</ul>"),
        (
            "1. a\n\n   para\n2. b",
            "<ol>\n<li><p>a</p>\n<p>para</p></li>\n<li><p>b</p></li>\n</ol>",
        ),
        ("> a\nb\n\nc", "<blockquote>\n  <p>a\n  b</p>\n</blockquote>\n<p>c</p>"),
        (
            "```js\n1 < 2\n```",
            "<pre><code class=\"js language-js\">1 &lt; 2\n</code></pre>",
        ),
        ("    x\n    y\n\nz", "<pre><code>x\ny\n</code></pre>\n<p>z</p>"),
        (
            "text\n<div>\n*a*\n\nb\n</div>\nafter",
            "<p>text</p>\n<div>\n*a*\n\nb\n</div>\n<p>after</p>",
        ),
        ("a\n\n---\n\nb", "<p>a</p>\n<hr />\n<p>b</p>"),
        (
            "[x][1] [y]( z \"t\")\n\n[1]: http://a.b",
            "<p><a href=\"http://a.b\">x</a> <a href=\"z\" title=\"t\">y</a></p>",
        ),
    ] {
        assert_eq!(convert(markdown, &Options::default()), expected, "{markdown}");
    }
}
