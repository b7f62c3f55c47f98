//! Cuts an expression's text into tokens. Positions are counted in characters of the decoded text.

use super::Fault;
use crate::odata::literal::is_guid;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name, a word operator or a keyword: letters, digits, `_`, `.`, and a leading `$` or `@`.
    Word(String),
    /// Text without its quotes.
    Text(String),
    Integer(i64),
    Number(f64),
    /// A literal that begins with a digit and is neither number nor GUID: a date, a time, or both.
    Moment(String),
    Guid(String),
    Symbol(char),
    End,
}

#[derive(Clone, Debug)]
pub(super) struct Spanned {
    pub token: Token,
    pub start: usize,
    pub end: usize,
}

impl Token {
    /// For messages.
    pub fn describe(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Text(text) => format!("the text `'{text}'`"),
            Self::Integer(integer) => format!("`{integer}`"),
            Self::Number(number) => format!("`{number}`"),
            Self::Moment(literal) | Self::Guid(literal) => format!("`{literal}`"),
            Self::Symbol(symbol) => format!("`{symbol}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

/// All tokens of a text, the last being [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Spanned>, Fault> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        if character.is_whitespace() {
            at += 1;
            continue;
        }
        let start = at;
        let (token, end) = match character {
            '\'' => quoted(&characters, start)?,
            '0'..='9' => literal(&characters, start)?,
            '(' | ')' | ',' | '/' | ':' | '*' | '=' | '-' => (Token::Symbol(character), start + 1),
            _ if is_word_start(character) => word(&characters, start),
            _ => {
                return Err(Fault {
                    message: format!("the character `{character}` has no meaning here"),
                    position: start,
                });
            }
        };
        tokens.push(Spanned { token, start, end });
        at = end;
    }
    tokens.push(Spanned {
        token: Token::End,
        start: characters.len(),
        end: characters.len(),
    });
    Ok(tokens)
}

fn is_word_start(character: char) -> bool {
    character.is_alphabetic() || matches!(character, '_' | '$' | '@')
}

fn quoted(characters: &[char], start: usize) -> Result<(Token, usize), Fault> {
    let mut text = String::new();
    let mut at = start + 1;
    loop {
        match (characters.get(at), characters.get(at + 1)) {
            (Some('\''), Some('\'')) => {
                text.push('\'');
                at += 2;
            }
            (Some('\''), _) => return Ok((Token::Text(text), at + 1)),
            (Some(&character), _) => {
                text.push(character);
                at += 1;
            }
            (None, _) => {
                return Err(Fault {
                    message: "the text that begins here has no closing quote".to_owned(),
                    position: start,
                });
            }
        }
    }
}

/// Word operators leave no other use for `-`, `:`, `.` and `+` after a digit, so a literal goes on as long as these do.
fn literal(characters: &[char], start: usize) -> Result<(Token, usize), Fault> {
    let length = characters[start..]
        .iter()
        .take_while(|&&each| each.is_ascii_alphanumeric() || matches!(each, '-' | ':' | '.' | '+'))
        .count();
    let end = start + length;
    let text: String = characters[start..end].iter().collect();
    let token = if is_guid(&text) {
        Token::Guid(text)
    } else if let Ok(integer) = text.parse() {
        Token::Integer(integer)
    } else if text[1..].contains(['-', ':']) && !text.contains(['e', 'E']) {
        Token::Moment(text)
    } else if let Ok(number) = text.trim_end_matches(['d', 'D', 'f', 'F', 'm', 'M', 'l', 'L']).parse() {
        Token::Number(number)
    } else {
        return Err(Fault {
            message: format!("`{text}` is not a number, a date or a time"),
            position: start,
        });
    };
    Ok((token, end))
}

fn word(characters: &[char], start: usize) -> (Token, usize) {
    let hexadecimal = characters[start..]
        .iter()
        .take_while(|&&each| each.is_ascii_hexdigit() || each == '-')
        .count();
    let guid: String = characters[start..start + hexadecimal].iter().collect();
    if is_guid(&guid) {
        return (Token::Guid(guid), start + hexadecimal);
    }
    let rest = characters[start + 1..]
        .iter()
        .take_while(|&&each| each.is_alphanumeric() || matches!(each, '_' | '.'))
        .count();
    let end = start + 1 + rest;
    (Token::Word(characters[start..end].iter().collect()), end)
}
