//! Selectors as n8n takes them: those of CSS, and jQuery's pseudo-classes (`:first`, `:eq(1)`, `:contains('x')`, `:input`).
//!
//! jQuery's names are put into CSS where CSS can say the same. Elements that contain a text are marked in a copy of the
//! document, so that CSS can name them too; what counts places is done afterwards. Messages are those of n8n.

use std::collections::HashSet;

use html5ever::{LocalName, QualName, ns};
use scraper::node::Node;
use scraper::{ElementRef, Html, Selector, StrTendril};

/// A selector that has been read.
pub struct Query {
    parts: Vec<Part>,
    /// What elements must contain, by the number of their mark; whether capitals count.
    texts: Vec<(String, bool)>,
}

/// A selector between commas.
struct Part {
    selector: Selector,
    /// What is done to the elements that it finds, in this order.
    filters: Vec<Filter>,
}

enum Filter {
    Position { position: Position, negated: bool },
    Matches(Selector),
    Nothing,
}

/// Places are counted from 0, negative ones from the end.
#[derive(Clone, Copy)]
enum Position {
    At(i64),
    After(i64),
    Before(i64),
    Even,
    Odd,
    None,
}

impl Position {
    fn read(name: &str, argument: Option<&str>) -> Option<Self> {
        let number = || argument.and_then(|text| text.trim().parse().ok());
        Some(match name {
            "first" => Self::At(0),
            "last" => Self::At(-1),
            "even" => Self::Even,
            "odd" => Self::Odd,
            "eq" | "nth" => number().map_or(Self::None, Self::At),
            "gt" => number().map_or(Self::None, Self::After),
            "lt" => number().map_or(Self::None, Self::Before),
            _ => return None,
        })
    }

    fn holds(self, place: usize, count: usize) -> bool {
        let (place, count) = (place as i64, count as i64);
        let from_start = |at: i64| if at < 0 { at + count } else { at };
        match self {
            Self::At(at) => place == from_start(at),
            Self::After(at) => place > from_start(at),
            // n8n takes all elements where the number is negative.
            Self::Before(at) => at < 0 || place < at,
            Self::Even => place % 2 == 0,
            Self::Odd => place % 2 == 1,
            Self::None => false,
        }
    }
}

impl Query {
    /// Reads a selector; fails with the message for what is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader {
            rest: text,
            texts: Vec::new(),
        };
        let mut parts = Vec::new();
        loop {
            parts.push(reader.part()?);
            if reader.take(',').is_none() {
                break;
            }
        }
        if let Some(c) = reader.rest.chars().next() {
            return Err(format!("Unmatched selector: {c}"));
        }
        Ok(Self {
            parts,
            texts: reader.texts,
        })
    }

    /// The elements, in the order of the document.
    pub fn select<'d>(&self, document: &'d Html) -> Vec<ElementRef<'d>> {
        let marked = (!self.texts.is_empty()).then(|| self.marked(document));
        let searched = marked.as_ref().unwrap_or(document);
        let found = self.parts.iter().map(|part| part.select(searched));
        let places: HashSet<_> = found.flatten().map(|element| element.id()).collect();
        let elements = document.tree.nodes().filter(|node| places.contains(&node.id()));
        elements.filter_map(ElementRef::wrap).collect()
    }

    /// The document, with a mark on each element that contains a text.
    fn marked(&self, document: &Html) -> Html {
        let mut marked = document.clone();
        for (number, (wanted, exact)) in self.texts.iter().enumerate() {
            let contains = |element: ElementRef| {
                let text: String = element.text().collect();
                if *exact {
                    text.contains(wanted.as_str())
                } else {
                    text.to_lowercase().contains(&wanted.to_lowercase())
                }
            };
            let elements = document.tree.nodes().filter_map(ElementRef::wrap);
            let places: Vec<_> = elements
                .filter(|element| contains(*element))
                .map(|element| element.id())
                .collect();
            for place in places {
                if let Some(mut node) = marked.tree.get_mut(place)
                    && let Node::Element(element) = node.value()
                {
                    let name = QualName::new(None, ns!(), LocalName::from(mark(number)));
                    element.attrs.insert(name, StrTendril::new());
                }
            }
        }
        marked
    }
}

