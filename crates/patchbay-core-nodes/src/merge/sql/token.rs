//! The words, signs and texts of a query.

use patchbay_model::Text;

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A name or a keyword, as written.
    Word(Text),
    /// A name in backticks or brackets: never a keyword.
    Name(Text),
    Text(Text),
    Number(f64),
    Sign(&'static str),
}

/// Longer signs first.
const SIGNS: [&str; 27] = [
    "!==", "===", "<>", "!=", "<=", ">=", "==", "->", "||", "::", "(", ")", ",", ".", ";", "=", "<", ">", "+", "-",
    "*", "/", "%", "@", "?", "[", "]",
];

/// The tokens of a text without its comments; the error says what is wrong.
pub fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else {
            return Ok(tokens);
        };
        let token;
        (token, rest) = if rest.starts_with("--") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
            continue;
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.find("*/").map_or("", |end| &comment[end + 2..]);
            continue;
        } else if first == '\'' || first == '"' {
            let (text, rest) = quoted(&rest[1..], first)?;
            (Token::Text(text), rest)
        } else if first == '`' {
            let (name, rest) = quoted(&rest[1..], '`')?;
            (Token::Name(name), rest)
        } else if first == '[' {
            let (name, rest) = quoted(&rest[1..], ']')?;
            (Token::Name(name), rest)
        } else if first.is_ascii_digit() || first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            let (number, rest) = number(rest)?;
            (Token::Number(number), rest)
        } else if first.is_alphabetic() || first == '_' || first == '$' {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
            let (word, rest) = rest.split_at(end.unwrap_or(rest.len()));
            (Token::Word(word.into()), rest)
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Token::Sign(sign), &rest[sign.len()..])
        } else {
            return Err(format!("Unexpected `{first}`"));
        };
        tokens.push(token);
    }
}

/// The text up to a quote, and what follows; a quote in it is written twice or after a backslash.
fn quoted(text: &str, quote: char) -> Result<(Text, &str), String> {
    let mut value = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((place, c)) = characters.next() {
        if c == quote {
            match characters.peek() {
                Some((_, next)) if *next == quote && quote != ']' => {
                    characters.next();
                    value.push(quote);
                }
                _ => return Ok((value.into(), &text[place + c.len_utf8()..])),
            }
        } else if c == '\\' && characters.peek().is_some_and(|(_, next)| *next == quote) {
            characters.next();
            value.push(quote);
        } else {
            value.push(c);
        }
    }
    Err(format!("A closing `{quote}` is missing"))
}

fn number(text: &str) -> Result<(f64, &str), String> {
    let digits = |from: usize| {
        let rest = &text[from..];
        from + rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())
    };
    let mut end = digits(0);
    if text[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    let number = text[..end]
        .parse()
        .map_err(|_| format!("`{}` is no number", &text[..end]))?;
    Ok((number, &text[end..]))
}
