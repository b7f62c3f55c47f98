//! Markdown to HTML: the blocks of a document, line by line. What stands inside of a line is [`super::inline`]'s.

mod options;
mod table;

use std::cell::RefCell;
use std::collections::HashMap;

pub use options::Options;

use super::inline::{self, Reference};

pub fn convert(markdown: &str, options: &Options) -> String {
    let markdown = markdown.replace("\r\n", "\n").replace('\t', "    ");
    let first = markdown.lines().next().unwrap_or_default();
    let indent = if options.unindented {
        &first[..first.len() - first.trim_start_matches(' ').len()]
    } else {
        ""
    };
    let mut references = HashMap::new();
    let lines: Vec<&str> = markdown
        .lines()
        .map(|line| line.strip_prefix(indent).unwrap_or(line))
        .filter(|line| {
            let found = Reference::parse(line);
            let is_text = found.is_none();
            references.extend(found);
            is_text
        })
        .collect();
    let writer = Writer {
        options,
        references,
        ids: RefCell::default(),
    };
    let html = writer.blocks(&lines);
    if options.whole_document && !html.is_empty() {
        format!(
            "<!DOCTYPE HTML>\n<html>\n<head>\n<meta charset=\"utf-8\">\n</head>\n<body>\n{}\n</body>\n</html>",
            html.trim()
        )
    } else {
        html
    }
}

struct Writer<'a> {
    options: &'a Options,
    references: HashMap<String, Reference>,
    /// How often each heading's id was given.
    ids: RefCell<HashMap<String, usize>>,
}