impl Part {
    fn select<'d>(&self, document: &'d Html) -> Vec<ElementRef<'d>> {
        let mut found: Vec<ElementRef> = document.select(&self.selector).collect();
        for filter in &self.filters {
            let count = found.len();
            let mut place = 0..count;
            found.retain(|element| match filter {
                Filter::Position { position, negated } => place
                    .next()
                    .is_some_and(|place| position.holds(place, count) != *negated),
                Filter::Matches(selector) => selector.matches(element),
                Filter::Nothing => false,
            });
        }
        found
    }
}

/// The name of the attribute that marks elements.
fn mark(number: usize) -> String {
    format!("patchbay-contains-{number}")
}

struct Reader<'t> {
    rest: &'t str,
    texts: Vec<(String, bool)>,
}

impl<'t> Reader<'t> {
    /// A selector up to a comma or the end.
    fn part(&mut self) -> Result<Part, String> {
        let mut css = String::new();
        let mut selector = None;
        let mut filters = Vec::new();
        loop {
            self.css(&mut css, 0)?;
            let filter = self.filter(&css)?;
            let piece = std::mem::take(&mut css);
            if selector.is_some() {
                match piece.trim() {
                    "" => {}
                    // n8n finds nothing below or beside what is counted.
                    _ if piece.starts_with([' ', '>', '+', '~']) => filters.push(Filter::Nothing),
                    compound => filters.push(Filter::Matches(parse(&format!("*{compound}"))?)),
                }
            } else if piece.trim().is_empty() && filter.is_none() {
                return Err("Empty sub-selector".to_owned());
            } else {
                let is_open = filter.is_some() && (piece.is_empty() || piece.ends_with([' ', '>', '+', '~']));
                selector = Some(parse(&if is_open { piece + "*" } else { piece })?);
            }
            match filter {
                Some(filter) => filters.push(filter),
                None => break,
            }
        }
        let selector = selector.ok_or("Empty sub-selector")?;
        Ok(Part { selector, filters })
    }

    /// Takes what CSS knows, or can be told; ends before a comma, a closing bracket or a counting pseudo-class.
    fn css(&mut self, css: &mut String, depth: usize) -> Result<(), String> {
        while let Some(c) = self.rest.chars().next() {
            match c {
                ',' if depth == 0 => return Ok(()),
                ')' => return Ok(()),
                '"' | '\'' => css.push_str(self.quoted(c)),
                '[' => css.push_str(self.attribute()?),
                '\\' => css.push_str(self.next(2)),
                ':' => {
                    if depth == 0 && self.counts() {
                        return Ok(());
                    }
                    self.pseudo_class(css, depth)?;
                }
                _ => css.push_str(self.next(1)),
            }
        }
        Ok(())
    }

    /// Whether a pseudo-class that counts places comes next, bare or in `:not(…)`.
    fn counts(&self) -> bool {
        let inner = self.rest.strip_prefix(":not(").map_or(self.rest, str::trim_start);
        let name = inner.strip_prefix(':').map_or("", name_of);
        Position::read(name, None).is_some()
    }

    /// The filter that comes next, if any.
    fn filter(&mut self, before: &str) -> Result<Option<Filter>, String> {
        if !self.rest.starts_with(':') {
            return Ok(None);
        }
        let negated = self.rest.starts_with(":not(");
        if negated {
            self.next(":not(".len());
            self.rest = self.rest.trim_start();
        }
        self.next(1);
        let name = self.name();
        let argument = self.argument()?;
        if negated {
            self.rest = self.rest.trim_start();
            self.take(')').ok_or_else(|| unmatched(name))?;
        }
        let position =
            Position::read(name, argument.as_deref()).ok_or_else(|| format!("{before}: {}", unmatched(name)))?;
        Ok(Some(Filter::Position { position, negated }))
    }

