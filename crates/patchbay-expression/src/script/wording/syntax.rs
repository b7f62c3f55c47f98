//! What n8n says of code that does not parse: mostly which token it did not expect.

use super::Source;

/// The words for QuickJS's message at a place of the code, and the line where QuickJS has looked a token too far.
pub(super) fn words(message: &str, located: Option<(&Source, usize)>) -> (String, Option<usize>) {
    let worded = words_at(message, located);
    let Some((source, offset)) = located else {
        return (worded, None);
    };
    let late = worded.starts_with("Unsyntactic") || worded.starts_with("Missing") || worded.starts_with("Identifier");
    let before = source.text()[..offset].trim_end().len();
    (worded, late.then(|| source.line(before)))
}

fn words_at(message: &str, located: Option<(&Source, usize)>) -> String {
    let worded = match message {
        "invalid assignment left-hand side" | "invalid increment/decrement operand" => "Assigning to rvalue",
        "expecting catch or finally" => "Missing catch or finally clause",
        "break must be inside loop or switch" => "Unsyntactic break",
        "continue must be inside loop" => "Unsyntactic continue",
        "cannot mix ?? with && or ||" => {
            "Logical expressions and coalesce expressions cannot be mixed. Wrap either by parentheses"
        }
        "unexpected end of string" => "Unterminated string constant",
        "unexpected end of comment" => "Unterminated comment",
        "expected '}' after template expression" => "Unterminated template",
        "'super' is only valid in a method" => "'super' keyword outside a method",
        _ => "",
    };
    if !worded.is_empty() {
        return worded.to_owned();
    }
    let Some((source, offset)) = located else {
        return message.to_owned();
    };
    let text = source.text();
    if message.starts_with("invalid redefinition") {
        let name = name_before(text, offset).unwrap_or_default();
        return format!("Identifier '{name}' has already been declared");
    }
    if message.starts_with("Invalid regular expression") {
        return message.to_owned();
    }
    let before = text[..offset].trim_end();
    if before.ends_with("import") || before.ends_with("export") {
        return "'import' and 'export' may only appear at the top level".into();
    }
    match token_at(text, offset) {
        None => "Unexpected end of input".into(),
        Some(")") if offset + 1 >= text.len() => "Unexpected end of input".into(),
        Some("import" | "export") => "'import' and 'export' may only appear at the top level".into(),
        Some("enum") => "The keyword 'enum' is reserved".into(),
        Some(token @ ("const" | "class" | "var" | "let")) => format!("Unexpected keyword '{token}'"),
        Some(token) if KEYWORDS.contains(&token) => format!("Unexpected token '{token}'"),
        Some(token) => match token.chars().next() {
            Some('0'..='9') => "Unexpected number".into(),
            Some('"' | '\'') => "Unexpected string".into(),
            Some('`') => "Unterminated template".into(),
            Some(first) if is_name(first) => "Unexpected identifier".into(),
            Some(first) if !first.is_ascii() || first == '@' => format!("Unexpected character '{first}'"),
            _ => format!("Unexpected token '{token}'"),
        },
    }
}

const KEYWORDS: [&str; 25] = [
    "break",
    "case",
    "catch",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "finally",
    "for",
    "function",
    "if",
    "in",
    "instanceof",
    "new",
    "return",
    "switch",
    "this",
    "throw",
    "try",
    "typeof",
    "void",
    "while",
    "with",
];

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

/// The token that begins at or after a place.
fn token_at(text: &str, offset: usize) -> Option<&str> {
    let rest = text.get(offset..)?.trim_start();
    let first = rest.chars().next()?;
    let length = if is_name(first) {
        rest.find(|character| !is_name(character)).unwrap_or(rest.len())
    } else if rest.starts_with("...") {
        3
    } else {
        first.len_utf8()
    };
    rest.get(..length)
}

/// The name that ends before a place.
fn name_before(text: &str, offset: usize) -> Option<&str> {
    let before = text.get(..offset)?.trim_end_matches(|character| !is_name(character));
    let start = before
        .rfind(|character| !is_name(character))
        .map_or(0, |index| index + 1);
    before.get(start..).filter(|name| !name.is_empty())
}
