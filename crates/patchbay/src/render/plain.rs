//! n8n's texts hold HTML for its editor: here they become plain text. What is no tag of those texts stays as it is: it may
//! be data.

/// The text with the tags that n8n uses taken out: code in backquotes, a link's address behind its words.
pub fn plain(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut links = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        made.push_str(&rest[..start]);
        rest = &rest[start..];
        let Some(end) = rest.find('>') else { break };
        let tag = &rest[1..end];
        let name = tag.split_whitespace().next().unwrap_or_default().trim_end_matches('/');
        match name.to_ascii_lowercase().as_str() {
            "code" | "/code" => made.push('`'),
            "br" => made.push('\n'),
            "b" | "/b" | "strong" | "/strong" | "i" | "/i" | "em" | "/em" | "p" | "/p" => {}
            "a" => links.push(address(tag)),
            "/a" => {
                if let Some(address) = links.pop().flatten() {
                    made.push_str(&format!(" ({address})"));
                }
            }
            _ => made.push_str(&rest[..=end]),
        }
        rest = &rest[end + 1..];
    }
    made + rest
}

/// The `href` of a link.
fn address(tag: &str) -> Option<&str> {
    let (_, value) = tag.split_once("href=")?;
    let value = value.trim_start_matches(['"', '\'']);
    let address = value.split(['"', '\'', ' ']).next()?;
    (!address.is_empty()).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_n8n_become_plain_text() {
        for (text, expected) in [
            ("no tags: 1 < 2 > 0", "no tags: 1 < 2 > 0"),
            ("set <code>a.b</code> first", "set `a.b` first"),
            (
                "see <a href=\"https://docs.example.com/x\" target=\"_blank\">the docs</a>.",
                "see the docs (https://docs.example.com/x).",
            ),
            ("<b>one</b><br/>two", "one\ntwo"),
            ("<html><x> stays", "<html><x> stays"),
            ("ends <code", "ends <code"),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }
}
