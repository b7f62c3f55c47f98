//! HTML to Markdown.

mod elements;
mod options;
mod table;
mod text;

use std::cell::RefCell;

use patchbay_model::Text;
use patchbay_node::NodeError;
use scraper::ElementRef;
use scraper::node::Node;

use crate::html::page;

use elements::{has_own_form, is_block};
pub use options::Options;
use text::{address, code, limited, line_start_escaped, signs_escaped, spaces_joined};

/// # Errors
///
/// HTML that nests too deeply.
pub fn convert(html: &str, options: &Options) -> Result<String, NodeError> {
    // As a fragment, white space at the start stays.
    let document = page::fragment(html)?;
    let mut output = Output::default();
    let addresses = RefCell::default();
    let writer = Writer {
        options,
        in_cell: false,
        addresses: &addresses,
    };
    writer.children(document.root_element(), &mut output, false);
    let addresses = addresses.take();
    if !addresses.is_empty() {
        output.newlines(if output.owed == 0 { 2 } else { output.owed + 1 });
        let lines = addresses.iter().enumerate();
        let lines = lines.map(|(place, address)| format!("[{}]: {address}", place + 1));
        output.push(&lines.collect::<Vec<_>>().join("\n"));
    }
    Ok(limited(&output.text, options.most_newlines))
}

/// Text with newlines that are owed before whatever comes next.
#[derive(Default)]
struct Output {
    text: String,
    owed: usize,
}

impl Output {
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
        self.text.push_str(&"\n".repeat(owed));
        self.text.push_str(text);
    }

    /// A text of the document: what is only white space is neither doubled nor begins a line.
    fn push_text(&mut self, text: &str) {
        let follows = self.owed > 0 || self.text.is_empty() || self.text.ends_with([' ', '\n']);
        if !(follows && text.trim().is_empty()) {
            self.push(text);
        }
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
    /// Where links lead whose addresses are listed at the end.
    addresses: &'a RefCell<Vec<String>>,
}

impl Writer<'_> {
    /// A text of the document as Markdown.
    fn text(&self, text: &str) -> String {
        let options = self.options;
        let Some(line) = spaces_joined(text) else {
            return String::new();
        };
        if line.trim().is_empty() {
            return line;
        }
        let line = match &options.global_escape {
            Some(escape) => escape.of(&line),
            None => signs_escaped(&line),
        };
        let line = match &options.line_start_escape {
            Some(escape) => escape.of(&line),
            None => line_start_escaped(line),
        };
        options
            .replacements
            .iter()
            .fold(line, |line, replacement| replacement.of(&line))
    }

    /// What is inside an element, as a text of its own.
    fn inside(&self, element: ElementRef<'_>, in_item: bool) -> String {
        let mut output = Output::default();
        self.children(element, &mut output, in_item);
        output.text
    }

    fn children(&self, element: ElementRef<'_>, output: &mut Output, in_item: bool) {
        for child in element.children() {
            match child.value() {
                Node::Text(text) => output.push_text(&self.text(text)),
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
        let among = |names: &[Text]| names.iter().any(|listed| listed == name);
        // Blocks stay what they are, whatever the options say.
        if among(&self.options.ignored) && !is_block(name) && !has_own_form(name) {
            return;
        }
        if among(&self.options.blocks) && !is_block(name) && !has_own_form(name) && name != "code" {
            output.newlines(2);
            self.element_of(name, element, output, in_item);
            output.newlines(2);
        } else {
            self.element_of(name, element, output, in_item);
        }
    }

    fn element_of(&self, name: &str, element: ElementRef<'_>, output: &mut Output, in_item: bool) {
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
            _ if is_block(name) => {
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
        let Some(href) = element.attr("href").filter(|href| !href.is_empty()) else {
            output.push(&text);
            return;
        };
        let address = address(href);
        let title = element.attr("title");
        if title.is_none() && raw(element) == href {
            output.push(&format!("<{address}>"));
        } else if self.options.references {
            let mut addresses = self.addresses.borrow_mut();
            let known = addresses.iter().position(|known| *known == address);
            let place = known.unwrap_or_else(|| {
                addresses.push(address);
                addresses.len() - 1
            });
            output.push(&format!("[{text}][{}]", place + 1));
        } else {
            let title = title.map(|title| format!(" \"{title}\"")).unwrap_or_default();
            output.push(&format!("[{text}]({address}{title})"));
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
        let mut inner = Output::default();
        let mut number = 0;
        for child in element.children() {
            if let Node::Text(text) = child.value() {
                inner.push_text(&self.text(text));
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
}

/// The text of an element as it is in the document.
fn raw(element: ElementRef<'_>) -> String {
    element.text().collect()
}

#[cfg(test)]
mod tests;
