//! HTML to Markdown.

mod text;

use patchbay_model::Text;
use patchbay_node::{Context, NodeError};
use scraper::node::Node;
use scraper::{ElementRef, Html};

use text::{code, escaped};

/// The signs of what is written.
pub struct Options {
    bullet: Text,
    fence: Text,
    emphasis: Text,
    strong: Text,
    indented_code: bool,
    keep_data_images: bool,
    ignored: Vec<Text>,
    blocks: Vec<Text>,
    most_newlines: usize,
}

impl Options {
    pub fn of(context: &Context<'_>, index: usize) -> Result<Self, NodeError> {
        let sign = |name: &str, default: &str| {
            let sign = context.text(&format!("options.{name}"), index)?;
            Ok::<Text, NodeError>(if sign.is_empty() { default.into() } else { sign })
        };
        let names = |name: &str| {
            let names = context.text(&format!("options.{name}"), index)?;
            let names = names
                .split(',')
                .map(|name| Text::from(name.trim().to_ascii_lowercase()));
            Ok::<Vec<Text>, NodeError>(names.filter(|name| !name.is_empty()).collect())
        };
        Ok(Self {
            bullet: sign("bulletMarker", "*")?,
            fence: sign("codeFence", "```")?,
            emphasis: sign("emDelimiter", "_")?,
            strong: sign("strongDelimiter", "**")?,
            indented_code: sign("codeBlockStyle", "fence")? == "indented",
            keep_data_images: context.boolean("options.keepDataImages", index)?,
            ignored: names("ignore")?,
            blocks: names("blockElements")?,
            most_newlines: match context.optional("options.maxConsecutiveNewlines", index)? {
                Some(number) => number.to_number().max(1.0) as usize,
                None => 3,
            },
        })
    }
}

pub fn convert(html: &str, options: &Options) -> String {
    // As a fragment, white space at the start stays.
    let document = Html::parse_fragment(html);
    let mut output = Output::new(options.most_newlines);
    let writer = Writer {
        options,
        in_cell: false,
    };
    writer.children(document.root_element(), &mut output, false);
    output.text
}

/// Text with newlines that are owed before whatever comes next.
struct Output {
    text: String,
    owed: usize,
    most: usize,
}

impl Output {
    fn new(most: usize) -> Self {
        Self {
            text: String::new(),
            owed: 0,
            most,
        }
    }

    /// Begins or ends a block.
    fn newlines(&mut self, count: usize) {
        if !self.text.is_empty() {
            self.owed = self.owed.max(count);
        }
    }

    fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let owed = std::mem::take(&mut self.owed);
        self.text.push_str(&"\n".repeat(owed.min(self.most)));
        self.text.push_str(text);
    }

    fn block(&mut self, newlines: usize, text: &str) {
        self.newlines(newlines);
        self.push(text);
        self.newlines(newlines);
    }
}

struct Writer<'a> {
    options: &'a Options,
    /// In a cell of a table, which has one line: what is a block elsewhere is only what it holds.
    in_cell: bool,
}

