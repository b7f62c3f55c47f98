//! The text of an element: as it is, or laid out in lines of at most 80 characters, with lists, headings and links.

use std::cmp::max;

use scraper::node::Node;
use scraper::{ElementRef, Selector};

/// The text as it is in the document, without scripts and styles.
pub fn plain(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    append_plain(element, &mut text);
    text
}

fn append_plain(element: ElementRef<'_>, text: &mut String) {
    for child in element.children() {
        match child.value() {
            Node::Text(part) => text.push_str(part),
            Node::Element(inner) if matches!(inner.name(), "script" | "style") => {}
            _ => {
                if let Some(inner) = ElementRef::wrap(child) {
                    append_plain(inner, text);
                }
            }
        }
    }
}

/// The text of what is inside an element, laid out; elements that a selector matches are left out.
pub fn formatted(element: ElementRef<'_>, skip: &[Selector]) -> String {
    const WIDTH: usize = 80;
    let mut block = Block::new(WIDTH);
    let layout = Layout { skip };
    layout.children(element, &mut block, 0);
    block.finish()
}

struct Layout<'a> {
    skip: &'a [Selector],
}

impl Layout<'_> {
    fn children(&self, element: ElementRef<'_>, block: &mut Block, list_depth: usize) {
        for child in element.children() {
            match child.value() {
                Node::Text(text) => block.add_text(text),
                Node::Element(_) => {
                    if let Some(element) = ElementRef::wrap(child) {
                        self.element(element, block, list_depth);
                    }
                }
                _ => {}
            }
        }
    }

    fn element(&self, element: ElementRef<'_>, block: &mut Block, list_depth: usize) {
        if self.skip.iter().any(|selector| selector.matches(&element)) {
            return;
        }
        match element.value().name() {
            "script" | "style" | "head" | "title" => {}
            "br" => block.add_line_break(),
            "wbr" => block.glued = true,
            "hr" => block.nested(2, 2, |inner| inner.add_word(&"-".repeat(inner.width))),
            "h1" | "h2" | "h3" => self.heading(element, block, list_depth, 3),
            "h4" | "h5" | "h6" => self.heading(element, block, list_depth, 2),
            "p" | "table" => block.nested(2, 2, |inner| self.children(element, inner, list_depth)),
            "pre" => block.nested(2, 2, |inner| {
                inner.add_lines(&plain(element));
            }),
            "blockquote" => block.nested(2, 2, |inner| {
                let mut quoted = Block::new(inner.width.saturating_sub(2));
                self.children(element, &mut quoted, list_depth);
                let lines: Vec<String> = quoted.finish().lines().map(|line| format!("> {line}")).collect();
                inner.add_lines(&lines.join("\n"));
            }),
            "ul" => self.list(element, block, list_depth, |_| " * ".to_owned()),
            "ol" => {
                let start = element
                    .attr("start")
                    .and_then(|start| start.parse().ok())
                    .unwrap_or(1_i64);
                self.list(element, block, list_depth, |place| {
                    format!(" {}. ", start + place as i64)
                });
            }
            "article" | "aside" | "div" | "footer" | "form" | "header" | "main" | "nav" | "section" => {
                block.nested(1, 1, |inner| self.children(element, inner, list_depth));
            }
            "a" => self.link(element, block, list_depth),
            "img" => {
                let alt = element.attr("alt").unwrap_or_default();
                match element.attr("src") {
                    None | Some("") => block.add_text(alt),
                    Some(source) if alt.is_empty() => block.add_unchanged(&format!("[{source}]")),
                    Some(source) => block.add_unchanged(&format!("{alt} [{source}]")),
                }
            }
            _ => self.children(element, block, list_depth),
        }
    }

    fn heading(&self, element: ElementRef<'_>, block: &mut Block, list_depth: usize, before: usize) {
        block.nested(before, 2, |inner| {
            inner.upper += 1;
            self.children(element, inner, list_depth);
            inner.upper -= 1;
        });
    }

    fn link(&self, element: ElementRef<'_>, block: &mut Block, list_depth: usize) {
        let words = block.words_seen;
        self.children(element, block, list_depth);
        let target = element.attr("href").unwrap_or_default();
        let target = target.strip_prefix("mailto:").unwrap_or(target);
        if target.is_empty() || target.starts_with('#') {
            return;
        }
        if block.words_seen > words {
            block.add_unchanged(&format!(" [{target}]"));
        } else {
            block.add_unchanged(target);
        }
    }

    fn list(&self, element: ElementRef<'_>, block: &mut Block, depth: usize, prefix: impl Fn(usize) -> String) {
        let lines = if depth == 0 { 2 } else { 1 };
        // A list in a list begins where the text of its entry does.
        let prefix = |place| match prefix(place) {
            prefix if depth > 0 => prefix.trim_start().to_owned(),
            prefix => prefix,
        };
        let entries: Vec<ElementRef> = element
            .children()
            .filter_map(ElementRef::wrap)
            .filter(|entry| entry.value().name() == "li")
            .collect();
        let width = (0..entries.len())
            .map(|place| prefix(place).chars().count())
            .max()
            .unwrap_or(0);
        block.nested(lines, lines, |inner| {
            for (place, entry) in entries.into_iter().enumerate() {
                if self.skip.iter().any(|selector| selector.matches(&entry)) {
                    continue;
                }
                let mut text = Block::new(inner.width.saturating_sub(width));
                text.upper = inner.upper;
                self.children(entry, &mut text, depth + 1);
                let trailing = text.pending;
                let text = text.finish();
                let indent = " ".repeat(width);
                let mut lines = text.split('\n').enumerate().map(|(index, line)| match index {
                    0 => format!("{:<width$}{line}", prefix(place)),
                    _ if line.is_empty() => String::new(),
                    _ => format!("{indent}{line}"),
                });
                let first = lines.next().unwrap_or_default();
                let text = lines.fold(first, |text, line| text + "\n" + &line);
                inner.break_lines(1);
                inner.add_lines(&text);
                inner.break_lines(max(1, trailing));
            }
        });
    }
}

