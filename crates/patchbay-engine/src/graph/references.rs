//! Which nodes an expression names by a literal: `$('A')`, `$node["A"]`, `$node.A`, `$items("A")`.
//!
//! Only a warning hangs on it, so the text is searched, not parsed: what stands in a string or a comment is
//! taken for a name as well.

/// Each name, and the byte of the source at which it begins.
pub(super) fn nodes_named_in(source: &str) -> Vec<(String, usize)> {
    let mut names = Vec::new();
    for (start, _) in source.match_indices('$') {
        let after = &source[start + 1..];
        let open = ["(", "node[", "items("]
            .into_iter()
            .find(|open| after.starts_with(open));
        let named = match open {
            Some(open) => quoted(&after[open.len()..]).map(|(name, skipped)| (name, 1 + open.len() + skipped)),
            None => after.strip_prefix("node.").map(|rest| (identifier(rest), 6)),
        };
        names.extend(
            named
                .filter(|(name, _)| !name.is_empty())
                .map(|(name, skipped)| (name, start + skipped)),
        );
    }
    names
}

/// The text in quotes that comes next, and where it begins.
fn quoted(text: &str) -> Option<(String, usize)> {
    let trimmed = text.trim_start();
    let quote = trimmed
        .chars()
        .next()
        .filter(|quote| matches!(quote, '\'' | '"' | '`'))?;
    let begin = text.len() - trimmed.len() + 1;
    let mut name = String::new();
    let mut characters = text[begin..].chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => name.extend(characters.next()),
            // A template with parts is no literal.
            '$' if quote == '`' => return None,
            _ if character == quote => return Some((name, begin)),
            _ => name.push(character),
        }
    }
    None
}

fn identifier(text: &str) -> String {
    text.chars()
        .take_while(|character| character.is_alphanumeric() || matches!(character, '_' | '$'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::nodes_named_in;

    #[test]
    fn literal_names_are_found() {
        for (source, names) in [
            ("={{ $('A b').item.json.x }}", vec![("A b", 7)]),
            (r#"={{ $node["A"].json + $node.B.json }}"#, vec![("A", 11), ("B", 28)]),
            ("={{ $items( 'A', 0)[0] }}", vec![("A", 13)]),
            (r"={{ $('It\'s').first() }}", vec![("It's", 7)]),
            ("={{ $(name).item, $(`a${b}`), $json.x, $if(1, 'a') }}", vec![]),
        ] {
            let found = nodes_named_in(source);
            let found: Vec<_> = found.iter().map(|(name, at)| (name.as_str(), *at)).collect();
            assert_eq!(found, names, "{source}");
        }
    }
}