impl Writer<'_> {
    /// What is inside an element, as a text of its own.
    fn inside(&self, element: ElementRef<'_>, in_item: bool) -> String {
        let mut output = Output::new(self.options.most_newlines);
        self.children(element, &mut output, in_item);
        output.text
    }

    fn children(&self, element: ElementRef<'_>, output: &mut Output, in_item: bool) {
        for child in element.children() {
            match child.value() {
                Node::Text(text) => output.push(&escaped(text)),
                Node::Element(_) => {
                    if let Some(element) = ElementRef::wrap(child) {
                        self.element(element, output, in_item);
                    }
                }
                _ => {}
            }
        }
    }

    fn element(&self, element: ElementRef<'_>, output: &mut Output, in_item: bool) {
        let name = element.value().name();
        if self.options.ignored.iter().any(|ignored| ignored == name) {
            return;
        }
        match name {
            "head" | "title" | "script" | "style" | "noscript" | "template" => {}
            "br" => output.push("  \n"),
            "hr" => output.block(2, "---"),
            "b" | "strong" => self.emphasis(element, output, &self.options.strong),
            "i" | "em" => self.emphasis(element, output, &self.options.emphasis),
            "del" | "s" | "strike" => self.emphasis(element, output, "~~"),
            "code" => output.push(&code(&raw(element))),
            "a" => self.link(element, output),
            "img" => self.image(element, output),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "ul" | "ol" | "li" if self.in_cell => {
                self.children(element, output, false);
            }
            _ if self.in_cell && is_block(name) => self.children(element, output, false),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = usize::from(name.as_bytes()[1] - b'0');
                let heading = format!("{} {}", "#".repeat(level), self.inside(element, false));
                output.block(2, &heading);
            }
            "pre" => self.preformatted(element, output),
            "blockquote" => {
                let quoted = self.inside(element, false);
                let lines: Vec<String> = quoted
                    .lines()
                    .map(|line| {
                        if line.starts_with('>') {
                            format!(">{line}")
                        } else {
                            format!("> {line}")
                        }
                    })
                    .collect();
                output.block(2, &lines.join("\n"));
            }
            "ul" | "ol" => self.list(element, output, in_item),
            "li" => output.block(1, &self.item(element, &self.options.bullet)),
            "table" => output.block(2, &self.table(element)),
            _ if is_block(name) || self.options.blocks.iter().any(|block| block == name) => {
                output.newlines(2);
                self.children(element, output, in_item);
                output.newlines(2);
            }
            _ => self.children(element, output, in_item),
        }
    }

    /// Signs around each line of the text; white space at its ends stays outside of them.
    fn emphasis(&self, element: ElementRef<'_>, output: &mut Output, sign: &str) {
        let text = self.inside(element, false);
        let lines = text.split('\n').map(|line| {
            let inner = line.trim();
            if inner.is_empty() {
                return line.to_owned();
            }
            let (before, after) = (
                line.starts_with(char::is_whitespace),
                line.ends_with(char::is_whitespace),
            );
            let space = |there: bool| if there { " " } else { "" };
            format!("{}{sign}{inner}{sign}{}", space(before), space(after))
        });
        let marked = lines.collect::<Vec<_>>().join("\n");
        // Signs of two neighbours would run together.
        if output.owed == 0 && marked.starts_with(sign) && output.text.ends_with(&sign[..1]) {
            output.push(" ");
        }
        output.push(&marked);
    }

    fn link(&self, element: ElementRef<'_>, output: &mut Output) {
        let text = self.inside(element, false).replace('\n', " ");
        match (element.attr("href"), element.attr("title")) {
            (None | Some(""), _) => output.push(&text),
            (Some(href), None) if raw(element) == href => output.push(&format!("<{href}>")),
            (Some(href), None) => output.push(&format!("[{text}]({href})")),
            (Some(href), Some(title)) => output.push(&format!("[{text}]({href} \"{title}\")")),
        }
    }

    fn image(&self, element: ElementRef<'_>, output: &mut Output) {
        let source = element.attr("src").unwrap_or_default();
        if source.is_empty() || (source.starts_with("data:") && !self.options.keep_data_images) {
            return;
        }
        let alternative = element.attr("alt").unwrap_or_default();
        match element.attr("title") {
            Some(title) => output.push(&format!("![{alternative}]({source} \"{title}\")")),
            None => output.push(&format!("![{alternative}]({source})")),
        }
    }

    /// Code gets a fence or an indent; other preformatted text stays as it is.
    fn preformatted(&self, element: ElementRef<'_>, output: &mut Output) {
        let code = element.child_elements().find(|child| child.value().name() == "code");
        let Some(code) = code else {
            output.block(2, &raw(element));
            return;
        };
        let text = raw(code);
        if self.options.indented_code {
            let lines: Vec<String> = text.split('\n').map(|line| format!("    {line}")).collect();
            output.block(2, &lines.join("\n"));
            return;
        }
        let mut classes = code.value().classes().chain(element.value().classes());
        let language = classes.find_map(|class| class.strip_prefix("language-").or(class.strip_prefix("lang-")));
        let fence = &self.options.fence;
        output.block(2, &format!("{fence}{}\n{text}\n{fence}", language.unwrap_or_default()));
    }

    fn list(&self, element: ElementRef<'_>, output: &mut Output, in_item: bool) {
        let mut inner = Output::new(self.options.most_newlines);
        let mut number = 0;
        for child in element.children() {
            if let Node::Text(text) = child.value() {
                inner.push(&escaped(text));
            } else if let Some(child) = ElementRef::wrap(child) {
                if child.value().name() != "li" {
                    self.element(child, &mut inner, in_item);
                    continue;
                }
                number += 1;
                let marker = match element.value().name() {
                    "ol" => format!("{number}."),
                    _ => self.options.bullet.to_string(),
                };
                inner.block(1, &self.item(child, &marker));
            }
        }
        let text = if in_item {
            inner
                .text
                .lines()
                .map(|line| format!("   {line}"))
                .collect::<Vec<_>>()
                .join("\n")
        } else {
            inner.text
        };
        output.block(1, &text);
    }

    /// The blocks of an item follow each other as lines.
    fn item(&self, element: ElementRef<'_>, marker: &str) -> String {
        let text = self.inside(element, true);
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty())
            .collect();
        let text = lines.join("  \n");
        let text = text
            .strip_prefix(' ')
            .filter(|rest| !rest.starts_with(' '))
            .unwrap_or(&text);
        if text.is_empty() {
            String::new()
        } else {
            format!("{marker} {text}")
        }
    }

    fn table(&self, element: ElementRef<'_>) -> String {
        let (mut rows, mut caption) = (Vec::new(), None);
        for part in element.descendent_elements() {
            match part.value().name() {
                "caption" => caption = Some(self.inside(part, false)),
                "tr" => {
                    let cells = part
                        .child_elements()
                        .filter(|cell| matches!(cell.value().name(), "td" | "th"));
                    let of_cell = Writer { in_cell: true, ..*self };
                    let text = |cell| of_cell.inside(cell, false).replace("  \n", "").replace('\n', " ");
                    rows.push(
                        cells
                            .map(|cell| text(cell).trim().replace('|', "\\|"))
                            .collect::<Vec<_>>(),
                    );
                }
                _ => {}
            }
        }
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let cell = |row: &[String], column: usize| row.get(column).cloned().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                rows.iter()
                    .map(|row| cell(row, column).chars().count())
                    .max()
                    .unwrap_or_default()
                    .max(1)
            })
            .collect();
        let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
        let mut lines: Vec<String> = caption.map(|caption| format!("__{caption}__")).into_iter().collect();
        for (place, row) in rows.iter().enumerate() {
            let cells = widths.iter().enumerate();
            lines.push(line(
                cells
                    .map(|(column, width)| format!("{:width$}", cell(row, column)))
                    .collect(),
            ));
            if place == 0 {
                lines.push(line(widths.iter().map(|width| "-".repeat(*width)).collect()));
            }
        }
        lines.join("\n")
    }
}

fn is_block(name: &str) -> bool {
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

/// The text of an element as it is in the document.
fn raw(element: ElementRef<'_>) -> String {
    element.text().collect()
}

#[cfg(test)]
mod tests;
