//! Text as Markdown writes it: signs that would mean something are escaped.

/// Between as many backticks as the code itself does not hold.
pub(super) fn code(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    match longest {
        0 => format!("`{text}`"),
        longest => {
            let fence = "`".repeat(longest + 1);
            format!("{fence} {text} {fence}")
        }
    }
}

/// Text on one line, its signs escaped that would mean something in Markdown.
pub(super) fn escaped(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.trim_matches(['\n', '\r']).chars() {
        match c {
            c if c.is_whitespace() => {
                if !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            '\\' | '`' | '*' | '_' | '~' | '[' | ']' => line.extend(['\\', c]),
            c => line.push(c),
        }
    }
    if text.trim().is_empty() && text.contains('\n') {
        return String::new();
    }
    let start = line.len() - line.trim_start().len();
    let begin = &line[start..];
    let hashes = begin.len() - begin.trim_start_matches('#').len();
    let is_sign = begin.starts_with(['=', '>', '-'])
        || begin.starts_with("+ ")
        || ((1..=6).contains(&hashes) && begin[hashes..].starts_with(' '));
    if is_sign {
        line.insert(start, '\\');
    }
    // A number, a point and a space would begin a list.
    let mut from = 0;
    while let Some(place) = line[from..].find(". ").map(|place| from + place) {
        let is_number = line[..place].ends_with(|c: char| c.is_ascii_digit());
        if is_number {
            line.insert(place, '\\');
        }
        from = place + 2;
    }
    line
}