impl Writer<'_> {
    fn inline(&self, text: &str) -> String {
        inline::convert(text, self.options, &self.references)
    }

    fn blocks(&self, lines: &[&str]) -> String {
        let mut blocks: Vec<String> = Vec::new();
        let mut place = 0;
        while place < lines.len() {
            let rest = &lines[place..];
            let line = rest[0];
            let (block, taken) = if line.trim().is_empty() {
                place += 1;
                continue;
            } else if let Some(found) = self.fenced(rest) {
                found
            } else if let Some(found) = self.table(rest) {
                found
            } else if let Some((level, text)) = self.heading_line(line) {
                (self.heading(level, text), 1)
            } else if let Some(level) = rest.get(1).and_then(|next| underline(next)) {
                (self.heading(level, line.trim()), 2)
            } else if is_rule(line) {
                ("<hr />".to_owned(), 1)
            } else if line.starts_with("    ") {
                indented(rest)
            } else if line.trim_start().starts_with('>') {
                self.quote(rest)
            } else if marker(line).is_some() {
                self.lists(rest, false)
            } else if let Some(found) = raw_html(rest) {
                found
            } else {
                self.paragraph(rest)
            };
            blocks.push(block);
            place += taken.max(1);
        }
        blocks.join("\n")
    }

    fn heading(&self, level: usize, text: &str) -> String {
        let level = (level + self.options.header_level_start.max(1) - 1).min(6);
        let (text, id) = self.options.ids.of(text);
        let html = self.inline(text);
        if self.options.no_header_ids {
            return format!("<h{level}>{html}</h{level}>");
        }
        let mut ids = self.ids.borrow_mut();
        let count = ids.entry(id.clone()).or_default();
        *count += 1;
        match *count {
            1 => format!("<h{level} id=\"{id}\">{html}</h{level}>"),
            more => format!("<h{level} id=\"{id}-{}\">{html}</h{level}>", more - 1),
        }
    }

    /// A quotation goes on over lines without a sign, and over an empty line where another quotation follows.
    fn quote(&self, lines: &[&str]) -> (String, usize) {
        let mut end = 0;
        while let Some(line) = lines.get(end) {
            let goes_on = lines
                .get(end + 1)
                .is_some_and(|next| next.trim_start().starts_with('>'));
            if line.trim().is_empty() && (!goes_on || self.options.split_quotes) {
                break;
            }
            end += 1;
        }
        let inner: Vec<&str> = lines[..end]
            .iter()
            .map(|line| match line.trim_start().strip_prefix('>') {
                Some(inner) => inner.strip_prefix(' ').unwrap_or(inner),
                None => line,
            })
            .collect();
        let html = self.blocks(&inner);
        let html: Vec<String> = html.lines().map(|line| format!("  {line}")).collect();
        (format!("<blockquote>\n{}\n</blockquote>", html.join("\n")), end)
    }

    /// A list, and those of the other kind that follow it without an empty line; where they are `nested` in another, they
    /// follow each other, and their end tags their last items, at once.
    fn lists(&self, lines: &[&str], nested: bool) -> (String, usize) {
        let mut lists = Vec::new();
        let mut place = 0;
        while lists.is_empty()
            || lines
                .get(place)
                .is_some_and(|line| marker(line).is_some() && !is_rule(line))
        {
            let (list, taken) = self.list(&lines[place..], nested, lists.is_empty());
            lists.push(list);
            place += taken.max(1);
        }
        (lists.join(if nested { "" } else { "\n" }), place)
    }

    /// One list. Only the `first` of several says with which number it starts.
    fn list(&self, lines: &[&str], nested: bool, first: bool) -> (String, usize) {
        let ordered = marker(lines[0]).is_some_and(|marker| marker.number.is_some());
        let mut items: Vec<Vec<&str>> = Vec::new();
        let (mut end, mut blanks, mut loose) = (0, 0, false);
        while let Some(line) = lines.get(end) {
            let indent = line.len() - line.trim_start().len();
            let starts = marker(line).filter(|_| indent < if self.options.sublists_by_any_indent { 2 } else { 4 });
            if line.trim().is_empty() {
                blanks += 1;
            } else if let Some(marker) = starts.filter(|_| !is_rule(line)) {
                // Items of the other kind are another list.
                if marker.number.is_some() != ordered || blanks > 1 {
                    break;
                }
                loose |= blanks > 0;
                items.push(vec![marker.text]);
                blanks = 0;
            } else if indent == 0 && (blanks > 0 || is_rule(line) || self.begins_block(&lines[end..])) {
                break;
            } else if let Some(item) = items.last_mut() {
                loose |= blanks > 0;
                item.extend(std::iter::repeat_n("", blanks));
                item.push(&line[indent.min(4)..]);
                blanks = 0;
            }
            end += 1;
        }
        let html: Vec<String> = items.iter().map(|item| self.item(item, loose)).collect();
        let tag = if ordered { "ol" } else { "ul" };
        let start = match marker(lines[0]).and_then(|marker| marker.number) {
            Some(number) if number != 1 && first => format!(" start=\"{number}\""),
            _ => String::new(),
        };
        let line_end = if nested { "" } else { "\n" };
        (
            format!("<{tag}{start}>\n{}{line_end}</{tag}>", html.join("\n")),
            end - blanks,
        )
    }

    fn item(&self, lines: &[&str], loose: bool) -> String {
        if loose {
            return format!("<li>{}</li>", self.blocks(lines));
        }
        let nested = lines
            .iter()
            .position(|line| marker(line).is_some())
            .filter(|place| *place > 0);
        let (own, rest) = lines.split_at(nested.unwrap_or(lines.len()));
        let text = own.join("\n");
        let is_box = |start: &&str| self.options.task_lists && matches!(*start, "[ ] " | "[x] " | "[X] ");
        let html = match text.get(..4).filter(is_box) {
            Some(start) => {
                let checked = if start == "[ ] " { "" } else { " checked" };
                let style = "margin: 0px 0.35em 0.25em -1.6em; vertical-align: middle;";
                let text = self.inline(&text[4..]);
                let input = format!("<input type=\"checkbox\" disabled style=\"{style}\"{checked}>");
                return format!("<li class=\"task-list-item\" style=\"list-style-type: none;\">{input} {text}</li>");
            }
            None => self.inline(text.trim_end()),
        };
        let sublists = if rest.is_empty() {
            String::new()
        } else {
            self.lists(rest, true).0
        };
        format!("<li>{html}{sublists}</li>")
    }

    fn paragraph(&self, lines: &[&str]) -> (String, usize) {
        let begins_other = |place: &usize| {
            let line = lines[*place];
            line.trim().is_empty()
                || (*place > 0
                    && (self.table(&lines[*place..]).is_some()
                        || marker(line).is_some()
                        || self.begins_block(&lines[*place..])))
        };
        let end = (0..lines.len()).find(begins_other).unwrap_or(lines.len());
        let text = lines[..end].join("\n");
        (format!("<p>{}</p>", self.inline(text.trim_start())), end)
    }

    /// Whether a heading, code, a quotation or HTML begins here, which needs no empty line before it.
    fn begins_block(&self, lines: &[&str]) -> bool {
        let line = lines[0];
        self.heading_line(line).is_some()
            || (line.starts_with("```") && !self.options.no_fences)
            || line.starts_with('>')
            || raw_html(lines).is_some()
            || lines.get(1).is_some_and(|next| underline(next).is_some())
    }

    /// `#`s and what follows them.
    fn heading_line<'l>(&self, line: &'l str) -> Option<(usize, &'l str)> {
        let text = line.trim_start_matches('#');
        let level = (line.len() - text.len()).min(6);
        let text = &line[level..];
        let is_heading = level > 0 && (!self.options.space_before_heading || text.starts_with(' '));
        let text = text.trim().trim_end_matches('#').trim();
        (is_heading && !text.is_empty()).then_some((level, text))
    }

    fn fenced(&self, lines: &[&str]) -> Option<(String, usize)> {
        if self.options.no_fences {
            return None;
        }
        let fence = ["```", "~~~"].into_iter().find(|fence| lines[0].starts_with(fence))?;
        let end = (1..lines.len()).find(|place| lines[*place].trim_end() == fence)?;
        let language = lines[0][3..].trim();
        let class = if language.is_empty() {
            String::new()
        } else {
            format!(" class=\"{language} language-{language}\"")
        };
        let code = inline::encoded_code(&lines[1..end].join("\n"));
        Some((format!("<pre><code{class}>{code}\n</code></pre>"), end + 1))
    }
}