/// Text that is being laid out.
struct Block {
    width: usize,
    text: String,
    /// Characters of the last line.
    column: usize,
    /// Line breaks to make before the next word.
    pending: usize,
    /// White space came since the last word.
    space: bool,
    /// The next word goes on without a break.
    glued: bool,
    /// How many headings we are in: their words are in capitals.
    upper: usize,
    words_seen: usize,
}

impl Block {
    fn new(width: usize) -> Self {
        Self {
            width: width.max(1),
            text: String::new(),
            column: 0,
            pending: 0,
            space: false,
            glued: false,
            upper: 0,
            words_seen: 0,
        }
    }

    /// Text inside with line breaks before and after it, of which the larger number of neighbours counts.
    fn nested(&mut self, before: usize, after: usize, fill: impl FnOnce(&mut Self)) {
        self.break_lines(before);
        fill(self);
        self.break_lines(after);
    }

    fn break_lines(&mut self, count: usize) {
        self.pending = max(self.pending, count);
        self.space = false;
    }

    fn add_line_break(&mut self) {
        if self.pending > 0 && self.text.is_empty() {
            self.pending = 0;
        }
        self.flush();
        self.text.push('\n');
        self.column = 0;
        self.space = false;
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            for _ in 0..self.pending {
                self.text.push('\n');
            }
            if self.pending > 0 {
                self.column = 0;
            }
        }
        self.pending = 0;
    }

    fn add_text(&mut self, text: &str) {
        let white = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{c}' | '\u{200b}');
        if text.starts_with(white) {
            self.space = true;
        }
        let mut words = text.split(white).filter(|word| !word.is_empty()).peekable();
        while let Some(word) = words.next() {
            if self.upper > 0 {
                self.add_word(&word.to_uppercase());
            } else {
                self.add_word(word);
            }
            self.words_seen += 1;
            self.space = words.peek().is_some();
        }
        if text.ends_with(white) {
            self.space = true;
        }
    }

    /// Words that keep their letters' case, and that a link does not count as its own.
    fn add_unchanged(&mut self, text: &str) {
        if text.starts_with(' ') {
            self.space = true;
        }
        for (place, word) in text.split(' ').filter(|word| !word.is_empty()).enumerate() {
            self.space |= place > 0;
            self.add_word(word);
            self.space = false;
        }
    }

    fn add_word(&mut self, word: &str) {
        self.flush();
        let length = word.chars().count();
        if self.space && self.column > 0 && !self.glued {
            if self.column + 1 + length > self.width {
                self.text.push('\n');
                self.column = 0;
            } else {
                self.text.push(' ');
                self.column += 1;
            }
        }
        self.space = false;
        self.glued = false;
        self.text.push_str(word);
        self.column += length;
    }

    /// Lines that are laid out already.
    fn add_lines(&mut self, lines: &str) {
        if lines.is_empty() {
            return;
        }
        self.flush();
        self.text.push_str(lines);
        self.words_seen += 1;
        self.column = lines.rsplit('\n').next().map_or(0, |line| line.chars().count());
        self.space = false;
    }

    fn finish(self) -> String {
        self.text.trim_end_matches(' ').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_laid_out() {
        let line = "-".repeat(80);
        for (html, text) in [
            ("<h1>Head</h1><p>p1</p><p>p2</p>", "HEAD\n\np1\n\np2"),
            ("<h1>a</h1><h1>b</h1>", "A\n\n\nB"),
            ("a<br>b<br><br>c", "a\nb\n\nc"),
            ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", " * a\n * b\n   * c"),
            ("<ol start=\"9\"><li>a</li><li>b</li></ol>", " 9.  a\n 10. b"),
            ("<ul><li><p>x</p></li><li>y</li></ul>", " * x\n\n * y"),
            ("<a href=\"http://x.y/z\"> sp </a>", "sp [http://x.y/z]"),
            ("<a href=\"/x\"><img src=\"i.png\"></a>", "[i.png]/x"),
            ("<a href=\"#q\">anchor</a>", "anchor"),
            ("<img src=\"x.png\" alt=\"A\">", "A [x.png]"),
            ("<blockquote>quote<br>two</blockquote>after", "> quote\n> two\n\nafter"),
            ("a<hr>b", &format!("a\n\n{line}\n\nb")),
            ("<pre>  code\n   x</pre>after", "  code\n   x\n\nafter"),
            ("<div>a</div><div>b</div>", "a\nb"),
            ("  lead  <b> x </b>  y ", "lead x y"),
            ("<table><tr><td>a</td><td>b</td></tr></table>", "ab"),
        ] {
            let document = scraper::Html::parse_document(&format!("<div id=r>{html}</div>"));
            let selector = Selector::parse("#r").expect("a selector");
            let element = document.select(&selector).next().expect("an element");
            assert_eq!(formatted(element, &[]), text, "{html}");
        }
    }

    #[test]
    fn long_lines_are_broken() {
        let document = scraper::Html::parse_document(&format!("<p>{}</p>", "word ".repeat(40)));
        let text = formatted(document.root_element(), &[]);
        assert!(text.lines().all(|line| line.chars().count() <= 80));
        assert_eq!(text.lines().count(), 3);
    }
}
