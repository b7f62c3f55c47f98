//! Reads selectors, and says in CSS what can be said so.

use scraper::Selector;

use super::{Filter, Part, Position, mark};

pub(super) struct Reader<'t> {
    pub rest: &'t str,
    /// What elements must contain, by the number of their mark.
    pub texts: Vec<(String, bool)>,
}

impl<'t> Reader<'t> {
    /// A selector up to a comma or the end.
    pub fn part(&mut self) -> Result<Part, String> {
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
                css.extend(["[", &mark(self.texts.len()), "]"]);
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
                        css.extend(["(", &argument, ")"]);
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

    pub fn take(&mut self, sign: char) -> Option<&'t str> {
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
