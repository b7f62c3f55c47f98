//! XML as a stream of events, read as forgivingly and refused as strictly as n8n's parser does: names and tags must
//! match, while documents may lack a declaration, and whatever follows the root element is not looked at.
//!
//! What becomes of the events is left to the crate's `read`.

use std::str::Chars;

use indexmap::IndexMap;

/// A part of a document.
#[derive(Debug, PartialEq)]
pub enum Event {
    /// An element begins; of attributes with the same name only the first one is there.
    Start {
        name: String,
        attributes: IndexMap<String, String>,
    },
    End,
    Text(String),
    CData(String),
}

/// Why a document is refused, and where its reading ended.
#[derive(Debug, PartialEq)]
pub struct Refusal {
    pub what: String,
    /// Lines from 0, as n8n counts them.
    pub line: usize,
    /// Characters read of the line.
    pub column: usize,
    pub character: Option<char>,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { what, line, column, .. } = self;
        let character = self.character.map(String::from).unwrap_or_default();
        write!(formatter, "{what}\nLine: {line}\nColumn: {column}\nChar: {character}")
    }
}

pub struct Scanner<'a> {
    rest: Chars<'a>,
    line: usize,
    column: usize,
    character: Option<char>,
    open: Vec<String>,
    /// The element just begun has no content: `<a/>`.
    ends_at_once: bool,
    root_seen: bool,
}

