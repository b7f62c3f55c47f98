//! Parameter aliases: `$filter=Number eq @number&@number='101'`, and `Users(@id)?@id=1` alike.
//!
//! An alias is put in the place of its name before an expression or a path's argument is read; one that is not given is null.

use std::borrow::Cow;

use serde_json::Value;

/// The value of an alias as an expression writes it.
fn value(name: &str, pairs: &[(String, String)]) -> String {
    let given = pairs.iter().find(|(alias, _)| alias == name);
    let text = given.map_or("null", |(_, value)| value.trim());
    // A collection is written as JSON, and a list of an expression has parentheses.
    match serde_json::from_str(text) {
        Ok(Value::Array(items)) => {
            let items = items.iter().map(|item| match item {
                Value::String(text) => format!("'{}'", text.replace('\'', "''")),
                other => other.to_string(),
            });
            format!("({})", items.collect::<Vec<_>>().join(","))
        }
        _ => text.to_owned(),
    }
}

/// Text with the values of aliases in their places; what stands in quotes is text, and stays.
pub fn resolve<'a>(text: &'a str, pairs: &[(String, String)]) -> Cow<'a, str> {
    if !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let mut resolved = String::new();
    let mut quoted = false;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        let length = after
            .find(|each: char| !each.is_alphanumeric() && each != '_')
            .unwrap_or(after.len());
        quoted ^= character == '\'';
        if character == '@' && !quoted && length > 0 {
            resolved.push_str(&value(&rest[..=length], pairs));
            rest = &after[length..];
        } else {
            resolved.push(character);
            rest = after;
        }
    }
    Cow::Owned(resolved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_replaced_outside_of_quotes() {
        let pairs = [
            ("@a".to_owned(), "'x@b'".to_owned()),
            ("@b".to_owned(), r#"["o'c", 2]"#.to_owned()),
        ];
        let rows = [
            ("Id eq 1", "Id eq 1"),
            ("Name eq @a", "Name eq 'x@b'"),
            ("Name eq '@a' or Name eq @a", "Name eq '@a' or Name eq 'x@b'"),
            ("Name in @b", "Name in ('o''c',2)"),
            ("Name eq @none", "Name eq null"),
            ("é @ @a", "é @ 'x@b'"),
        ];
        for (text, expected) in rows {
            assert_eq!(resolve(text, &pairs), expected, "{text}");
        }
    }
}
