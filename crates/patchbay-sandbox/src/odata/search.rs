//! `$search`: words and "phrases" with `AND`, `OR`, `NOT` and parentheses, found without regard to case in any text of an entity.

use serde_json::Value;

/// What is searched for.
#[derive(Debug)]
pub enum Search {
    /// Lower case.
    Term(String),
    Not(Box<Search>),
    And(Box<Search>, Box<Search>),
    Or(Box<Search>, Box<Search>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Phrase(String),
    Open,
    Close,
}

const GREATEST_DEPTH: usize = 60;

impl Search {
    /// Reads a search, or says what is wrong and at which character.
    pub fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens(text)?;
        let mut parser = Parser {
            tokens: &tokens,
            at: 0,
            depth: 0,
            end: text.chars().count(),
        };
        let search = parser.or()?;
        match parser.tokens.get(parser.at) {
            None => Ok(search),
            Some((position, _)) => Err(format!("nothing more is expected at position {position} in `{text}`")),
        }
    }

    /// Whether an entity has what is searched for, in its own texts: what is behind navigation is not searched.
    pub fn finds(&self, entity: &Value) -> bool {
        match self {
            Self::Term(term) => has_text(entity, term),
            Self::Not(inner) => !inner.finds(entity),
            Self::And(left, right) => left.finds(entity) && right.finds(entity),
            Self::Or(left, right) => left.finds(entity) || right.finds(entity),
        }
    }
}

fn has_text(entity: &Value, term: &str) -> bool {
    match entity {
        Value::String(text) => text.to_lowercase().contains(term),
        Value::Object(properties) => properties.iter().any(|(name, value)| {
            !name.starts_with('@') && value.as_str().is_some_and(|text| text.to_lowercase().contains(term))
        }),
        _ => false,
    }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, String> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let start = at;
        at += 1;
        match character {
            '(' => tokens.push((start, Token::Open)),
            ')' => tokens.push((start, Token::Close)),
            '"' => {
                let length = characters[at..].iter().position(|&each| each == '"');
                let length =
                    length.ok_or_else(|| format!("the phrase at position {start} in `{text}` has no closing quote"))?;
                tokens.push((start, Token::Phrase(characters[at..at + length].iter().collect())));
                at += length + 1;
            }
            _ if character.is_whitespace() => {}
            _ => {
                let ends = |each: &char| each.is_whitespace() || matches!(each, '(' | ')' | '"');
                let length = characters[start..]
                    .iter()
                    .position(ends)
                    .unwrap_or(characters.len() - start);
                at = start + length;
                tokens.push((start, Token::Word(characters[start..at].iter().collect())));
            }
        }
    }
    Ok(tokens)
}

struct Parser<'a> {
    tokens: &'a [(usize, Token)],
    at: usize,
    depth: usize,
    end: usize,
}

impl Parser<'_> {
    fn word(&self) -> Option<&str> {
        match self.tokens.get(self.at) {
            Some((_, Token::Word(word))) => Some(word),
            _ => None,
        }
    }

    fn or(&mut self) -> Result<Search, String> {
        let mut left = self.and()?;
        while self.word() == Some("OR") {
            self.at += 1;
            left = Search::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Search, String> {
        let mut left = self.term()?;
        loop {
            match self.tokens.get(self.at) {
                Some((_, Token::Word(word))) if word == "AND" => self.at += 1,
                // Words side by side must all be found.
                Some((_, Token::Word(word))) if word != "OR" => {}
                Some((_, Token::Phrase(_) | Token::Open)) => {}
                _ => return Ok(left),
            }
            left = Search::And(Box::new(left), Box::new(self.term()?));
        }
    }

    fn term(&mut self) -> Result<Search, String> {
        let Some((position, token)) = self.tokens.get(self.at) else {
            return Err(format!("a word or a phrase is expected at position {}", self.end));
        };
        self.depth += 1;
        if self.depth > GREATEST_DEPTH {
            return Err(format!("the search is nested deeper than {GREATEST_DEPTH} levels"));
        }
        self.at += 1;
        let search = match token {
            Token::Word(word) if word == "NOT" => Search::Not(Box::new(self.term()?)),
            Token::Word(word) if word != "AND" && word != "OR" => Search::Term(word.to_lowercase()),
            Token::Phrase(phrase) => Search::Term(phrase.to_lowercase()),
            Token::Open => {
                let inner = self.or()?;
                if !matches!(self.tokens.get(self.at), Some((_, Token::Close))) {
                    return Err(format!("the parenthesis at position {position} is not closed"));
                }
                self.at += 1;
                inner
            }
            _ => return Err(format!("a word or a phrase is expected at position {position}")),
        };
        self.depth -= 1;
        Ok(search)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn searches() {
        let entity =
            json!({"@odata.etag": "W/\"sales\"", "Number": "101", "Name": "Sales North", "Nested": {"Name": "hidden"}});
        let rows = [
            ("sales", Ok(true)),
            ("\"sales north\"", Ok(true)),
            ("\"north sales\"", Ok(false)),
            ("north sales", Ok(true)),
            ("10", Ok(true)),
            ("hidden", Ok(false)),
            ("NOT support", Ok(true)),
            ("support OR sales", Ok(true)),
            ("(support OR sales) AND 101", Ok(true)),
            ("sales AND NOT 101", Ok(false)),
            ("\"sales", Err(())),
            ("(sales", Err(())),
            ("sales)", Err(())),
            ("AND", Err(())),
            ("", Err(())),
        ];
        for (text, expected) in rows {
            assert_eq!(
                Search::parse(text).map(|search| search.finds(&entity)).map_err(|_| ()),
                expected,
                "{text}"
            );
        }
    }
}
