//! Splits a text into the words, numbers and symbols that `Date.parse` looks at.

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Zones that the tolerant form knows, in hours east of Greenwich.
const ZONES: [(&str, i64); 12] = [
    ("ut", 0),
    ("utc", 0),
    ("z", 0),
    ("gmt", 0),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
];

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Token {
    Number {
        value: i64,
        length: usize,
    },
    Month(i64),
    /// Hours to add.
    HalfDay(i64),
    Zone(i64),
    /// `T`
    Time,
    Word,
    Symbol(char),
    Space,
    End,
}

impl Token {
    /// The number, if it has exactly so many digits.
    pub fn number_of(self, digits: usize) -> Option<i64> {
        match self {
            Self::Number { value, length } if length == digits => Some(value),
            _ => None,
        }
    }
}

pub struct Scanner<'a> {
    rest: &'a str,
    /// What [`Scanner::take`] gives next.
    pub next: Token,
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Self {
        let mut scanner = Self {
            rest: text,
            next: Token::End,
        };
        scanner.next = scanner.scan();
        scanner
    }

    pub fn take(&mut self) -> Token {
        let token = self.next;
        self.next = self.scan();
        token
    }

    pub fn skip(&mut self, symbol: char) -> bool {
        let found = self.next == Token::Symbol(symbol);
        if found {
            self.take();
        }
        found
    }

    fn scan(&mut self) -> Token {
        let Some(first) = self.rest.chars().next() else {
            return Token::End;
        };
        if first.is_ascii_digit() {
            let digits = self.while_true(|c| c.is_ascii_digit());
            let significant = digits.trim_start_matches('0');
            let value = significant
                .get(..significant.len().min(9))
                .and_then(|digits| digits.parse().ok());
            return Token::Number {
                value: value.unwrap_or(0),
                length: digits.len(),
            };
        }
        if first >= 'A' {
            return word(self.while_true(|c| c >= 'A'));
        }
        if first.is_whitespace() {
            self.while_true(char::is_whitespace);
            return Token::Space;
        }
        self.rest = &self.rest[first.len_utf8()..];
        if first == '(' {
            self.skip_comment();
            return Token::Symbol(' ');
        }
        Token::Symbol(first)
    }

    fn while_true(&mut self, holds: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !holds(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn skip_comment(&mut self) {
        let mut depth = 1;
        let mut chars = self.rest.chars();
        for c in chars.by_ref() {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        self.rest = chars.as_str();
    }
}

fn word(text: &str) -> Token {
    let lower = text.to_lowercase();
    if let Some(prefix) = lower.get(..3)
        && let Some(month) = MONTHS.iter().position(|month| *month == prefix)
    {
        return Token::Month(month as i64 + 1);
    }
    match lower.as_str() {
        "am" => Token::HalfDay(0),
        "pm" => Token::HalfDay(12),
        "t" => Token::Time,
        lower => match ZONES.iter().find(|(name, _)| *name == lower) {
            Some((_, hours)) => Token::Zone(*hours),
            None => Token::Word,
        },
    }
}
