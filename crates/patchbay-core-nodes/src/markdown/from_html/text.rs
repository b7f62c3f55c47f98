//! Text as Markdown writes it: signs that would mean something are escaped, or replaced as the options say.

use patchbay_model::Text;

/// Between as many backticks as the code itself does not hold.
pub(super) fn code(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    match longest {
        0 => format!("`{text}`"),
        longest => {
            let fence = "`".repeat(longest + 1);
            format!("{fence} {text} {fence}")
        }
    }
}

/// A text that stands for another at its first place.
pub struct Replacement {
    pattern: Text,
    by: Text,
}

impl Replacement {
    pub(super) fn new(pattern: Text, by: Text) -> Self {
        Self { pattern, by }
    }

    /// As JavaScript replaces a text, not a regular expression: once, `$&` being what was found and `$$` a dollar.
    pub(super) fn of(&self, text: &str) -> String {
        let by = self
            .by
            .replace("$&", "\0")
            .replace("$$", "$")
            .replace('\0', &self.pattern);
        text.replacen(&*self.pattern, &by, 1)
    }
}

/// An address, without the signs that Markdown would take for its own.
pub(super) fn address(href: &str) -> String {
    let encoded = href.replace('_', "%5F").replace('*', "%2A");
    encoded.replace('(', "%28").replace(')', "%29")
}

/// Newlines that follow each other, with the spaces of line breaks before them or not, at most so many.
pub(super) fn limited(text: &str, most: usize) -> String {
    let mut limited = String::with_capacity(text.len());
    let (mut rest, mut newlines) = (text, 0);
    while let Some(c) = rest.chars().next() {
        let unit = ["\n", "  \n"].into_iter().find(|unit| rest.starts_with(unit));
        newlines = if unit.is_some() { newlines + 1 } else { 0 };
        let taken = unit.map_or(c.len_utf8(), str::len);
        if newlines <= most {
            limited.push_str(&rest[..taken]);
        }
        rest = &rest[taken..];
    }
    limited
}

/// Text on one line; nothing where it is only the white space between lines.
pub(super) fn spaces_joined(text: &str) -> Option<String> {
    if text.trim().is_empty() && text.contains('\n') {
        return None;
    }
    let mut line = String::with_capacity(text.len());
    for c in text.trim_matches(['\n', '\r']).chars() {
        if !c.is_whitespace() {
            line.push(c);
        } else if !line.ends_with(' ') {
            line.push(' ');
        }
    }
    Some(line)
}

/// Signs escaped that would mean something in Markdown.
pub(super) fn signs_escaped(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    for c in line.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '~' | '[' | ']') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Signs escaped that would begin a heading, a list or a quotation.
pub(super) fn line_start_escaped(mut line: String) -> String {
    let start = line.len() - line.trim_start().len();
    let begin = &line[start..];
    let hashes = begin.len() - begin.trim_start_matches('#').len();
    let is_sign = begin.starts_with(['=', '>', '-'])
        || begin.starts_with("+ ")
        || ((1..=6).contains(&hashes) && begin[hashes..].starts_with(' '));
    if is_sign {
        line.insert(start, '\\');
    }
    // A number, a point and a space would begin a list.
    let mut from = 0;
    while let Some(place) = line[from..].find(". ").map(|place| from + place) {
        let is_number = line[..place].ends_with(|c: char| c.is_ascii_digit());
        if is_number {
            line.insert(place, '\\');
        }
        from = place + 2;
    }
    line
}