    fn pseudo_class(&mut self, css: &mut String, depth: usize) -> Result<(), String> {
        self.next(1);
        if self.rest.starts_with(':') {
            return Err("Pseudo-elements are not supported by css-select".to_owned());
        }
        let name = self.name();
        match name {
            "contains" | "icontains" => {
                let text = self.argument()?.unwrap_or_default();
                css.push_str(&format!("[{}]", mark(self.texts.len())));
                self.texts.push((text, name == "contains"));
            }
            "not" | "is" | "where" | "has" | "matches" => {
                css.push_str(if name == "matches" { ":is" } else { ":" });
                css.push_str(if name == "matches" { "" } else { name });
                let start = css.len();
                css.push_str(self.take('(').ok_or_else(|| unmatched(name))?);
                self.css(css, depth + 1)?;
                if css[start + 1..].trim().is_empty() {
                    return Err("Empty sub-selector".to_owned());
                }
                css.push_str(self.take(')').ok_or("Parenthesis not matched")?);
            }
            _ => match in_css(name) {
                Some(known) => css.push_str(known),
                None if is_css(name) => {
                    css.push(':');
                    css.push_str(name);
                    if let Some(argument) = self.argument()? {
                        css.push_str(&format!("({argument})"));
                    }
                }
                None => return Err(unmatched(name)),
            },
        }
        Ok(())
    }

    fn name(&mut self) -> &'t str {
        let name = name_of(self.rest);
        self.next(name.len())
    }

    /// What stands in parentheses, without its quotes.
    fn argument(&mut self) -> Result<Option<String>, String> {
        if self.take('(').is_none() {
            return Ok(None);
        }
        let mut depth = 0;
        let mut length = 0;
        while let Some(c) = self.rest[length..].chars().next() {
            match c {
                '"' | '\'' => {
                    let from = &self.rest[length + 1..];
                    length += from.find(c).map_or(from.len(), |end| end + 1);
                }
                '(' => depth += 1,
                ')' if depth == 0 => {
                    let argument = self.next(length).trim();
                    self.next(1);
                    let quoted = |quote| argument.strip_prefix(quote)?.strip_suffix(quote);
                    return Ok(Some(
                        quoted('"').or_else(|| quoted('\'')).unwrap_or(argument).to_owned(),
                    ));
                }
                ')' => depth -= 1,
                _ => {}
            }
            length += c.len_utf8();
        }
        Err("Parenthesis not matched".to_owned())
    }

    fn attribute(&mut self) -> Result<&'t str, String> {
        let mut quote = None;
        for (place, c) in self.rest.char_indices() {
            match (quote, c) {
                (None, '"' | '\'') => quote = Some(c),
                (Some(open), c) if open == c => quote = None,
                (None, ']') => return Ok(self.next(place + 1)),
                _ => {}
            }
        }
        Err(format!("Expected name, found {}", self.rest[1..].trim_start()))
    }

    fn quoted(&mut self, quote: char) -> &'t str {
        let end = self.rest[1..].find(quote).map_or(self.rest.len(), |end| end + 2);
        self.next(end)
    }

    fn take(&mut self, sign: char) -> Option<&'t str> {
        self.rest.starts_with(sign).then(|| self.next(1))
    }

    /// The next bytes, at least; never half a character.
    fn next(&mut self, count: usize) -> &'t str {
        let mut end = count.min(self.rest.len());
        while !self.rest.is_char_boundary(end) {
            end += 1;
        }
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}

fn name_of(text: &str) -> &str {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    &text[..text.find(|c| !is_name(c)).unwrap_or(text.len())]
}

fn unmatched(name: &str) -> String {
    format!("unmatched pseudo-class :{name}")
}

fn parse(css: &str) -> Result<Selector, String> {
    Selector::parse(css.trim()).map_err(|error| format!("`{}` is not a CSS selector: {error}", css.trim()))
}

