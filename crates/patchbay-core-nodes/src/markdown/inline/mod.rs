//! Markdown to HTML: emphasis, code, links and images within a line.

mod automatic;

use std::collections::HashMap;

use super::to_html::Options;

/// Where a link leads that is defined on a line of its own: `[name]: http://a.b "title"`.
pub struct Reference {
    address: String,
    title: Option<String>,
    /// An image's, as attributes: `=10x20` after its address.
    size: String,
}

impl Reference {
    /// The name, in lower case, and the place.
    pub fn parse(line: &str) -> Option<(String, Self)> {
        let (name, place) = line.trim_start().strip_prefix('[')?.split_once("]:")?;
        let reference = Self::of(place);
        (!reference.address.is_empty()).then(|| (name.to_lowercase(), reference))
    }

    /// An address, in `<>` or not, and a title in quotation marks.
    fn of(place: &str) -> Self {
        let place = place.trim();
        let (address, rest) = match place.strip_prefix('<').and_then(|place| place.split_once('>')) {
            Some(parts) => parts,
            None => place.split_once(' ').unwrap_or((place, "")),
        };
        let title = rest.trim();
        let size = title
            .strip_prefix('=')
            .map(|size| size.split(' ').next().unwrap_or_default());
        let title = size.map_or(title, |size| title[size.len() + 1..].trim());
        let size = size.and_then(|size| size.split_once('x'));
        let title = title
            .strip_prefix(['"', '\'', '('])
            .and_then(|title| title.strip_suffix(['"', '\'', ')']));
        Self {
            address: address.to_owned(),
            title: title.map(str::to_owned),
            size: size.map_or_else(String::new, |(width, height)| {
                format!(" width=\"{width}\" height=\"{height}\"")
            }),
        }
    }
}

/// `&`, `<` and `>` as entities.
pub fn encoded_code(code: &str) -> String {
    code.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

pub fn convert(text: &str, options: &Options, references: &HashMap<String, Reference>) -> String {
    let line = Line { options, references };
    line.convert(text)
}

struct Line<'a> {
    options: &'a Options,
    references: &'a HashMap<String, Reference>,
}

impl Line<'_> {
    fn convert(&self, text: &str) -> String {
        let mut html = String::with_capacity(text.len());
        let mut place = 0;
        while let Some(c) = text[place..].chars().next() {
            let rest = &text[place..];
            let before = text[..place].chars().next_back();
            let automatic = self.simple_link(rest, before).or_else(|| self.mention(rest, before));
            let found = match c {
                _ if automatic.is_some() => automatic,
                '\\' if self.options.escaped_tags && rest[1..].starts_with('<') => self.escaped_tag(rest),
                '\\' => escape(rest),
                '`' => code(rest),
                '!' => self.image(rest),
                '[' => self.link(rest),
                '<' => self.tag(rest),
                ':' if self.options.emoji => self.emoji(rest, before),
                '.' if rest.starts_with("...") => Some(("…".to_owned(), 3)),
                '*' | '_' => self.emphasis(rest, before),
                '~' if self.options.strikethrough => self.delimited(rest, "~~", "<del>", "</del>"),
                '&' if !is_entity(rest) => Some(("&amp;".to_owned(), 1)),
                ' ' if !self.options.simple_line_breaks
                    && rest.starts_with("  ")
                    && rest.trim_start_matches(' ').starts_with('\n') =>
                {
                    let spaces = rest.len() - rest.trim_start_matches(' ').len();
                    Some(("<br />\n".to_owned(), spaces + 1))
                }
                '\n' if self.options.simple_line_breaks => Some(("<br />\n".to_owned(), 1)),
                _ => None,
            };
            if let Some((part, taken)) = found {
                html.push_str(&part);
                place += taken;
            } else {
                html.push(c);
                place += c.len_utf8();
            }
        }
        html
    }

    /// The text between two signs.
    fn delimited(&self, text: &str, sign: &str, open: &str, close: &str) -> Option<(String, usize)> {
        let inner = text.strip_prefix(sign)?;
        let first = inner.chars().next()?;
        let from = first.len_utf8();
        let end = from + inner[from..].find(sign)?;
        if first.is_whitespace() || inner[..end].ends_with(char::is_whitespace) {
            return None;
        }
        Some((
            format!("{open}{}{close}", self.convert(&inner[..end])),
            end + 2 * sign.len(),
        ))
    }

    fn emphasis(&self, text: &str, before: Option<char>) -> Option<(String, usize)> {
        let sign = &text[..1];
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let literal = sign == "_" && self.options.literal_underscores;
        if literal && word(before) {
            return None;
        }
        [
            (3, "<strong><em>", "</em></strong>"),
            (2, "<strong>", "</strong>"),
            (1, "<em>", "</em>"),
        ]
        .into_iter()
        .filter(|(count, ..)| text.starts_with(&sign.repeat(*count)))
        .find_map(|(count, open, close)| self.delimited(text, &sign.repeat(count), open, close))
        .filter(|(_, taken)| !(literal && word(text[*taken..].chars().next())))
    }

    /// A link's or an image's text in brackets, and its place in parentheses or by its name.
    fn target<'t>(&self, text: &'t str) -> Option<(&'t str, Reference, usize)> {
        let end = closing(text, '[', ']')?;
        let name = &text[1..end];
        let rest = &text[end + 1..];
        if rest.starts_with('(') {
            let close = closing(rest, '(', ')')?;
            return Some((name, Reference::of(&rest[1..close]), end + close + 2));
        }
        let (key, taken) = if rest.starts_with('[') {
            let close = closing(rest, '[', ']')?;
            let key = if close > 1 { &rest[1..close] } else { name };
            (key, end + close + 2)
        } else {
            (name, end + 1)
        };
        let reference = self.references.get(&key.to_lowercase())?;
        let reference = Reference {
            address: reference.address.clone(),
            title: reference.title.clone(),
            size: reference.size.clone(),
        };
        Some((name, reference, taken))
    }

    fn link(&self, text: &str) -> Option<(String, usize)> {
        let (name, reference, taken) = self.target(text)?;
        let title = reference.title.map(|title| format!(" title=\"{}\"", quoted(&title)));
        let window = self.window();
        let html = format!(
            "<a href=\"{}\"{}{window}>{}</a>",
            quoted(&reference.address),
            title.unwrap_or_default(),
            self.convert(name)
        );
        Some((html, taken))
    }

    fn image(&self, text: &str) -> Option<(String, usize)> {
        let (name, reference, taken) = self.target(text.strip_prefix('!').filter(|text| text.starts_with('['))?)?;
        let title = reference.title.map(|title| format!(" title=\"{}\"", quoted(&title)));
        let html = format!(
            "<img src=\"{}\" alt=\"{}\"{}{} />",
            quoted(&reference.address),
            quoted(name),
            title.unwrap_or_default(),
            reference.size
        );
        Some((html, taken + 1))
    }

    /// An address in `<>`, or an element's tag as it is.
    fn tag(&self, text: &str) -> Option<(String, usize)> {
        let end = text.find('>')?;
        let inner = &text[1..end];
        let is_address = ["http://", "https://", "ftp://"]
            .iter()
            .any(|scheme| inner.starts_with(scheme));
        if is_address && !inner.contains(' ') {
            let (address, window) = (inner.replace('&', "&amp;"), self.window());
            return Some((format!("<a href=\"{address}\"{window}>{address}</a>"), end + 1));
        }
        let email = inner.strip_prefix("mailto:").unwrap_or(inner);
        if automatic::is_email(email) {
            return Some((self.email(email), end + 1));
        }
        let is_tag = inner
            .trim_start_matches('/')
            .starts_with(|c: char| c.is_ascii_alphabetic() || c == '!');
        is_tag.then(|| (text[..=end].to_owned(), end + 1))
    }

    /// `\<b>` as the text `<b>`.
    fn escaped_tag(&self, text: &str) -> Option<(String, usize)> {
        let (tag, taken) = self.tag(&text[1..])?;
        Some((encoded_code(&tag), taken + 1))
    }
}

