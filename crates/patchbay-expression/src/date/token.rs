//! Splits the text of a format into tokens: runs of one letter, and what stands in quotes.
//!
//! What a token means is left to `format` (writing) and `parse` (reading).

/// One piece of a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A run of one letter, to be replaced where it is known.
    Field(String),
    /// Text as it is: what was quoted, or anything but letters.
    Literal(String),
}

/// Splits a format. A quote that is never closed quotes the rest; `''` is nothing.
pub fn split(format: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let (quoted, after) = rest[1..].split_once('\'').unwrap_or((&rest[1..], ""));
            if !quoted.is_empty() {
                tokens.push(Token::Literal(quoted.to_owned()));
            }
            rest = after;
            continue;
        }
        let end = rest.find(|c| c != first).unwrap_or(rest.len());
        let run = rest[..end].to_owned();
        tokens.push(if first.is_ascii_alphabetic() {
            Token::Field(run)
        } else {
            Token::Literal(run)
        });
        rest = &rest[end..];
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hide_letters() {
        let field = |text: &str| Token::Field(text.to_owned());
        let literal = |text: &str| Token::Literal(text.to_owned());
        for (format, tokens) in [
            ("yyyy-MM", vec![field("yyyy"), literal("-"), field("MM")]),
            (
                "h 'o''clock' a",
                vec![
                    field("h"),
                    literal(" "),
                    literal("o"),
                    literal("clock"),
                    literal(" "),
                    field("a"),
                ],
            ),
            ("'open d", vec![literal("open d")]),
        ] {
            assert_eq!(split(format), tokens, "{format}");
        }
    }
}