type Scanned<T> = Result<T, Refusal>;

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Self {
        Self {
            rest: text.strip_prefix('\u{feff}').unwrap_or(text).chars(),
            line: 0,
            column: 0,
            character: None,
            open: Vec::new(),
            ends_at_once: false,
            root_seen: false,
        }
    }

    /// The next event; `None` when the root element has ended, or where there is none.
    pub fn next(&mut self) -> Scanned<Option<Event>> {
        if self.ends_at_once {
            self.ends_at_once = false;
            self.open.pop();
            return Ok(Some(Event::End));
        }
        if self.open.is_empty() {
            return if self.root_seen { Ok(None) } else { self.prolog() };
        }
        let mut text = String::new();
        loop {
            match self.rest.clone().next() {
                None => {
                    self.step();
                    return Err(self.refusal("Unclosed root tag"));
                }
                Some('<') if !text.is_empty() => return Ok(Some(Event::Text(text))),
                Some('<') => {
                    self.step();
                    if let Some(event) = self.markup()? {
                        return Ok(Some(event));
                    }
                }
                Some('&') => {
                    self.step();
                    text.push_str(&self.entity()?);
                }
                Some(c) => {
                    self.step();
                    text.push(c);
                }
            }
        }
    }

    /// What comes before the root element, and its beginning.
    fn prolog(&mut self) -> Scanned<Option<Event>> {
        loop {
            match self.step() {
                None => return Ok(None),
                Some(c) if c.is_whitespace() => {}
                Some('<') => {
                    if let Some(event) = self.markup()? {
                        return Ok(Some(event));
                    }
                }
                Some(_) => return Err(self.refusal("Non-whitespace before first tag.")),
            }
        }
    }

    /// What follows `<`; `None` for what says nothing: comments, declarations, instructions.
    fn markup(&mut self) -> Scanned<Option<Event>> {
        let first = loop {
            match self.step() {
                Some(c) if c.is_whitespace() => {}
                other => break other,
            }
        };
        match first {
            None => Err(self.end_inside()),
            Some('?') => self.until("?>").map(|_| None),
            Some('/') => self.closing_tag().map(Some),
            Some('!') => self.declaration(),
            Some(c) if begins_name(c) => self.opening_tag(c).map(Some),
            Some(_) => Err(self.refusal("Unencoded <")),
        }
    }

    fn declaration(&mut self) -> Scanned<Option<Event>> {
        if self.take("--") {
            return self.until("-->").map(|_| None);
        }
        if self.take("[CDATA[") {
            return self.until("]]>").map(|text| Some(Event::CData(text)));
        }
        // A document type may hold declarations of its own in brackets.
        let mut depth = 0_usize;
        loop {
            match self.step().ok_or_else(|| self.end_inside())? {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                '>' if depth == 0 => return Ok(None),
                _ => {}
            }
        }
    }

    fn closing_tag(&mut self) -> Scanned<Event> {
        let mut name = String::new();
        loop {
            match self.step().ok_or_else(|| self.end_inside())? {
                '>' => break,
                c if c.is_whitespace() => {}
                c if in_name(c) => name.push(c),
                _ => return Err(self.refusal("Invalid tagname in closing tag")),
            }
        }
        match self.open.pop() {
            Some(open) if open == name => Ok(Event::End),
            Some(_) => Err(self.refusal("Unexpected close tag")),
            None => Err(self.refusal(&format!("Unmatched closing tag: {name}"))),
        }
    }

    fn opening_tag(&mut self, first: char) -> Scanned<Event> {
        let mut name = String::from(first);
        let mut next = loop {
            match self.step().ok_or_else(|| self.end_inside())? {
                c if in_name(c) => name.push(c),
                c @ ('>' | '/') => break c,
                c if c.is_whitespace() => break c,
                _ => return Err(self.refusal("Invalid character in tag name")),
            }
        };
        let mut attributes: IndexMap<String, String> = IndexMap::new();
        loop {
            match next {
                '>' => break,
                '/' => match self.step().ok_or_else(|| self.end_inside())? {
                    '>' => {
                        self.ends_at_once = true;
                        break;
                    }
                    _ => return Err(self.refusal("Forward-slash in opening tag not followed by >")),
                },
                c if c.is_whitespace() => next = self.step().ok_or_else(|| self.end_inside())?,
                c if begins_name(c) => {
                    let (name, value) = self.attribute(c)?;
                    attributes.entry(name).or_insert(value);
                    next = self.step().ok_or_else(|| self.end_inside())?;
                    if begins_name(next) {
                        return Err(self.refusal("No whitespace between attributes"));
                    }
                }
                _ => return Err(self.refusal("Invalid attribute name")),
            }
        }
        self.root_seen = true;
        self.open.push(name.clone());
        Ok(Event::Start { name, attributes })
    }

    fn attribute(&mut self, first: char) -> Scanned<(String, String)> {
        let mut name = String::from(first);
        loop {
            match self.step().ok_or_else(|| self.end_inside())? {
                '=' => break,
                c if in_name(c) => name.push(c),
                '>' => return Err(self.refusal("Attribute without value")),
                c if c.is_whitespace() => match self.step_over_space()? {
                    '=' => break,
                    _ => return Err(self.refusal("Attribute without value")),
                },
                _ => return Err(self.refusal("Invalid attribute name")),
            }
        }
        let quote @ ('"' | '\'') = self.step_over_space()? else {
            return Err(self.refusal("Unquoted attribute value"));
        };
        let mut value = String::new();
        loop {
            match self.step().ok_or_else(|| self.end_inside())? {
                c if c == quote => return Ok((name, value)),
                '&' => value.push_str(&self.entity()?),
                c => value.push(c),
            }
        }
    }

    /// What stands for `&name;`.
    fn entity(&mut self) -> Scanned<String> {
        let mut name = String::new();
        loop {
            match self.step().ok_or_else(|| self.end_inside())? {
                ';' => break,
                c if in_name(c) || c == '#' => name.push(c),
                _ => return Err(self.refusal("Invalid character in entity name")),
            }
        }
        meaning(&name).ok_or_else(|| self.refusal("Invalid character entity"))
    }

    fn step(&mut self) -> Option<char> {
        self.character = self.rest.next();
        match self.character {
            Some('\n') => {
                self.line += 1;
                self.column = 0;
            }
            Some(_) => self.column += 1,
            None => {}
        }
        self.character
    }

    fn step_over_space(&mut self) -> Scanned<char> {
        loop {
            match self.step().ok_or_else(|| self.end_inside())? {
                c if c.is_whitespace() => {}
                c => return Ok(c),
            }
        }
    }

    /// Steps over a text if it is next.
    fn take(&mut self, text: &str) -> bool {
        let found = self.rest.as_str().starts_with(text);
        if found {
            for _ in text.chars() {
                self.step();
            }
        }
        found
    }

    /// What comes before a text, stepping over both.
    fn until(&mut self, end: &str) -> Scanned<String> {
        let mut text = String::new();
        while !self.take(end) {
            text.push(self.step().ok_or_else(|| self.end_inside())?);
        }
        Ok(text)
    }

    fn end_inside(&self) -> Refusal {
        self.refusal(if self.root_seen {
            "Unclosed root tag"
        } else {
            "Unexpected end"
        })
    }

    pub fn refusal(&self, what: &str) -> Refusal {
        Refusal {
            what: what.to_owned(),
            line: self.line,
            column: self.column,
            character: self.character.filter(|_| !self.at_end()),
        }
    }

    fn at_end(&self) -> bool {
        self.character.is_none()
    }
}

/// The characters that XML allows first in a name.
pub fn begins_name(c: char) -> bool {
    matches!(c,
        ':' | '_' | 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
    )
}

/// The characters that XML allows in a name.
pub fn in_name(c: char) -> bool {
    begins_name(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// What an entity stands for: a number, or a name that XML or HTML knows.
fn meaning(name: &str) -> Option<String> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?).map(String::from);
    }
    let simple = match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => "",
    };
    if !simple.is_empty() {
        return Some(simple.to_owned());
    }
    let fragment = scraper::Html::parse_fragment(&format!("&{name};"));
    let text: String = fragment.root_element().text().collect();
    (!text.is_empty() && !text.contains([';', '&'])).then_some(text)
}