/// What jQuery's pseudo-classes are in CSS.
fn in_css(name: &str) -> Option<&'static str> {
    Some(match name {
        "header" => ":is(h1,h2,h3,h4,h5,h6)",
        "parent" => ":not(:empty)",
        "input" => ":is(button,input,select,textarea)",
        "button" => ":is(button,input[type=button i])",
        "text" => ":is(input:not([type]),input[type=text i])",
        "checkbox" => ":is(input[type=checkbox i])",
        "file" => ":is(input[type=file i])",
        "image" => ":is(input[type=image i])",
        "password" => ":is(input[type=password i])",
        "radio" => ":is(input[type=radio i])",
        "reset" => ":is(input[type=reset i])",
        "submit" => ":is(input[type=submit i],button[type=submit i])",
        "checked" => {
            ":is(input[type=checkbox i][checked],input[type=radio i][checked],option[selected],\
             select:not([multiple]):not(:has(> option[selected])) > option:first-of-type)"
        }
        "selected" => {
            ":is(option[selected],select:not([multiple]):not(:has(> option[selected])) > option:first-of-type)"
        }
        "disabled" => {
            ":is(:is(button,input,select,textarea,optgroup,option,fieldset)[disabled],optgroup[disabled] > option)"
        }
        "enabled" => {
            ":not(:is(button,input,select,textarea,optgroup,option,fieldset)[disabled]):not(optgroup[disabled] > option)"
        }
        "link" | "any-link" => ":is(a,area,link)[href]",
        // Nobody looks at the document.
        "hover" | "active" | "visited" => ":not(*)",
        _ => return None,
    })
}