fn escape(text: &str) -> Option<(String, usize)> {
    let sign = text[1..].chars().next()?;
    "\\`*_{}[]()>#+.!~=|:-".contains(sign).then(|| (sign.to_string(), 2))
}

fn code(text: &str) -> Option<(String, usize)> {
    let fence = text.len() - text.trim_start_matches('`').len();
    let sign = "`".repeat(fence);
    let end = fence + text[fence..].find(&sign)?;
    let code = encoded_code(text[fence..end].trim_matches([' ', '\t']));
    Some((format!("<code>{code}</code>"), end + fence))
}

/// Where the bracket closes that a text begins with.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    text.char_indices().find_map(|(place, c)| {
        if c == open {
            depth += 1;
        } else if c == close {
            depth = depth.saturating_sub(1);
        }
        (depth == 0).then_some(place)
    })
}

/// `&amp;`, `&#65;`
fn is_entity(text: &str) -> bool {
    text[1..].split_once(';').is_some_and(|(name, _)| {
        let name = name.strip_prefix('#').unwrap_or(name);
        !name.is_empty() && name.len() < 10 && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

fn quoted(text: &str) -> String {
    text.replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_converted() {
        for (text, expected) in [
            (
                "*a* **b** ***c*** a_b_c",
                "<em>a</em> <strong>b</strong> <strong><em>c</em></strong> a<em>b</em>c",
            ),
            ("`` a`b `` `<&>`", "<code>a`b</code> <code>&lt;&amp;&gt;</code>"),
            (
                "![a](b \"t\") [x]( y ) [z](<q r>)",
                "<img src=\"b\" alt=\"a\" title=\"t\" /> <a href=\"y\">x</a> <a href=\"q r\">z</a>",
            ),
            ("<b>b</b> & &amp; < > \"q\" \\*", "<b>b</b> &amp; &amp; < > \"q\" *"),
            (
                "<http://a.b> a  \nb",
                "<a href=\"http://a.b\">http://a.b</a> a<br />\nb",
            ),
            (
                "![i](a.png =10x20)",
                "<img src=\"a.png\" alt=\"i\" width=\"10\" height=\"20\" />",
            ),
            ("2 * 3 * 4 ~~x~~ [no]", "2 * 3 * 4 ~~x~~ [no]"),
        ] {
            assert_eq!(convert(text, &Options::default(), &HashMap::new()), expected, "{text}");
        }
    }
}
