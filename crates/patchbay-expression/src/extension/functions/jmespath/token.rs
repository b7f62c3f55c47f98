//! JMESPath's text as tokens.

use patchbay_model::{Text, Value};

use super::failure;
use crate::Error;

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    Name(Text),
    QuotedName(Text),
    /// Of `'…'` and backticks.
    Literal(Value),
    Number(i64),
    /// `[]`.
    Flatten,
    /// `[?`.
    Filter,
    Comparison(Comparison),
    And,
    Or,
    Pipe,
    Not,
    Reference,
    Dot,
    Star,
    Comma,
    Colon,
    Current,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    CloseBrace,
    OpenParenthesis,
    CloseParenthesis,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

pub fn tokens(text: &str) -> Result<Vec<Token>, Error> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            ' ' | '\t' | '\n' => {
                rest = &rest[1..];
                continue;
            }
            'a'..='z' | 'A'..='Z' | '_' => {
                let end = rest
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                (Token::Name(rest[..end].into()), end)
            }
            '-' | '0'..='9' => {
                let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
                let number = rest[..=digits].parse().map_err(|_| failure("not a number"))?;
                (Token::Number(number), 1 + digits)
            }
            '"' => {
                let (inner, length) = quoted(rest, '"');
                let name = json(&format!("\"{inner}\""))?;
                (Token::QuotedName(name.to_text()), length)
            }
            '\'' => {
                let (inner, length) = quoted(rest, '\'');
                (Token::Literal(Value::text(inner)), length)
            }
            '`' => {
                let (inner, length) = quoted(rest, '`');
                (Token::Literal(literal(inner)?), length)
            }
            _ => symbol(rest).ok_or_else(|| failure(format!("Unknown character:{first}")))?,
        };
        tokens.push(token);
        rest = &rest[length..];
    }
    tokens.push(Token::End);
    Ok(tokens)
}

/// What stands between quotation marks, and the length with them; without a second mark it goes on to the end.
/// There are no escapes: n8n refuses every backslash.
fn quoted(text: &str, mark: char) -> (&str, usize) {
    match text[1..].find(mark) {
        Some(end) => (&text[1..=end], end + 2),
        None => (&text[1..], text.len()),
    }
}

/// The value between backticks: JSON, or text that needs no quotation marks.
fn literal(text: &str) -> Result<Value, Error> {
    let text = text.trim_start();
    let looks_like_json = match text.chars().next() {
        Some('[' | '{' | '"') => true,
        Some('-' | '0'..='9') => Value::from_json(text).is_ok(),
        _ => matches!(text, "true" | "false" | "null"),
    };
    if looks_like_json {
        json(text)
    } else {
        json(&format!("\"{text}\""))
    }
}

fn json(text: &str) -> Result<Value, Error> {
    Value::from_json(text).map_err(|error| failure(error.to_string()))
}

/// Signs of one or two characters, longest first.
fn symbol(text: &str) -> Option<(Token, usize)> {
    const SYMBOLS: [(&str, Token); 24] = [
        ("[?", Token::Filter),
        ("[]", Token::Flatten),
        ("==", Token::Comparison(Comparison::Equal)),
        ("!=", Token::Comparison(Comparison::NotEqual)),
        ("<=", Token::Comparison(Comparison::LessOrEqual)),
        (">=", Token::Comparison(Comparison::GreaterOrEqual)),
        ("&&", Token::And),
        ("||", Token::Or),
        ("<", Token::Comparison(Comparison::Less)),
        (">", Token::Comparison(Comparison::Greater)),
        ("!", Token::Not),
        ("&", Token::Reference),
        ("|", Token::Pipe),
        (".", Token::Dot),
        ("*", Token::Star),
        (",", Token::Comma),
        (":", Token::Colon),
        ("@", Token::Current),
        ("[", Token::OpenBracket),
        ("]", Token::CloseBracket),
        ("{", Token::OpenBrace),
        ("}", Token::CloseBrace),
        ("(", Token::OpenParenthesis),
        (")", Token::CloseParenthesis),
    ];
    let (sign, token) = SYMBOLS.iter().find(|(sign, _)| text.starts_with(sign))?;
    Some((token.clone(), sign.len()))
}