/// The level of a heading that a line of `=` or `-` below makes.
fn underline(line: &str) -> Option<usize> {
    let line = line.trim_end();
    match line.chars().next()? {
        '=' if line.chars().all(|c| c == '=') => Some(1),
        '-' if line.len() > 2 && line.chars().all(|c| c == '-') => Some(2),
        _ => None,
    }
}

fn is_rule(line: &str) -> bool {
    let signs: String = line.chars().filter(|c| *c != ' ').collect();
    signs.len() >= 3
        && ["*", "-", "_"]
            .iter()
            .any(|sign| signs.chars().all(|c| sign.starts_with(c)))
}

fn indented(lines: &[&str]) -> (String, usize) {
    let is_code = |line: &&&str| line.starts_with("    ") || line.trim().is_empty();
    let count = lines.iter().take_while(is_code).count();
    let code: Vec<&str> = lines[..count]
        .iter()
        .map(|line| line.get(4..).unwrap_or_default())
        .collect();
    let code = inline::encoded_code(code.join("\n").trim_end());
    (format!("<pre><code>{code}\n</code></pre>"), count)
}

/// Elements that are blocks stand as they are, up to their end tag.
fn raw_html(lines: &[&str]) -> Option<(String, usize)> {
    const BLOCKS: [&str; 30] = [
        "pre",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "table",
        "dl",
        "ol",
        "ul",
        "script",
        "noscript",
        "form",
        "fieldset",
        "iframe",
        "style",
        "section",
        "header",
        "footer",
        "nav",
        "article",
        "aside",
        "address",
        "audio",
        "canvas",
        "figure",
        "p",
    ];
    let inner = lines[0].strip_prefix('<')?;
    let end_tag = if inner.starts_with("!--") {
        "-->".to_owned()
    } else {
        let name: String = inner.chars().take_while(char::is_ascii_alphanumeric).collect();
        if inner.starts_with("hr") {
            return Some((lines[0].to_owned(), 1));
        }
        BLOCKS
            .contains(&name.to_ascii_lowercase().as_str())
            .then(|| format!("</{name}>"))?
    };
    let end = lines.iter().position(|line| line.contains(&end_tag))? + 1;
    Some((lines[..end].join("\n"), end))
}

/// The beginning of a list's item.
struct Marker<'a> {
    number: Option<u64>,
    text: &'a str,
}

fn marker(line: &str) -> Option<Marker<'_>> {
    let line = line.trim_start();
    let (number, rest) = if let Some(rest) = line.strip_prefix(['*', '+', '-']) {
        (None, rest)
    } else {
        let (digits, rest) = line.split_once('.')?;
        (Some(digits.parse().ok()?), rest)
    };
    let text = rest.strip_prefix(' ')?;
    Some(Marker {
        number,
        text: text.trim_start(),
    })
}

#[cfg(test)]
mod tests;