fn is_css(name: &str) -> bool {
    matches!(
        name,
        "empty"
            | "root"
            | "scope"
            | "first-child"
            | "last-child"
            | "only-child"
            | "first-of-type"
            | "last-of-type"
            | "only-of-type"
            | "nth-child"
            | "nth-last-child"
            | "nth-of-type"
            | "nth-last-of-type"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<html><head><title>T</title></head><body><div id=d1 class=a><p>P1</p><p class=x>P2 two</p><span>S1</span></div><div id=d2><p>Q1</p><p>Q2</p><ul><li>one<li class=m>two<li>three</ul></div><ul id=u2><li>four</ul><h1>H1</h1><h3>H3</h3><form><input type=text value=v1><input value=v2><input type=checkbox checked value=v3><input type=radio value=v4 disabled><button>B</button><input type=submit value=v5><input type=BUTTON value=v6><input type=hidden value=v7><select id=s><option value=o1>O1<option selected value=o2>O2</select><textarea>TA</textarea><fieldset disabled><input type=password value=v8><legend>L</legend></fieldset></form><a href=/x>LX</a><a name=n>LN</a><b></b><i> </i><u><!--c--></u></body></html>"#;

    /// Rows: selector, the first letters of what n8n finds; their number where they are many; `!` before a message.
    #[test]
    fn elements_are_found_as_in_n8n() {
        let document = Html::parse_document(PAGE);
        for (selector, expected) in [
            ("ul:first li", ""),
            ("ul:first > li", ""),
            ("li:gt(0) b", ""),
            ("div p:first", "P1"),
            ("div:first p", ""),
            ("div:eq(1) p", ""),
            ("div:eq(-1) p", ""),
            ("p:last", "Q2"),
            ("li:eq(-1)", "four"),
            ("li:lt(-1)", "one|two|three|four"),
            ("li:gt(-2)", "four"),
            ("li:nth(2)", "three"),
            ("p:even", "P1|Q1"),
            ("p:odd", "P2 two|Q2"),
            ("p:first.x", ""),
            ("p.x:first", "P2 two"),
            ("p:first:last", "P1"),
            ("li:eq(0), p:eq(1)", "P2 two|one"),
            ("div p:first, h1", "P1|H1"),
            ("p:not(.x)", "P1|Q1|Q2"),
            ("p:not(:first)", "P2 two|Q1|Q2"),
            ("p:not(:eq(1))", "P1|Q1|Q2"),
            ("p:not(:contains(P1))", "P2 two|Q1|Q2"),
            ("div:has(ul)", "<p>Q1</p><p>"),
            ("div:has(> ul)", "<p>Q1</p><p>"),
            ("div:has(li:eq(1))", "! unmatched pseudo-class :eq"),
            ("div:has(:contains(Q1))", "<p>Q1</p><p>"),
            (":header", "H1|H3"),
            ("h1:header", "H1"),
            (":input", "v1|v2|v3|v4|B|v5|v6|v7|<option valu|TA|v8"),
            (":button", "B|v6"),
            (":checkbox", "v3"),
            (":radio", "v4"),
            (":submit", "v5"),
            (":text", "v1|v2"),
            (":password", "v8"),
            (":file", ""),
            (":image", ""),
            (":reset", ""),
            (":selected", "O2"),
            (":checked", "v3|O2"),
            ("input:enabled", "v1|v2|v3|v5|v6|v7|v8"),
            (":enabled", "38"),
            (":disabled", "v4|<input type="),
            ("a:link", "LX"),
            ("a:any-link", "LX"),
            (":parent", "30"),
            ("i:parent", " "),
            ("b:parent", ""),
            ("u:parent", ""),
            ("i:empty", ""),
            ("u:empty", "<!--c-->"),
            ("b:empty", ""),
            ("p:contains(two)", "P2 two"),
            ("p:contains('two')", "P2 two"),
            ("p:contains(\"two\")", "P2 two"),
            ("p:contains(TWO)", ""),
            ("p:icontains(TWO)", "P2 two"),
            ("li:matches(.m)", "two"),
            ("li:is(.m, :first)", "! unmatched pseudo-class :first"),
            ("li:first + li", ""),
            ("li:eq(1) ~ li", ""),
            ("li:eq(1)+li", ""),
            ("p:foo", "! unmatched pseudo-class :foo"),
            ("p:foo(1)", "! unmatched pseudo-class :foo"),
            ("p::text", "! Pseudo-elements are not supported by css-select"),
            ("p[", "! Expected name, found "),
            ("p:eq(x)", ""),
            ("p:eq()", ""),
            ("li:nth-child(2)", "two"),
            ("p:lt(1)", "P1"),
            ("div>p:first", "P1"),
            ("body > div:last", "<p>Q1</p><p>"),
            ("li:first-child:eq(1)", "four"),
            ("p:root", ""),
            (":root", "<head><title"),
            ("div p:eq(0), div p:eq(1)", "P1|P2 two"),
            ("option:selected", "O2"),
            ("li:contains(o):eq(1)", "two"),
            ("*:contains(S1)", "<head><title|<div id=\"d1\"|<p>P1</p><p |S1"),
            ("  p:first  ", "P1"),
            ("p :first", ""),
            ("div :first", "P1"),
            ("div :eq(1)", "P2 two"),
            (":first", "<head><title"),
            ("p:visited", ""),
            ("p:hover", ""),
            ("a:active", ""),
            ("p:target", "! unmatched pseudo-class :target"),
            ("input:not([type])", "v2"),
            ("p:nth-last-of-type(1)", "P2 two|Q2"),
            ("p:only-of-type", ""),
            ("div:first > p:last", ""),
            ("p:not()", "! Empty sub-selector"),
            (":not(p)", "36"),
            ("p:is()", "! Empty sub-selector"),
            ("p:has()", "! Empty sub-selector"),
            ("p,", "! Empty sub-selector"),
            ("p, ,li", "! Empty sub-selector"),
            ("div p:not(:last)", "P1|P2 two|Q1"),
            ("div:contains(Q1) p", "Q1|Q2"),
            ("div:contains(Q1) > p:eq(1)", "Q2"),
            ("ul:has(li.m) li:last", "three"),
        ] {
            let found = Query::parse(selector).map(|query| {
                let found = query.select(&document).into_iter().map(|element| {
                    let html = element.inner_html();
                    let value = element.attr("value").unwrap_or_default();
                    let shown = if html.is_empty() { value.to_owned() } else { html };
                    shown.chars().take(12).collect::<String>()
                });
                found.collect::<Vec<_>>()
            });
            let found = match found {
                Ok(found) if found.len() > 15 => found.len().to_string(),
                Ok(found) => found.join("|"),
                Err(message) => format!("! {message}"),
            };
            assert_eq!(found, expected, "{selector}");
        }
    }
}
